/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The parent of an exec: `davit exec` itself. It is in the host's namespaces with the caller's rights,
 * starts the new process, hands it the ways into the container's control groups, and watches it. The
 * container may die at any moment: then its pid namespace kills the new process, and the pidfd tells.
 */
#include "launch/about.h"
#include "launch/parent.h"

#include "kernel/sched.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>

/* Whether a failure is just that the container has died meanwhile. */
static bool
container_is_dead (const struct launch *launch)
{
	struct pollfd fd = { .fd = launch->container_pidfd, .events = POLLIN };

	return poll (&fd, 1, 0) > 0;
}

static int
because_it_is_dead (const struct launch *launch, struct error *err)
{
	return container_is_dead (launch) ? fail (err, 0, "container not running") : -1;
}

static int
set_first_affinity (struct launch *launch, struct error *err)
{
	/* the children inherit it; our own work is done soon */
	return affinity_apply (0, launch->plan->process->affinity_initial, err);
}

static int
join_the_pid_namespace (struct launch *launch, struct error *err)
{
	if (!launch->ns.parent_setns)
		return 0;
	if (setns (launch->container_pidfd, (int) launch->ns.parent_setns) == 0)
		return 0;
	fail (err, errno, "join the container's pid namespace");
	return because_it_is_dead (launch, err);
}

static int
start_children (struct launch *launch, struct error *err)
{
	if (parent_start_children (launch, err) == 0)
		return 0;
	/* ENOMEM is what the kernel says of a pid namespace whose init has died */
	return because_it_is_dead (launch, err);
}

static int
wait_for_init (struct launch *launch, struct error *err)
{
	if (parent_wait_for_init (launch, err) == 0)
		return 0;
	return because_it_is_dead (launch, err);
}

const struct step exec_parent_steps[] = {
	{ "check the labels", parent_check_the_labels, about_labels },
	{ "compile the seccomp filter", parent_compile_seccomp, about_seccomp },
	{ "set the first cpu affinity", set_first_affinity },
	{ "join the pid namespace", join_the_pid_namespace },
	{ "start the process", start_children },
	{ "wait: who init is", parent_learn_who_init_is },
	{ "assign it to the resctrl group", parent_assign_to_resctrl, about_rdt_assignment },
	{ "tell: control group is ready", parent_tell_cgroup_is_ready },
	{ "wait: the console", parent_take_the_console, about_terminal },
	{ "wait: init is ready", wait_for_init },
	{ "send the pidfd", parent_send_the_pidfd },
	{ NULL },
};
