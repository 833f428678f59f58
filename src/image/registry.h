/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * registry: one repository in one registry, by the OCI's distribution-spec 1.1, which Docker's registry
 * version 2 is too. Thread-safe: blobs may come and go side by side.
 *
 * Everything that comes back is held against what was asked for: a manifest against its digest, its type
 * and the header's, a blob against its size; the blob's digest is the reader's business, who has to
 * hash it anyway. Requests that fail for a passing reason are tried again, see http.h; a blob goes on
 * where it broke off.
 */
#pragma once

#include "image/auth.h"
#include "image/http.h"
#include "image/source.h"

#include <stdbool.h>
#include <stdint.h>

struct registry;

/* All borrowed: they live as long as the registry, but host and repository are copied. */
struct registry_settings {
	struct http *http;
	const char *host; /* HOST[:PORT], as in a reference */
	const char *repository; /* may be NULL, for registry_log_in */
	bool may_be_plain_http; /* when there is no https */
	const struct credential_files *files;
	const char *creds; /* USER:PASSWORD; NULL: look into files */
	bool anonymous;
	bool wants_identity_token;
	const char *const *realm_hosts; /* see auth.h */
};

/* Sends nothing, unless the registry may be on http: then it asks which one it is. */
CHECKED int registry_open (const struct registry_settings *settings, struct registry **out_registry,
	struct error *err);
void registry_close (struct registry **registry);

/* HOST[:PORT]/REPOSITORY, for messages. */
const char *registry_name (const struct registry *registry);

/* ---- pull */

/* Gets the manifest or index that a tag or digest means. It is what the header Content-Type says, what
 * its own mediaType says, and what its members look like, and these agree (CVE-2021-41190).
 * err->code: ENOENT, there is none; EACCES, we may not. */
CHECKED int registry_get_manifest (struct registry *registry, const char *object,
	struct source_manifest *out, struct error *err);

/* A blob on its way. */
struct registry_blob {
	const char *digest; /* borrowed; checked to be one */
	uint64_t size; /* never are more bytes delivered */
	uint64_t at; /* the next byte: set it to where an earlier run stopped; it moves on */
	char *const
		*urls; /* other places of it, for layers that no registry may have; NULL: none */
	size_t n_urls;
	/* Where it goes to, in this thread; -1 ends it for good. */
	int (*write) (void *data, const void *bytes, size_t size, struct error *err);
	void *data;
	bool is_refused; /* out: by write */
};

/* Gets a blob from `at` to its end. After a failure, `at` says how far it came, and another registry
 * may go on from there unless is_refused. err->code is like for a manifest. */
CHECKED int registry_get_blob (
	struct registry *registry, struct registry_blob *blob, struct error *err);

/* ---- push */

/* Returns 1 if the repository has the blob, or 0. */
CHECKED int registry_has_blob (struct registry *registry, const char *digest, struct error *err);

/* Asks for the blob of another repository in the same registry. Returns 1 if it is there now, or 0 if it
 * has to be sent. */
CHECKED int registry_mount_blob (
	struct registry *registry, const char *digest, const char *from, struct error *err);

struct registry_upload {
	const char *digest;
	int fd; /* borrowed; a file, read with pread from its start */
	uint64_t size;
	uint64_t chunk_size; /* bigger blobs go in pieces of that many bytes; 0: 64 MiB */
	void (*progress) (void *data, uint64_t bytes); /* after each piece; may be NULL */
	void *progress_data;
};

/* Sends a blob. One that breaks off goes on where it did, as far as the registry knows about that. */
CHECKED int registry_put_blob (
	struct registry *registry, const struct registry_upload *upload, struct error *err);

/* Sends a manifest under a tag or its digest. manifest->digest is what the registry must answer with. */
CHECKED int registry_put_manifest (struct registry *registry, const char *object,
	const struct source_manifest *manifest, struct error *err);

/* ---- other */

struct registry_tags {
	char **tags; /* owned, each too */
	size_t n;
};

/* All tags, in the registry's order. */
CHECKED int registry_list_tags (
	struct registry *registry, struct registry_tags *out, struct error *err);
void registry_tags_done (struct registry_tags *tags);

/* Asks the registry whether it takes our credentials: 1, or 0 if it did not want to see any; EACCES in
 * err->code if it does not take them. *out_token is an identity token to
 * keep instead of the password, or NULL; the caller frees it. */
CHECKED int registry_log_in (struct registry *registry, char **out_token, struct error *err);
