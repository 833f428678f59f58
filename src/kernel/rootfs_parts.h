/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rootfs_parts: what the files that make up rootfs.h call of each other. Not for anybody else.
 */
#pragma once

#include "base/error.h"
#include "kernel/mount_target.h"
#include "kernel/mount_tree.h"
#include "kernel/rootfs.h"

/* mount.c: one mount of the plan; errors are without the mount's name. */
CHECKED int mount_make (struct rootfs *rootfs, size_t index, struct error *err);

/* mount.c: puts a tree in its place and takes note when that is "/" or "/dev". */
CHECKED int mount_place (struct rootfs *rootfs, const struct mount_target *target, int tree,
	const struct mount_changes *changes, struct error *err);

/* mount_bind.c */
CHECKED int mount_bind (struct rootfs *rootfs, size_t index, struct error *err);

/* mount_bind.c: the host's `source` with everything below instead of a new file system that the
 * kernel refused, with the options' attributes on the whole tree and `more` besides. */
CHECKED int mount_bind_instead (struct rootfs *rootfs, const struct mount_plan *mount,
	const char *source, uint64_t more, struct error *err);

/* mount_cgroup.c: the types "cgroup" and "cgroup2". */
CHECKED int mount_cgroup (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err);

/* tmpcopyup.c: copies what is in the directory `from` into the directory `to`, with modes, owners,
 * times and extended attributes. */
CHECKED int tmpcopyup (int from, int to, struct error *err);

/* masked.c */
CHECKED int masked_prepare (struct rootfs *rootfs, struct error *err);
CHECKED int masked_cover (struct rootfs *rootfs, struct error *err);

/* pivot.c */
CHECKED int pivot_into (struct rootfs *rootfs, struct error *err);
CHECKED int pivot_by_move (struct rootfs *rootfs, struct error *err);

/* Whether the mount is to be read-only in the end, but must be written to until then. */
bool mount_is_readonly_later (const struct mount_plan *mount);
