/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What can only be done when all entries have been seen: what the layer takes away from those below
 * (a whiteout means these alone, wherever it stands in the tar), and then the modes and times of the
 * directories.
 */
#include "image/unpack_state.h"
#include "base/auto.h"
#include "base/rooted.h"
#include "base/str.h"
#include "image/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* ---- the directories' table */

static uint32_t *
slot_of (struct unpack *unpack, uint64_t inode)
{
	size_t mask = unpack->by_inode_size - 1;
	size_t i = (size_t) (inode * UINT64_C (0x9E3779B97F4A7C15) >> 32) & mask;

	while (unpack->by_inode[i] && unpack->dirs[unpack->by_inode[i] - 1].inode != inode)
		i = (i + 1) & mask;
	return &unpack->by_inode[i];
}

static void
grow (struct unpack *unpack)
{
	unpack->dirs_room = unpack->dirs_room ? 2 * unpack->dirs_room : 256;
	unpack->dirs = xrealloc (unpack->dirs, unpack->dirs_room * sizeof *unpack->dirs);
	free (unpack->by_inode);
	unpack->by_inode_size = 2 * unpack->dirs_room;
	unpack->by_inode = xcalloc (unpack->by_inode_size, sizeof *unpack->by_inode);
	for (size_t i = 0; i < unpack->n_dirs; i++)
		*slot_of (unpack, unpack->dirs[i].inode) = (uint32_t) i + 1;
}

int
unpack_note_dir (struct unpack *unpack, int fd, const struct unpack_dir *dir, struct error *err)
{
	struct unpack_dir record = *dir;
	struct stat st;
	uint32_t *slot;

	if (fstat (fd, &st) < 0)
		return fail (err, errno, "look at '%s'", dir->path);
	record.inode = st.st_ino;
	record.path = arena_strdup (&unpack->arena, dir->path);
	if (unpack->n_dirs == unpack->dirs_room)
		grow (unpack);
	slot = slot_of (unpack, record.inode);
	if (*slot == 0) {
		unpack->dirs[unpack->n_dirs++] = record;
		*slot = (uint32_t) unpack->n_dirs;
	} else {
		unpack->dirs[*slot - 1] = record;
	}
	return 0;
}

static int
finish_dir (struct unpack *unpack, const struct unpack_dir *dir, struct error *err)
{
	struct stat st, wanted = { .st_mode = dir->mode, .st_mtim = dir->mtime };
	autofd fd = rooted_open (unpack->root, dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err);

	/* a later entry may have put something else there */
	if (fd < 0)
		return err->code == ENOENT || err->code == ENOTDIR || err->code == ELOOP ? 0 : -1;
	if (fstat (fd, &st) < 0)
		return fail (err, errno, "look at '%s'", dir->path);
	if (st.st_ino != dir->inode)
		return 0;
	if (tree_finish_directory (fd, &wanted, err) < 0)
		return error_prefix (err, "'%s'", dir->path);
	return 0;
}

/* ---- whiteouts */

/* The directory of this layer for a path, if there is anything below that it could hide. Returns -1, or
 * -2 if there is nothing, or an fd. */
static int
open_hiding (struct unpack *unpack, const char *path, struct error *err)
{
	autofree char *resolved = NULL;
	struct view_node node;
	int r = view_resolve (&unpack->view, path, VIEW_FOLLOW, &resolved, &node, err);

	if (r < 0)
		return -1;
	if (r == 0 || !S_ISDIR (node.st.st_mode))
		return -2;
	return unpack_make_directory (unpack, resolved, err);
}

static int
hide_name (struct unpack *unpack, const char *path, struct error *err)
{
	const char *slash = strrchr (path, '/');
	const char *name = slash ? slash + 1 : path;
	autofree char *parent = strndup (path, slash ? (size_t) (slash - path) : 0);
	autofd dir = -1, child = -1;
	struct stat st;

	if (!parent)
		return fail (err, ENOMEM, "hide '%s'", path);
	dir = open_hiding (unpack, parent, err);
	if (dir < 0)
		return dir == -1 ? -1 : 0;
	if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return fail (err, errno, "look at '%s'", path);
		return overlay_make_whiteout (dir, name, err);
	}
	/* the layer takes it away and has one of its own: a directory must not show the old content */
	if (!S_ISDIR (st.st_mode))
		return 0;
	child = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (child < 0)
		return fail (err, errno, "open '%s'", path);
	return overlay_set_opaque (child, unpack->request->kind, err);
}

static int
hide_content (struct unpack *unpack, const char *path, struct error *err)
{
	autofd dir = open_hiding (unpack, path, err);

	if (dir < 0)
		return dir == -1 ? -1 : 0;
	return overlay_set_opaque (dir, unpack->request->kind, err);
}

static int
hide (struct unpack *unpack, struct error *err)
{
	if (unpack->n_whiteouts + unpack->n_opaques == 0 || !unpack->request->get_lowers)
		return 0;
	if (unpack_need_view (unpack, err) < 0)
		return -1;
	for (size_t i = 0; i < unpack->n_opaques; i++)
		if (hide_content (unpack, unpack->opaques[i], err) < 0)
			return error_prefix (err, "opaque directory '%s'", unpack->opaques[i]);
	for (size_t i = 0; i < unpack->n_whiteouts; i++)
		if (hide_name (unpack, unpack->whiteouts[i], err) < 0)
			return error_prefix (err, "whiteout of '%s'", unpack->whiteouts[i]);
	return 0;
}

/* A layer that says nothing of the root directory leaves it as it is below: in an overlay the topmost one
 * counts. */
static int
finish_root (struct unpack *unpack, struct error *err)
{
	struct unpack_dir dir = { .path = "" };
	struct stat st;

	if (unpack->has_root || !unpack->request->get_lowers)
		return 0;
	if (unpack_need_view (unpack, err) < 0)
		return -1;
	if (fstat (unpack->roots[1], &st) < 0)
		return fail (err, errno, "look at a layer");
	if (fchown (unpack->root, st.st_uid, st.st_gid) < 0 && !unpack->request->owner_may_stay)
		return fail (err, errno, "change the owner of the layer's root directory");
	if (tree_copy_xattrs (unpack->roots[1], unpack->root, err) < 0)
		return -1;
	dir.mode = st.st_mode & 07777;
	dir.mtime = st.st_mtim;
	return unpack_note_dir (unpack, unpack->root, &dir, err);
}

int
unpack_finish (struct unpack *unpack, struct error *err)
{
	if (hide (unpack, err) < 0 || finish_root (unpack, err) < 0)
		return -1;
	/* what is deeper comes later in the table: a directory that may not be entered comes last */
	for (size_t i = unpack->n_dirs; i > 0; i--)
		if (finish_dir (unpack, &unpack->dirs[i - 1], err) < 0)
			return -1;
	return 0;
}
