/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/ns.h"
#include "kernel/procfs.h"
#include "base/auto.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define INITIAL_USER_NS_INODE 0xEFFFFFFDu /* PROC_USER_INIT_INO, fixed in the kernel's ABI */

static const char *
name_of_clone_flag (int flag)
{
	for (int i = 0; i < NS_KINDS; i++)
		if (ns_table[i].clone_flag == (uint64_t) flag)
			return ns_table[i].name;
	return "unknown";
}

int
ns_open (const char *path, enum ns_kind kind, struct error *err)
{
	const char *wanted = ns_table[kind].name;
	/* O_NONBLOCK: the path may be a fifo. */
	autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct statfs fs;
	int flag;

	if (fd < 0)
		return fail (err, errno, "open %s namespace '%s'", wanted, path);
	/* Before the ioctl, whose number may mean anything to another file. */
	if (fstatfs (fd, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return fail (
			err, 0, "'%s' is not a namespace (a %s namespace is wanted)", path, wanted);
	flag = ioctl (fd, NS_GET_NSTYPE);
	if (flag < 0)
		return fail (err, errno, "ask '%s' for its kind", path);
	if ((uint64_t) flag != ns_table[kind].clone_flag)
		return fail (err, 0, "'%s' is a %s namespace and not a %s namespace", path,
			name_of_clone_flag (flag), wanted);
	return take_fd (&fd);
}

int
ns_join (int fd, enum ns_kind kind, struct error *err)
{
	if (setns (fd, (int) ns_table[kind].clone_flag) == 0)
		return 0;
	return fail_hint (err, errno,
		errno == EPERM ? "it needs CAP_SYS_ADMIN in the user namespace that owns it" : NULL,
		"join the %s namespace", ns_table[kind].name);
}

int
ns_is_own (int fd, enum ns_kind kind, struct error *err)
{
	struct stat own, other;
	char path[32];

	snprintf (path, sizeof path, "/proc/self/ns/%s", ns_table[kind].proc_name);
	if (stat (path, &own) < 0)
		return fail (err, errno, "look at '%s'", path);
	if (fstat (fd, &other) < 0)
		return fail (err, errno, "look at a %s namespace", ns_table[kind].name);
	return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

bool
ns_is_initial_user (void)
{
	struct stat st;

	return stat ("/proc/self/ns/user", &st) < 0 || st.st_ino == INITIAL_USER_NS_INODE;
}

static int
add_offset (char *text, size_t size, const char *clock, const struct time_offset *offset)
{
	if (!offset->set)
		return 0;
	return snprintf (
		text, size, "%s %lld %u\n", clock, (long long) offset->secs, offset->nanosecs);
}

static int
write_time_offsets (int procfs, const struct namespaces_plan *namespaces, struct error *err)
{
	char text[128];
	int n = add_offset (text, sizeof text, "monotonic", &namespaces->monotonic);

	n += add_offset (text + n, sizeof text - (size_t) n, "boottime", &namespaces->boottime);
	if (n == 0)
		return 0;
	if (procfs_write (procfs, "self/timens_offsets", text, err) == 0)
		return 0;
	if (err->code == ERANGE)
		return fail_hint (err, ERANGE, "the clock would be negative or leave its range",
			"set the time offsets");
	return -1;
}

int
ns_make_time (int procfs, const struct namespaces_plan *namespaces, struct error *err)
{
	autofd fd = -1;

	if (unshare (CLONE_NEWTIME) < 0)
		return fail_hint (
			err, errno, "time namespaces need Linux 5.6", "make a time namespace");
	if (write_time_offsets (procfs, namespaces, err) < 0)
		return -1;
	fd = ns_open ("/proc/self/ns/time_for_children", NS_TIME, err);
	return fd < 0 ? -1 : ns_join (fd, NS_TIME, err);
}
