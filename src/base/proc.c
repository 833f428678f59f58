/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/proc.h"
#include "base/auto.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

#define FIELD_STATE 3
#define FIELD_START_TIME 22

int
proc_read_stat (pid_t pid, struct proc_stat *out, struct error *err)
{
	char path[64], text[1024];
	char *p;

	snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
	if (fd_read_line (AT_FDCWD, path, text, sizeof text, err) < 0) {
		if (err->code == ENOENT)
			err->code = ESRCH;
		return -1;
	}
	/* "PID (NAME) STATE ...": the name may hold anything, also parentheses */
	p = strrchr (text, ')');
	if (!p || p[1] != ' ')
		return fail (err, EINVAL, "read '%s'", path);
	p += 2;
	out->state = *p;
	for (int field = FIELD_STATE; field < FIELD_START_TIME && p; field++) {
		p = strchr (p, ' ');
		p = p ? p + 1 : NULL;
	}
	if (!p)
		return fail (err, EINVAL, "read '%s'", path);
	out->start_time = strtoull (p, NULL, 10);
	return 0;
}

int
proc_open_living (pid_t pid, uint64_t start_time, struct error *err)
{
	autofd fd = pid > 0 ? pidfd_open (pid, 0) : (errno = ESRCH, -1);
	struct proc_stat stat;

	if (fd < 0)
		return fail (err, errno, "open a pidfd of process %d", (int) pid);
	/* read after the open: if it is still the right one now, the pidfd is of that one */
	if (proc_read_stat (pid, &stat, err) < 0)
		return -1;
	if (stat.start_time != start_time || stat.state == 'Z' || stat.state == 'X')
		return fail (err, ESRCH, "process %d", (int) pid);
	return take_fd (&fd);
}
