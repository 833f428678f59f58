/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/sysctl.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <stdio.h>

static int
set (int procfs, const struct sysctl_plan *sysctl, struct error *err)
{
	char path[sizeof "sys/" + SYSCTL_NAME_MAX];

	snprintf (path, sizeof path, "sys/%s", sysctl->name);
	if (procfs_write (procfs, path, sysctl->value, err) == 0)
		return 0;
	if (err->code == ENOENT)
		fail (err, 0,
			"set sysctl '%s' to '%s': this kernel or namespace has no such sysctl",
			sysctl->name, sysctl->value);
	else
		error_prefix (err, "set sysctl '%s'", sysctl->name);
	return sysctl->at ? error_prefix (err, "%s", sysctl->at) : -1;
}

int
sysctl_apply (int procfs, const struct sysctl_plan *sysctls, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (set (procfs, &sysctls[i], err) < 0)
			return -1;
	return 0;
}
