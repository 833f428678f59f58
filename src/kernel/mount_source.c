/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/mount_source.h"
#include "base/auto.h"
#include "base/syscalls.h"
#include "kernel/idmap.h"
#include "kernel/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>

/* Since when a file system can be mounted with other ids. For the hint: the kernel says EINVAL. */
static const struct {
	uint32_t magic;
	const char *name, *since;
} idmap_support[] = {
	{ EXT4_SUPER_MAGIC, "ext4", "since Linux 5.12" },
	{ XFS_SUPER_MAGIC, "xfs", "since Linux 5.12" },
	{ MSDOS_SUPER_MAGIC, "vfat", "since Linux 5.12" },
	{ BTRFS_SUPER_MAGIC, "btrfs", "since Linux 5.15" },
	{ F2FS_SUPER_MAGIC, "f2fs", "since Linux 5.18" },
	{ EROFS_SUPER_MAGIC_V1, "erofs", "since Linux 5.19" },
	{ SQUASHFS_MAGIC, "squashfs", "since Linux 6.2" },
	{ TMPFS_MAGIC, "tmpfs", "since Linux 6.3" },
	{ CEPH_SUPER_MAGIC, "ceph", "since Linux 6.7" },
	{ FUSE_SUPER_MAGIC, "fuse", "since Linux 6.12, if its daemon allows" },
	{ OVERLAYFS_SUPER_MAGIC, "overlay", "not yet: map its layers instead" },
	{ NFS_SUPER_MAGIC, "nfs", "not yet" },
	{ PROC_SUPER_MAGIC, "proc", "never" },
	{ SYSFS_MAGIC, "sysfs", "never" },
};

bool
mount_source_is_needed (const struct mount_plan *mount, bool new_userns)
{
	if (mount->options.remount)
		return false;
	return mount->options.idmap || (mount->options.bind && new_userns);
}

static int
fail_idmap (int tree, int code, struct error *err)
{
	char hint[128] = "its file system may not support it, or a mount below";
	struct statfs fs;

	if (code == ENOSYS)
		snprintf (hint, sizeof hint, "it takes mount_setattr, which Linux has since 5.12");
	else if (fstatfs (tree, &fs) == 0)
		for (size_t i = 0; i < ARRAY_SIZE (idmap_support); i++)
			if (idmap_support[i].magic == (uint32_t) fs.f_type)
				snprintf (hint, sizeof hint, "%s supports it %s",
					idmap_support[i].name, idmap_support[i].since);
	return fail_hint (err, code, hint, "map the ids");
}

static int
map_ids (int tree, const struct mount_plan *mount, struct error *err)
{
	autofd userns = mount_source_userns (&mount->id_maps, err);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };

	if (userns < 0)
		return -1;
	attr.userns_fd = (uint64_t) userns;
	if (mount_setattr (tree, "",
		    AT_EMPTY_PATH | (mount->options.idmap_recursive ? AT_RECURSIVE : 0), &attr,
		    sizeof attr) < 0)
		return fail_idmap (tree, errno, err);
	return 0;
}

/* Before Linux 5.12 it is not cut off here; the child's mount namespace is a slave then all the same. */
static int
cut_propagation (int tree, struct error *err)
{
	struct mount_attr attr = { .propagation = MS_SLAVE };

	if (mount_setattr (tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0 &&
		errno != ENOSYS)
		return fail (err, errno, "cut it off from the host's mounts");
	return 0;
}

static int
open_source (const struct mount_plan *mount, struct error *err)
{
	enum mount_clone_how how =
		mount->options.bind_recursive ? MOUNT_CLONE_TREE : MOUNT_CLONE_ONE;
	autofd tree = -1;

	if (!mount->source)
		return fail (err, EINVAL, "a bind mount needs a source");
	if (mount->options.src_nofollow)
		how |= MOUNT_CLONE_NO_FOLLOW;
	tree = mount_tree_clone (AT_FDCWD, mount->source, how, err);
	if (tree < 0 || cut_propagation (tree, err) < 0)
		return -1;
	if (mount->options.idmap && map_ids (tree, mount, err) < 0)
		return -1;
	return take_fd (&tree);
}

int
mount_source_open (const struct mount_plan *mount, struct error *err)
{
	int fd = open_source (mount, err);

	if (fd < 0)
		return error_prefix (err, "%s%smount '%s' at '%s'", mount->at ? mount->at : "",
			mount->at ? ": " : "", mount->source ? mount->source : "none",
			mount->destination);
	return fd;
}

static int
open_userns (pid_t pid, const struct id_maps *maps, struct error *err)
{
	char path[64];
	int fd;

	if (idmap_write (pid, maps, IDMAP_PRIVILEGED, err) < 0)
		return -1;
	snprintf (path, sizeof path, "/proc/%d/ns/user", (int) pid);
	fd = open (path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? fail (err, errno, "open '%s'", path) : fd;
}

int
mount_source_userns (const struct id_maps *maps, struct error *err)
{
	/* no exit signal: a SIGCHLD would tell the caller of a child that it has not made */
	struct clone_args args = { .flags = CLONE_NEWUSER };
	pid_t pid;
	int fd;

	if (maps->n_uids == 0 || maps->n_gids == 0)
		return fail (
			err, EINVAL, "an idmapped mount needs both uidMappings and gidMappings");
	pid = sys_clone3 (&args);
	if (pid == 0) {
		prctl (PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause ();
	}
	if (pid < 0)
		return fail (err, errno, "make a user namespace");
	fd = open_userns (pid, maps, err);
	kill (pid, SIGKILL);
	while (waitpid (pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return fd;
}
