/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * source: where an image comes from: a registry, an image layout, an archive.
 *
 * A source is asked by several threads at once. It checks that what it hands out is no longer than it
 * should be, and that a manifest is what its digest says; the digest of a blob is checked by whoever
 * writes it down, who has to hash it anyway.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* No manifest or index is bigger (CVE-2020-1702); nor is an image's config. */
#define SOURCE_MAX_DOCUMENT (4U << 20)

struct source_manifest {
	char *data; /* owned, with a NUL behind it */
	size_t size;
	char *media_type; /* owned */
	char *digest; /* owned; computed from data */
};

/* Takes the bytes of a blob, in order. -1 ends the transfer with that error, for good. */
struct blob_sink {
	int (*write) (struct blob_sink *sink, const void *data, size_t size, struct error *err);
};

struct source_blob {
	const char *digest; /* borrowed; valid */
	uint64_t size; /* never is more delivered */
	uint64_t offset; /* of the first byte that is wanted */
	char *const *urls; /* other places that a descriptor names; NULL: none */
	size_t n_urls;
};

struct source;

struct source_driver {
	/* What a tag or a digest means. NULL for the one image that is there. err->code is ENOENT
	 * if there is none, EACCES if we may not. */
	int (*get_manifest) (struct source *source, const char *object, struct source_manifest *out,
		struct error *err);

	/* All bytes from blob->offset to its end into the sink, in this thread. */
	int (*get_blob) (struct source *source, const struct source_blob *blob,
		struct blob_sink *sink, struct error *err);

	void (*close) (struct source *source);
};

/* The first member of each kind of source. */
struct source {
	const struct source_driver *driver;
	char *name; /* owned; for messages: "docker.io/library/debian", "oci:/srv/images" */
	char *only_name; /* owned; what the one image that is there calls itself; NULL: nobody says */
};

CHECKED int source_get_manifest (
	struct source *source, const char *object, struct source_manifest *out, struct error *err);
CHECKED int source_get_blob (struct source *source, const struct source_blob *blob,
	struct blob_sink *sink, struct error *err);
void source_close (struct source **source);

void source_manifest_done (struct source_manifest *manifest);
