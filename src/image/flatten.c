/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/flatten.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/rooted.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Each level holds fds: one of the copy and one of each layer that has a part in it. */
#define MAX_DEPTH 200

/* A file with more than one name, and where its first one is in the copy. */
struct first_name {
	size_t layer;
	dev_t device;
	ino_t inode;
	char *path; /* owned */
};

struct flattening {
	const struct flatten_request *request;
	struct first_name *names; /* owned; a hash table, path NULL: free */
	size_t size, used; /* size: a power of 2 */
	char *path; /* owned; where we are, without a '/' at its start */
	int depth;
};

static struct first_name *
slot_of (const struct flattening *f, const struct first_name *key)
{
	uint64_t hash = ((uint64_t) key->inode * 31 + key->device) * 31 + key->layer;
	size_t i = (size_t) (hash * UINT64_C (0x9E3779B97F4A7C15) >> 20) & (f->size - 1);

	for (;; i = (i + 1) & (f->size - 1)) {
		struct first_name *n = &f->names[i];

		if (!n->path || (n->inode == key->inode && n->device == key->device &&
					n->layer == key->layer))
			return n;
	}
}

static void
grow (struct flattening *f)
{
	struct first_name *old = f->names;
	size_t n = f->size;

	f->size = n ? 2 * n : 256;
	f->names = xcalloc (f->size, sizeof *f->names);
	for (size_t i = 0; i < n; i++)
		if (old[i].path)
			*slot_of (f, &old[i]) = old[i];
	free (old);
}

static int
link_to (const struct flattening *f, const char *path, int dirfd, const char *name,
	struct error *err)
{
	const char *slash = strrchr (path, '/');
	autofree char *parent = strndup (path, slash ? (size_t) (slash - path) : 0);
	autofd dir = -1;

	if (!parent)
		return fail (err, ENOMEM, "link '%s'", path);
	dir = rooted_open_no_symlinks (f->request->root, parent, O_PATH | O_DIRECTORY, err);
	if (dir < 0)
		return -1;
	if (linkat (dir, slash ? slash + 1 : path, dirfd, name, 0) < 0)
		return fail (err, errno, "link '%s' to '%s'", name, path);
	return 0;
}

/* Returns 1 when it was linked to a copy that is there already. */
static int
link_if_known (struct flattening *f, const struct view_node *node, int dirfd, const char *name,
	struct error *err)
{
	struct first_name key = { node->layer, node->st.st_dev, node->st.st_ino, NULL };
	struct first_name *slot;

	if (node->st.st_nlink < 2)
		return 0;
	if (2 * f->used >= f->size)
		grow (f);
	slot = slot_of (f, &key);
	if (slot->path)
		return link_to (f, slot->path, dirfd, name, err) < 0 ? -1 : 1;
	key.path = *f->path ? xasprintf ("%s/%s", f->path, name) : xstrdup (name);
	*slot = key;
	f->used++;
	return 0;
}

static int copy_directory (
	struct flattening *f, const struct view_dir *dir, int dirfd, struct error *err);

static int
enter (struct flattening *f, const struct view_dir *above, const char *name, int dirfd,
	struct error *err)
{
	AUTO (view_dir_done) struct view_dir dir = { 0 };
	autofree char *here = f->path;
	autofd fd = openat (dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	f->path = *here ? xasprintf ("%s/%s", here, name) : xstrdup (name);
	if (fd < 0)
		r = fail (err, errno, "open '%s'", f->path);
	else if (++f->depth > MAX_DEPTH)
		r = fail (err, 0, "'%.200s...': directories nested too deeply", f->path);
	else if (view_open_dir (f->request->view, above, name, &dir, err) < 0)
		r = -1;
	else
		r = copy_directory (f, &dir, fd, err);
	f->depth--;
	free (f->path);
	f->path = take_ptr (here);
	return r;
}

static int
finish (const struct view_node *node, int dirfd, const char *name, struct error *err)
{
	autofd fd = openat (dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail (err, errno, "open '%s'", name);
	return tree_finish_directory (fd, &node->st, err);
}

static int
copy_one (struct flattening *f, const struct view_dir *dir, const char *name, int dirfd,
	struct error *err)
{
	struct view_node node;
	struct tree_node from = { .name = name, .st = &node.st };
	int r = view_look_up (f->request->view, dir, name, &node, err);

	if (r <= 0)
		return r;
	r = S_ISDIR (node.st.st_mode) ? 0 : link_if_known (f, &node, dirfd, name, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	from.dirfd = dir->fds[node.layer];
	if (tree_copy_node (f->request->copy, &from, dirfd, name, err) < 0)
		return -1;
	if (!S_ISDIR (node.st.st_mode))
		return 0;
	if (enter (f, dir, name, dirfd, err) < 0)
		return -1;
	return finish (&node, dirfd, name, err);
}

static int
copy_directory (struct flattening *f, const struct view_dir *dir, int dirfd, struct error *err)
{
	AUTO (view_names_done) struct view_names names = { 0 };

	if (view_list (f->request->view, dir, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (copy_one (f, dir, names.names[i], dirfd, err) < 0)
			return -1;
	return 0;
}

static void
flattening_done (struct flattening *f)
{
	for (size_t i = 0; i < f->size; i++)
		free (f->names[i].path);
	free (f->names);
	free (f->path);
}

/* The node of the directory itself: owner, mode, times. */
static int
finish_root (const struct flatten_request *request, const struct stat *st, struct error *err)
{
	uint32_t uid, gid;

	if (!tree_map_id (&request->copy->uids, st->st_uid, &uid) ||
		!tree_map_id (&request->copy->gids, st->st_gid, &gid))
		return fail (err, EINVAL, "the owner %u:%u is not among the mapped ids", st->st_uid,
			st->st_gid);
	if (fchown (request->root, uid, gid) < 0 && !request->copy->owner_may_stay)
		return fail (err, errno, "change the owner");
	return tree_finish_directory (request->root, st, err);
}

static int
flatten_dir (const struct flatten_request *request, const struct view_dir *dir,
	const struct stat *st, struct error *err)
{
	AUTO (flattening_done) struct flattening f = { .request = request, .path = xstrdup ("") };

	if (copy_directory (&f, dir, request->root, err) < 0)
		return -1;
	return finish_root (request, st, err);
}

int
flatten (const struct flatten_request *request, struct error *err)
{
	AUTO (view_dir_done) struct view_dir dir = { 0 };
	struct stat st;

	if (view_open_root (request->view, &dir, err) < 0)
		return -1;
	if (request->view->n == 0)
		return 0;
	if (fstat (dir.fds[0], &st) < 0)
		return fail (err, errno, "look at a layer");
	return flatten_dir (request, &dir, &st, err);
}

/* Goes down one path without symlinks. */
static int
open_directory (const struct view *view, const char *path, struct view_dir *out, struct error *err)
{
	AUTO (view_dir_done) struct view_dir dir = { 0 };
	autofree char *text = xstrdup (path);
	char *rest = text, *name;

	if (view_open_root (view, &dir, err) < 0)
		return -1;
	while ((name = strtok_r (rest, "/", &rest))) {
		struct view_dir next;

		if (view_open_dir (view, &dir, name, &next, err) < 0)
			return -1;
		view_dir_done (&dir);
		dir = next;
	}
	*out = dir;
	dir = (struct view_dir){ 0 };
	return 0;
}

int
flatten_directory (const struct flatten_request *request, const char *path, struct error *err)
{
	AUTO (view_dir_done) struct view_dir dir = { 0 };
	autofree char *resolved = NULL;
	struct view_node node;
	int r = view_resolve (request->view, path, VIEW_NO_FOLLOW, &resolved, &node, err);

	if (r < 0)
		return -1;
	if (r == 0 || !S_ISDIR (node.st.st_mode))
		return fail (err, ENOTDIR, "copy '%s' of the image", path);
	if (open_directory (request->view, path, &dir, err) < 0)
		return -1;
	return flatten_dir (request, &dir, &node.st, err);
}
