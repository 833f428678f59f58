/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Paths that the container may not see, or not change. A masked file becomes /dev/null, a masked
 * directory an empty one. Null is the host's, taken before the host is left and known by its number:
 * the container's could be anything by now (CVE-2025-31133). The empty directory is one read-only
 * tmpfs for all. The kernel clones only attached mounts (before Linux 6.15), so the first use of each
 * is the thing itself, and the next are clones of it.
 */
#include "base/auto.h"
#include "base/rooted.h"
#include "base/syscalls.h"
#include "kernel/mount_new.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int
masked_prepare (struct rootfs *rootfs, struct error *err)
{
	struct stat st;

	if (rootfs->plan->n_masked_paths == 0)
		return 0;
	rootfs->null_fd = mount_tree_clone (AT_FDCWD, "/dev/null", MOUNT_CLONE_NO_FOLLOW, err);
	if (rootfs->null_fd < 0)
		return -1;
	if (fstat (rootfs->null_fd, &st) < 0)
		return fail (err, errno, "look at '/dev/null'");
	if (!S_ISCHR (st.st_mode) || st.st_rdev != makedev (1, 3))
		return fail (err, ENODEV, "'/dev/null' of the host is not the null device");
	return 0;
}

static int
fail_at (const struct path_plan *path, const char *verb, struct error *err)
{
	return error_prefix (err, "%s%s%s '%s'", path->at ? path->at : "", path->at ? ": " : "",
		verb, path->path);
}

/* A read-only copy of the tree at target, in one call if the kernel can; -1: it can't. */
static int
clone_readonly (int target)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	return sys_open_tree_attr (target, "",
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE, &attr,
		sizeof attr);
}

/* *in_one: whether clone_readonly may work; the answer for the next path. */
static int
make_readonly (struct rootfs *rootfs, const char *path, bool *in_one, struct error *err)
{
	struct mount_changes changes = {
		.entries[0] = { .set = MOUNT_ATTR_RDONLY, .recursive = true },
		.n = 1,
	};
	lazyfd target = rooted_open (rootfs->root_fd, path, O_PATH, err);
	lazyfd tree = -1;

	if (target < 0)
		return err->code == ENOENT ? 0 : -1;
	if (*in_one)
		tree = clone_readonly (target);
	if (tree >= 0)
		return mount_tree_attach (tree, target, NULL, err);
	*in_one = false;
	tree = mount_tree_clone (target, "", MOUNT_CLONE_TREE, err);
	if (tree < 0)
		return -1;
	if (mount_tree_attach (tree, target, &changes, err) == 0)
		return 0;
	/* Linux before 5.12: the tree is attached, and can't be changed as one */
	changes.entries[0].recursive = false;
	return err->code == ENOSYS ? mount_tree_change (tree, &changes.entries[0], err) : -1;
}

int
masked_make_readonly (struct rootfs *rootfs, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	bool in_one = true;

	for (size_t i = 0; i < plan->n_readonly_paths; i++)
		if (make_readonly (rootfs, plan->readonly_paths[i].path, &in_one, err) < 0)
			return fail_at (&plan->readonly_paths[i], "make read-only", err);
	return 0;
}

/* A mount that is used more than once. */
struct shared_mask {
	int fd; /* borrowed; -1: not made yet */
	bool is_attached;
};

static int
attach_mask (struct shared_mask *mask, int target, struct error *err)
{
	lazyfd clone = -1;

	if (!mask->is_attached) {
		if (mount_tree_attach (mask->fd, target, NULL, err) < 0)
			return -1;
		mask->is_attached = true;
		return 0;
	}
	clone = mount_tree_clone (mask->fd, "", MOUNT_CLONE_ONE, err);
	return clone < 0 ? -1 : mount_tree_attach (clone, target, NULL, err);
}

static int
make_empty (const char *label, struct error *err)
{
	struct mount_new what = {
		.type = "tmpfs",
		.source = "tmpfs",
		/* one inode: the root. Nothing can be put in, not even by who gets it writable. */
		.data = "mode=755,nr_inodes=1",
		.label = label,
		.attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			 MOUNT_ATTR_NOEXEC,
	};

	return mount_new_tree (&what, err);
}

static int
hide (struct rootfs *rootfs, const char *path, struct shared_mask *null, struct shared_mask *empty,
	struct error *err)
{
	lazyfd target = rooted_open (rootfs->root_fd, path, O_PATH | O_DIRECTORY, err);

	if (target >= 0) {
		if (empty->fd < 0)
			empty->fd = make_empty (rootfs->inputs->mount_label, err);
		return empty->fd < 0 ? -1 : attach_mask (empty, target, err);
	}
	if (err->code == ENOENT)
		return 0;
	if (err->code != ENOTDIR)
		return -1;
	target = rooted_open (rootfs->root_fd, path, O_PATH, err);
	/* ENOTDIR: something on the way is a file, so that there is nothing to hide */
	if (target < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	return attach_mask (null, target, err);
}

int
masked_hide (struct rootfs *rootfs, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	struct shared_mask null = { .fd = rootfs->null_fd };
	struct shared_mask empty = { .fd = -1 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_masked_paths; i++) {
		r = hide (rootfs, plan->masked_paths[i].path, &null, &empty, err);
		if (r < 0)
			fail_at (&plan->masked_paths[i], "mask", err);
	}
	auto_leave_fd (&empty.fd);
	auto_leave_fd (&rootfs->null_fd);
	return r;
}
