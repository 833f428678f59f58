/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/rootfs.h"
#include "base/auto.h"
#include "base/rooted.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* What "/" of the new mount namespace becomes. A shared root is the host's wish: mounts in volumes are
 * to be seen outside. An unbindable one could not be worked with, so that comes at the end. */
static unsigned long
first_propagation (unsigned long wanted)
{
	return wanted & (MS_SHARED | MS_PRIVATE) ? wanted & (MS_SHARED | MS_PRIVATE) : MS_SLAVE;
}

/* The mount that the root lies on, so that the root's own mount is not seen on the host. */
static int
make_parent_private (const char *root, struct error *err)
{
	char path[PATH_MAX];
	size_t n = strlen (root);

	if (n >= sizeof path)
		return fail (err, ENAMETOOLONG, "open the root '%s'", root);
	memcpy (path, root, n + 1);
	while (mount (NULL, path, NULL, MS_PRIVATE, NULL) < 0) {
		/* EINVAL: no mount point, so the mount is one of a directory above */
		if (errno != EINVAL || str_equal (path, "/"))
			return fail (err, errno, "make the mount of '%s' private", root);
		while (n > 1 && path[n - 1] == '/')
			path[--n] = '\0';
		while (n > 1 && path[n - 1] != '/')
			path[--n] = '\0';
	}
	return 0;
}

int
rootfs_begin (struct rootfs *out, const struct plan *plan, const struct rootfs_inputs *inputs,
	struct error *err)
{
	struct mount_changes alone = {
		.entries[0] = { .propagation = MS_PRIVATE },
		.n = plan->root.propagation & MS_SHARED ? 1 : 0,
	};
	lazyfd place = -1;
	autofd tree = -1;

	umask (0);
	if (mount (NULL, "/", NULL, first_propagation (plan->root.propagation) | MS_REC, NULL) < 0)
		return fail (err, errno, "set the propagation of '/'");
	if (alone.n > 0 && make_parent_private (plan->root.path, err) < 0)
		return -1;
	place = open (plan->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0) {
		fail (err, errno, "open the root '%s'", plan->root.path);
		return plan->root.at ? error_prefix (err, "%s", plan->root.at) : -1;
	}
	tree = mount_tree_clone (place, "", MOUNT_CLONE_TREE, err);
	if (tree < 0 || mount_tree_attach (tree, place, &alone, err) < 0)
		return error_prefix (err, "mount the root '%s'", plan->root.path);
	*out = (struct rootfs){
		.plan = plan,
		.inputs = inputs,
		.root_fd = take_fd (&tree),
		.dev_fd = -1,
		.null_fd = -1,
	};
	return 0;
}

static int
name_mount (const struct mount_plan *mount, struct error *err)
{
	const char *type = mount->type ? mount->type : mount->source ? mount->source : "none";

	return error_prefix (err, "%s%smount '%s' at '%s'", mount->at ? mount->at : "",
		mount->at ? ": " : "", mount->options.bind && mount->source ? mount->source : type,
		mount->destination);
}

int
rootfs_mount_range (struct rootfs *rootfs, size_t from, size_t to, struct error *err)
{
	for (size_t i = from; i < to; i++)
		if (mount_make (rootfs, i, err) < 0)
			return name_mount (&rootfs->plan->mounts[i], err);
	return 0;
}

int
rootfs_enter (struct rootfs *rootfs, struct error *err)
{
	if (masked_prepare (rootfs, err) < 0)
		return -1;
	return rootfs->inputs->no_pivot ? pivot_by_move (rootfs, err) : pivot_into (rootfs, err);
}

static bool
is_covered (const struct plan *plan, size_t index)
{
	for (size_t i = index + 1; i < plan->n_mounts; i++)
		if (str_equal (plan->mounts[i].destination, plan->mounts[index].destination))
			return true;
	return false;
}

/* Those that had to be writable until now: for mount points, for devices. */
static int
make_mounts_readonly (struct rootfs *rootfs, struct error *err)
{
	const struct mount_change readonly = { .set = MOUNT_ATTR_RDONLY };

	for (size_t i = 0; i < rootfs->plan->n_mounts; i++) {
		const struct mount_plan *mount = &rootfs->plan->mounts[i];
		lazyfd fd = -1;

		if (!mount_is_readonly_later (mount) || is_covered (rootfs->plan, i))
			continue;
		fd = rooted_open (rootfs->root_fd, mount->destination, O_PATH | O_DIRECTORY, err);
		if (fd < 0 || mount_tree_change (fd, &readonly, err) < 0) {
			error_prefix (err, "make it read-only");
			return name_mount (mount, err);
		}
	}
	return 0;
}

int
rootfs_begin_inside (struct rootfs *out, const struct plan *plan,
	const struct rootfs_inputs *inputs, struct error *err)
{
	int root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return fail (err, errno, "open the container's root");
	umask (0);
	*out = (struct rootfs){
		.plan = plan,
		.inputs = inputs,
		.root_fd = root,
		.dev_fd = -1,
		.null_fd = -1,
	};
	return 0;
}

/* By its name in a directory that is open: a file can't be unmounted by a fd. A symlink there is none
 * of its own. */
static int
unmount (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err)
{
	const char *name;
	autofd parent = rooted_open_parent (rootfs->root_fd, mount->destination, &name, err);

	if (parent < 0 || fchdir (parent) < 0)
		return parent < 0 ? -1 : fail (err, errno, "change to its directory");
	if (umount2 (name, UMOUNT_NOFOLLOW | MNT_DETACH) < 0)
		return errno == EINVAL
			       ? fail (err, 0, "nothing that can be unmounted is mounted there")
			       : fail (err, errno, "unmount it");
	return 0;
}

int
rootfs_add (struct rootfs *rootfs, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	struct error ignored;
	size_t done = 0;
	int r = 0;

	while (r == 0 && done < plan->n_mounts) {
		r = rootfs_mount_range (rootfs, done, done + 1, err);
		done += r == 0;
	}
	if (r == 0)
		r = make_mounts_readonly (rootfs, err);
	while (r < 0 && done > 0)
		if (!plan->mounts[--done].options.remount)
			error_ignore (unmount (rootfs, &plan->mounts[done], &ignored),
				"the first error is the news");
	return r;
}

int
rootfs_remove (struct rootfs *rootfs, struct error *err)
{
	const struct plan *plan = rootfs->plan;

	for (size_t i = plan->n_mounts; i > 0; i--)
		if (unmount (rootfs, &plan->mounts[i - 1], err) < 0)
			return error_prefix (err, "unmount '%s'", plan->mounts[i - 1].destination);
	return 0;
}

static int
change_root (struct rootfs *rootfs, struct error *err)
{
	const struct root_plan *root = &rootfs->plan->root;
	struct mount_change change = { .propagation = root->propagation & ~(unsigned long) MS_REC };
	bool recursive = root->propagation & MS_REC;

	if (root->readonly && !recursive)
		change.set = MOUNT_ATTR_RDONLY;
	change.recursive = recursive;
	if ((change.set || change.propagation) &&
		mount_tree_change (rootfs->root_fd, &change, err) < 0)
		return -1;
	if (root->readonly && recursive) {
		change = (struct mount_change){ .set = MOUNT_ATTR_RDONLY };
		return mount_tree_change (rootfs->root_fd, &change, err);
	}
	return 0;
}

static int
make_cwd (struct rootfs *rootfs, struct error *err)
{
	const struct process_plan *process = rootfs->plan->process;
	lazyfd fd = -1;

	if (!process || str_equal (process->cwd, "/"))
		return 0;
	fd = rooted_mkdir_all (rootfs->root_fd, process->cwd, 0755, err);
	return fd < 0 ? error_prefix (err, "working directory") : 0;
}

int
rootfs_finish (struct rootfs *rootfs, struct error *err)
{
	/* the directory needs the root writable */
	if (make_cwd (rootfs, err) < 0 || masked_cover (rootfs, err) < 0 ||
		make_mounts_readonly (rootfs, err) < 0)
		return -1;
	if (change_root (rootfs, err) < 0)
		return error_prefix (err, "change the root mount");
	return 0;
}

int
rootfs_enter_cwd (const char *cwd, struct error *err)
{
	char path[PATH_MAX];
	lazyfd fd = -1;

	if (cwd[0] != '/')
		return fail (err, EINVAL, "the working directory '%s' is not absolute", cwd);
	if (cwd[1] == '\0')
		return chdir (cwd) < 0 ? fail (err, errno, "change to '/'") : 0;
	do
		fd = sys_openat2 (
			AT_FDCWD, cwd, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 || fchdir (fd) < 0)
		return fail (err, errno, "change to the working directory '%s'", cwd);
	/* The system call itself: libc would not tell "(unreachable)/...", which a directory of the
	 * host, come in by an open fd, has here (CVE-2024-21626). */
	if (syscall (SYS_getcwd, path, sizeof path) < 0)
		return fail (err, errno, "look where the working directory '%s' is", cwd);
	if (path[0] != '/')
		return fail (
			err, ENOENT, "the working directory '%s' is outside of the container", cwd);
	return 0;
}
