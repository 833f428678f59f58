/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The middle of an exec, where the parent has no right to the container's pid namespace but through
 * its user namespace. It joins all of them, starts the process that will be in them, as the parent's
 * child (CLONE_PARENT), and ends.
 */
#include "launch/about.h"
#include "launch/join.h"
#include "launch/middle.h"
#include "launch/process_steps.h"

const struct step exec_middle_steps[] = {
	{ "adjust the oom score", process_adjust_oom_score, about_oom_score },
	/* its socket is a path of the host */
	{ "connect to the seccomp agent", process_connect_to_seccomp_agent, about_seccomp_agent },
	/* from the next step on the container's processes can see us */
	{ "refuse to be looked at", join_refuse_to_be_looked_at },
	{ "join the namespaces", join_container },
	{ "start init", middle_start_init },
	{ "tell: who init is", middle_tell_who_init_is },
	{ NULL },
};
