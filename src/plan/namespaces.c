/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/namespaces.h"

#include <linux/sched.h>
#include <string.h>

const struct ns_info ns_table[NS_KINDS] = {
	[NS_USER] = { "user", "user", CLONE_NEWUSER },
	[NS_MOUNT] = { "mount", "mnt", CLONE_NEWNS },
	[NS_PID] = { "pid", "pid", CLONE_NEWPID },
	[NS_IPC] = { "ipc", "ipc", CLONE_NEWIPC },
	[NS_UTS] = { "uts", "uts", CLONE_NEWUTS },
	[NS_NETWORK] = { "network", "net", CLONE_NEWNET },
	[NS_CGROUP] = { "cgroup", "cgroup", CLONE_NEWCGROUP },
	[NS_TIME] = { "time", "time", CLONE_NEWTIME },
};

int
ns_kind_from_name (const char *name)
{
	for (int i = 0; i < NS_KINDS; i++)
		if (strcmp (ns_table[i].name, name) == 0)
			return i;
	return -1;
}
