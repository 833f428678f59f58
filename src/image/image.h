/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * image: one image for one platform: its manifest, its config, its layers.
 *
 * Everything a manifest says is checked here before it is used: digests by their grammar, sizes, media
 * types, as many diff ids as layers (image-spec 1.1, manifest.md and config.md).
 */
#pragma once

#include "image/digest.h"
#include "image/platform.h"
#include "image/source.h"
#include "image/store.h"

#include <ocispec/image_config.h>
#include <ocispec/image_manifest.h>

struct image_layer {
	const struct oci_descriptor *descriptor; /* its digest is valid */
	const char *diff_id; /* the digest of its tar; valid */
	char chain_id[DIGEST_TEXT_SIZE]; /* of this layer and all below it */
};

/* { 0 } is a valid empty one. */
struct image {
	struct source_manifest document; /* owned */
	struct ocispec_doc manifest_doc, config_doc; /* owned */
	const struct oci_image_manifest *manifest;
	const struct oci_image_config *config;
	char *config_text; /* owned; with a NUL behind it */
	size_t config_size;
	struct image_layer *layers; /* owned; the lowest first */
	size_t n_layers;
};

/* Gets the documents of what a tag or digest means (NULL: the one that is there): through an index to the
 * manifest for that platform, and its config. Nothing is written. */
CHECKED int image_fetch (struct source *source, const char *object, const struct platform *platform,
	struct image *out, struct error *err);

/* The same from a store, by a manifest's digest. */
CHECKED int image_load (
	const struct store *store, const char *digest, struct image *out, struct error *err);

/* By a name that the store knows, or the digest of a manifest in it. ENOENT in err->code. */
CHECKED int image_find (
	const struct store *store, const char *name, struct image *out, struct error *err);

void image_done (struct image *image);

/* What all layers have as bytes in the registry. */
uint64_t image_size (const struct image *image);
