/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The middle: between parent and init where one process can't do it (ns_plan.h says when). It starts
 * in the host's namespaces with the caller's rights, joins what there is to join, and then makes init,
 * as the parent's child (CLONE_PARENT) so that the parent can wait for it. Then it ends. The parent
 * waits for its word and for its end.
 */
#include "base/auto.h"
#include "base/syscalls.h"
#include "kernel/ns.h"
#include "launch/about.h"
#include "launch/join.h"
#include "launch/middle.h"
#include "launch/process_steps.h"
#include "launch/protocol.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

/* exit_signal has to be 0 with CLONE_PARENT; init's end is signalled as ours would be: SIGCHLD. */
int
middle_start_init (struct launch *launch, struct error *err)
{
	struct clone_args args = { .flags = launch->ns.clone_flags | CLONE_PARENT };
	pid_t pid;

	/* of our pid namespace, which init may not share */
	auto_close_fd (&launch->procfs_fd);
	pid = sys_clone3 (&args);
	if (pid == 0)
		init_main (launch);
	if (pid < 0)
		return fail (err, errno, "start the container's first process");
	launch->init_pid = pid;
	return 0;
}

int
middle_tell_who_init_is (struct launch *launch, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_MIDDLE);

	struct message message = { .kind = MESSAGE_INIT_PID, .pid = launch->init_pid };

	return message_send (&channel, &message, err);
}

const struct step middle_steps[] = {
	/* as long as our files in /proc are ours */
	{ "adjust the oom score", process_adjust_oom_score, about_oom_score },
	{ "join the namespaces", join_namespaces, about_joins },
	{ "start init", middle_start_init },
	{ "tell: who init is", middle_tell_who_init_is },
	{ NULL },
};

_Noreturn void
middle_main (struct launch *launch)
{
	struct channel channel = launch_channel (launch, ACTOR_MIDDLE);
	struct error err;

	if (steps_run (ACTOR_MIDDLE, launch, &err) < 0) {
		message_send_failure (&channel, &err);
		_exit (1);
	}
	_exit (0);
}
