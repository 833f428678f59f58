/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/tree.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#define XATTR_LIST_MAX_SIZE 65536
#define XATTR_VALUE_MAX_SIZE 65536
#define PIECE (1 << 20)

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

/* ---- remove */

static int
open_for_removal (int dirfd, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat (dirfd, name, flags);
	autofd path = -1;
	char proc[32];

	if (fd >= 0 || errno != EACCES)
		return fd;
	path = openat (dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (path < 0)
		return -1;
	snprintf (proc, sizeof proc, "/proc/self/fd/%d", path);
	if (chmod (proc, 0700) < 0)
		return -1;
	return openat (dirfd, name, flags);
}

static int
remove_content (int fd, struct error *err)
{
	AUTO (close_dir) DIR *dir = NULL;
	struct dirent *entry;
	autofd again = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (again < 0 || !(dir = fdopendir (again)))
		return fail (err, errno, "read a directory");
	again = -1; /* the DIR's now */
	while (errno = 0, (entry = readdir (dir)))
		if (!str_equal (entry->d_name, ".") && !str_equal (entry->d_name, "..") &&
			tree_remove (fd, entry->d_name, err) < 0)
			return -1;
	return errno ? fail (err, errno, "read a directory") : 0;
}

int
tree_remove (int dirfd, const char *name, struct error *err)
{
	autofd fd = -1;

	if (unlinkat (dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM && errno != EACCES)
		return fail (err, errno, "remove '%s'", name);
	if (unlinkat (dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return fail (err, errno, "remove '%s'", name);
	fd = open_for_removal (dirfd, name);
	if (fd < 0)
		return fail (err, errno, "open '%s' to remove it", name);
	if (faccessat (fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		error_ignore (fchmod (fd, 0700), "the removal will say it");
	if (remove_content (fd, err) < 0)
		return error_prefix (err, "%s", name);
	if (unlinkat (dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail (err, errno, "remove '%s'", name);
	return 0;
}

/* ---- copy */

bool
tree_map_id (const struct tree_ids *ids, uint32_t id, uint32_t *out)
{
	if (ids->n == 0) {
		*out = id;
		return true;
	}
	for (size_t i = 0; i < ids->n; i++) {
		const struct tree_id_range *r = &ids->ranges[i];

		if (id >= r->inside && id - r->inside < r->count) {
			*out = r->outside + (id - r->inside);
			return true;
		}
	}
	return false;
}

static int
copy_range (int from, int to, off_t start, off_t end, struct error *err)
{
	autofree char *piece = NULL;
	off_t in = start, out = start;

	while (in < end) {
		ssize_t n = copy_file_range (from, &in, to, &out, (size_t) (end - in), 0);

		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		if (n == 0)
			return 0; /* it became shorter */
		break;
	}
	/* another file system, or one that can't */
	while (in < end) {
		size_t most = end - in < PIECE ? (size_t) (end - in) : PIECE;
		ssize_t n;

		if (!piece)
			piece = xmalloc (PIECE);
		n = pread (from, piece, most, in);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail (err, errno, "read");
		if (n == 0)
			return 0;
		for (ssize_t done = 0; done < n;) {
			ssize_t w = pwrite (to, piece + done, (size_t) (n - done), in + done);

			if (w < 0 && errno != EINTR)
				return fail (err, errno, "write");
			done += w > 0 ? w : 0;
		}
		in += n;
	}
	return 0;
}

static int
copy_content (int from, int to, off_t size, struct error *err)
{
	off_t at = 0;

	if (size == 0 || ioctl (to, FICLONE, from) == 0)
		return 0;
	if (ftruncate (to, size) < 0)
		return fail (err, errno, "set the size");
	while (at < size) {
		off_t data = lseek (from, at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			return 0;
		if (data < 0)
			return fail (err, errno, "seek");
		hole = lseek (from, data, SEEK_HOLE);
		if (hole < 0)
			hole = size;
		if (copy_range (from, to, data, hole, err) < 0)
			return -1;
		at = hole;
	}
	return 0;
}

/* Of anything, by its directory: /proc/self/fd/N/NAME, whose last part is not followed. */
static void
node_path (int dirfd, const char *name, char *out, size_t size)
{
	snprintf (out, size, "/proc/self/fd/%d/%s", dirfd, name);
}

static bool
may_be_lost (const char *name, int code)
{
	/* labels belong to the host, and not every file system has room for all kinds */
	return code == ENOTSUP || str_starts (name, "security.selinux") ||
	       (code == EPERM && !str_starts (name, "user."));
}

static int
copy_xattr (const char *from, const char *to, const char *name, struct error *err)
{
	autofree char *value = xmalloc (XATTR_VALUE_MAX_SIZE);
	ssize_t n = lgetxattr (from, name, value, XATTR_VALUE_MAX_SIZE);

	if (n < 0)
		return errno == ENODATA ? 0 : fail (err, errno, "read the attribute '%s'", name);
	if (lsetxattr (to, name, value, (size_t) n, 0) < 0 && !may_be_lost (name, errno))
		return fail (err, errno, "set the attribute '%s'", name);
	return 0;
}

static int
copy_xattrs (const char *from, const char *to, struct error *err)
{
	autofree char *list = NULL;
	ssize_t n = llistxattr (from, NULL, 0);

	if (n <= 0)
		return n == 0 || errno == ENOTSUP ? 0 : fail (err, errno, "list attributes");
	list = xmalloc (XATTR_LIST_MAX_SIZE);
	n = llistxattr (from, list, XATTR_LIST_MAX_SIZE);
	if (n < 0)
		return fail (err, errno, "list attributes");
	for (const char *name = list; name < list + n; name += strlen (name) + 1)
		if (!overlay_owns_xattr (name) && copy_xattr (from, to, name, err) < 0)
			return -1;
	return 0;
}

int
tree_copy_xattrs (int from, int to, struct error *err)
{
	char source[32], target[32];

	/* with the dot behind it the link is followed */
	snprintf (source, sizeof source, "/proc/self/fd/%d/.", from);
	snprintf (target, sizeof target, "/proc/self/fd/%d/.", to);
	return copy_xattrs (source, target, err);
}

/* The node, empty. Returns a fd of a file or a directory, -2 of others. */
static int
make_node (const struct tree_node *from, int dirfd, const char *name, struct error *err)
{
	const struct stat *st = from->st;
	char target[PATH_MAX + 1];
	int r = 0, fd;
	ssize_t n;

	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		fd = openat (
			dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		return fd < 0 ? fail (err, errno, "create") : fd;
	case S_IFDIR:
		if (mkdirat (dirfd, name, 0700) < 0)
			return fail (err, errno, "make the directory");
		fd = openat (dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return fd < 0 ? fail (err, errno, "open") : fd;
	case S_IFLNK:
		n = readlinkat (from->dirfd, from->name, target, sizeof target - 1);
		if (n < 0)
			return fail (err, errno, "read the symlink");
		target[n] = '\0';
		r = symlinkat (target, dirfd, name);
		break;
	default:
		r = mknodat (dirfd, name, st->st_mode & (S_IFMT | 0777), st->st_rdev);
		break;
	}
	return r < 0 ? fail (err, errno, "make") : -2;
}

static int
copy_owner (const struct tree_copy *copy, const struct tree_node *from, int dirfd, const char *name,
	struct error *err)
{
	uint32_t uid, gid;

	if (!tree_map_id (&copy->uids, from->st->st_uid, &uid) ||
		!tree_map_id (&copy->gids, from->st->st_gid, &gid))
		return fail (err, EINVAL, "its owner %u:%u is not among the mapped ids",
			from->st->st_uid, from->st->st_gid);
	if (fchownat (dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && !copy->owner_may_stay)
		return fail (err, errno, "change the owner");
	return 0;
}

int
tree_finish_directory (int fd, const struct stat *st, struct error *err)
{
	const struct timespec times[2] = { st->st_mtim, st->st_mtim };

	if (fchmod (fd, st->st_mode & 07777) < 0)
		return fail (err, errno, "change the mode");
	if (futimens (fd, times) < 0)
		return fail (err, errno, "set the times");
	return 0;
}

static int
copy_data (const struct tree_node *from, int to, struct error *err)
{
	autofd in =
		openat (from->dirfd, from->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (in < 0)
		return fail (err, errno, "open");
	return copy_content (in, to, from->st->st_size, err);
}

static int
copy_all (const struct tree_copy *copy, const struct tree_node *from, int dirfd, const char *name,
	struct error *err)
{
	const struct timespec times[2] = { from->st->st_mtim, from->st->st_mtim };
	autofree char *source = xmalloc (PATH_MAX), *target = xmalloc (PATH_MAX);
	autofd fd = make_node (from, dirfd, name, err);

	if (fd == -1 || (S_ISREG (from->st->st_mode) && copy_data (from, fd, err) < 0) ||
		copy_owner (copy, from, dirfd, name, err) < 0)
		return -1;
	/* the mode behind the owner, whose change takes set-user-ID away; capabilities as well */
	if (fd >= 0 && !S_ISDIR (from->st->st_mode) && fchmod (fd, from->st->st_mode & 07777) < 0)
		return fail (err, errno, "change the mode");
	if (fd < 0 && !S_ISLNK (from->st->st_mode) &&
		fchmodat (dirfd, name, from->st->st_mode & 07777, 0) < 0)
		return fail (err, errno, "change the mode");
	node_path (from->dirfd, from->name, source, PATH_MAX);
	node_path (dirfd, name, target, PATH_MAX);
	if (copy_xattrs (source, target, err) < 0)
		return -1;
	if (!S_ISDIR (from->st->st_mode) && utimensat (dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail (err, errno, "set the times");
	return 0;
}

int
tree_copy_node (const struct tree_copy *copy, const struct tree_node *from, int dirfd,
	const char *name, struct error *err)
{
	if (copy_all (copy, from, dirfd, name, err) < 0)
		return error_prefix (err, "copy '%s'", from->name);
	return 0;
}
