/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/join.h"
#include "kernel/ns.h"

#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>

int
join_namespaces (struct launch *launch, struct error *err)
{
	bool joined[NS_KINDS] = { false };
	bool has_user = false;

	for (size_t i = 0; i < launch->ns.n_joins; i++)
		has_user |= launch->ns.joins[i] == NS_USER;
	for (int attempt = 0; attempt < 2; attempt++) {
		for (size_t i = 0; i < launch->ns.n_joins; i++) {
			enum ns_kind kind = launch->ns.joins[i];
			const char *at = launch->plan->namespaces.ns[kind].at;

			if (joined[i])
				continue;
			if (ns_join (launch->join_fds[i], kind, err) == 0)
				joined[i] = true;
			else if (attempt > 0 || !has_user || kind == NS_USER || err->code != EPERM)
				return at ? error_prefix (err, "%s", at) : -1;
		}
	}
	return 0;
}

int
join_refuse_to_be_looked_at (struct launch *launch, struct error *err)
{
	if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail (err, errno, "become undumpable");
	return 0;
}

int
join_container (struct launch *launch, struct error *err)
{
	if (!launch->ns.child_setns)
		return 0;
	if (setns (launch->container_pidfd, (int) launch->ns.child_setns) < 0)
		return fail_hint (err, errno,
			errno == ESRCH	 ? "the container has ended"
			: errno == EPERM ? "only its owner and root may enter a container"
					 : NULL,
			"join the container's namespaces");
	return 0;
}
