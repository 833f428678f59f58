/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * view: several layers seen as the one tree that an overlay of them would be, without a mount.
 *
 * Nothing leaves the layers: symlinks are followed as after a chroot, ".." stops at the root, and
 * everything is opened by fd, component by component.
 */
#pragma once

#include "base/error.h"
#include "image/overlay.h"

#include <sys/stat.h>

#define VIEW_MAX_LAYERS 500

struct view {
	const int *roots; /* borrowed; of the layers, the topmost first */
	size_t n;
	enum overlay_kind kind;
};

/* One directory of the view: its counterpart in each layer that has a part in it. */
struct view_dir {
	int *fds; /* owned, each too; -1: that layer has none */
	size_t n;
};

CHECKED int view_open_root (const struct view *view, struct view_dir *out, struct error *err);
void view_dir_done (struct view_dir *dir);

/* Which layer has what the view shows under a name. */
struct view_node {
	struct stat st;
	size_t layer;
};

/* Looks a name up, not following a symlink. Returns 1, or 0 when nothing is there. */
CHECKED int view_look_up (const struct view *view, const struct view_dir *dir, const char *name,
	struct view_node *out, struct error *err);

/* The directory with that name, which view_look_up has found. */
CHECKED int view_open_dir (const struct view *view, const struct view_dir *dir, const char *name,
	struct view_dir *out, struct error *err);

/* The names in a directory, sorted; whiteouts and "." are left out. */
struct view_names {
	char **names; /* owned, each too */
	size_t n;
};
CHECKED int view_list (const struct view *view, const struct view_dir *dir, struct view_names *out,
	struct error *err);
void view_names_done (struct view_names *names);

/* Where a path leads to, with symlinks on the way resolved, and that of the last component too if
 * follow says so. *out_path, which the caller frees, is then a path without symlinks and without a
 * '/' at its start ("" is the root). Returns 1 with *out, or 0 when nothing is there: *out_path says
 * where it would be. A file in place of a directory counts as nothing. */
enum view_follow { VIEW_FOLLOW, VIEW_NO_FOLLOW };
CHECKED int view_resolve (const struct view *view, const char *path, enum view_follow follow,
	char **out_path, struct view_node *out, struct error *err);

/* Opens a file of the view for reading that is what view_resolve said; flags as for open(2). */
CHECKED int view_open (const struct view *view, const char *resolved, const struct view_node *node,
	int flags, struct error *err);
