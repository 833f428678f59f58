/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/image.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"
#include "image/media_type.h"

#include <errno.h>
#include <stdio.h>

/* An index in an index in an index is as far as anybody goes. */
#define MAX_INDEX_DEPTH 4
/* overlayfs takes 500 lower directories at most. */
#define MAX_LAYERS 500

static const char *const config_types[] = {
	"application/vnd.oci.image.config.v1+json",
	"application/vnd.docker.container.image.v1+json",
};

/* Which compression it is, is seen by the bytes. */
static const char *const layer_types[] = {
	"application/vnd.oci.image.layer.v1.tar",
	"application/vnd.oci.image.layer.v1.tar+gzip",
	"application/vnd.oci.image.layer.v1.tar+zstd",
	"application/vnd.oci.image.layer.nondistributable.v1.tar",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
	"application/vnd.docker.image.rootfs.diff.tar",
	"application/vnd.docker.image.rootfs.diff.tar.gzip",
	"application/vnd.docker.image.rootfs.diff.tar.zstd",
	"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
};

static bool
is_among (const char *type, const char *const *types, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal (type, types[i]))
			return true;
	return false;
}

/* ---- checks */

static int
check_descriptor (struct image *image, const struct oci_descriptor *descriptor, struct error *err)
{
	const char *at = ocispec_at (&image->manifest_doc, descriptor);

	if (digest_check (descriptor->digest, at, NULL, err) < 0)
		return -1;
	if (descriptor->size < 0)
		return fail (err, 0, "%s: a negative size", at);
	return 0;
}

static int
check_manifest (struct image *image, struct error *err)
{
	const struct oci_image_manifest *manifest = image->manifest;

	if (manifest->n_layers > MAX_LAYERS)
		return fail_as (err, E2BIG, "an image of %zu layers", manifest->n_layers);
	if (check_descriptor (image, manifest->config, err) < 0)
		return -1;
	if (!is_among (manifest->config->media_type, config_types, ARRAY_SIZE (config_types)))
		return fail (err, 0, "it is no image, but an artifact of type '%s'",
			manifest->artifact_type ? manifest->artifact_type
						: manifest->config->media_type);
	if (manifest->config->size > SOURCE_MAX_DOCUMENT)
		return fail_as (err, EFBIG, "its config has %lld bytes",
			(long long) manifest->config->size);
	for (size_t i = 0; i < manifest->n_layers; i++) {
		const struct oci_descriptor *layer = manifest->layers[i];

		if (check_descriptor (image, layer, err) < 0)
			return -1;
		if (!is_among (layer->media_type, layer_types, ARRAY_SIZE (layer_types)))
			return fail_as (err, ENOTSUP, "%s: a layer of type '%s'",
				ocispec_at (&image->manifest_doc, layer), layer->media_type);
	}
	return 0;
}

static void
chain (struct image_layer *layer, const struct image_layer *below)
{
	autofree char *text = NULL;

	if (!below) {
		snprintf (layer->chain_id, sizeof layer->chain_id, "%s", layer->diff_id);
		return;
	}
	text = xasprintf ("%s %s", below->chain_id, layer->diff_id);
	digest_of (DIGEST_SHA256, text, strlen (text), layer->chain_id);
}

static int
take_layers (struct image *image, struct error *err)
{
	const struct oci_image_rootfs *rootfs = image->config->rootfs;
	size_t n = image->manifest->n_layers;

	if (rootfs->n_diff_ids != n)
		return fail (err, 0, "the config speaks of %zu layers, the manifest of %zu",
			rootfs->n_diff_ids, n);
	image->layers = xcalloc (n + 1, sizeof *image->layers);
	image->n_layers = n;
	for (size_t i = 0; i < n; i++) {
		struct image_layer *layer = &image->layers[i];

		if (digest_check (rootfs->diff_ids[i], "a diff id of the config", NULL, err) < 0)
			return -1;
		layer->descriptor = image->manifest->layers[i];
		layer->diff_id = rootfs->diff_ids[i];
		chain (layer, i > 0 ? layer - 1 : NULL);
	}
	return 0;
}

static int
parse_manifest (struct image *image, struct error *err)
{
	struct ocispec_source source = {
		.file = "manifest", .text = image->document.data, .size = image->document.size
	};
	struct oci_image_manifest *manifest;

	if (oci_image_manifest_parse (&image->manifest_doc, &source, &manifest, err) < 0)
		return -1;
	image->manifest = manifest;
	return check_manifest (image, err);
}

static int
parse_config (struct image *image, struct error *err)
{
	struct ocispec_source source = {
		.file = "image config", .text = image->config_text, .size = image->config_size
	};
	struct oci_image_config *config;

	if (oci_image_config_parse (&image->config_doc, &source, &config, err) < 0)
		return -1;
	image->config = config;
	return take_layers (image, err);
}

/* ---- from a source */

struct memory_sink {
	struct blob_sink sink;
	struct buffer data;
	size_t limit;
};

static int
write_memory (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	struct memory_sink *memory = (struct memory_sink *) sink;

	if (size > memory->limit - memory->data.size)
		return fail_as (err, EFBIG, "it has more bytes than it should");
	buffer_add (&memory->data, data, size);
	return 0;
}

static int
fetch_config (struct source *source, struct image *image, struct error *err)
{
	const struct oci_descriptor *descriptor = image->manifest->config;
	struct memory_sink memory = { { write_memory }, { 0 }, (size_t) descriptor->size };
	struct source_blob blob = { .digest = descriptor->digest,
		.size = (uint64_t) descriptor->size };
	char found[DIGEST_TEXT_SIZE];
	int r = source_get_blob (source, &blob, &memory.sink, err);

	buffer_add_text (&memory.data, "");
	image->config_text = memory.data.data;
	image->config_size = memory.data.size;
	if (r < 0)
		return error_prefix (err, "the image's config");
	digest_of (digest_algorithm_of (descriptor->digest), image->config_text, image->config_size,
		found);
	if (!str_equal (found, descriptor->digest))
		return fail_as (err, EBADMSG,
			"what came for the image's config %s has the digest %s", descriptor->digest,
			found);
	return parse_config (image, err);
}

/* From an index to what it has for the platform; *object becomes that one's digest, the caller's. */
static int
go_through_index (const struct platform *platform, struct source_manifest *document, char **object,
	const char *what, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source text = {
		.file = "index", .text = document->data, .size = document->size
	};
	const struct oci_manifest_descriptor *chosen = NULL;
	struct oci_image_index *index;

	if (oci_image_index_parse (&doc, &text, &index, err) < 0 ||
		platform_choose (platform, index, what, &chosen, err) < 0 ||
		digest_check (chosen->digest, ocispec_at (&doc, chosen), NULL, err) < 0)
		return -1;
	free (*object);
	*object = xstrdup (chosen->digest);
	source_manifest_done (document);
	return 0;
}

static int
fetch_manifest (struct source *source, const char *object, const struct platform *platform,
	struct image *image, struct error *err)
{
	autofree char *now = object ? xstrdup (object) : NULL;

	for (int depth = 0; depth < MAX_INDEX_DEPTH; depth++) {
		enum document_kind kind;

		if (source_get_manifest (source, now, &image->document, err) < 0 ||
			media_type_kind (image->document.media_type, source->name, &kind, err) < 0)
			return -1;
		if (kind == DOCUMENT_MANIFEST)
			return parse_manifest (image, err);
		if (go_through_index (platform, &image->document, &now, source->name, err) < 0)
			return -1;
	}
	return fail (err, 0, "%s: an index in an index, over and over", source->name);
}

/* An index may have said nothing of the platform; then the config is the first to do so. */
static int
check_platform (const struct image *image, const struct platform *platform, const char *what,
	struct error *err)
{
	const struct oci_image_config *config = image->config;

	if (platform_rank (platform, config->os, config->architecture, config->variant) > 0)
		return 0;
	return fail (err, 0, "%s is for %s/%s, not for %s/%s (see --platform)", what, config->os,
		config->architecture, platform->os, platform->architecture);
}

int
image_fetch (struct source *source, const char *object, const struct platform *platform,
	struct image *out, struct error *err)
{
	AUTO (image_done) struct image image = { 0 };

	if (fetch_manifest (source, object, platform, &image, err) < 0 ||
		fetch_config (source, &image, err) < 0 ||
		check_platform (&image, platform, source->name, err) < 0)
		return -1;
	*out = image;
	image = (struct image){ 0 };
	return 0;
}

/* ---- from a store */

int
image_load (const struct store *store, const char *digest, struct image *out, struct error *err)
{
	AUTO (image_done) struct image image = { 0 };
	const char *type;

	if (digest_check (digest, "the image", NULL, err) < 0 ||
		store_read_document (
			store, digest, &image.document.data, &image.document.size, err) < 0)
		return -1;
	image.document.digest = xstrdup (digest);
	if (parse_manifest (&image, err) < 0)
		return -1;
	type = image.manifest->media_type;
	image.document.media_type = xstrdup (type ? type : MEDIA_TYPE_OCI_MANIFEST);
	if (store_read_document (store, image.manifest->config->digest, &image.config_text,
		    &image.config_size, err) < 0 ||
		parse_config (&image, err) < 0)
		return -1;
	*out = image;
	image = (struct image){ 0 };
	return 0;
}

int
image_find (const struct store *store, const char *name, struct image *out, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	const struct oci_manifest_descriptor *found;
	struct oci_image_index *index;

	if (store_read_index (store, &doc, &index, err) < 0)
		return -1;
	found = store_find_name (index, name);
	if (!found && digest_is_valid (name))
		return image_load (store, name, out, err);
	if (!found) {
		return fail_as (
			err, ENOENT, "there is no image '%s' in the store '%s'", name, store->path);
	}
	if (image_load (store, found->digest, out, err) < 0)
		return error_prefix (err, "%s", name);
	return 0;
}

void
image_done (struct image *image)
{
	source_manifest_done (&image->document);
	ocispec_done (&image->manifest_doc);
	ocispec_done (&image->config_doc);
	free (image->config_text);
	free (image->layers);
	*image = (struct image){ 0 };
}

uint64_t
image_size (const struct image *image)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < image->n_layers; i++)
		sum += (uint64_t) image->layers[i].descriptor->size;
	return sum;
}
