/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Paths that the container may not see, or not change. A masked file becomes /dev/null, a masked
 * directory an empty one. Null is the host's, taken before the host is left and known by its number:
 * the container's could be anything by now (CVE-2025-31133). The empty directory is one read-only
 * tmpfs for all. The kernel clones only attached mounts (before Linux 6.15), so the first use of each
 * is the thing itself, and the next are clones of it.
 */
#include "base/auto.h"
#include "base/fd.h"
#include "base/rooted.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "kernel/mount_new.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define USED_MAX 64
#define USED_FOR_A_PATH 4 /* at most */

/* Fds to close. They are of what lies below the masks and of what can still be written: as long as the
 * container waits for its start they would be a way around, through /proc/1/fd. Closed together they
 * need a call or two instead of one each. */
struct used_fds {
	int fds[USED_MAX]; /* owned */
	size_t n;
};

static void
close_used (struct used_fds *used)
{
	fd_close_all (used->fds, used->n);
	used->n = 0;
}

/* Before each path: what is noted while at it has room. */
static void
make_room (struct used_fds *used)
{
	if (used->n + USED_FOR_A_PATH > USED_MAX)
		close_used (used);
}

/* Takes the fd over, which can be used until the next path; -1 is fine. */
static int
close_later (struct used_fds *used, int fd)
{
	if (fd >= 0)
		used->fds[used->n++] = fd;
	return fd;
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

/* Puts a read-only copy of what is at target over it. *in_one: whether clone_readonly may work; the
 * answer for the next path. */
static int
cover_readonly (int target, struct used_fds *used, bool *in_one, struct error *err)
{
	struct mount_changes changes = {
		.entries[0] = { .set = MOUNT_ATTR_RDONLY, .recursive = true },
		.n = 1,
	};
	int tree = *in_one ? close_later (used, clone_readonly (target)) : -1;

	if (tree >= 0)
		return mount_tree_attach (tree, target, NULL, err);
	*in_one = false;
	tree = close_later (used, mount_tree_clone (target, "", MOUNT_CLONE_TREE, err));
	if (tree < 0)
		return -1;
	if (mount_tree_attach (tree, target, &changes, err) == 0)
		return 0;
	/* Linux before 5.12: the tree is attached, and can't be changed as one */
	changes.entries[0].recursive = false;
	return err->code == ENOSYS ? mount_tree_change (tree, &changes.entries[0], err) : -1;
}

static int
make_readonly (int root, const char *path, struct used_fds *used, bool *in_one, struct error *err)
{
	int target;

	make_room (used);
	target = close_later (used, rooted_open (root, path, O_PATH, err));
	if (target < 0)
		return err->code == ENOENT ? 0 : -1;
	return cover_readonly (target, used, in_one, err);
}

static int
make_all_readonly (const struct rootfs *rootfs, struct used_fds *used, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	bool in_one = true;

	for (size_t i = 0; i < plan->n_readonly_paths; i++)
		if (make_readonly (
			    rootfs->root_fd, plan->readonly_paths[i].path, used, &in_one, err) < 0)
			return fail_at (&plan->readonly_paths[i], "make read-only", err);
	return 0;
}

/* A mount that is used more than once. */
struct shared_mask {
	int fd; /* -1: not made yet */
	bool is_attached;
};

struct masks {
	struct rootfs *rootfs;
	struct shared_mask null, empty;
	struct used_fds *used; /* borrowed */
};

static int
attach_mask (struct masks *masks, struct shared_mask *mask, int target, struct error *err)
{
	int clone;

	if (!mask->is_attached) {
		mask->is_attached = mount_tree_attach (mask->fd, target, NULL, err) == 0;
		return mask->is_attached ? 0 : -1;
	}
	clone = close_later (masks->used, mount_tree_clone (mask->fd, "", MOUNT_CLONE_ONE, err));
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
hide_directory (struct masks *masks, int target, struct error *err)
{
	if (masks->empty.fd < 0)
		masks->empty.fd = make_empty (masks->rootfs->inputs->mount_label, err);
	return masks->empty.fd < 0 ? -1 : attach_mask (masks, &masks->empty, target, err);
}

/* What engines have masked that are files, so that they need not be tried as directories first. */
static const char *const usual_files[] = {
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/timer_list",
	"/proc/timer_stats",
};

static bool
is_usually_a_file (const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE (usual_files); i++)
		if (str_equal (usual_files[i], path))
			return true;
	return false;
}

static int
hide_file (struct masks *masks, const char *path, struct error *err)
{
	int target =
		close_later (masks->used, rooted_open (masks->rootfs->root_fd, path, O_PATH, err));

	/* ENOTDIR: something on the way is a file, so that there is nothing to hide */
	if (target < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	if (attach_mask (masks, &masks->null, target, err) == 0)
		return 0;
	return err->code == ENOTDIR ? hide_directory (masks, target, err) : -1;
}

static int
hide (struct masks *masks, const char *path, struct error *err)
{
	int target;

	make_room (masks->used);
	if (is_usually_a_file (path))
		return hide_file (masks, path, err);
	target = close_later (
		masks->used, rooted_open (masks->rootfs->root_fd, path, O_PATH | O_DIRECTORY, err));
	if (target >= 0)
		return hide_directory (masks, target, err);
	if (err->code == ENOTDIR)
		return hide_file (masks, path, err);
	return err->code == ENOENT ? 0 : -1;
}

static int
hide_all (struct rootfs *rootfs, struct used_fds *used, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	struct masks masks = {
		.rootfs = rootfs,
		.null = { .fd = take_fd (&rootfs->null_fd) },
		.empty = { .fd = -1 },
		.used = used,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_masked_paths; i++) {
		r = hide (&masks, plan->masked_paths[i].path, err);
		if (r < 0)
			fail_at (&plan->masked_paths[i], "mask", err);
	}
	auto_leave_fd (&masks.empty.fd);
	auto_leave_fd (&masks.null.fd);
	return r;
}

int
masked_cover (struct rootfs *rootfs, struct error *err)
{
	AUTO (close_used) struct used_fds used = { .n = 0 };

	/* masks come on top of what is read-only */
	if (make_all_readonly (rootfs, &used, err) < 0)
		return -1;
	return hide_all (rootfs, &used, err);
}
