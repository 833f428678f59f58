/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/prune.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/bundle.h"
#include "image/layers.h"
#include "image/needs.h"
#include "image/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define PIECE (256 * 1024)

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

/* Calls `take` for each name in a directory of the store. */
struct sweep {
	const struct store *store;
	struct needs needs;
	struct prune_report *report;
	const struct verify_request *verify;
	struct verify_report *verified;
};

static int
each (struct sweep *sweep, const char *path,
	int (*take) (struct sweep *sweep, int dir, const char *name, const char *path,
		struct error *err),
	struct error *err)
{
	AUTO (close_dir) DIR *dir = NULL;
	int fd = openat (sweep->store->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	dir = fd < 0 ? NULL : fdopendir (fd);
	if (!dir)
		return errno == ENOENT
			       ? 0
			       : fail (err, errno, "read '%s/%s'", sweep->store->path, path);
	while (errno = 0, (entry = readdir (dir)))
		if (!str_equal (entry->d_name, ".") && !str_equal (entry->d_name, "..") &&
			take (sweep, dirfd (dir), entry->d_name, path, err) < 0)
			return -1;
	return errno ? fail (err, errno, "read '%s/%s'", sweep->store->path, path) : 0;
}

static char *
digest_of_path (const char *path, const char *name)
{
	/* "blobs/sha256" */
	return xasprintf ("%s:%s", path + strlen ("blobs/"), name);
}

static int
prune_blob (struct sweep *sweep, int dir, const char *name, const char *path, struct error *err)
{
	autofree char *digest = digest_of_path (path, name);
	struct stat st;

	if (names_have (&sweep->needs.blobs, digest))
		return 0;
	if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (st.st_mode))
		return 0;
	if (unlinkat (dir, name, 0) < 0)
		return fail (err, errno, "remove '%s/%s'", path, name);
	sweep->report->n_blobs++;
	sweep->report->bytes += (uint64_t) st.st_size;
	return 0;
}

/* It loses its name first: what is half removed must not be taken for a layer. */
static int
prune_layer (struct sweep *sweep, int dir, const char *name, const char *path, struct error *err)
{
	autofree char *digest = xasprintf ("sha256:%s", name), *digest_512 = NULL, *doomed = NULL;

	digest_512 = xasprintf ("sha512:%s", name);
	if (names_have (&sweep->needs.layers, digest) ||
		names_have (&sweep->needs.layers, digest_512))
		return 0;
	doomed = xasprintf ("tmp/%s.pruned", name);
	if (tree_remove (sweep->store->fd, doomed, err) < 0)
		return -1;
	if (renameat (dir, name, sweep->store->fd, doomed) < 0)
		return fail (err, errno, "rename '%s/%s'", path, name);
	sweep->report->n_layers++;
	return tree_remove (sweep->store->fd, doomed, err);
}

static int
remove_any (struct sweep *sweep, int dir, const char *name, const char *path, struct error *err)
{
	return tree_remove (dir, name, err);
}

/* Nobody else is in the store, so nobody has them. */
static int
remove_lock (struct sweep *sweep, int dir, const char *name, const char *path, struct error *err)
{
	return str_starts (name, "layer-") ? tree_remove (dir, name, err) : 0;
}

static int
need_bundles (struct sweep *sweep, struct error *err)
{
	AUTO (bundle_needs_done) struct bundle_needs needs = { 0 };

	if (bundle_collect (sweep->store, &needs, err) < 0)
		return -1;
	for (size_t i = 0; i < needs.n; i++)
		names_add (&sweep->needs.layers, needs.chain_ids[i]);
	return 0;
}

static int
run (struct sweep *sweep, enum prune_partial partial, struct error *err)
{
	if (needs_collect (sweep->store, &sweep->needs, NULL, err) < 0 ||
		need_bundles (sweep, err) < 0 || layers_sweep (sweep->store, err) < 0)
		return -1;
	if (partial == PRUNE_PARTIAL && each (sweep, "partial", remove_any, err) < 0)
		return -1;
	if (each (sweep, "layers", prune_layer, err) < 0 ||
		each (sweep, "blobs/sha256", prune_blob, err) < 0 ||
		each (sweep, "blobs/sha512", prune_blob, err) < 0)
		return -1;
	return each (sweep, "locks", remove_lock, err);
}

int
prune (const struct store *store, enum prune_partial partial, struct prune_report *out,
	struct error *err)
{
	struct prune_report report = { 0 };
	struct sweep sweep = { .store = store, .report = &report };
	int r = run (&sweep, partial, err);

	needs_done (&sweep.needs);
	if (r == 0)
		*out = report;
	return r;
}

/* ---- verify */

static void
tell (struct sweep *sweep, const char *digest, const char *what)
{
	autofree char *text = xasprintf ("%s %s", digest, what);

	sweep->verified->n_problems++;
	sweep->verify->problem (sweep->verify->data, text);
}

static int
hash (int fd, const char *digest, char out[DIGEST_TEXT_SIZE], uint64_t *bytes, struct error *err)
{
	struct digest_stream *stream = digest_new (digest_algorithm_of (digest));
	autofree char *piece = xmalloc (PIECE);
	ssize_t n;

	while ((n = read (fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		digest_update (stream, piece, (size_t) n);
		*bytes += (uint64_t) n;
	}
	digest_finish (stream, out);
	digest_free (&stream);
	return n < 0 ? fail (err, errno, "read the blob %s", digest) : 0;
}

static int
verify_blob (struct sweep *sweep, int dir, const char *name, const char *path, struct error *err)
{
	autofree char *digest = digest_of_path (path, name);
	char found[DIGEST_TEXT_SIZE];
	autofd fd = -1;

	if (!digest_is_valid (digest)) {
		tell (sweep, digest, "is the name of a blob, but no digest");
		return 0;
	}
	fd = store_open_blob (sweep->store, digest, err);
	if (fd < 0 || hash (fd, digest, found, &sweep->verified->bytes, err) < 0)
		return -1;
	sweep->verified->n_blobs++;
	if (str_equal (found, digest))
		return 0;
	tell (sweep, digest, "is damaged");
	if (sweep->verify->repairs && unlinkat (dir, name, 0) < 0)
		return fail (err, errno, "remove '%s/%s'", path, name);
	return 0;
}

int
verify (const struct verify_request *request, struct verify_report *out, struct error *err)
{
	AUTO (names_done) struct names missing = { 0 };
	struct verify_report report = { 0 };
	struct sweep sweep = { .store = request->store, .verify = request, .verified = &report };
	int r = 0;

	if (each (&sweep, "blobs/sha256", verify_blob, err) < 0 ||
		each (&sweep, "blobs/sha512", verify_blob, err) < 0)
		r = -1;
	if (r == 0)
		r = needs_collect (request->store, &sweep.needs, &missing, err);
	for (size_t i = 0; r == 0 && i < missing.n; i++)
		tell (&sweep, missing.items[i], "is missing");
	needs_done (&sweep.needs);
	if (r == 0)
		*out = report;
	return r;
}
