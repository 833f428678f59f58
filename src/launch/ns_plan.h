/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ns_plan: which process gets which namespace, by which call, in which order. Pure.
 *
 * Three facts decide it (clone(2), setns(2), user_namespaces(7)):
 * - A namespace belongs to the user namespace its maker was in, so a new or joined user namespace
 *   comes before the new ones; and what is the host's can only be joined before it.
 * - setns of a pid namespace counts only for children made afterwards. So joining one needs one more
 *   process between parent and init: the middle. A time namespace is new for children only, too, but
 *   init can join that which it made for its own.
 * - A cgroup namespace takes its root from where its maker is: init makes it once it is in its place.
 *
 * Network and ipc namespaces are the dearest to make. Where nothing speaks against it init makes them
 * itself, at the same time as the parent makes the control groups.
 */
#pragma once

#include "plan/namespaces.h"

struct ns_steps {
	bool has_middle;
	enum ns_kind
		joins[NS_KINDS]; /* by the middle, or by init when there is none; in this order */
	size_t n_joins;
	uint64_t time_unshare; /* in init; CLONE_NEWTIME or 0 */
	uint64_t clone_flags; /* of the clone3 that makes init */
	uint64_t init_unshare; /* first thing in init */
	uint64_t late_unshare; /* in init, once it is in its control group */
	uint64_t parent_setns,
		child_setns; /* of an exec: what is joined through init's pidfd, by whom */
	bool maps_ids; /* the parent writes id maps; init waits for them */
	bool in_user_namespace; /* new or joined */
};

/* Total: any namespaces_plan has an answer. Touches nothing. */
void ns_plan (const struct namespaces_plan *plan, struct ns_steps *out);

/* The same for an exec: all that the container has of its own is joined, through a pidfd of its init
 * (setns(2), Linux 5.8), which sorts out the order. The pid namespace counts for children only: a
 * privileged parent joins it itself; another has the right only inside the user namespace, so that a
 * middle has to go there. */
void ns_plan_exec (const struct namespaces_plan *plan, bool privileged, struct ns_steps *out);
