/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * media_type: the kinds of documents that a registry or a layout has for an image, and what tells one
 * from the other.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define MEDIA_TYPE_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define MEDIA_TYPE_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_TYPE_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_TYPE_DOCKER_SCHEMA_1 "application/vnd.docker.distribution.manifest.v1+json"
#define MEDIA_TYPE_DOCKER_SIGNED "application/vnd.docker.distribution.manifest.v1+prettyjws"

enum document_kind { DOCUMENT_INDEX, DOCUMENT_MANIFEST };

/* What a media type stands for. Returns -1 for any other, with a message of its own for Docker's schema
 * 1; `what` names the document in it. */
CHECKED int media_type_kind (
	const char *media_type, const char *what, enum document_kind *out, struct error *err);

/* Holds a document against the type that came with it (with the header Content-Type, or with a
 * descriptor; parameters behind ';' don't count; NULL or a type that says no more than JSON: none came) and
 * against the mediaType in it, and its members against both: an index has manifests and neither
 * config nor layers, a manifest has these and no manifests (CVE-2021-41190). *out_media_type is the type
 * that it is, a constant. */
CHECKED int media_type_of_document (const char *text, size_t size, const char *declared,
	const char *what, const char **out_media_type, struct error *err);
