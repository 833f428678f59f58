/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * index.json: which names the store has, and for which manifests.
 */
#include "image/store.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>

#define MAX_INDEX (64U << 20)

int
store_read_index (const struct store *store, struct ocispec_doc *doc, struct oci_image_index **out,
	struct error *err)
{
	struct ocispec_source source = { .file = "index.json" };
	autofree char *text = NULL;

	if (fd_read_file (store->fd, "index.json", MAX_INDEX, &text, &source.size, err) < 0)
		return error_prefix (err, "store '%s'", store->path);
	source.text = text;
	if (oci_image_index_parse (doc, &source, out, err) < 0)
		return error_prefix (err, "store '%s'", store->path);
	return 0;
}

const char *
store_name_of (const struct oci_manifest_descriptor *descriptor)
{
	const struct oci_string_map *annotations = descriptor->annotations;

	for (size_t i = 0; annotations && i < annotations->n; i++)
		if (str_equal (annotations->keys[i], STORE_NAME_ANNOTATION))
			return annotations->values[i];
	return NULL;
}

static bool
has_name (const struct oci_manifest_descriptor *descriptor, const char *name)
{
	const char *found = store_name_of (descriptor);

	return found && str_equal (found, name);
}

struct oci_manifest_descriptor *
store_find_name (const struct oci_image_index *index, const char *name)
{
	for (size_t i = 0; i < index->n_manifests; i++)
		if (has_name (index->manifests[i], name))
			return index->manifests[i];
	return NULL;
}

/* Takes all descriptors with that name out; returns how many. */
static size_t
drop (struct oci_image_index *index, const char *name)
{
	size_t kept = 0, n = index->n_manifests;

	for (size_t i = 0; i < n; i++)
		if (!has_name (index->manifests[i], name))
			index->manifests[kept++] = index->manifests[i];
	index->n_manifests = kept;
	return n - kept;
}

static void
append (struct ocispec_doc *doc, struct oci_image_index *index, const struct store_name *name)
{
	struct arena *arena = &doc->arena;
	struct oci_manifest_descriptor **all =
		arena_alloc (arena, (index->n_manifests + 2) * sizeof *all);
	struct oci_manifest_descriptor *mine = arena_alloc (arena, sizeof *mine);
	struct oci_string_map *annotations = arena_alloc (arena, sizeof *annotations);

	if (index->n_manifests > 0)
		memcpy (all, index->manifests, index->n_manifests * sizeof *all);
	annotations->keys = arena_alloc (arena, 2 * sizeof *annotations->keys);
	annotations->values = arena_alloc (arena, 2 * sizeof *annotations->values);
	annotations->keys[0] = arena_strdup (arena, STORE_NAME_ANNOTATION);
	annotations->values[0] = arena_strdup (arena, name->name);
	annotations->n = 1;
	mine->media_type = name->media_type;
	mine->digest = name->digest;
	mine->size = (int64_t) name->size;
	mine->annotations = annotations;
	all[index->n_manifests++] = mine;
	index->manifests = all;
}

static int
write_index (const struct store *store, struct ocispec_doc *doc,
	const struct oci_image_index *index, struct error *err)
{
	const char *text = oci_image_index_print (&doc->arena, index, 2);

	if (fd_replace_file (store->fd, "index.json", text, strlen (text), 0644, err) < 0)
		return error_prefix (err, "store '%s'", store->path);
	return 0;
}

int
store_set_name (const struct store *store, const struct store_name *name, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	autofd lock = store_lock (store, "index", err);
	struct oci_manifest_descriptor *old;
	struct oci_image_index *index;

	if (lock < 0 || store_read_index (store, &doc, &index, err) < 0)
		return -1;
	old = store_find_name (index, name->name);
	if (old && str_equal (old->digest, name->digest))
		return 0;
	drop (index, name->name);
	append (&doc, index, name);
	return write_index (store, &doc, index, err);
}

int
store_remove_name (const struct store *store, const char *name, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	autofd lock = store_lock (store, "index", err);
	struct oci_image_index *index;

	if (lock < 0 || store_read_index (store, &doc, &index, err) < 0)
		return -1;
	if (drop (index, name) == 0)
		return 0;
	return write_index (store, &doc, index, err) < 0 ? -1 : 1;
}
