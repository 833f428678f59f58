/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The device nodes and symlinks of /dev. All of it happens by name below one fd of /dev that is no
 * symlink (CVE-2026-41579, CVE-2026-47766), and what is there already is judged without following it
 * and never given another owner (CVE-2026-88265).
 */
#include "base/auto.h"
#include "base/rooted.h"
#include "base/str.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct {
	const char *name, *target;
	bool replaces; /* what the image has under the name is of another devpts or of none */
} dev_links[] = {
	{ "fd", "/proc/self/fd", false },
	{ "stdin", "/proc/self/fd/0", false },
	{ "stdout", "/proc/self/fd/1", false },
	{ "stderr", "/proc/self/fd/2", false },
	{ "core", "/proc/kcore", false },
	{ "ptmx", "pts/ptmx", true },
};

static bool
is_device (const struct stat *st, const struct device_plan *device)
{
	if ((st->st_mode & S_IFMT) != device->type)
		return false;
	return device->type == S_IFIFO || st->st_rdev == makedev (device->major, device->minor);
}

static const char *
type_name (mode_t type)
{
	return S_ISCHR (type) ? "character device" : S_ISBLK (type) ? "block device" : "FIFO";
}

static int
fail_other_device (const struct device_plan *device, struct error *err)
{
	if (device->type == S_IFIFO)
		return fail (err, EEXIST, "something that is no FIFO is there");
	return fail (err, EEXIST, "something that is not the %s %u:%u is there",
		type_name (device->type), device->major, device->minor);
}

static int
check_existing (int dir, const char *name, const struct device_plan *device, struct error *err)
{
	struct stat st;

	if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail (err, errno, "look at it");
	return is_device (&st, device) ? 0 : fail_other_device (device, err);
}

static int
make_node (int dir, const char *name, const struct device_plan *device, struct error *err)
{
	dev_t number = device->type == S_IFIFO ? 0 : makedev (device->major, device->minor);

	/* the umask is 0 */
	if (mknodat (dir, name, device->type | device->mode, number) < 0)
		return errno == EEXIST ? check_existing (dir, name, device, err)
				       : fail (err, errno, "make the node");
	if (device->uid == 0 && device->gid == 0)
		return 0;
	if (fchownat (dir, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail (err, errno, "set the owner to %u:%u", device->uid, device->gid);
	return 0;
}

/* In a user namespace nobody may make nodes. The host's is bound, once it is known to be the one. */
static int
bind_node (int dir, const char *name, const struct device_plan *device, struct error *err)
{
	lazyfd tree = -1;
	lazyfd file = openat (
		dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, device->mode);
	struct stat st;

	if (file < 0)
		return errno == EEXIST ? check_existing (dir, name, device, err)
				       : fail (err, errno, "create a file for it");
	tree = mount_tree_clone (AT_FDCWD, device->path, MOUNT_CLONE_NO_FOLLOW, err);
	if (tree < 0)
		return error_prefix (err, "bind the host's, as a user namespace can't make nodes");
	if (fstat (tree, &st) < 0)
		return fail (err, errno, "look at the host's");
	if (!is_device (&st, device))
		return fail (err, ENODEV, "the host's '%s' is not the %s %u:%u", device->path,
			type_name (device->type), device->major, device->minor);
	return mount_tree_attach (tree, file, NULL, err);
}

/* The directory of a device that is not right in /dev. *out_name points into the path. */
static int
open_directory (
	struct rootfs *rootfs, int dev, const char *path, const char **out_name, struct error *err)
{
	if (str_starts (path, "/dev/"))
		return rooted_open_parent (dev, path + strlen ("/dev/"), out_name, err);
	return rooted_open_parent (rootfs->root_fd, path, out_name, err);
}

static int
make_device (struct rootfs *rootfs, int dev, const struct device_plan *device, struct error *err)
{
	const char *name = device->path + strlen ("/dev/");
	bool is_in_dev = str_starts (device->path, "/dev/") && *name && !strchr (name, '/');
	lazyfd other = -1;

	if (!is_in_dev) {
		other = open_directory (rootfs, dev, device->path, &name, err);
		if (other < 0)
			return -1;
		dev = other;
	}
	return rootfs->inputs->in_userns && device->type != S_IFIFO
		       ? bind_node (dev, name, device, err)
		       : make_node (dev, name, device, err);
}

static int
make_link (int dev, const char *name, const char *target, bool replaces, struct error *err)
{
	char there[PATH_MAX];
	ssize_t n;

	if (symlinkat (target, dev, name) == 0)
		return 0;
	if (errno != EEXIST)
		return fail (err, errno, "make the symlink '/dev/%s'", name);
	if (!replaces)
		return 0;
	n = readlinkat (dev, name, there, sizeof there);
	if (n == (ssize_t) strlen (target) && memcmp (there, target, (size_t) n) == 0)
		return 0;
	if (unlinkat (dev, name, 0) < 0 || symlinkat (target, dev, name) < 0)
		return fail (err, errno, "replace '/dev/%s' by a symlink", name);
	return 0;
}

/* /dev as an image has it, when the config mounts nothing there. */
static int
open_image_dev (struct rootfs *rootfs, struct error *err)
{
	int fd = rooted_open_no_symlinks (rootfs->root_fd, "dev", O_PATH | O_DIRECTORY, err);

	if (fd >= 0)
		return fd;
	if (err->code == ELOOP)
		return fail (err, ELOOP, "'/dev' of the image may not be a symlink");
	if (err->code != ENOENT)
		return -1;
	if (mkdirat (rootfs->root_fd, "dev", 0755) < 0)
		return fail (err, errno, "make '/dev'");
	return rooted_open_no_symlinks (rootfs->root_fd, "dev", O_PATH | O_DIRECTORY, err);
}

int
rootfs_make_devices (struct rootfs *rootfs, struct error *err)
{
	const struct plan *plan = rootfs->plan;
	lazyfd opened = -1;
	int dev = rootfs->dev_fd;

	if (rootfs->dev_is_host)
		return 0;
	if (dev < 0)
		dev = opened = open_image_dev (rootfs, err);
	if (dev < 0)
		return -1;
	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct device_plan *device = &plan->devices[i];

		if (make_device (rootfs, dev, device, err) < 0)
			return error_prefix (err, "%s%sdevice '%s'", device->at ? device->at : "",
				device->at ? ": " : "", device->path);
	}
	for (size_t i = 0; i < ARRAY_SIZE (dev_links); i++)
		if (make_link (dev, dev_links[i].name, dev_links[i].target, dev_links[i].replaces,
			    err) < 0)
			return -1;
	return 0;
}

int
rootfs_bind_fd_over (int root_fd, const char *path, int fd, struct error *err)
{
	const char *slash = strrchr (path, '/');
	const char *name = slash ? slash + 1 : path;
	char parent_path[PATH_MAX];
	lazyfd parent = -1;
	lazyfd target = -1;
	lazyfd tree = -1;
	struct stat st;

	if (snprintf (parent_path, sizeof parent_path, "%.*s", (int) (name - path), path) >=
		(int) sizeof parent_path)
		return fail (err, ENAMETOOLONG, "open '%s'", path);
	parent = rooted_open_no_symlinks (root_fd, parent_path, O_PATH | O_DIRECTORY, err);
	if (parent < 0)
		return -1;
	target = openat (parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 && errno == ENOENT)
		target = openat (
			parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (target < 0 || fstat (target, &st) < 0)
		return fail (err, errno, "open '%s'", path);
	/* CVE-2026-88264: a symlink here could have a file made, or covered, anywhere. */
	if (S_ISLNK (st.st_mode))
		return fail (err, ELOOP, "'%s' may not be a symlink", path);
	if (S_ISDIR (st.st_mode))
		return fail (err, EISDIR, "'%s' may not be a directory", path);
	tree = mount_tree_clone (fd, "", MOUNT_CLONE_ONE, err);
	if (tree < 0 || mount_tree_attach (tree, target, NULL, err) < 0)
		return error_prefix (err, "bind over '%s'", path);
	return 0;
}
