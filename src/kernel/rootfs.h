/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rootfs: the container's file system, from the bundle's directory to the root that the program sees.
 *
 * Called in the child, in its own mount namespace, as (that namespace's) root, in this order:
 *
 *	rootfs_begin         the root is a mount of its own; nothing we mount reaches the host
 *	rootfs_mount_range     the config's mounts, in order
 *	rootfs_make_devices  device nodes and /dev's symlinks
 *	   (hooks: createRuntime by the parent, createContainer by the child)
 *	rootfs_enter         pivot_root: the host is out of reach
 *	   (the console: rootfs_bind_fd_over, before or after rootfs_enter)
 *	rootfs_finish        masked and read-only paths, read-only root, rootfsPropagation
 *	rootfs_enter_cwd     once or twice: before and after the change of user
 *
 * From rootfs_begin on every path inside the root is looked up below root_fd with base/rooted.
 *
 * The functions set the umask to 0 and leave it so, and change the working directory: set both after
 * rootfs_finish. They leave some O_CLOEXEC fds open, fewer than 128, all of things that the
 * container has anyway: closing them one by one costs more than exec's closing them all.
 *
 * Errors name the mount's or the path's place in the config (`at`), the type and the destination.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <stddef.h>

/* What the parent found out and prepared; must outlive the struct rootfs. */
struct rootfs_inputs {
	/* Where mounts of type "cgroup" take their hierarchies from; only read for such mounts.
	 * None (n 0): a mount of type "cgroup" becomes an empty read-only tmpfs. */
	const struct hierarchy *hierarchies;
	size_t n_hierarchies;
	/* One fd for each of plan->mounts from mount_source_open (kernel/mount_source.h), -1 where
	 * the child opens the source itself; borrowed. NULL: all -1. */
	const int *source_fds;
	/* In a user namespace that is not the initial one: no mknod (devices of the host are bound),
	 * and what the kernel refuses to mount there is bound from the host where that is safe. */
	bool in_userns;
	bool no_pivot; /* --no-pivot: MS_MOVE and chroot, for an initramfs */
	const char *mount_label; /* plan->mount_label where SELinux is enabled, else NULL */
};

struct rootfs {
	const struct plan *plan; /* borrowed */
	const struct rootfs_inputs *inputs; /* borrowed */
	int root_fd; /* owned; the container's root, O_PATH */
	int dev_fd; /* owned; a /dev that rootfs_mount_range mounted, else -1 */
	int null_fd; /* owned; the host's /dev/null, from rootfs_enter to rootfs_finish; else -1 */
	bool dev_is_fresh; /* dev_fd is a tmpfs that only we have written to */
	bool dev_is_host; /* /dev is a bind mount: no devices are made in it */
};

/* Cuts propagation towards the host (rslave, or root.propagation), binds the root to itself as a
 * mount of its own and opens it. Fills *out. */
CHECKED int rootfs_begin (struct rootfs *out, const struct plan *plan,
	const struct rootfs_inputs *inputs, struct error *err);

/* Makes plan->mounts[from] to plan->mounts[to - 1], in order; missing mount points are made, inside the
 * root only. In two calls, because those from the first "cgroup" on have to wait for the parent. */
CHECKED int rootfs_mount_range (struct rootfs *rootfs, size_t from, size_t to, struct error *err);

/* For a container that runs: begins in its mount namespace, as its root, with its root as ours. Then
 * come rootfs_add or rootfs_remove, and nothing of the above. */
CHECKED int rootfs_begin_inside (struct rootfs *out, const struct plan *plan,
	const struct rootfs_inputs *inputs, struct error *err);

/* Makes plan->mounts; when one fails, those that were made go again. */
CHECKED int rootfs_add (struct rootfs *rootfs, struct error *err);

/* Unmounts what is at the destinations of plan->mounts, the last one first. Only what is mounted at that
 * very place, and never the root. */
CHECKED int rootfs_remove (struct rootfs *rootfs, struct error *err);

/* Makes plan->devices, /dev/{fd,stdin,stdout,stderr,core,ptmx}, unless /dev is a bind mount of the
 * config. A node that exists and matches is left alone; one that does not is an error (the spec's
 * MUST). */
CHECKED int rootfs_make_devices (struct rootfs *rootfs, struct error *err);

/* Makes the root the process's root and detaches the old one (or MS_MOVE + chroot when
 * inputs->no_pivot). The working directory is "/" afterwards. */
CHECKED int rootfs_enter (struct rootfs *rootfs, struct error *err);

/* Makes process.cwd when it is missing, applies readonlyPaths and maskedPaths, root.readonly, /dev's
 * "ro", and root.propagation. */
CHECKED int rootfs_finish (struct rootfs *rootfs, struct error *err);

/* Binds what fd refers to (a pty, a device, a file; not a directory) over `path` below root_fd, e.g.
 * "dev/console". When nothing is there an empty file is made (O_CREAT | O_EXCL | O_NOFOLLOW below
 * its checked directory); a symlink at the last component is an error, as is a directory. */
CHECKED int rootfs_bind_fd_over (int root_fd, const char *path, int fd, struct error *err);

/* Inside the root (after rootfs_enter, or after joining a container for exec): changes to cwd, which
 * must start with '/', go through no magic link, and lie inside the root; checked after the fact with
 * getcwd (CVE-2024-21626). Does not make it: rootfs_finish did, and exec must not. */
CHECKED int rootfs_enter_cwd (const char *cwd, struct error *err);
