/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/bundle_record.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define MAX_RECORD (1U << 20)

/* By the path, so that a bundle made anew takes its predecessor's place. */
static char *
store_name (const char *path)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_of (DIGEST_SHA256, path, strlen (path), digest);
	return xasprintf ("bundles/%s", digest_hex (digest));
}

static int
write_in_store (const struct store *store, const char *path, const char *text, struct error *err)
{
	autofd dir = openat (store->fd, "bundles", O_PATH | O_DIRECTORY | O_CLOEXEC);
	autofree char *name = store_name (path);

	if (dir < 0)
		return fail (err, errno, "open '%s/bundles'", store->path);
	return fd_replace_file (dir, name + strlen ("bundles/"), text, strlen (text), 0600, err);
}

int
bundle_record_write (const struct store *store, int dir, const struct oci_image_bundle *record,
	struct error *err)
{
	struct arena arena = { 0 };
	const char *text = oci_image_bundle_print (&arena, record, 2);
	int r = write_in_store (store, record->bundle, text, err);

	if (r == 0)
		r = fd_replace_file (dir, BUNDLE_RECORD, text, strlen (text), 0600, err);
	arena_done (&arena);
	return r;
}

static int
parse (struct ocispec_doc *doc, int dirfd, const char *path, struct oci_image_bundle **out,
	struct error *err)
{
	struct ocispec_source source = { .file = path };
	autofree char *text = NULL;

	if (fd_read_file (dirfd, path, MAX_RECORD, &text, &source.size, err) < 0)
		return -1;
	source.text = text;
	return oci_image_bundle_parse (doc, &source, out, err);
}

int
bundle_record_read (
	const char *path, struct ocispec_doc *doc, struct oci_image_bundle **out, struct error *err)
{
	autofree char *file = xasprintf ("%s/" BUNDLE_RECORD, path);

	if (parse (doc, AT_FDCWD, file, out, err) == 0)
		return 0;
	return err->code == ENOENT
		       ? fail (err, ENOENT, "'%s' is no bundle of ctr-image: open '%s'", path, file)
		       : -1;
}

int
bundle_record_forget (const struct store *store, const char *path, struct error *err)
{
	autofree char *name = store_name (path);

	if (unlinkat (store->fd, name, 0) < 0 && errno != ENOENT)
		return fail (err, errno, "remove '%s/%s'", store->path, name);
	return 0;
}

/* ---- for prune */

static void
need (struct bundle_needs *needs, const char *chain_id)
{
	if (needs->n == needs->room) {
		needs->room = needs->room ? 2 * needs->room : 64;
		needs->chain_ids =
			xrealloc (needs->chain_ids, needs->room * sizeof *needs->chain_ids);
	}
	needs->chain_ids[needs->n++] = xstrdup (chain_id);
}

static int
collect_one (
	const struct store *store, const char *path, struct bundle_needs *out, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	autofree char *file = NULL;
	struct oci_image_bundle *record;

	if (parse (&doc, store->fd, path, &record, err) < 0)
		return error_prefix (err, "store '%s'", store->path);
	file = xasprintf ("%s/" BUNDLE_RECORD, record->bundle);
	if (faccessat (AT_FDCWD, file, F_OK, 0) < 0 && errno == ENOENT) {
		if (unlinkat (store->fd, path, 0) < 0)
			return fail (err, errno, "remove '%s/%s'", store->path, path);
		return 0;
	}
	for (size_t i = 0; i < record->n_layers; i++)
		need (out, record->layers[i]);
	return 0;
}

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

int
bundle_collect (const struct store *store, struct bundle_needs *out, struct error *err)
{
	AUTO (close_dir) DIR *dir = NULL;
	int fd = openat (store->fd, "bundles", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	dir = fd < 0 ? NULL : fdopendir (fd);
	if (!dir)
		return fail (err, errno, "read '%s/bundles'", store->path);
	while (errno = 0, (entry = readdir (dir))) {
		autofree char *path = xasprintf ("bundles/%s", entry->d_name);

		/* names with a '.' are half-written ones */
		if (entry->d_name[0] != '.' && collect_one (store, path, out, err) < 0)
			return -1;
	}
	return errno ? fail (err, errno, "read '%s/bundles'", store->path) : 0;
}

void
bundle_needs_done (struct bundle_needs *needs)
{
	for (size_t i = 0; i < needs->n; i++)
		free (needs->chain_ids[i]);
	free (needs->chain_ids);
	*needs = (struct bundle_needs){ 0 };
}
