/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/procfs.h"
#include "base/auto.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define PROC_ROOT_INODE 1 /* of the root of every procfs and of nothing else in one */

static int
open_host_proc (struct error *err)
{
	autofd fd = open ("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return fail (err, errno, "open '/proc'");
	if (fstatfs (fd, &fs) < 0 || fstat (fd, &st) < 0)
		return fail (err, errno, "look at '/proc'");
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INODE)
		return fail (err, EXDEV, "'/proc' is not a proc file system");
	return take_fd (&fd);
}

/* What it returns is ours from the first call on, so there is nothing to check. */
static int
mount_private (void)
{
	autofd context = fsopen ("proc", FSOPEN_CLOEXEC);

	if (context < 0 || fsconfig (context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount (
		context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int
procfs_open_private (struct error *err)
{
	int fd = mount_private ();

	if (fd >= 0)
		return fd;
	/* EPERM: no CAP_SYS_ADMIN, or parts of the /proc around us are masked, so that the kernel
	 * would show too much. EACCES: an LSM. ENOSYS, EINVAL: a sandbox without these calls. */
	if (errno != EPERM && errno != EACCES && errno != ENOSYS && errno != EINVAL)
		return fail (err, errno, "mount a private proc file system");
	return open_host_proc (err);
}

static int
open_below (int procfs, const char *path, int flags)
{
	return sys_openat2 (procfs, path, (uint64_t) (flags | O_CLOEXEC), 0,
		RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
}

int
procfs_open (int procfs, const char *path, int flags, struct error *err)
{
	int fd = open_below (procfs, path, flags);
	autofd host = -1;
	int code = errno;

	if (fd >= 0)
		return fd;
	/* AppArmor in LXC knows paths below /proc only, and ours has none there. */
	if (code == EACCES || code == EPERM)
		host = open_host_proc (err);
	if (host >= 0)
		fd = open_below (host, path, flags);
	if (fd >= 0)
		return fd;
	return fail_hint (err, code,
		code == EXDEV || code == ELOOP ? "something is mounted over it, or it is a link"
					       : NULL,
		"open '/proc/%s'", path);
}

int
procfs_write (int procfs, const char *path, const char *text, struct error *err)
{
	autofd fd = procfs_open (procfs, path, O_WRONLY, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = write (fd, text, strlen (text));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "write '%s' to '/proc/%s'", text, path);
	return 0;
}

int
procfs_read_line (int procfs, const char *path, char *buffer, size_t size, struct error *err)
{
	autofd fd = procfs_open (procfs, path, O_RDONLY, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read (fd, buffer, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "read '/proc/%s'", path);
	while (n > 0 && buffer[n - 1] == '\n')
		n--;
	buffer[n] = '\0';
	return (int) n;
}
