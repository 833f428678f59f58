/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sources of image layouts (image-spec 1.1, image-layout.md).
 */
#include "image/layout.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"
#include "image/layout_files.h"
#include "image/media_type.h"
#include "image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ocispec/image_layout.h>
#include <ocispec/registry.h>

struct layout {
	struct source source;
	struct layout_files files;
};

static char *
blob_path (const char *digest)
{
	return xasprintf ("blobs/%s/%s", digest_algorithm_name (digest_algorithm_of (digest)),
		digest_hex (digest));
}

/* A layout of one image needs no name. */
static int
find_only (const struct oci_image_index *index, const char *where,
	const struct oci_manifest_descriptor **out, struct error *err)
{
	struct buffer names = { 0 };

	if (index->n_manifests == 1) {
		*out = index->manifests[0];
		return 0;
	}
	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *name = store_name_of (index->manifests[i]);

		if (name)
			buffer_printf (&names, "%s%s", names.size ? ", " : "", name);
	}
	fail (err, 0, "%s has %zu images: say which one (%s)", where, index->n_manifests,
		names.size ? names.data : "none has a name");
	buffer_done (&names);
	return -1;
}

static const struct oci_manifest_descriptor *
find_digest (const struct oci_image_index *index, const char *digest)
{
	for (size_t i = 0; i < index->n_manifests; i++)
		if (str_equal (index->manifests[i]->digest, digest))
			return index->manifests[i];
	return NULL;
}

/* A manifest need not say what it is, and no descriptor of it may be at hand: then its members do. */
static const char *
guess_type (const struct source_manifest *manifest, struct ocispec_doc *doc)
{
	struct ocispec_source text = {
		.file = "manifest", .text = manifest->data, .size = manifest->size
	};
	struct oci_manifest_outline *outline;
	struct error err;

	if (oci_manifest_outline_parse (doc, &text, &outline, &err) < 0 || outline->media_type)
		return NULL;
	return outline->manifests ? MEDIA_TYPE_OCI_INDEX : MEDIA_TYPE_OCI_MANIFEST;
}

/* The manifest itself, held against its digest. */
static int
read_manifest (struct layout *layout, const char *digest, const char *media_type,
	struct source_manifest *out, struct error *err)
{
	AUTO (source_manifest_done) struct source_manifest manifest = { 0 };
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	autofree char *path = NULL;
	char found[DIGEST_TEXT_SIZE];
	const char *type;

	if (digest_check (digest, layout->source.name, NULL, err) < 0)
		return -1;
	path = blob_path (digest);
	if (layout_file_read (&layout->files, path, SOURCE_MAX_DOCUMENT, &manifest.data,
		    &manifest.size, err) < 0)
		return error_prefix (err, "%s", layout->source.name);
	digest_of (digest_algorithm_of (digest), manifest.data, manifest.size, found);
	if (!str_equal (found, digest))
		return fail_as (err, EBADMSG, "%s: the manifest %s has the digest %s",
			layout->source.name, digest, found);
	if (!media_type)
		media_type = guess_type (&manifest, &doc);
	if (media_type_of_document (
		    manifest.data, manifest.size, media_type, layout->source.name, &type, err) < 0)
		return -1;
	manifest.digest = xstrdup (digest);
	manifest.media_type = xstrdup (type);
	*out = manifest;
	manifest = (struct source_manifest){ 0 };
	return 0;
}

static int
get_manifest (
	struct source *source, const char *object, struct source_manifest *out, struct error *err)
{
	struct layout *layout = (struct layout *) source;
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source text = { .file = "index.json" };
	const struct oci_manifest_descriptor *found = NULL;
	struct oci_image_index *index;
	autofree char *data = NULL;

	if (layout_file_read (
		    &layout->files, "index.json", SOURCE_MAX_DOCUMENT, &data, &text.size, err) < 0)
		return error_prefix (err, "%s", source->name);
	text.text = data;
	if (oci_image_index_parse (&doc, &text, &index, err) < 0)
		return error_prefix (err, "%s", source->name);
	if (object && digest_is_valid (object)) {
		found = find_digest (index, object);
		return read_manifest (layout, object, found ? found->media_type : NULL, out, err);
	}
	if (!object && find_only (index, source->name, &found, err) < 0)
		return -1;
	if (object)
		found = store_find_name (index, object);
	if (!found) {
		return fail_as (err, ENOENT, "%s has no image '%s'", source->name, object);
	}
	return read_manifest (layout, found->digest, found->media_type, out, err);
}

static int
get_blob (struct source *source, const struct source_blob *blob, struct blob_sink *sink,
	struct error *err)
{
	struct layout *layout = (struct layout *) source;
	autofree char *path = blob_path (blob->digest);
	struct layout_file file;
	int r;

	if (layout_file_open (&layout->files, path, &file, err) < 0)
		return error_prefix (err, "%s", source->name);
	r = layout_file_send (&file, blob, sink, err);
	layout_file_close (&file);
	return r < 0 ? error_prefix (err, "%s", source->name) : 0;
}

static void
close_layout (struct source *source)
{
	struct layout *layout = (struct layout *) source;

	layout_files_close (&layout->files);
	free (layout);
}

static const struct source_driver driver = { get_manifest, get_blob, close_layout };

static int
check_version (struct layout *layout, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source text = { .file = "oci-layout" };
	struct oci_image_layout *marker;
	autofree char *data = NULL;

	if (layout_file_read (&layout->files, "oci-layout", 65536, &data, &text.size, err) < 0)
		return error_prefix (err, "%s is no image layout", layout->source.name);
	text.text = data;
	if (oci_image_layout_parse (&doc, &text, &marker, err) < 0)
		return error_prefix (err, "%s", layout->source.name);
	return 0;
}

static int
finish (struct layout *layout, struct source **out, struct error *err)
{
	struct source *source = &layout->source;

	if (check_version (layout, err) < 0) {
		source_close (&source);
		return -1;
	}
	*out = source;
	return 0;
}

int
layout_open_dir (const char *path, struct source **out, struct error *err)
{
	int dir = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct layout *layout;

	if (dir < 0)
		return fail (err, errno, "open '%s'", path);
	layout = xcalloc (1, sizeof *layout);
	*layout = (struct layout){
		.source = { &driver, xasprintf ("oci:%s", path) },
		.files = { .dir = dir, .archive = { .fd = -1 } },
	};
	return finish (layout, out, err);
}

int
layout_open_archive (const char *path, struct source **out, struct error *err)
{
	struct archive archive;
	struct layout *layout;

	if (archive_open (path, &archive, err) < 0)
		return -1;
	layout = xcalloc (1, sizeof *layout);
	*layout = (struct layout){
		.source = { &driver, xasprintf ("oci-archive:%s", path) },
		.files = { .dir = -1, .archive = archive },
	};
	return finish (layout, out, err);
}
