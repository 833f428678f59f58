/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/proc.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

#define FIELD_STATE 3
#define FIELD_START_TIME 22
#define FIELD_IGNORED 33

/* The field behind p, which stands at another one before it; NULL when there is none. */
static const char *
find_field (const char *p, int from, int to)
{
	for (; from < to && p; from++) {
		p = strchr (p, ' ');
		p = p ? p + 1 : NULL;
	}
	return p;
}

int
proc_read_stat (pid_t pid, struct proc_stat *out, struct error *err)
{
	char path[64], text[1024];
	const char *p, *start, *ignored;

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
	start = find_field (p, FIELD_STATE, FIELD_START_TIME);
	ignored = start ? find_field (start, FIELD_START_TIME, FIELD_IGNORED) : NULL;
	if (!ignored)
		return fail (err, EINVAL, "read '%s'", path);
	out->state = *p;
	out->start_time = str_first_u64 (start);
	out->ignored = str_first_u64 (ignored);
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
