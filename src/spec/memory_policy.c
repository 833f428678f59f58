/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * memory_policy: linux.memoryPolicy. What the kernel would refuse is refused here, where the reason can
 * be told. Source: set_mempolicy(2).
 */
#include "spec/context.h"
#include "plan/mempolicy.h"

#include <linux/mempolicy.h>

static void
check_nodes (struct spec_context *c, const struct oci_memory_policy *policy,
	const struct memory_policy_plan *plan)
{
	struct cpu_list list;
	struct error cause;

	if (plan->nodes && memory_nodes_parse (plan->nodes, &list, &cause) < 0)
		spec_problem_cause (c, &policy->nodes, &cause);
	if (plan->nodes && plan->mode->nodes == MEMORY_NODES_REFUSED)
		spec_problem (c, &policy->nodes, "must be empty for %s", plan->mode->name);
	if (!plan->nodes && plan->mode->nodes == MEMORY_NODES_NEEDED)
		spec_problem (
			c, &policy->nodes, "must name at least one node for %s", plan->mode->name);
}

static void
check_flags (struct spec_context *c, const struct oci_memory_policy *policy,
	const struct memory_policy_plan *plan)
{
	unsigned int of_nodes = plan->flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES);

	if (of_nodes == (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES))
		spec_problem (c, &policy->flags,
			"MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
	else if (of_nodes && !plan->nodes)
		spec_problem (c, &policy->flags, "says how to read nodes, and there are none");
	if (plan->flags & MPOL_F_NUMA_BALANCING && plan->mode->value != MPOL_BIND &&
		plan->mode->value != MPOL_PREFERRED_MANY)
		spec_problem (c, &policy->flags,
			"MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY, not for "
			"%s",
			plan->mode->name);
}

void
spec_memory_policy (struct spec_context *c, const struct oci_memory_policy *policy)
{
	struct memory_policy_plan *plan = &c->plan.memory_policy;

	if (!policy->mode)
		spec_problem (c, &policy->mode, "is missing");
	*plan = (struct memory_policy_plan){
		.at = spec_at (c, policy->place),
		.mode = policy->mode ? memory_policy_mode (policy->mode) : NULL,
		.nodes = spec_text (policy->nodes),
	};
	if (!plan->mode)
		return;
	for (size_t i = 0; i < policy->n_flags; i++) {
		int flag = sched_word_value (memory_policy_flags, policy->flags[i]);

		if (flag >= 0)
			plan->flags |= (unsigned int) flag;
	}
	check_nodes (c, policy, plan);
	check_flags (c, policy, plan);
}
