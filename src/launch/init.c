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
#include "launch/about.h"
#include "base/auto.h"
#include "base/str.h"
#include "kernel/loopback.h"
#include "kernel/ns.h"
#include "kernel/sysctl.h"
#include "kernel/terminal.h"
#include "launch/gate.h"
#include "launch/hooks.h"
#include "launch/join.h"
#include "launch/process_steps.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
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
wait_for_id_maps (struct launch *launch, struct error *err)
{
	struct message message;

	return launch->ns.maps_ids ? process_await (launch, MESSAGE_IDS_MAPPED, &message, err) : 0;
}

/* Where there is a middle it has done so, and we have it from there. */
static int
adjust_oom_score (struct launch *launch, struct error *err)
{
	return launch->ns.has_middle ? 0 : process_adjust_oom_score (launch, err);
}

static int
make_time_namespace (struct launch *launch, struct error *err)
{
	if (!launch->ns.time_unshare)
		return 0;
	if (process_procfs (launch, err) < 0)
		return -1;
	return ns_make_time (launch->procfs_fd, &launch->plan->namespaces, err);
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
bring_up_loopback (struct launch *launch, struct error *err)
{
	if (launch->plan->namespaces.ns[NS_NETWORK].how != NS_NEW)
		return 0;
	return loopback_up (err);
}

/* The parent moves them: they are in its namespace, and only from there can they leave. */
static int
tell_network_namespace (struct launch *launch, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_INIT);
	struct message message = { .kind = MESSAGE_NETWORK, .n_fds = 1 };
	int r;

	if (launch->plan->n_net_devices == 0)
		return 0;
	message.fds[0] = ns_open ("/proc/self/ns/net", NS_NETWORK, err);
	if (message.fds[0] < 0)
		return -1;
	r = message_send (&channel, &message, err);
	message_close_fds (&message);
	return r;
}

static int
wait_for_network_devices (struct launch *launch, struct error *err)
{
	struct message message;

	if (launch->plan->n_net_devices == 0)
		return 0;
	return process_await (launch, MESSAGE_DEVICES_MOVED, &message, err);
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
	return rootfs_begin (&launch->rootfs, launch->plan, &launch->rootfs_inputs, err);
}

/* Usually those that show control groups come last, and all others are mounted while the parent is at
 * the control groups. */
static int
mount_early (struct launch *launch, struct error *err)
{
	return rootfs_mount_range (
		&launch->rootfs, 0, about_first_cgroup_mount (launch->plan), err);
}

static int
make_cgroup_namespace (struct launch *launch, struct error *err)
{
	if (launch->ns.late_unshare && unshare ((int) launch->ns.late_unshare) < 0)
		return fail (err, errno, "make a cgroup namespace");
	return 0;
}

static int
enter_delegated_cgroup (struct launch *launch, struct error *err)
{
	int fd = take_fd (&launch->delegated_fd);

	if (fd < 0)
		return 0;
	if (cgroup_enter (&fd, 1, err) < 0)
		return error_prefix (err, "%s", launch->plan->cgroup.delegated_at);
	return 0;
}

static int
mount_the_rest (struct launch *launch, struct error *err)
{
	return rootfs_mount_range (&launch->rootfs, about_first_cgroup_mount (launch->plan),
		launch->plan->n_mounts, err);
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
	return process_tell (launch, MESSAGE_RUN_RUNTIME_HOOKS, err);
}

static int
wait_for_runtime_hooks (struct launch *launch, struct error *err)
{
	struct message message;

	if (!has_runtime_hooks (launch->plan))
		return 0;
	return process_await (launch, MESSAGE_HOOKS_DONE, &message, err);
}

static int
run_container_hooks (
	struct launch *launch, enum hook_kind kind, const char *status, struct error *err)
{
	const struct hook_surroundings around = { .interrupt_fd = -1,
		.outputs = launch->hook_outputs };
	const struct plan *plan = launch->plan;
	autofree char *state = NULL;

	if (plan->hooks[kind].n == 0)
		return 0;
	state = launch_state_json (plan, launch->options->id, getpid (), status);
	return hooks_run (&plan->hooks[kind], kind, state, &around, err);
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
	if (process_procfs (launch, err) < 0)
		return -1;
	return sysctl_apply (launch->procfs_fd, plan->sysctls, plan->n_sysctls, err);
}

static int
finish_root (struct launch *launch, struct error *err)
{
	return rootfs_finish (&launch->rootfs, err);
}

static int
compare_fds (const void *a, const void *b)
{
	const unsigned int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A container may wait for long, beside others that share its namespaces: it has nothing open that
 * is not needed any more. */
static int
keep_what_start_needs (struct launch *launch, struct error *err)
{
	/* what is not open is the last number there can be, and nothing lies above it */
	unsigned int kept[] = { (unsigned int) launch->gate_fd,
		(unsigned int) launch->seccomp_agent, ~0u, ~0u };
	unsigned int first = 3 + (unsigned int) launch->options->preserve_fds;

	if (launch->plan->hooks[HOOK_START_CONTAINER].n > 0) {
		kept[2] = (unsigned int) launch->hook_outputs.out;
		kept[3] = (unsigned int) launch->hook_outputs.err;
	}
	auto_close_fd (&launch->terminal.slave);
	launch->procfs_fd = launch->rootfs.root_fd = launch->rootfs.dev_fd = -1;
	qsort (kept, ARRAY_SIZE (kept), sizeof *kept, compare_fds);
	for (size_t i = 0; i <= ARRAY_SIZE (kept) && first != 0; i++) {
		unsigned int end = i < ARRAY_SIZE (kept) ? kept[i] : ~0u;

		if (end > first && close_range (first, end - (end != ~0u), 0) < 0)
			return errno == ENOSYS
				       ? 0
				       : fail (err, errno, "close what is not needed any more");
		first = end + 1;
	}
	return 0;
}

static int
wait_until_recorded (struct launch *launch, struct error *err)
{
	struct message message;

	if (launch->gate_fd < 0)
		return 0;
	if (process_await (launch, MESSAGE_RECORDED, &message, err) < 0)
		return -1;
	launch->ignored_signals = message.ignored_signals;
	/* the parent goes away; from here on errors go to `start` */
	close (take_fd (&launch->sockets[1]));
	return keep_what_start_needs (launch, err);
}

static int
wait_for_start (struct launch *launch, struct error *err)
{
	struct message message;

	if (launch->gate_fd < 0) {
		if (process_await (launch, MESSAGE_START, &message, err) < 0)
			return -1;
		launch->ignored_signals = message.ignored_signals;
		return 0;
	}
	launch->gate_connection = gate_wait (launch->gate_fd, err);
	return launch->gate_connection < 0 ? -1 : 0;
}

static int
run_start_container_hooks (struct launch *launch, struct error *err)
{
	return run_container_hooks (launch, HOOK_START_CONTAINER, "created", err);
}

const struct step init_steps[] = {
	{ "join the namespaces", join_what_is_left, about_joins_of_init },
	{ "make the other namespaces", make_other_namespaces, about_unshare },
	{ "wait: ids are mapped", wait_for_id_maps, about_new_user },
	/* as long as our files in /proc are ours: the kernel gives them to the host's root when our user
	 * changes */
	{ "adjust the oom score", adjust_oom_score, about_oom_score },
	/* also because of those files; and in the user namespace that is to own it */
	{ "make the time namespace", make_time_namespace, about_time },
	{ "become root in the user namespace", become_root, about_user_namespace },
	{ "start a session", process_start_session },
	{ "join the session keyring", process_join_keyring },
	{ "bring up the loopback interface", bring_up_loopback, about_loopback },
	{ "tell: the network namespace", tell_network_namespace, about_moving_net_devices },
	{ "set the host name", set_host_name, about_host_name },
	{ "set the domain name", set_domain_name, about_domain_name },
	{ "prepare the root", prepare_root, about_root },
	{ "mount the file systems", mount_early, about_early_mounts },
	{ "wait: control group is ready", process_wait_for_cgroup },
	{ "enter the control group", process_enter_cgroup },
	/* its root is where we are now */
	{ "make the cgroup namespace", make_cgroup_namespace, about_cgroup_namespace },
	/* below it, so that the container can see what its limits are */
	{ "enter the delegated control group", enter_delegated_cgroup, about_delegated },
	{ "mount the other file systems", mount_the_rest, about_late_mounts },
	{ "make the devices", make_devices, about_devices },
	/* its pty is of the devpts that is mounted now */
	{ "open the terminal", open_terminal, about_terminal },
	{ "tell: the console", process_hand_over_console, about_terminal },
	/* before hooks and sysctls, which may be about them */
	{ "wait: network devices are there", wait_for_network_devices, about_moving_net_devices },
	/* the runtime's hooks see the mounts made and the host's root still there */
	{ "tell: run the runtime hooks", ask_for_runtime_hooks, about_waiting_for_hooks },
	{ "wait: hooks have run", wait_for_runtime_hooks, about_waiting_for_hooks },
	/* its socket is a path of the host */
	{ "connect to the seccomp agent", process_connect_to_seccomp_agent, about_seccomp_agent },
	/* they resolve their paths on the host, and may mount in the root: it is not read-only yet */
	{ "run the createContainer hooks", run_create_container_hooks,
		about_create_container_hooks },
	{ "pivot into the root", enter_root },
	/* before /proc/sys is made read-only, though the private procfs would not mind */
	{ "write the sysctls", write_sysctls, about_sysctls },
	{ "hide paths and close the root", finish_root, about_hidden_paths },
	/* before limits, labels and filters that may be against it */
	{ "take the container's null device", process_take_own_null },
	/* these take rights that the user may not have */
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
	/* needs CAP_SETPCAP, which the user's set may not have */
	{ "drop the bounding capabilities", process_drop_bounding_capabilities, about_bounding },
	{ "become the user", process_become_user, about_user },
	{ "set the capabilities", process_set_capabilities, about_capabilities },
	/* as the user: a directory that only root may enter is not entered for him (CVE-2024-21626) */
	{ "enter the working directory", process_enter_cwd, about_cwd },
	{ "set the umask", process_set_umask },
	{ "build the environment", process_build_environment, about_process },
	{ "find the program", process_find_program, about_process },
	{ "tell: ready", process_tell_ready },
	/* before that nobody could find us should the parent die */
	{ "wait: recorded", wait_until_recorded },
	{ "wait: start", wait_for_start },
	{ "run the startContainer hooks", run_start_container_hooks, about_start_container_hooks },
	{ "close inherited file descriptors", process_close_inherited_fds },
	{ "reset the signals", process_reset_signals },
	/* with no_new_privs a filter can go in last, and needs to allow little more than execve */
	{ "load seccomp", process_load_seccomp_late, about_seccomp_late },
	{ "execute the program", process_execute_program, about_program },
	{ NULL },
};

_Noreturn void
init_main (struct launch *launch)
{
	struct error err;

	error_ignore (steps_run (ACTOR_INIT, launch, &err), "it returns only when a step failed");
	/* between create and start there is nobody to tell: `start` will hear of it */
	if (launch->gate_fd >= 0 && launch->sockets[1] < 0 && launch->gate_connection < 0) {
		struct error gate_error;

		launch->gate_connection = gate_wait (launch->gate_fd, &gate_error);
	}
	if (launch->gate_connection >= 0) {
		gate_fail (launch->gate_connection, &err);
	} else if (launch->sockets[1] >= 0) {
		struct channel channel = launch_channel (launch, ACTOR_INIT);

		message_send_failure (&channel, &err);
	}
	_exit (1);
}
