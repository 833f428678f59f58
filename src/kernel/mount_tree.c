/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/mount_tree.h"
#include "base/auto.h"
#include "base/mem.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MS_NOSYMFOLLOW_5_10 256UL /* newer than libc */
#define ST_NOSYMFOLLOW_5_10 0x2000UL

/* Attributes, and what mount(2) and statvfs(3) call them. */
static const struct {
	uint64_t attr;
	unsigned long ms, st;
} flag_names[] = {
	{ MOUNT_ATTR_RDONLY, MS_RDONLY, ST_RDONLY },
	{ MOUNT_ATTR_NOSUID, MS_NOSUID, ST_NOSUID },
	{ MOUNT_ATTR_NODEV, MS_NODEV, ST_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC, ST_NOEXEC },
	{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, ST_NODIRATIME },
	{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW_5_10, ST_NOSYMFOLLOW_5_10 },
};

static uint64_t
atime_of_flags (unsigned long flags)
{
	if (flags & ST_NOATIME)
		return MOUNT_ATTR_NOATIME;
	return flags & ST_RELATIME ? MOUNT_ATTR_RELATIME : MOUNT_ATTR_STRICTATIME;
}

/* The attributes that the mount of fd has now. */
static int
current_attrs (int fd, uint64_t *out)
{
	struct statvfs fs;
	uint64_t attrs;

	if (fstatvfs (fd, &fs) < 0)
		return -1;
	attrs = atime_of_flags (fs.f_flag);
	for (size_t i = 0; i < ARRAY_SIZE (flag_names); i++)
		if (fs.f_flag & flag_names[i].st)
			attrs |= flag_names[i].attr;
	*out = attrs;
	return 0;
}

unsigned long
mount_attrs_to_flags (uint64_t attrs)
{
	unsigned long flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE (flag_names); i++)
		if (attrs & flag_names[i].attr)
			flags |= flag_names[i].ms;
	switch (attrs & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_NOATIME:
		return flags | MS_NOATIME;
	case MOUNT_ATTR_STRICTATIME:
		return flags | MS_STRICTATIME;
	default:
		return flags | MS_RELATIME;
	}
}

/* What mount(2) can do of it to a mount that is attached. Files have no other name for it than
 * /proc/self/fd, and so that this is ours, it is reached through a private procfs. */
static int
change_by_remount (int fd, const struct mount_change *change, struct error *err)
{
	autofd procfs = -1;
	char path[32];
	uint64_t attrs;

	if (change->recursive && (change->set | change->clear))
		return fail_hint (err, ENOSYS, "mount_setattr came with Linux 5.12",
			"change the attributes of a tree of mounts");
	procfs = procfs_open_private (err);
	if (procfs < 0)
		return -1;
	if (fchdir (procfs) < 0)
		return fail (err, errno, "change to a private '/proc'");
	snprintf (path, sizeof path, "self/fd/%d", fd);
	if (change->set | change->clear) {
		if (current_attrs (fd, &attrs) < 0)
			return fail (err, errno, "look at a mount");
		attrs = (attrs & ~change->clear) | change->set;
		if (mount (NULL, path, NULL, MS_REMOUNT | MS_BIND | mount_attrs_to_flags (attrs),
			    NULL) < 0)
			return fail (err, errno, "remount with other attributes");
	}
	if (change->propagation &&
		mount (NULL, path, NULL, change->propagation | (change->recursive ? MS_REC : 0),
			NULL) < 0)
		return fail (err, errno, "set the propagation");
	return 0;
}

static int
set_attr (int fd, const struct mount_change *change, uint64_t set, uint64_t clear)
{
	struct mount_attr attr = {
		.attr_set = set,
		.attr_clr = clear,
		.propagation = change->propagation,
	};

	return mount_setattr (
		fd, "", AT_EMPTY_PATH | (change->recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

/* The rest of a change once everything is left out that is so already, or is locked. */
static int
change_what_is_not_locked (int fd, const struct mount_change *change, struct error *err)
{
	uint64_t now, set = change->set, clear = change->clear;

	if (current_attrs (fd, &now) < 0)
		return fail (err, errno, "look at a mount");
	if ((clear & MOUNT_ATTR__ATIME) && (set & MOUNT_ATTR__ATIME) == (now & MOUNT_ATTR__ATIME)) {
		set &= ~(uint64_t) MOUNT_ATTR__ATIME;
		clear &= ~(uint64_t) MOUNT_ATTR__ATIME;
	}
	clear &= ~(now & ~(uint64_t) MOUNT_ATTR__ATIME);
	if (set_attr (fd, change, set, clear) < 0)
		return fail_hint (err, errno,
			errno == EPERM ? "in a user namespace the flags of the host's mounts are "
					 "locked"
				       : NULL,
			"change the mount's attributes");
	return 0;
}

/* 0, -1, or 1: this kernel has no such call. */
static int
try_change (int fd, const struct mount_change *change, struct error *err)
{
	if (set_attr (fd, change, change->set, change->clear) == 0)
		return 0;
	if (errno == ENOSYS)
		return 1;
	if (errno == EPERM && change->clear)
		return change_what_is_not_locked (fd, change, err);
	return fail_hint (err, errno, errno == EINVAL ? "is it a mount point?" : NULL,
		"change the mount's attributes");
}

int
mount_tree_change (int fd, const struct mount_change *change, struct error *err)
{
	int r = try_change (fd, change, err);

	return r > 0 ? change_by_remount (fd, change, err) : r;
}

const char *
mount_api_hint (int code)
{
	if (code != ENOSYS)
		return NULL;
	return "it takes the mount API by file descriptors, which Linux has since 5.2: the kernel is "
	       "older, or a seccomp filter hides it";
}

int
mount_tree_clone (int dirfd, const char *path, enum mount_clone_how how, struct error *err)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	int fd;

	if (how & MOUNT_CLONE_TREE)
		flags |= AT_RECURSIVE;
	if (how & MOUNT_CLONE_NO_FOLLOW)
		flags |= AT_SYMLINK_NOFOLLOW;
	fd = open_tree (dirfd, path, flags);
	if (fd < 0)
		return fail_hint (err, errno, mount_api_hint (errno), "open the source '%s'", path);
	return fd;
}

static int
fail_attach (int tree, int target, int code, struct error *err)
{
	struct stat a, b;

	if ((code == EINVAL || code == ENOTDIR) && fstat (tree, &a) == 0 &&
		fstat (target, &b) == 0 && S_ISDIR (a.st_mode) != S_ISDIR (b.st_mode))
		return fail (err, ENOTDIR, "a directory goes on a directory, a file on a file");
	return fail_hint (err, code, mount_api_hint (code), "attach it");
}

int
mount_tree_attach (int tree, int target, const struct mount_changes *changes, struct error *err)
{
	size_t n = changes ? changes->n : 0, done = 0;

	for (; done < n; done++) {
		int r = try_change (tree, &changes->entries[done], err);

		if (r < 0)
			return -1;
		if (r > 0)
			break;
	}
	if (move_mount (tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
		0)
		return fail_attach (tree, target, errno, err);
	for (; done < n; done++)
		if (change_by_remount (tree, &changes->entries[done], err) < 0)
			return -1;
	return 0;
}

int
mount_changes_of (const struct mount_options *options, uint64_t attr_set, struct mount_changes *out,
	struct error *err)
{
	struct mount_change one = { .set = attr_set, .clear = options->attr_clear };
	struct mount_change tree = {
		.set = options->rec_attr_set, .clear = options->rec_attr_clear, .recursive = true
	};
	struct mount_changes changes = { .n = 0 };

	/* Tree first: "rrw" and "ro" together mean that only the top is read-only. */
	if (tree.set | tree.clear)
		changes.entries[changes.n++] = tree;
	if (one.set | one.clear)
		changes.entries[changes.n++] = one;
	for (size_t i = 0; i < options->n_propagations; i++) {
		bool recursive = options->propagations[i] & MS_REC;
		struct mount_change *last = changes.n > 0 ? &changes.entries[changes.n - 1] : NULL;

		if (!last || last->propagation || last->recursive != recursive) {
			if (changes.n == MOUNT_CHANGES_MAX)
				return fail (err, E2BIG, "%zu changes of propagation",
					options->n_propagations);
			last = &changes.entries[changes.n++];
			*last = (struct mount_change){ .recursive = recursive };
		}
		last->propagation = options->propagations[i] & ~(unsigned long) MS_REC;
	}
	*out = changes;
	return 0;
}
