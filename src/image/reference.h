/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * reference: what names an image, as the user writes it.
 *
 *	[docker://]HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]	in a registry
 *	oci:DIR[:TAG]	oci:DIR[@DIGEST]			an image layout
 *	oci-archive:FILE[:TAG]					the same in a tar file
 *	docker-archive:FILE[:REFERENCE]				what `docker save` writes
 *
 * Pure: nothing is looked up. The grammar of the first form is that of the distribution project and
 * no byte more is taken, since all parts of it end up in URLs, in paths and in headers
 * (CVE-2024-3727). HOST may be a name, localhost, an IPv4 address, or an IPv6 one in brackets.
 *
 * What has no host is a short name. It means nothing unless the caller says which registry is the
 * default: guessing lets whoever registers the name first answer for it. On docker.io a name without
 * a slash is below library/, as everywhere.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

#define REFERENCE_DEFAULT_TAG "latest"

enum transport {
	TRANSPORT_REGISTRY,
	TRANSPORT_OCI,
	TRANSPORT_OCI_ARCHIVE,
	TRANSPORT_DOCKER_ARCHIVE
};

/* { 0 } is a valid empty one. All strings are owned, and NULL where the text has no such part. */
struct reference {
	enum transport transport;
	/* In a registry. The host is in lower case (unless nothing but its case tells it from the first
	 * component of a short name), and docker.io for each of that one's names. */
	char *host; /* "docker.io", "127.0.0.1:5000", "[::1]:5000" */
	char *repository; /* "library/debian" */
	/* In a registry and in a layout. With both, the digest says what is meant. */
	char *tag;
	char *digest;
	/* Elsewhere. */
	char *path; /* of the directory or file */
	char *name; /* docker-archive: the image in it, as written; NULL: the only one */
};

/* Takes text apart into *out, which is { 0 }. default_registry: HOST[:PORT][/PREFIX] that short names
 * belong to, or NULL when there is none. Errors say which part is wrong, and give a short name as it
 * could have been written. */
CHECKED int reference_parse (
	struct reference *out, const char *text, const char *default_registry, struct error *err);

/* HOST[:PORT][/PREFIX], as options and `login` have it, into *out_host and *out_prefix, which the
 * caller frees. *out_prefix is NULL if there is none; NULL for out_prefix refuses one. */
CHECKED int reference_parse_registry (
	const char *text, char **out_host, char **out_prefix, struct error *err);

/* The tag, or the default one if there is neither tag nor digest; NULL if only a digest is there. */
const char *reference_tag (const struct reference *reference);

/* What a registry knows the image by: the digest, else reference_tag. Never NULL. */
const char *reference_object (const struct reference *reference);

/* The whole of it in one form for each image: "docker.io/library/debian:latest", "oci:/srv/images:1".
 * The caller frees it. */
char *reference_print (const struct reference *reference);

void reference_done (struct reference *reference);

bool reference_is_tag (const char *text);
bool reference_is_repository (const char *text);
