/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `docker save` writes: manifest.json with, for each image, the name of its config's file, of its
 * layers' files, and its tags. Manifests are made up from that. The layers in there are plain tars, so
 * the diff ids of the config are their digests too; where a layer is compressed its digest is computed.
 */
#include "image/layout.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"
#include "image/layout_files.h"
#include "image/media_type.h"
#include "image/reference.h"

#include <errno.h>
#include <ocispec/docker_archive.h>
#include <ocispec/image_config.h>

#define MAX_MANIFESTS (16U << 20)
#define LAYER_TYPE "application/vnd.docker.image.rootfs.diff.tar"
#define CONFIG_TYPE "application/vnd.docker.container.image.v1+json"

/* One file of the archive as a blob. */
struct docker_blob {
	char digest[DIGEST_TEXT_SIZE];
	char *file; /* owned; its name in the archive */
};

/* All of it is made when the archive is opened, and only read afterwards. */
struct docker_archive {
	struct source source;
	struct layout_files files;
	struct ocispec_doc doc;
	struct oci_docker_archive *index; /* lives in doc */
	struct docker_blob *blobs; /* owned */
	size_t n_blobs, room;
	struct source_manifest *manifests; /* owned; of each image of the index */
};

/* ---- names */

/* The whole form of a name: "debian" -> "docker.io/library/debian:latest"; NULL for what is none. */
static char *
whole_name (const char *name)
{
	AUTO (reference_done) struct reference reference = { 0 };
	struct error ignored;

	if (reference_parse (&reference, name, "docker.io", &ignored) < 0)
		return NULL;
	return reference_print (&reference);
}

static bool
has_tag (const struct oci_docker_archive_image *image, const char *name)
{
	for (size_t i = 0; i < image->n_repo_tags; i++) {
		autofree char *tag = whole_name (image->repo_tags[i]);

		if (str_equal (image->repo_tags[i], name) || (tag && str_equal (tag, name)))
			return true;
	}
	return false;
}

static int
find_image (
	const struct docker_archive *archive, const char *object, size_t *out, struct error *err)
{
	autofree char *name = object ? whole_name (object) : NULL;
	size_t n = archive->index->n_images;

	if (!object && n != 1)
		return fail (err, 0, "%s has %zu images: say which one", archive->source.name, n);
	for (size_t i = 0; i < n; i++)
		if (!object || str_equal (archive->manifests[i].digest, object) ||
			has_tag (archive->index->images[i], name ? name : object)) {
			*out = i;
			return 0;
		}
	return fail_as (err, ENOENT, "%s has no image '%s'", archive->source.name, object);
}

/* ---- as a source */

static int
get_manifest (
	struct source *source, const char *object, struct source_manifest *out, struct error *err)
{
	struct docker_archive *archive = (struct docker_archive *) source;
	const struct source_manifest *manifest;
	size_t i = 0;

	if (find_image (archive, object, &i, err) < 0)
		return -1;
	manifest = &archive->manifests[i];
	*out = (struct source_manifest){
		.data = xmalloc (manifest->size + 1),
		.size = manifest->size,
		.media_type = xstrdup (manifest->media_type),
		.digest = xstrdup (manifest->digest),
	};
	memcpy (out->data, manifest->data, manifest->size + 1);
	return 0;
}

static int
get_blob (struct source *source, const struct source_blob *blob, struct blob_sink *sink,
	struct error *err)
{
	struct docker_archive *archive = (struct docker_archive *) source;

	for (size_t i = 0; i < archive->n_blobs; i++) {
		struct layout_file file;
		int r;

		if (!str_equal (archive->blobs[i].digest, blob->digest))
			continue;
		if (layout_file_open (&archive->files, archive->blobs[i].file, &file, err) < 0)
			return -1;
		r = layout_file_send (&file, blob, sink, err);
		layout_file_close (&file);
		return r < 0 ? error_prefix (err, "%s", source->name) : 0;
	}
	return fail (err, ENOENT, "find the blob %s in %s", blob->digest, source->name);
}

static void
close_archive (struct source *source)
{
	struct docker_archive *archive = (struct docker_archive *) source;

	for (size_t i = 0; archive->index && archive->manifests && i < archive->index->n_images;
		i++)
		source_manifest_done (&archive->manifests[i]);
	free (archive->manifests);
	for (size_t i = 0; i < archive->n_blobs; i++)
		free (archive->blobs[i].file);
	free (archive->blobs);
	ocispec_done (&archive->doc);
	layout_files_close (&archive->files);
	free (archive);
}

static const struct source_driver driver = { get_manifest, get_blob, close_archive };

/* ---- making manifests up */

static void
add_blob (struct docker_archive *archive, const char *digest, const char *file)
{
	struct docker_blob *blob;

	if (archive->n_blobs == archive->room) {
		archive->room = archive->room ? 2 * archive->room : 16;
		archive->blobs = xrealloc (archive->blobs, archive->room * sizeof *archive->blobs);
	}
	blob = &archive->blobs[archive->n_blobs++];
	memcpy (blob->digest, digest, strlen (digest) + 1);
	blob->file = xstrdup (file);
}

struct hash_sink {
	struct blob_sink sink;
	struct digest_stream *stream;
};

static int
write_hash (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	digest_update (((struct hash_sink *) sink)->stream, data, size);
	return 0;
}

struct first_sink {
	struct blob_sink sink;
	unsigned char bytes[2];
};

static int
write_first (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	memcpy (((struct first_sink *) sink)->bytes, data, size < 2 ? size : 2);
	return 0;
}

/* What a tar never begins with. */
static int
is_compressed (const struct layout_file *file, struct error *err)
{
	struct first_sink first = { { write_first }, { 0 } };
	struct layout_file head = *file;
	struct source_blob blob = { .digest = "", .size = file->size < 2 ? file->size : 2 };

	head.size = blob.size;
	if (layout_file_send (&head, &blob, &first.sink, err) < 0)
		return -1;
	return (first.bytes[0] == 0x1f && first.bytes[1] == 0x8b) ||
	       (first.bytes[0] == 0x28 && first.bytes[1] == 0xb5);
}

static int
digest_layer (const struct layout_file *file, const char *diff_id, char out[DIGEST_TEXT_SIZE],
	struct error *err)
{
	struct hash_sink hash = { { write_hash }, NULL };
	struct source_blob blob = { .digest = "a layer", .size = file->size };
	int r = is_compressed (file, err);

	if (r < 0)
		return -1;
	if (r == 0) {
		memcpy (out, diff_id, strlen (diff_id) + 1);
		return 0;
	}
	hash.stream = digest_new (DIGEST_SHA256);
	r = layout_file_send (file, &blob, &hash.sink, err);
	digest_finish (hash.stream, out);
	digest_free (&hash.stream);
	return r;
}

static void
write_descriptor (struct json_writer *json, const char *key, const char *type, const char *digest,
	uint64_t size)
{
	json_open_object (json, key);
	json_string (json, "mediaType", type);
	json_uint (json, "size", size);
	json_string (json, "digest", digest);
	json_close (json);
}

static int
write_layers (struct docker_archive *archive, const struct oci_docker_archive_image *image,
	const struct oci_image_rootfs *rootfs, struct json_writer *json, struct error *err)
{
	if (rootfs->n_diff_ids != image->n_layers)
		return fail (err, 0, "the config speaks of %zu layers, manifest.json of %zu",
			rootfs->n_diff_ids, image->n_layers);
	json_open_array (json, "layers");
	for (size_t i = 0; i < image->n_layers; i++) {
		char digest[DIGEST_TEXT_SIZE];
		struct layout_file file;
		int r;

		if (digest_check (rootfs->diff_ids[i], "a diff id", NULL, err) < 0 ||
			layout_file_open (&archive->files, image->layers[i], &file, err) < 0)
			return -1;
		r = digest_layer (&file, rootfs->diff_ids[i], digest, err);
		layout_file_close (&file);
		if (r < 0)
			return -1;
		add_blob (archive, digest, image->layers[i]);
		write_descriptor (json, NULL, LAYER_TYPE, digest, file.size);
	}
	json_close (json);
	return 0;
}

static int
make_up_manifest (struct docker_archive *archive, const struct oci_docker_archive_image *image,
	struct source_manifest *out, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	AUTO (json_writer_done) struct json_writer json = { .indent = 3 };
	struct ocispec_source text = { .file = image->config };
	struct oci_image_config *config;
	char digest[DIGEST_TEXT_SIZE];
	autofree char *data = NULL;

	if (layout_file_read (&archive->files, image->config, SOURCE_MAX_DOCUMENT, &data,
		    &text.size, err) < 0)
		return -1;
	text.text = data;
	if (oci_image_config_parse (&doc, &text, &config, err) < 0)
		return -1;
	digest_of (DIGEST_SHA256, data, text.size, digest);
	add_blob (archive, digest, image->config);
	json_open_object (&json, NULL);
	json_int (&json, "schemaVersion", 2);
	json_string (&json, "mediaType", MEDIA_TYPE_DOCKER_MANIFEST);
	write_descriptor (&json, "config", CONFIG_TYPE, digest, text.size);
	if (write_layers (archive, image, config->rootfs, &json, err) < 0)
		return -1;
	json_close (&json);
	digest_of (DIGEST_SHA256, json.text.data, json.text.size, digest);
	*out = (struct source_manifest){
		.size = json.text.size,
		.media_type = xstrdup (MEDIA_TYPE_DOCKER_MANIFEST),
		.digest = xstrdup (digest),
	};
	out->data = take_ptr (json.text.data);
	return 0;
}

static int
read_images (struct docker_archive *archive, struct error *err)
{
	struct ocispec_source text = { .file = "manifest.json" };
	autofree char *data = NULL, *object = NULL;
	size_t size;

	if (layout_file_read (&archive->files, "manifest.json", MAX_MANIFESTS, &data, &size, err) <
		0)
		return -1;
	/* the parser takes objects */
	object = xasprintf ("{\"images\":%s}", data);
	text.text = object;
	text.size = strlen (object);
	if (oci_docker_archive_parse (&archive->doc, &text, &archive->index, err) < 0)
		return -1;
	archive->manifests = xcalloc (archive->index->n_images + 1, sizeof *archive->manifests);
	for (size_t i = 0; i < archive->index->n_images; i++)
		if (make_up_manifest (
			    archive, archive->index->images[i], &archive->manifests[i], err) < 0)
			return -1;
	if (archive->index->n_images == 1 && archive->index->images[0]->n_repo_tags > 0)
		archive->source.only_name = whole_name (archive->index->images[0]->repo_tags[0]);
	return 0;
}

int
docker_archive_open (const char *path, struct source **out, struct error *err)
{
	struct docker_archive *archive;
	struct archive files;
	struct source *source;

	if (archive_open (path, &files, err) < 0)
		return -1;
	archive = xcalloc (1, sizeof *archive);
	archive->source = (struct source){ &driver, xasprintf ("docker-archive:%s", path) };
	archive->files = (struct layout_files){ .dir = -1, .archive = files };
	source = &archive->source;
	if (read_images (archive, err) < 0) {
		error_prefix (err, "%s", source->name);
		source_close (&source);
		return -1;
	}
	*out = source;
	return 0;
}
