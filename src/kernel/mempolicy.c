/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/mempolicy.h"
#include "base/syscalls.h"

#include <errno.h>
#include <limits.h>

int
memory_policy_apply (const struct memory_policy_plan *plan, struct error *err)
{
	struct cpu_list nodes = { .size = 0 };
	unsigned long n_bits;

	if (!plan->mode)
		return 0;
	if (plan->nodes && memory_nodes_parse (plan->nodes, &nodes, err) < 0)
		return error_prefix (err, "%s", plan->at);
	/* the kernel looks at one bit less than it is told */
	n_bits = nodes.size > 0 ? nodes.size * CHAR_BIT + 1 : 0;
	if (sys_set_mempolicy (plan->mode->value | (int) plan->flags,
		    n_bits > 0 ? nodes.bits : NULL, n_bits) == 0)
		return 0;
	fail_hint (err, errno,
		errno == ENOSYS	  ? "this kernel is built without NUMA"
		: errno != EINVAL ? NULL
		: plan->nodes	  ? "a kernel that is older than the mode or the flag, or none of "
				    "the nodes has memory and is in the cpuset"
				  : "a kernel that is older than the mode or the flag",
		"set the memory policy %s%s%s", plan->mode->name, plan->nodes ? " of nodes " : "",
		plan->nodes ? plan->nodes : "");
	return error_prefix (err, "%s", plan->at);
}
