/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "kernel/rootfs_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* The directory is the image's: everything is opened once, without following anything, and judged by
 * its fd. The target is a tmpfs that nobody else sees yet. */

static int copy_directory (int from, int to, struct error *err);

static int
copy_xattrs (int from, int to, struct error *err)
{
	ssize_t size = flistxattr (from, NULL, 0);
	autofree char *names = NULL;

	if (size <= 0)
		return 0;
	names = xmalloc ((size_t) size);
	size = flistxattr (from, names, (size_t) size);
	for (ssize_t i = 0; i < size; i += (ssize_t) strlen (names + i) + 1) {
		char value[XATTR_SIZE_MAX];
		ssize_t n = fgetxattr (from, names + i, value, sizeof value);

		/* EOPNOTSUPP: a tmpfs has no user attributes before Linux 6.6, and SELinux labels come
		 * from the mount. EPERM: of another security module. */
		if (n >= 0 && fsetxattr (to, names + i, value, (size_t) n, 0) < 0 &&
			errno != EOPNOTSUPP && errno != EPERM)
			return fail (err, errno, "copy the attribute '%s'", names + i);
	}
	return 0;
}

/* Owner first: it takes the set-user-ID bits and file capabilities away. */
static int
copy_metadata (int from, int to, const struct stat *st, struct error *err)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown (to, st->st_uid, st->st_gid) < 0)
		return fail (err, errno, "set the owner");
	if (copy_xattrs (from, to, err) < 0)
		return -1;
	if (fchmod (to, st->st_mode & 07777) < 0 || futimens (to, times) < 0)
		return fail (err, errno, "set mode and times");
	return 0;
}

static int
copy_file (int from, int to_dir, const char *name, const struct stat *st, struct error *err)
{
	autofd to = openat (to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (to < 0)
		return fail (err, errno, "create it");
	while ((n = sendfile (to, from, NULL, 1 << 30)) > 0 || (n < 0 && errno == EINTR))
		;
	if (n < 0)
		return fail (err, errno, "copy its data");
	return copy_metadata (from, to, st, err);
}

static int
copy_tree (int from, int to_dir, const char *name, const struct stat *st, struct error *err)
{
	autofd to = -1;

	if (mkdirat (to_dir, name, 0700) < 0)
		return fail (err, errno, "make it");
	to = openat (to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return fail (err, errno, "open it");
	if (copy_directory (from, to, err) < 0)
		return -1;
	return copy_metadata (from, to, st, err);
}

static int
copy_symlink (int from_dir, int to_dir, const char *name, const struct stat *st, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat (from_dir, name, target, sizeof target - 1);

	if (n < 0)
		return fail (err, errno, "read it");
	target[n] = '\0';
	if (symlinkat (target, to_dir, name) < 0 ||
		fchownat (to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail (err, errno, "copy the symlink");
	return 0;
}

static int
copy_special (int to_dir, const char *name, const struct stat *st, struct error *err)
{
	if (mknodat (to_dir, name, st->st_mode, st->st_rdev) < 0 ||
		fchownat (to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
		fchmodat (to_dir, name, st->st_mode & 07777, 0) < 0)
		return fail (err, errno, "copy the special file");
	return 0;
}

static int
copy_entry (int from_dir, int to_dir, const char *name, struct error *err)
{
	struct stat st;
	autofd from = -1;

	if (fstatat (from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail (err, errno, "look at it");
	if (S_ISLNK (st.st_mode))
		return copy_symlink (from_dir, to_dir, name, &st, err);
	if (!S_ISREG (st.st_mode) && !S_ISDIR (st.st_mode))
		return copy_special (to_dir, name, &st, err);
	/* O_NONBLOCK: by now it may be a FIFO */
	from = openat (from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (from < 0 || fstat (from, &st) < 0)
		return fail (err, errno, "open it");
	if (S_ISDIR (st.st_mode))
		return copy_tree (from, to_dir, name, &st, err);
	if (S_ISREG (st.st_mode))
		return copy_file (from, to_dir, name, &st, err);
	return fail (err, ESTALE, "it changed while being copied");
}

static int
copy_directory (int from, int to, struct error *err)
{
	int copy = fcntl (from, F_DUPFD_CLOEXEC, 0);
	DIR *dir = copy < 0 ? NULL : fdopendir (copy);
	struct dirent *entry;
	int r = 0;

	if (!dir) {
		fail (err, errno, "read the directory");
		if (copy >= 0)
			close (copy);
		return -1;
	}
	for (errno = 0; r == 0 && (entry = readdir (dir)); errno = 0) {
		if (str_equal (entry->d_name, ".") || str_equal (entry->d_name, ".."))
			continue;
		r = copy_entry (from, to, entry->d_name, err);
		if (r < 0)
			error_prefix (err, "copy '%s'", entry->d_name);
	}
	if (r == 0 && errno != 0)
		r = fail (err, errno, "read the directory");
	closedir (dir);
	return r;
}

int
tmpcopyup (int from, int to, struct error *err)
{
	struct stat st;

	/* The top keeps the mode that the mount has; its owner is the directory's. */
	if (fstat (from, &st) < 0 || fchownat (to, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0)
		return fail (err, errno, "set the owner");
	return copy_directory (from, to, err);
}
