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
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Fds to close, while their numbers follow each other. They are of what lies below the masks and of
 * what can still be written: as long as the container waits for its start they would be a way around,
 * through /proc/1/fd. One close_range instead of a close for each. */
struct fd_run {
	int first, last;
	bool is_begun;
};

static void
close_run (struct fd_run *run)
{
	if (!run->is_begun)
		return;
	run->is_begun = false;
	if (close_range ((unsigned int) run->first, (unsigned int) run->last, 0) == 0)
		return;
	/* Linux before 5.9, or a sandbox */
	for (int fd = run->first; fd <= run->last; fd++)
		close (fd);
}

/* Takes the fd over; -1 is fine. */
static void
close_later (struct fd_run *run, int fd)
{
	if (fd < 0)
		return;
	if (!run->is_begun || fd != run->last + 1) {
		close_run (run);
		*run = (struct fd_run){ .first = fd, .is_begun = true };
	}
	run->last = fd;
}

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

/* Puts a read-only copy of what is at target over it. The copy's fd comes out in *tree, also on
 * failure. *in_one: whether clone_readonly may work; the answer for the next path. */
static int
cover_readonly (int target, int *tree, bool *in_one, struct error *err)
{
	struct mount_changes changes = {
		.entries[0] = { .set = MOUNT_ATTR_RDONLY, .recursive = true },
		.n = 1,
	};

	if (*in_one)
		*tree = clone_readonly (target);
	if (*tree >= 0)
		return mount_tree_attach (*tree, target, NULL, err);
	*in_one = false;
	*tree = mount_tree_clone (target, "", MOUNT_CLONE_TREE, err);
	if (*tree < 0)
		return -1;
	if (mount_tree_attach (*tree, target, &changes, err) == 0)
		return 0;
	/* Linux before 5.12: the tree is attached, and can't be changed as one */
	changes.entries[0].recursive = false;
	return err->code == ENOSYS ? mount_tree_change (*tree, &changes.entries[0], err) : -1;
}

static int
make_readonly (int root, const char *path, struct fd_run *used, bool *in_one, struct error *err)
{
	int target = rooted_open (root, path, O_PATH, err), tree = -1, r;

	if (target < 0)
		return err->code == ENOENT ? 0 : -1;
	r = cover_readonly (target, &tree, in_one, err);
	close_later (used, target);
	close_later (used, tree);
	return r;
}

int
masked_make_readonly (struct rootfs *rootfs, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	struct fd_run used = { 0 };
	bool in_one = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_readonly_paths; i++) {
		r = make_readonly (
			rootfs->root_fd, plan->readonly_paths[i].path, &used, &in_one, err);
		if (r < 0)
			fail_at (&plan->readonly_paths[i], "make read-only", err);
	}
	close_run (&used);
	return r;
}

/* A mount that is used more than once. */
struct shared_mask {
	int fd; /* -1: not made yet */
	bool is_attached;
};

struct masks {
	struct rootfs *rootfs;
	struct shared_mask null, empty;
	struct fd_run used;
};

static int
attach_mask (struct masks *masks, struct shared_mask *mask, int target, struct error *err)
{
	int clone, r;

	if (!mask->is_attached) {
		mask->is_attached = true;
		return mount_tree_attach (mask->fd, target, NULL, err);
	}
	clone = mount_tree_clone (mask->fd, "", MOUNT_CLONE_ONE, err);
	if (clone < 0)
		return -1;
	r = mount_tree_attach (clone, target, NULL, err);
	close_later (&masks->used, clone);
	return r;
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
hide_directory (struct masks *masks, int target, struct error *err)
{
	if (masks->empty.fd < 0)
		masks->empty.fd = make_empty (masks->rootfs->inputs->mount_label, err);
	return masks->empty.fd < 0 ? -1 : attach_mask (masks, &masks->empty, target, err);
}

static int
hide (struct masks *masks, const char *path, struct error *err)
{
	int root = masks->rootfs->root_fd, r;
	int target = rooted_open (root, path, O_PATH | O_DIRECTORY, err);

	if (target >= 0) {
		r = hide_directory (masks, target, err);
	} else {
		if (err->code != ENOTDIR)
			return err->code == ENOENT ? 0 : -1;
		target = rooted_open (root, path, O_PATH, err);
		/* ENOTDIR: something on the way is a file, so that there is nothing to hide */
		if (target < 0)
			return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
		r = attach_mask (masks, &masks->null, target, err);
	}
	close_later (&masks->used, target);
	return r;
}

int
masked_hide (struct rootfs *rootfs, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	struct masks masks = {
		.rootfs = rootfs,
		.null = { .fd = take_fd (&rootfs->null_fd) },
		.empty = { .fd = -1 },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_masked_paths; i++) {
		r = hide (&masks, plan->masked_paths[i].path, err);
		if (r < 0)
			fail_at (&plan->masked_paths[i], "mask", err);
	}
	close_run (&masks.used);
	auto_leave_fd (&masks.empty.fd);
	auto_leave_fd (&masks.null.fd);
	return r;
}
