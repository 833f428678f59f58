/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * store: the directory with all images: an OCI image layout (image-spec 1.1, image-layout.md), which
 * skopeo and umoci can read, and beside it what is ours.
 *
 *	oci-layout, index.json	the images and their names
 *	blobs/ALGORITHM/HEX	complete and verified; nothing else ever gets there
 *	partial/ALGORITHM-HEX	what has come so far of a blob; its length is where to go on from
 *	layers/HEX/		a layer unpacked, by chain id, to be a lower directory of an overlay
 *	bundles/HEX		a bundle and the layers that it needs, see bundle.h
 *	tmp/			layers on their way; what a killed process left is removed by prune
 *	locks/			flock(2)s
 *
 * Anything may be killed at any moment, and any write may fail for want of room: files and layers get
 * their names by rename when they are complete, and by nothing else. Two who want the same blob or
 * layer share the work: the second waits for the lock, and finds it done.
 *
 * Order of locks, so that nobody waits in a circle: the store (shared by all, exclusive for prune), a
 * blob, a layer, the index. Nobody waits for a lower layer with a blob locked.
 */
#pragma once

#include "base/error.h"
#include "image/digest.h"
#include "image/source.h"

#include <ocispec/descriptor.h>
#include <ocispec/image_index.h>

#include <stdbool.h>
#include <stdint.h>

enum store_mode {
	STORE_READ, /* it has to be there */
	STORE_WRITE, /* it is made if it is missing, mode 0700 */
	STORE_PRUNE, /* the same, and nobody else works in it: waits for that */
	STORE_TRY_PRUNE, /* the same without waiting: EWOULDBLOCK in err->code */
	STORE_LAYOUT, /* like WRITE, for somebody else's layout: what is ours goes when it is closed */
};

struct store {
	char *path; /* owned; absolute */
	int fd; /* owned; of the directory */
	int lock; /* owned; held shared, or exclusive by prune */
	enum store_mode mode;
};

CHECKED int store_open (
	const char *path, enum store_mode mode, struct store *out, struct error *err);
void store_close (struct store *store);

/* ---- blobs */

/* Returns 1 if the blob is there with that size (0: any), or 0. */
CHECKED int store_has_blob (
	const struct store *store, const char *digest, uint64_t size, struct error *err);

/* Opens a blob for reading. ENOENT in err->code: it is not there. */
CHECKED int store_open_blob (const struct store *store, const char *digest, struct error *err);

/* Reads a document: a manifest or a config, at most SOURCE_MAX_DOCUMENT, and holds it against its digest.
 * The caller frees it; there is a NUL behind it. out_size may be NULL. */
CHECKED int store_read_document (const struct store *store, const char *digest, char **out_data,
	size_t *out_size, struct error *err);

/* Writes a blob that is in memory and whose digest is known to be right. */
CHECKED int store_add_document (const struct store *store, const char *digest, const void *data,
	size_t size, struct error *err);

/* A blob on its way in. */
struct store_ingest {
	const struct store *store;
	char digest[DIGEST_TEXT_SIZE];
	uint64_t size;
	uint64_t offset; /* so many bytes are there already */
	int fd; /* owned; of the partial file, locked */
	struct digest_stream *stream; /* owned */
	bool is_complete; /* the blob is in the store: nothing to be done */
};

/* Begins or goes on with a blob. Waits while somebody else fetches the same one. Afterwards the blob is
 * complete, or ingest->offset says from where on bytes are wanted (all before has been hashed). A
 * partial file that is no use is thrown away. */
CHECKED int store_ingest_begin (const struct store *store, const char *digest, uint64_t size,
	struct store_ingest *out, struct error *err);

/* Opens what is there and what will come, for reading. This fd has no lock: whoever still reads when the
 * blob is complete keeps nobody else from it. */
CHECKED int store_ingest_open (const struct store_ingest *ingest, struct error *err);

/* The next bytes. EFBIG when there are more than there should be. */
CHECKED int store_ingest_write (
	struct store_ingest *ingest, const void *data, size_t size, struct error *err);

/* All bytes were written: checks size and digest and gives the blob its name. A blob that is wrong is
 * removed, with EBADMSG in err->code. */
CHECKED int store_ingest_commit (struct store_ingest *ingest, struct error *err);

/* Lets go of it; what has come stays for the next attempt. */
void store_ingest_end (struct store_ingest *ingest);

/* A blob whose digest nobody knows yet. */
struct store_draft {
	struct blob_sink sink; /* its bytes go in here */
	const struct store *store;
	char name[64]; /* below tmp/ */
	int fd; /* owned; locked */
	struct digest_stream *stream; /* owned */
	uint64_t size;
};

CHECKED int store_draft_begin (
	const struct store *store, struct store_draft *out, struct error *err);

/* All is written: it gets its name, and `digest` tells which. */
CHECKED int store_draft_commit (
	struct store_draft *draft, char digest[DIGEST_TEXT_SIZE], struct error *err);
void store_draft_end (struct store_draft *draft);

/* ---- names */

/* The index as it is now. ocispec_done frees it. */
CHECKED int store_read_index (const struct store *store, struct ocispec_doc *doc,
	struct oci_image_index **out, struct error *err);

/* The descriptor of a name in an index; NULL if there is none. */
struct oci_manifest_descriptor *store_find_name (
	const struct oci_image_index *index, const char *name);

/* The name that a descriptor of an index has; NULL if it has none. */
#define STORE_NAME_ANNOTATION "org.opencontainers.image.ref.name"
const char *store_name_of (const struct oci_manifest_descriptor *descriptor);

struct store_name {
	const char *name; /* "docker.io/library/debian:latest" */
	const char *media_type;
	const char *digest;
	uint64_t size;
};

/* Makes the name mean that manifest, which is in the store. */
CHECKED int store_set_name (
	const struct store *store, const struct store_name *name, struct error *err);

/* Takes the name away. Returns 1, or 0 if there was none. */
CHECKED int store_remove_name (const struct store *store, const char *name, struct error *err);

/* ---- locks */

/* Waits for the lock of that name and returns an fd that holds it until it is closed. */
CHECKED int store_lock (const struct store *store, const char *name, struct error *err);
