/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/oom.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <stdio.h>

int
oom_set_score_adj (int procfs, int value, struct error *err)
{
	char text[16];

	snprintf (text, sizeof text, "%d", value);
	if (procfs_write (procfs, "self/oom_score_adj", text, err) == 0)
		return 0;
	if (err->code == EACCES || err->code == EPERM)
		return fail_hint (err, err->code,
			"going below the inherited value needs CAP_SYS_RESOURCE",
			"set oomScoreAdj %d", value);
	return -1;
}
