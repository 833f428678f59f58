/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/needs.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/image.h"
#include "image/media_type.h"

#include <errno.h>

#define MAX_DEPTH 4

void
names_add (struct names *names, const char *name)
{
	if (names->n == names->room) {
		names->room = names->room ? 2 * names->room : 64;
		names->items = xrealloc (names->items, names->room * sizeof *names->items);
	}
	names->items[names->n++] = xstrdup (name);
	names->is_sorted = false;
}

static int
compare (const void *a, const void *b)
{
	return strcmp (*(char *const *) a, *(char *const *) b);
}

bool
names_have (struct names *names, const char *name)
{
	if (names->n == 0)
		return false;
	if (!names->is_sorted)
		qsort (names->items, names->n, sizeof *names->items, compare);
	names->is_sorted = true;
	return bsearch (&name, names->items, names->n, sizeof *names->items, compare) != NULL;
}

void
names_done (struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free (names->items[i]);
	free (names->items);
	*names = (struct names){ 0 };
}

struct walk {
	const struct store *store;
	struct needs *needs;
	struct names *missing;
};

static int
need_blob (struct walk *walk, const char *digest, struct error *err)
{
	int r;

	names_add (&walk->needs->blobs, digest);
	if (!walk->missing)
		return 0;
	r = store_has_blob (walk->store, digest, 0, err);
	if (r == 0)
		names_add (walk->missing, digest);
	return r < 0 ? -1 : 0;
}

static int
need_image (struct walk *walk, const char *digest, struct error *err)
{
	AUTO (image_done) struct image image = { 0 };

	if (image_load (walk->store, digest, &image, err) < 0)
		return -1;
	if (need_blob (walk, image.manifest->config->digest, err) < 0)
		return -1;
	for (size_t i = 0; i < image.n_layers; i++) {
		if (need_blob (walk, image.layers[i].descriptor->digest, err) < 0)
			return -1;
		names_add (&walk->needs->layers, image.layers[i].chain_id);
	}
	return 0;
}

/* A manifest that is no image (an artifact) still has blobs. */
static int
need_artifact (struct walk *walk, const struct ocispec_source *text, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct oci_image_manifest *manifest;

	if (oci_image_manifest_parse (&doc, text, &manifest, err) < 0)
		return -1;
	names_add (&walk->needs->blobs, manifest->config->digest);
	for (size_t i = 0; i < manifest->n_layers; i++)
		names_add (&walk->needs->blobs, manifest->layers[i]->digest);
	return 0;
}

static int need_document (struct walk *walk, const char *digest, const char *media_type, int depth,
	struct error *err);

static int
need_index (struct walk *walk, const struct ocispec_source *text, int depth, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct oci_image_index *index;

	if (oci_image_index_parse (&doc, text, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index->n_manifests; i++) {
		struct walk quiet = { walk->store, walk->needs, NULL };

		if (need_document (&quiet, index->manifests[i]->digest,
			    index->manifests[i]->media_type, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int
need_document (
	struct walk *walk, const char *digest, const char *media_type, int depth, struct error *err)
{
	struct ocispec_source text = { .file = digest };
	enum document_kind kind;
	autofree char *data = NULL;

	if (digest_check (digest, "index.json", NULL, err) < 0)
		return -1;
	names_add (&walk->needs->blobs, digest);
	if (depth > MAX_DEPTH || media_type_kind (media_type, digest, &kind, err) < 0)
		return 0;
	if (store_read_document (walk->store, digest, &data, &text.size, err) < 0) {
		if (err->code != ENOENT)
			return -1;
		if (walk->missing)
			names_add (walk->missing, digest);
		return 0;
	}
	text.text = data;
	if (kind == DOCUMENT_INDEX)
		return need_index (walk, &text, depth, err);
	if (need_artifact (walk, &text, err) < 0)
		return -1;
	/* the config may be missing, or may be none: then no layer of it is unpacked either */
	error_ignore (need_image (walk, digest, err), "it is no image, or not all of one");
	return 0;
}

int
needs_collect (
	const struct store *store, struct needs *out, struct names *missing, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct walk walk = { store, out, missing };
	struct oci_image_index *index;

	if (store_read_index (store, &doc, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index->n_manifests; i++)
		if (need_document (&walk, index->manifests[i]->digest,
			    index->manifests[i]->media_type, 0, err) < 0)
			return -1;
	return 0;
}

void
needs_done (struct needs *needs)
{
	names_done (&needs->blobs);
	names_done (&needs->layers);
}
