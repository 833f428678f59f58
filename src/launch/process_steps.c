/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/process_steps.h"
#include "base/auto.h"
#include "kernel/caps.h"
#include "kernel/keyring.h"
#include "kernel/lsm.h"
#include "kernel/mempolicy.h"
#include "kernel/oom.h"
#include "kernel/personality.h"
#include "kernel/procfs.h"
#include "kernel/rlimits.h"
#include "kernel/sched.h"
#include "kernel/terminal.h"
#include "kernel/user.h"
#include "launch/program.h"
#include "launch/seccomp_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int
process_tell (struct launch *launch, enum message_kind kind, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_INIT);

	return message_say (&channel, kind, err);
}

int
process_await (
	struct launch *launch, enum message_kind kind, struct message *out, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_INIT);

	return message_expect (&channel, kind, out, err);
}

int
process_start_session (struct launch *launch, struct error *err)
{
	/* EPERM: already a leader, which does as well */
	if (setsid () < 0 && errno != EPERM)
		return fail (err, errno, "start a session");
	return 0;
}

int
process_procfs (struct launch *launch, struct error *err)
{
	if (launch->procfs_fd < 0)
		launch->procfs_fd = procfs_open_private (err);
	return launch->procfs_fd;
}

int
process_join_keyring (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (launch->options->no_new_keyring)
		return 0;
	if (process && process->selinux_label && lsm_has_selinux () &&
		(process_procfs (launch, err) < 0 ||
			lsm_set_key_label (launch->procfs_fd, process->selinux_label, err) < 0))
		return -1;
	return keyring_join (launch->options->id,
		launch->ns.in_user_namespace ? KEYRING_SEARCH_OTHER : KEYRING_SEARCH_USER, err);
}

int
process_hand_over_console (struct launch *launch, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_INIT);
	struct message message = { .kind = MESSAGE_CONSOLE, .n_fds = 1 };

	if (launch->terminal.master < 0)
		return 0;
	message.fds[0] = launch->terminal.master;
	if (message_send (&channel, &message, err) < 0)
		return -1;
	close (take_fd (&launch->terminal.master));
	return terminal_take_over (launch->terminal.slave, err);
}

int
process_connect_to_seccomp_agent (struct launch *launch, struct error *err)
{
	const struct seccomp_plan *seccomp = launch->plan->seccomp;

	if (!seccomp || !seccomp->notifies)
		return 0;
	launch->seccomp_agent = seccomp_agent_connect (seccomp, err);
	return launch->seccomp_agent < 0 ? -1 : 0;
}

int
process_adjust_oom_score (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process || !process->has_oom_score_adj)
		return 0;
	if (process_procfs (launch, err) < 0)
		return -1;
	if (oom_set_score_adj (launch->procfs_fd, process->oom_score_adj, err) < 0)
		return process->at ? error_prefix (err, "%s/oomScoreAdj", process->at) : -1;
	return 0;
}

int
process_set_limits (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? rlimits_apply (0, process->rlimits, process->n_rlimits, err) : 0;
}

int
process_set_scheduler (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? scheduler_apply (&process->scheduler, err) : 0;
}

int
process_set_io_priority (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? io_priority_apply (&process->io_priority, err) : 0;
}

int
process_set_memory_policy (struct launch *launch, struct error *err)
{
	return memory_policy_apply (&launch->plan->memory_policy, err);
}

int
process_set_personality (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? personality_apply (process, err) : 0;
}

int
process_set_label (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process || (!process->selinux_label && !process->apparmor_profile))
		return 0;
	if (process_procfs (launch, err) < 0)
		return -1;
	return lsm_set_exec_label (launch->procfs_fd, process, err);
}

int
process_forbid_new_privileges (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (process && process->no_new_privileges && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail (err, errno, "set no_new_privs");
	return 0;
}

static int
load_filter (struct launch *launch, const char *status, struct error *err)
{
	const struct plan *plan = launch->plan;
	bool is_exec = launch->story == STORY_EXEC;
	autofree char *state = NULL;
	autofree char *process_state = NULL;

	if (!plan->seccomp->notifies)
		return seccomp_load (&launch->seccomp, NULL, err);
	state = launch_state_json (plan, launch->options->id,
		is_exec ? launch->container_pid : launch->host_pid, status);
	process_state = seccomp_agent_process_state (
		plan->seccomp, plan->oci_version, launch->host_pid, state);
	return seccomp_agent_load (
		&launch->seccomp, plan->seccomp, launch->seccomp_agent, process_state, err);
}

int
process_load_seccomp_early (struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (!plan->seccomp || (plan->process && plan->process->no_new_privileges))
		return 0;
	return load_filter (launch, launch->story == STORY_EXEC ? "running" : "creating", err);
}

int
process_drop_bounding_capabilities (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? caps_drop_bounding (&process->capabilities, err) : 0;
}

static bool
is_null_device (int fd)
{
	struct stat st;

	return fstat (fd, &st) == 0 && S_ISCHR (st.st_mode) && st.st_rdev == makedev (1, 3);
}

/* A standard stream that is the host's /dev/null becomes the container's: CRIU can't keep what lies on no
 * mount of the container, and the host's file is not the container's to change. */
int
process_take_own_null (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;
	autofd null = -1;

	if (!process || process->terminal)
		return 0;
	for (int fd = 0; fd < 3; fd++) {
		if (!is_null_device (fd))
			continue;
		if (null < 0)
			null = open ("/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
		/* one that has none, or something else there, keeps ours */
		if (null < 0 || !is_null_device (null))
			return 0;
		if (dup2 (null, fd) < 0)
			return fail (err, errno, "make '/dev/null' descriptor %d", fd);
	}
	return 0;
}

/* So that the program can open /dev/stdout by its path when it is not root. */
int
process_give_standard_streams (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (process && process->uid != 0)
		user_own_stdio (process->uid);
	return 0;
}

int
process_become_user (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process)
		return 0;
	if (process->uid != 0 && caps_keep_over_setuid (err) < 0)
		return -1;
	return user_set_ids (process, launch->options->groups, err);
}

int
process_set_capabilities (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? caps_apply (&process->capabilities, err) : 0;
}

int
process_enter_cwd (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? rootfs_enter_cwd (process->cwd, err) : 0;
}

int
process_set_umask (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	/* as runc and crun: an engine's own umask is no good default */
	umask (process && process->has_umask ? process->umask : 0022);
	return 0;
}

int
process_build_environment (struct launch *launch, struct error *err)
{
	if (!launch->plan->process)
		return 0;
	launch->environment =
		program_environment (launch->plan->process, launch->options->extra_environment);
	return 0;
}

int
process_find_program (struct launch *launch, struct error *err)
{
	if (!launch->plan->process)
		return 0;
	launch->program = program_find (launch->plan->process->args[0], launch->environment, err);
	return launch->program ? 0 : -1;
}

int
process_tell_ready (struct launch *launch, struct error *err)
{
	return process_tell (launch, MESSAGE_READY, err);
}

/* Whatever the caller of davit had open stays out of the container (CVE-2024-21626). Ours are all
 * O_CLOEXEC already. */
int
process_close_inherited_fds (struct launch *launch, struct error *err)
{
	unsigned int first = 3 + (unsigned int) launch->options->preserve_fds;

	if (close_range (first, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	/* before Linux 5.11 there is no such flag */
	for (unsigned int fd = first; fd < (unsigned int) sysconf (_SC_OPEN_MAX); fd++)
		error_ignore (fcntl ((int) fd, F_SETFD, FD_CLOEXEC), "most of them are not open");
	return 0;
}

int
process_reset_signals (struct launch *launch, struct error *err)
{
	sigset_t none;

	/* what our caller ignores (nohup, a shell's background jobs) outlives an exec */
	for (int number = 1; number < 32; number++)
		if (launch->ignored_signals & UINT64_C (1) << (number - 1))
			signal (number, SIG_DFL);
	sigemptyset (&none);
	sigprocmask (SIG_SETMASK, &none, NULL);
	return 0;
}

int
process_load_seccomp_late (struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (!plan->seccomp || !plan->process || !plan->process->no_new_privileges)
		return 0;
	return load_filter (launch, launch->story == STORY_EXEC ? "running" : "created", err);
}

int
process_execute_program (struct launch *launch, struct error *err)
{
	execve (launch->program, launch->plan->process->args, launch->environment);
	return program_exec_failure (launch->program, errno, err);
}

int
process_wait_for_cgroup (struct launch *launch, struct error *err)
{
	if (process_await (launch, MESSAGE_CGROUP_READY, &launch->cgroup_entries, err) < 0)
		return -1;
	launch->host_pid = launch->cgroup_entries.pid;
	/* its way in comes behind the others */
	if (launch->story == STORY_CREATE && launch->plan->cgroup.delegated &&
		launch->cgroup_entries.n_fds > 0)
		launch->delegated_fd = launch->cgroup_entries.fds[--launch->cgroup_entries.n_fds];
	return 0;
}

int
process_enter_cgroup (struct launch *launch, struct error *err)
{
	int r = cgroup_enter (launch->cgroup_entries.fds, launch->cgroup_entries.n_fds, err);

	launch->cgroup_entries.n_fds = 0;
	return r;
}
