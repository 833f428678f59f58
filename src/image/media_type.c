/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/media_type.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <ocispec/registry.h>
#include <stdlib.h>

static const struct {
	const char *media_type;
	enum document_kind kind;
} documents[] = {
	{ MEDIA_TYPE_OCI_INDEX, DOCUMENT_INDEX },
	{ MEDIA_TYPE_OCI_MANIFEST, DOCUMENT_MANIFEST },
	{ MEDIA_TYPE_DOCKER_LIST, DOCUMENT_INDEX },
	{ MEDIA_TYPE_DOCKER_MANIFEST, DOCUMENT_MANIFEST },
};

/* What servers say of a document that they don't know better. */
static const char *const vague_types[] = {
	"",
	"application/json",
	"application/octet-stream",
	"text/plain",
};

static bool
is_schema_1 (const char *media_type)
{
	return str_equal (media_type, MEDIA_TYPE_DOCKER_SCHEMA_1) ||
	       str_equal (media_type, MEDIA_TYPE_DOCKER_SIGNED);
}

static int
fail_schema_1 (struct error *err, const char *what)
{
	return fail_hint (err, 0, "push it again with a Docker of 2016 or later",
		"%s is a Docker manifest of schema 1, which is not supported", what);
}

/* The index into documents, or -1. */
static int
find_document (const char *media_type, const char *what, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (documents); i++)
		if (str_equal (documents[i].media_type, media_type))
			return (int) i;
	if (is_schema_1 (media_type))
		return fail_schema_1 (err, what);
	return fail (err, 0, "%s is of the type '%s', which is no image", what, media_type);
}

int
media_type_kind (
	const char *media_type, const char *what, enum document_kind *out, struct error *err)
{
	int i = find_document (media_type, what, err);

	if (i < 0)
		return -1;
	*out = documents[i].kind;
	return 0;
}

/* In lower case and without parameters; "" for one that says nothing. */
static char *
plain_type (const char *declared)
{
	size_t n = declared ? strcspn (declared, "; \t") : 0;
	char *type = declared ? strndup (declared, n) : xstrdup ("");

	for (char *p = type; p && *p; p++)
		*p = (char) tolower ((unsigned char) *p);
	for (size_t i = 0; type && i < ARRAY_SIZE (vague_types); i++)
		if (str_equal (type, vague_types[i]))
			*type = '\0';
	return type;
}

static int
check_members (const struct oci_manifest_outline *outline, enum document_kind kind,
	const char *what, struct error *err)
{
	bool is_manifest = outline->config || outline->layers;

	if (is_manifest && outline->manifests)
		return fail (err, 0, "%s is a manifest and an index at once", what);
	if (kind == DOCUMENT_INDEX && !outline->manifests)
		return fail (err, 0, "%s is said to be an index and has no manifests", what);
	if (kind == DOCUMENT_MANIFEST && !(outline->config && outline->layers))
		return fail (
			err, 0, "%s is said to be a manifest and has no config or no layers", what);
	return 0;
}

int
media_type_of_document (const char *text, size_t size, const char *declared, const char *what,
	const char **out_media_type, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = { .file = what, .text = text, .size = size };
	struct oci_manifest_outline *outline;
	autofree char *type = plain_type (declared);
	int i;

	if (type[0] != '\0' && is_schema_1 (type))
		return fail_schema_1 (err, what);
	if (oci_manifest_outline_parse (&doc, &source, &outline, err) < 0)
		return -1;
	if (outline->has_schema_version && outline->schema_version == 1)
		return fail_schema_1 (err, what);
	if (type[0] != '\0' && outline->media_type && !str_equal (type, outline->media_type))
		return fail (err, 0, "%s comes as '%s' and says that it is '%s'", what, type,
			outline->media_type);
	if (type[0] == '\0' && !outline->media_type)
		return fail (err, 0, "%s does not say of which type it is", what);
	i = find_document (type[0] != '\0' ? type : outline->media_type, what, err);
	if (i < 0 || check_members (outline, documents[i].kind, what, err) < 0)
		return -1;
	*out_media_type = documents[i].media_type;
	return 0;
}
