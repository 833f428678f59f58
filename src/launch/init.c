/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Init: the container's first process, which becomes the user's program. It begins in the new
 * namespaces that clone gave it, with all rights inside them and a view of the host's files; makes
 * the rest of its namespaces; builds the file system; leaves the host's; gives up its rights one by
 * one; and executes the program. The parent waits for its messages with an eye on its pidfd.
 *
 * After the root is entered everything that is looked at may be the work of the image.
 */
#include "launch/launch.h"
#include "base/auto.h"
#include "base/str.h"
#include "kernel/caps.h"
#include "kernel/keyring.h"
#include "kernel/loopback.h"
#include "kernel/lsm.h"
#include "kernel/oom.h"
#include "kernel/personality.h"
#include "kernel/procfs.h"
#include "kernel/rlimits.h"
#include "kernel/sched.h"
#include "kernel/sysctl.h"
#include "kernel/terminal.h"
#include "kernel/user.h"
#include "launch/gate.h"
#include "launch/hooks.h"
#include "launch/join.h"
#include "launch/program.h"
#include "launch/protocol.h"
#include "launch/seccomp_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int
join_what_is_left (struct launch *launch, struct error *err)
{
	return launch->ns.has_middle ? 0 : join_namespaces (launch, err);
}

static int
make_other_namespaces (struct launch *launch, struct error *err)
{
	if (!launch->ns.init_unshare)
		return 0;
	if (unshare ((int) launch->ns.init_unshare) < 0)
		return fail (err, errno, "make network and ipc namespaces");
	return 0;
}

static int
await (struct launch *launch, enum message_kind kind, struct message *out, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_INIT);

	return message_expect (&channel, kind, out, err);
}

static int
tell (struct launch *launch, enum message_kind kind, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_INIT);

	return message_say (&channel, kind, err);
}

static int
wait_for_id_maps (struct launch *launch, struct error *err)
{
	struct message message;

	return launch->ns.maps_ids ? await (launch, MESSAGE_IDS_MAPPED, &message, err) : 0;
}

/* Files are made as the user namespace's root; with an unmapped id the kernel would refuse. */
static int
become_root (struct launch *launch, struct error *err)
{
	if (!launch->ns.in_user_namespace)
		return 0;
	if (setresgid (0, 0, 0) < 0 || setresuid (0, 0, 0) < 0)
		return fail_hint (err, errno, "linux.uidMappings and gidMappings must map id 0",
			"become root in the user namespace");
	return 0;
}

static int
start_session (struct launch *launch, struct error *err)
{
	/* EPERM: already a leader, which does as well */
	if (setsid () < 0 && errno != EPERM)
		return fail (err, errno, "start a session");
	return 0;
}

static int
own_procfs (struct launch *launch, struct error *err)
{
	if (launch->procfs_fd < 0)
		launch->procfs_fd = procfs_open_private (err);
	return launch->procfs_fd;
}

static int
join_keyring (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (launch->options->no_new_keyring)
		return 0;
	if (process && process->selinux_label && lsm_has_selinux () &&
		(own_procfs (launch, err) < 0 ||
			lsm_set_key_label (launch->procfs_fd, process->selinux_label, err) < 0))
		return -1;
	return keyring_join (launch->options->id,
		launch->ns.in_user_namespace ? KEYRING_SEARCH_OTHER : KEYRING_SEARCH_USER, err);
}

static int
bring_up_loopback (struct launch *launch, struct error *err)
{
	if (launch->plan->namespaces.ns[NS_NETWORK].how != NS_NEW)
		return 0;
	return loopback_up (err);
}

static int
set_host_name (struct launch *launch, struct error *err)
{
	const char *name = launch->plan->hostname;

	if (name && sethostname (name, strlen (name)) < 0)
		return fail (err, errno, "set the host name '%s'", name);
	return 0;
}

static int
set_domain_name (struct launch *launch, struct error *err)
{
	const char *name = launch->plan->domainname;

	if (name && setdomainname (name, strlen (name)) < 0)
		return fail (err, errno, "set the domain name '%s'", name);
	return 0;
}

static int
prepare_root (struct launch *launch, struct error *err)
{
	/* modes of what is made are exactly those asked for; the program's own umask comes later */
	umask (0);
	return rootfs_begin (&launch->rootfs, launch->plan, &launch->rootfs_inputs, err);
}

/* What shows control groups needs them there, and the cgroup namespace. Usually it comes last, and
 * all before it is mounted while the parent is at the control groups. */
static size_t
first_cgroup_mount (const struct plan *plan)
{
	size_t i = 0;

	while (i < plan->n_mounts &&
		!(plan->mounts[i].type && str_starts (plan->mounts[i].type, "cgroup")))
		i++;
	return i;
}

static int
mount_early (struct launch *launch, struct error *err)
{
	return rootfs_mount_range (&launch->rootfs, 0, first_cgroup_mount (launch->plan), err);
}

static int
wait_for_cgroup (struct launch *launch, struct error *err)
{
	if (await (launch, MESSAGE_CGROUP_READY, &launch->cgroup_entries, err) < 0)
		return -1;
	launch->host_pid = launch->cgroup_entries.pid;
	return 0;
}

static int
enter_cgroup (struct launch *launch, struct error *err)
{
	int r = cgroup_enter (launch->cgroup_entries.fds, launch->cgroup_entries.n_fds, err);

	launch->cgroup_entries.n_fds = 0;
	return r;
}

static int
make_cgroup_namespace (struct launch *launch, struct error *err)
{
	if (launch->ns.late_unshare && unshare ((int) launch->ns.late_unshare) < 0)
		return fail (err, errno, "make a cgroup namespace");
	return 0;
}

static int
mount_the_rest (struct launch *launch, struct error *err)
{
	return rootfs_mount_range (
		&launch->rootfs, first_cgroup_mount (launch->plan), launch->plan->n_mounts, err);
}

static int
make_devices (struct launch *launch, struct error *err)
{
	return rootfs_make_devices (&launch->rootfs, err);
}

static int
open_terminal (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;
	int root_fd = launch->rootfs.root_fd;

	if (!process || !process->terminal)
		return 0;
	if (terminal_open (root_fd, process, &launch->terminal, err) < 0)
		return -1;
	return rootfs_bind_fd_over (root_fd, "dev/console", launch->terminal.slave, err);
}

static int
hand_over_console (struct launch *launch, struct error *err)
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

static bool
has_runtime_hooks (const struct plan *plan)
{
	return plan->hooks[HOOK_PRESTART].n + plan->hooks[HOOK_CREATE_RUNTIME].n > 0;
}

static int
ask_for_runtime_hooks (struct launch *launch, struct error *err)
{
	if (!has_runtime_hooks (launch->plan))
		return 0;
	return tell (launch, MESSAGE_RUN_RUNTIME_HOOKS, err);
}

static int
wait_for_runtime_hooks (struct launch *launch, struct error *err)
{
	struct message message;

	if (!has_runtime_hooks (launch->plan))
		return 0;
	return await (launch, MESSAGE_HOOKS_DONE, &message, err);
}

static int
connect_to_seccomp_agent (struct launch *launch, struct error *err)
{
	const struct seccomp_plan *seccomp = launch->plan->seccomp;

	if (!seccomp || !seccomp->notifies)
		return 0;
	launch->seccomp_agent = seccomp_agent_connect (seccomp, err);
	return launch->seccomp_agent < 0 ? -1 : 0;
}

static int
run_container_hooks (
	struct launch *launch, enum hook_kind kind, const char *status, struct error *err)
{
	const struct plan *plan = launch->plan;
	autofree char *state = NULL;

	if (plan->hooks[kind].n == 0)
		return 0;
	state = launch_state_json (plan, launch->options->id, getpid (), status);
	return hooks_run (&plan->hooks[kind], kind, state, -1, err);
}

static int
run_create_container_hooks (struct launch *launch, struct error *err)
{
	return run_container_hooks (launch, HOOK_CREATE_CONTAINER, "creating", err);
}

static int
enter_root (struct launch *launch, struct error *err)
{
	return rootfs_enter (&launch->rootfs, err);
}

static int
write_sysctls (struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (plan->n_sysctls == 0)
		return 0;
	if (own_procfs (launch, err) < 0)
		return -1;
	return sysctl_apply (launch->procfs_fd, plan->sysctls, plan->n_sysctls, err);
}

static int
finish_root (struct launch *launch, struct error *err)
{
	return rootfs_finish (&launch->rootfs, err);
}

static int
adjust_oom_score (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process || !process->has_oom_score_adj)
		return 0;
	if (own_procfs (launch, err) < 0)
		return -1;
	if (oom_set_score_adj (launch->procfs_fd, process->oom_score_adj, err) < 0)
		return error_prefix (err, "%s/oomScoreAdj", process->at);
	return 0;
}

static int
set_limits (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? rlimits_apply (0, process->rlimits, process->n_rlimits, err) : 0;
}

static int
set_scheduler (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? scheduler_apply (&process->scheduler, err) : 0;
}

static int
set_io_priority (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? io_priority_apply (&process->io_priority, err) : 0;
}

static int
set_personality (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? personality_apply (process, err) : 0;
}

static int
set_label (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process || (!process->selinux_label && !process->apparmor_profile))
		return 0;
	if (own_procfs (launch, err) < 0)
		return -1;
	return lsm_set_exec_label (launch->procfs_fd, process, err);
}

static int
forbid_new_privileges (struct launch *launch, struct error *err)
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
	autofree char *state = NULL;
	autofree char *process_state = NULL;

	if (!plan->seccomp->notifies)
		return seccomp_load (&launch->seccomp, NULL, err);
	state = launch_state_json (plan, launch->options->id, launch->host_pid, status);
	process_state = seccomp_agent_process_state (
		plan->seccomp, plan->oci_version, launch->host_pid, state);
	return seccomp_agent_load (
		&launch->seccomp, plan->seccomp, launch->seccomp_agent, process_state, err);
}

static int
load_seccomp_early (struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (!plan->seccomp || (plan->process && plan->process->no_new_privileges))
		return 0;
	return load_filter (launch, "creating", err);
}

static int
drop_bounding_capabilities (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? caps_drop_bounding (&process->capabilities, err) : 0;
}

/* So that the program can open /dev/stdout by its path when it is not root. */
static int
give_standard_streams (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (process && process->uid != 0)
		user_own_stdio (process->uid);
	return 0;
}

static int
become_user (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process)
		return 0;
	if (process->uid != 0 && caps_keep_over_setuid (err) < 0)
		return -1;
	return user_set_ids (process, launch->options->groups, err);
}

static int
set_capabilities (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? caps_apply (&process->capabilities, err) : 0;
}

static int
enter_cwd (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	return process ? rootfs_enter_cwd (process->cwd, err) : 0;
}

static int
set_umask (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	/* as runc and crun: an engine's own umask is no good default */
	umask (process && process->has_umask ? process->umask : 0022);
	return 0;
}

static int
build_environment (struct launch *launch, struct error *err)
{
	if (!launch->plan->process)
		return 0;
	launch->environment =
		program_environment (launch->plan->process, launch->options->extra_environment);
	return 0;
}

static int
find_program (struct launch *launch, struct error *err)
{
	if (!launch->plan->process)
		return 0;
	launch->program = program_find (launch->plan->process->args[0], launch->environment, err);
	return launch->program ? 0 : -1;
}

static int
tell_ready (struct launch *launch, struct error *err)
{
	return tell (launch, MESSAGE_READY, err);
}

static int
wait_until_recorded (struct launch *launch, struct error *err)
{
	struct message message;

	if (launch->gate_fd < 0)
		return 0;
	if (await (launch, MESSAGE_RECORDED, &message, err) < 0)
		return -1;
	/* the parent goes away; from here on errors go to `start` */
	close (take_fd (&launch->sockets[1]));
	return 0;
}

static int
wait_for_start (struct launch *launch, struct error *err)
{
	struct message message;

	if (launch->gate_fd < 0)
		return await (launch, MESSAGE_START, &message, err);
	launch->gate_connection = gate_wait (launch->gate_fd, err);
	return launch->gate_connection < 0 ? -1 : 0;
}

static int
run_start_container_hooks (struct launch *launch, struct error *err)
{
	return run_container_hooks (launch, HOOK_START_CONTAINER, "created", err);
}

/* Whatever the caller of davit had open stays out of the container (CVE-2024-21626). Ours are all
 * O_CLOEXEC already. */
static int
close_inherited_fds (struct launch *launch, struct error *err)
{
	unsigned int first = 3 + (unsigned int) launch->options->preserve_fds;

	if (close_range (first, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	/* before Linux 5.11 there is no such flag */
	for (unsigned int fd = first; fd < (unsigned int) sysconf (_SC_OPEN_MAX); fd++)
		error_ignore (fcntl ((int) fd, F_SETFD, FD_CLOEXEC), "most of them are not open");
	return 0;
}

static int
reset_signals (struct launch *launch, struct error *err)
{
	sigset_t none;

	sigemptyset (&none);
	sigprocmask (SIG_SETMASK, &none, NULL);
	return 0;
}

static int
load_seccomp_late (struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (!plan->seccomp || !plan->process || !plan->process->no_new_privileges)
		return 0;
	return load_filter (launch, "created", err);
}

static int
execute_program (struct launch *launch, struct error *err)
{
	execve (launch->program, launch->plan->process->args, launch->environment);
	return program_exec_failure (launch->program, errno, err);
}

const struct step init_steps[] = {
	{ "join the namespaces", join_what_is_left },
	{ "make the other namespaces", make_other_namespaces },
	{ "wait: ids are mapped", wait_for_id_maps },
	{ "become root in the user namespace", become_root },
	{ "start a session", start_session },
	{ "join the session keyring", join_keyring },
	{ "bring up the loopback interface", bring_up_loopback },
	{ "set the host name", set_host_name },
	{ "set the domain name", set_domain_name },
	{ "prepare the root", prepare_root },
	{ "mount the file systems", mount_early },
	{ "wait: control group is ready", wait_for_cgroup },
	{ "enter the control group", enter_cgroup },
	/* its root is where we are now */
	{ "make the cgroup namespace", make_cgroup_namespace },
	{ "mount the other file systems", mount_the_rest },
	{ "make the devices", make_devices },
	/* its pty is of the devpts that is mounted now */
	{ "open the terminal", open_terminal },
	{ "tell: the console", hand_over_console },
	/* the runtime's hooks see the mounts made and the host's root still there */
	{ "tell: run the runtime hooks", ask_for_runtime_hooks },
	{ "wait: hooks have run", wait_for_runtime_hooks },
	/* its socket is a path of the host */
	{ "connect to the seccomp agent", connect_to_seccomp_agent },
	/* they resolve their paths on the host, and may mount in the root: it is not read-only yet */
	{ "run the createContainer hooks", run_create_container_hooks },
	{ "pivot into the root", enter_root },
	/* before /proc/sys is made read-only, though the private procfs would not mind */
	{ "write the sysctls", write_sysctls },
	{ "hide paths and close the root", finish_root },
	/* these take rights that the user may not have */
	{ "adjust the oom score", adjust_oom_score },
	{ "set the resource limits", set_limits },
	{ "set the scheduler", set_scheduler },
	{ "set the io priority", set_io_priority },
	{ "set the personality", set_personality },
	{ "set the security label", set_label },
	{ "forbid new privileges", forbid_new_privileges },
	/* without no_new_privs a filter needs CAP_SYS_ADMIN, so it goes in before the caps drop */
	{ "load seccomp early", load_seccomp_early },
	{ "give the user the standard streams", give_standard_streams },
	/* needs CAP_SETPCAP, which the user's set may not have */
	{ "drop the bounding capabilities", drop_bounding_capabilities },
	{ "become the user", become_user },
	{ "set the capabilities", set_capabilities },
	/* as the user: a directory that only root may enter is not entered for him (CVE-2024-21626) */
	{ "enter the working directory", enter_cwd },
	{ "set the umask", set_umask },
	{ "build the environment", build_environment },
	{ "find the program", find_program },
	{ "tell: ready", tell_ready },
	/* before that nobody could find us should the parent die */
	{ "wait: recorded", wait_until_recorded },
	{ "wait: start", wait_for_start },
	{ "run the startContainer hooks", run_start_container_hooks },
	{ "close inherited file descriptors", close_inherited_fds },
	{ "reset the signals", reset_signals },
	/* with no_new_privs a filter can go in last, and needs to allow little more than execve */
	{ "load seccomp", load_seccomp_late },
	{ "execute the program", execute_program },
	{ NULL },
};

_Noreturn void
init_main (struct launch *launch)
{
	struct error err;

	error_ignore (steps_run (ACTOR_INIT, launch, &err), "it returns only when a step failed");
	if (launch->gate_connection >= 0) {
		gate_fail (launch->gate_connection, &err);
	} else if (launch->sockets[1] >= 0) {
		struct channel channel = launch_channel (launch, ACTOR_INIT);

		message_send_failure (&channel, &err);
	}
	_exit (1);
}
