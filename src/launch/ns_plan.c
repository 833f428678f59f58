/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/ns_plan.h"

#include <linux/sched.h>

/* The user namespace last: what belongs to the host has to be joined with the host's rights. The
 * middle tries again after it what was refused before it (see middle.c). The mount namespace right
 * before it, because paths mean something else from there on. */
static const enum ns_kind join_order[] = { NS_IPC, NS_UTS, NS_NETWORK, NS_PID, NS_CGROUP, NS_TIME,
	NS_MOUNT, NS_USER };

static bool
is (const struct namespaces_plan *plan, enum ns_kind kind, enum ns_how how)
{
	return plan->ns[kind].how == how;
}

static bool
needs_middle (const struct namespaces_plan *plan, const struct ns_steps *steps)
{
	/* these count for children only */
	if (is (plan, NS_PID, NS_JOIN) || is (plan, NS_TIME, NS_JOIN))
		return true;
	/* new namespaces have to be made by somebody who is in the joined user namespace already */
	if (is (plan, NS_USER, NS_JOIN))
		return true;
	/* what is joined is the host's, and a clone into a new user namespace would lose the right */
	return is (plan, NS_USER, NS_NEW) && steps->n_joins > 0;
}

void
ns_plan (const struct namespaces_plan *plan, struct ns_steps *out)
{
	const uint64_t in_init = CLONE_NEWNET | CLONE_NEWIPC;
	uint64_t news = 0;

	*out = (struct ns_steps){ 0 };
	for (size_t i = 0; i < sizeof join_order / sizeof *join_order; i++)
		if (is (plan, join_order[i], NS_JOIN))
			out->joins[out->n_joins++] = join_order[i];
	for (int kind = 0; kind < NS_KINDS; kind++)
		if (is (plan, (enum ns_kind) kind, NS_NEW))
			news |= ns_table[kind].clone_flag;

	out->has_middle = needs_middle (plan, out);
	out->maps_ids = is (plan, NS_USER, NS_NEW);
	out->in_user_namespace = !is (plan, NS_USER, NS_INHERIT);
	out->time_unshare = news & CLONE_NEWTIME;
	out->late_unshare = news & CLONE_NEWCGROUP;
	out->init_unshare = news & in_init;
	out->clone_flags = news & ~(in_init | CLONE_NEWTIME | CLONE_NEWCGROUP);
}

void
ns_plan_exec (const struct namespaces_plan *plan, bool privileged, struct ns_steps *out)
{
	uint64_t all = 0;

	*out = (struct ns_steps){ 0 };
	for (int kind = 0; kind < NS_KINDS; kind++)
		if (!is (plan, (enum ns_kind) kind, NS_INHERIT))
			all |= ns_table[kind].clone_flag;
	out->in_user_namespace = all & CLONE_NEWUSER;
	out->has_middle = all & CLONE_NEWPID && !privileged;
	out->parent_setns = out->has_middle ? 0 : all & CLONE_NEWPID;
	out->child_setns = all & ~out->parent_setns;
}
