/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/pid_file.h"
#include "base/auto.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int
pid_file_write (const char *path, pid_t pid, struct error *err)
{
	const char *slash = path ? strrchr (path, '/') : NULL;
	autofree char *parent = slash ? strndup (path, (size_t) (slash - path) + 1) : NULL;
	autofd dir = -1;
	char text[16];

	if (!path)
		return 0;
	dir = open (parent ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail (err, errno, "pid file '%s'", path);
	snprintf (text, sizeof text, "%d", (int) pid);
	if (fd_replace_file (dir, slash ? slash + 1 : path, text, strlen (text), 0644, err) < 0)
		return error_prefix (err, "pid file '%s'", path);
	return 0;
}
