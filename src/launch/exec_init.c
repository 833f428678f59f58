/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The new process of an exec, which becomes the user's program in a container that runs already. The
 * container's own processes are all around it, and their files are what it finds: so it does what
 * needs the host first, hides itself, joins their namespaces, and from there on trusts nothing.
 * The parent waits for its messages with an eye on its pidfd.
 */
#include "launch/about.h"
#include "launch/join.h"
#include "launch/process_steps.h"

#include "base/auto.h"
#include "kernel/sched.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* After the user namespace is joined, our own files in /proc belong to a root that isn't there: so it
 * is opened now, and used through this fd. */
static int
open_procfs (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process->selinux_label && !process->apparmor_profile)
		return 0;
	return process_procfs (launch, err);
}

static int
join_what_is_left (struct launch *launch, struct error *err)
{
	return launch->ns.has_middle ? 0 : join_container (launch, err);
}

static int
adjust_oom_score (struct launch *launch, struct error *err)
{
	return launch->ns.has_middle ? 0 : process_adjust_oom_score (launch, err);
}

/* With a middle we are in the container's namespaces from the beginning. */
static int
connect_to_seccomp_agent (struct launch *launch, struct error *err)
{
	return launch->ns.has_middle ? 0 : process_connect_to_seccomp_agent (launch, err);
}

static int
become_root (struct launch *launch, struct error *err)
{
	if (!launch->ns.in_user_namespace)
		return 0;
	/* where id 0 is not mapped there is no root to become */
	if ((setresgid (0, 0, 0) < 0 || setresuid (0, 0, 0) < 0) && errno != EINVAL)
		return fail (err, errno, "become root in the user namespace");
	return 0;
}

static int
set_final_affinity (struct launch *launch, struct error *err)
{
	return affinity_apply (0, launch->plan->process->affinity_final, err);
}

static int
open_terminal (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;
	autofd root = -1;

	if (!process->terminal)
		return 0;
	root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail (err, errno, "open the container's root");
	return terminal_open (root, process, &launch->terminal, err);
}

static int
wait_for_start (struct launch *launch, struct error *err)
{
	struct message message;

	if (process_await (launch, MESSAGE_START, &message, err) < 0)
		return -1;
	launch->ignored_signals = message.ignored_signals;
	return 0;
}

const struct step exec_init_steps[] = {
	{ "adjust the oom score", adjust_oom_score, about_oom_score },
	/* its socket is a path of the host */
	{ "connect to the seccomp agent", connect_to_seccomp_agent, about_seccomp_agent },
	{ "open our files in proc", open_procfs, about_labels },
	/* from the next step on the container's processes can see us */
	{ "refuse to be looked at", join_refuse_to_be_looked_at },
	{ "join the namespaces", join_what_is_left },
	{ "wait: control group is ready", process_wait_for_cgroup },
	{ "enter the control group", process_enter_cgroup },
	/* the cgroup's cpuset has changed what we had */
	{ "set the final cpu affinity", set_final_affinity },
	{ "become root in the user namespace", become_root, about_user_namespace },
	{ "start a session", process_start_session },
	{ "join the session keyring", process_join_keyring },
	{ "open the terminal", open_terminal, about_terminal },
	{ "tell: the console", process_hand_over_console, about_terminal },
	/* before limits, labels and filters that may be against it */
	{ "take the container's null device", process_take_own_null },
	{ "set the resource limits", process_set_limits, about_rlimits },
	{ "set the scheduler", process_set_scheduler, about_scheduler },
	{ "set the io priority", process_set_io_priority, about_io_priority },
	/* the nodes have to be some that the cgroup's cpuset allows */
	{ "set the memory policy", process_set_memory_policy, about_memory_policy },
	{ "set the personality", process_set_personality, about_personality },
	{ "set the security label", process_set_label, about_labels },
	{ "forbid new privileges", process_forbid_new_privileges, about_no_new_privileges },
	/* without no_new_privs a filter needs CAP_SYS_ADMIN, so it goes in before the caps drop */
	{ "load seccomp early", process_load_seccomp_early, about_seccomp_early },
	{ "give the user the standard streams", process_give_standard_streams, about_other_user },
	{ "drop the bounding capabilities", process_drop_bounding_capabilities, about_bounding },
	{ "become the user", process_become_user, about_user },
	{ "set the capabilities", process_set_capabilities, about_capabilities },
	{ "enter the working directory", process_enter_cwd, about_cwd },
	{ "set the umask", process_set_umask },
	{ "build the environment", process_build_environment, about_process },
	{ "find the program", process_find_program, about_process },
	{ "tell: ready", process_tell_ready },
	{ "wait: start", wait_for_start },
	{ "close inherited file descriptors", process_close_inherited_fds },
	{ "reset the signals", process_reset_signals },
	{ "load seccomp", process_load_seccomp_late, about_seccomp_late },
	{ "execute the program", process_execute_program, about_program },
	{ NULL },
};
