/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/mount_target.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/rooted.h"
#include "base/str.h"
#include "kernel/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define PROC_ROOT_INODE 1

/* What lxcfs and others put in the place of files whose numbers would be the host's. The list is
 * runc's. */
static const char *const files_of_proc[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

char *
mount_target_clean_path (const char *path)
{
	char *clean = xmalloc (strlen (path) + 2);
	size_t size = 0;

	while (*path) {
		size_t n = strcspn (path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (size > 0 && clean[--size] != '/')
				;
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			clean[size++] = '/';
			memcpy (clean + size, path, n);
			size += n;
		}
		path += n;
		path += *path == '/';
	}
	if (size == 0)
		clean[size++] = '/';
	clean[size] = '\0';
	return clean;
}

static int
read_fd_path (int fd, char out[PATH_MAX], struct error *err)
{
	char link[64];
	ssize_t n;

	snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink (link, out, PATH_MAX - 1);
	if (n < 0)
		return fail (err, errno, "read '%s'", link);
	out[n] = '\0';
	return 0;
}

/* Where fd is, asked from the kernel: for paths with symlinks, which say nothing themselves. */
static char *
find_place (int root, int fd, struct error *err)
{
	char root_path[PATH_MAX], path[PATH_MAX];
	size_t n;

	if (read_fd_path (root, root_path, err) < 0 || read_fd_path (fd, path, err) < 0)
		return NULL;
	n = strlen (root_path);
	if (n == 1)
		return xstrdup (path);
	if (strncmp (path, root_path, n) != 0 || (path[n] != '/' && path[n] != '\0')) {
		fail (err, EXDEV, "'%s' is not below the root any more", path);
		return NULL;
	}
	return xstrdup (path[n] ? path + n : "/");
}

static int
make_last (int parent, const char *name, enum mount_target_kind kind)
{
	if (kind == MOUNT_TARGET_DIRECTORY) {
		if (mkdirat (parent, name, 0755) < 0)
			return -1;
		return openat (parent, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	}
	return openat (parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

static int
open_last_itself (struct mount_target *out, int root, const char *path, enum mount_target_kind kind,
	struct error *err)
{
	const char *name;
	lazyfd parent = rooted_open_parent (root, path, &name, err);

	if (parent < 0)
		return -1;
	out->fd = openat (parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (out->fd < 0 && errno == ENOENT) {
		out->existed = false;
		out->fd = make_last (parent, name, kind);
	}
	if (out->fd < 0)
		return fail (err, errno, "make the mount point");
	out->place = find_place (root, out->fd, err);
	return out->place ? 0 : -1;
}

static int
open_following (struct mount_target *out, int root, const char *path, enum mount_target_kind kind,
	struct error *err)
{
	if (kind == MOUNT_TARGET_DIRECTORY)
		out->fd = rooted_mkdir_all (root, path, 0755, err);
	else
		out->fd = rooted_create_file (root, path, 0644, err);
	if (out->fd < 0)
		return -1;
	out->place = find_place (root, out->fd, err);
	return out->place ? 0 : -1;
}

/* The usual case of a missing one: the directory is there and nothing is a symlink. 0 when it is
 * otherwise. */
static int
make_in_place (struct mount_target *out, int dir, const char *path, enum mount_target_kind kind)
{
	const char *name = strrchr (path, '/') + 1;

	if (*name == '\0')
		return 0;
	out->fd = make_last (dir, name, kind);
	if (out->fd < 0)
		return 0;
	out->existed = false;
	out->place = xstrdup (path);
	return 1;
}

static int
make_below (struct mount_target *out, int root, const char *path, enum mount_target_kind kind)
{
	struct error ignored;
	autofree char *clean = mount_target_clean_path (path);
	autofree char *parent = strndup (clean, (size_t) (strrchr (clean, '/') - clean));
	lazyfd dir = parent ? rooted_open_no_symlinks (root, parent, O_PATH | O_DIRECTORY, &ignored)
			    : -1;

	return dir < 0 ? 0 : make_in_place (out, dir, clean, kind);
}

/* Nobody but us has put anything in a /dev just mounted, so that names in it need no look-up. */
static int
make_in_fresh_dev (struct mount_target *out, const struct rootfs *rootfs, const char *path,
	enum mount_target_kind kind)
{
	autofree char *clean = NULL;

	if (!rootfs->dev_is_fresh || kind != MOUNT_TARGET_DIRECTORY || !str_starts (path, "/dev/"))
		return 0;
	clean = mount_target_clean_path (path);
	if (!str_starts (clean, "/dev/") || strchr (clean + strlen ("/dev/"), '/'))
		return 0;
	return make_in_place (out, rootfs->dev_fd, clean, kind);
}

static int
open_target (struct mount_target *out, int root, const char *path, enum mount_target_kind kind,
	enum mount_target_links links, struct error *err)
{
	if (links == MOUNT_TARGET_LAST_ITSELF)
		return open_last_itself (out, root, path, kind, err);
	/* Mostly it is there, and without symlinks its name says where it is. */
	out->fd = rooted_open_no_symlinks (root, path, O_PATH, err);
	if (out->fd >= 0) {
		out->place = mount_target_clean_path (path);
		return 0;
	}
	if (err->code == ELOOP && links == MOUNT_TARGET_NONE)
		return fail (err, ELOOP, "the mount point may not be a symlink, nor be below one");
	/* ENOTDIR: a file named with a slash at its end, which peers take */
	if (err->code != ENOENT && err->code != ELOOP && err->code != ENOTDIR)
		return -1;
	if (err->code == ENOENT && make_below (out, root, path, kind) > 0)
		return 0;
	out->existed = err->code != ENOENT;
	if (open_following (out, root, path, kind, err) < 0)
		return -1;
	if (links == MOUNT_TARGET_NONE) {
		/* what was just made may have been exchanged by a symlink */
		close (out->fd);
		out->fd = rooted_open_no_symlinks (root, path, O_PATH, err);
	}
	return out->fd < 0 ? -1 : 0;
}

int
mount_target_open (struct mount_target *out, const struct rootfs *rootfs, const char *path,
	enum mount_target_kind kind, enum mount_target_links links, struct error *err)
{
	struct mount_target target = { .fd = -1, .existed = true };

	if (make_in_fresh_dev (&target, rootfs, path, kind) == 0 &&
		open_target (&target, rootfs->root_fd, path, kind, links, err) < 0) {
		mount_target_done (&target);
		return -1;
	}
	*out = target;
	return 0;
}

static bool
is_root_of_procfs (int tree)
{
	struct statfs fs;
	struct stat st;

	return fstatfs (tree, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	       fstat (tree, &st) == 0 && st.st_ino == PROC_ROOT_INODE;
}

int
mount_target_check_proc (
	const struct mount_target *target, const char *type, int tree, struct error *err)
{
	const char *place = target->place;

	if (!str_starts (place, "/proc") || (place[5] != '\0' && place[5] != '/'))
		return 0;
	if (place[5] == '\0') {
		if (tree < 0 ? str_equal (type, "proc") : is_root_of_procfs (tree))
			return 0;
		return fail (err, EPERM, "only a proc file system may be mounted at '/proc'");
	}
	for (size_t i = 0; tree >= 0 && i < ARRAY_SIZE (files_of_proc); i++)
		if (str_equal (place, files_of_proc[i]))
			return 0;
	return fail (err, EPERM, "nothing may be mounted at '%s', which is inside '/proc'", place);
}

void
mount_target_done (struct mount_target *target)
{
	auto_leave_fd (&target->fd);
	free (target->place);
	target->place = NULL;
}
