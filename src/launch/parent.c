/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The parent: `davit create` or `davit run` itself. It is in the host's namespaces with the caller's
 * rights. It makes what has to be made from outside (control group, id maps), starts the children,
 * and does for init what needs the host: hooks of the runtime, handing on the console. Nobody waits
 * for it but init; it waits for init with an eye on its pidfd.
 */
#include "launch/parent.h"
#include "launch/about.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/syscalls.h"
#include "kernel/idmap.h"
#include "kernel/lsm.h"
#include "kernel/mount_source.h"
#include "kernel/ns.h"
#include "kernel/terminal.h"
#include "launch/delegation.h"
#include "launch/gate.h"
#include "launch/hooks.h"
#include "launch/protocol.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int
expect (struct launch *launch, enum message_kind kind, struct message *out, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_PARENT);

	return message_expect (&channel, kind, out, err);
}

static int
tell (struct launch *launch, enum message_kind kind, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_PARENT);

	return message_say (&channel, kind, err);
}

int
parent_check_the_labels (struct launch *launch, struct error *err)
{
	const struct process_plan *process = launch->plan->process;

	if (!process)
		return 0;
	return lsm_check (process, launch->plan->mount_label, err);
}

static int
open_namespaces (struct launch *launch, struct error *err)
{
	for (size_t i = 0; i < launch->ns.n_joins; i++) {
		enum ns_kind kind = launch->ns.joins[i];
		const struct namespace_plan *ns = &launch->plan->namespaces.ns[kind];

		launch->join_fds[i] = ns_open (ns->path, kind, err);
		if (launch->join_fds[i] < 0)
			return ns->at ? error_prefix (err, "%s", ns->at) : -1;
	}
	return 0;
}

int
parent_compile_seccomp (struct launch *launch, struct error *err)
{
	if (!launch->plan->seccomp)
		return 0;
	return seccomp_compile (
		launch->plan->seccomp, launch->options->seccomp_cache, &launch->seccomp, err);
}

/* What a child in a user namespace can't open, or can't idmap. */
static int
open_mount_sources (struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;
	/* an ordinary user may clone trees only once he is root of a user namespace, as the child is */
	bool may_clone_trees = launch->ns.maps_ids && geteuid () == 0;

	for (size_t i = 0; i < plan->n_mounts; i++) {
		if (!mount_source_is_needed (&plan->mounts[i], may_clone_trees))
			continue;
		if (!launch->source_fds) {
			launch->source_fds = xmalloc (plan->n_mounts * sizeof *launch->source_fds);
			for (size_t k = 0; k < plan->n_mounts; k++)
				launch->source_fds[k] = -1;
		}
		launch->source_fds[i] = mount_source_open (&plan->mounts[i], err);
		if (launch->source_fds[i] < 0)
			return -1;
	}
	return 0;
}

_Static_assert(MESSAGE_FDS >= CGROUP_ENTRIES_MAX, "the way into each hierarchy fits a message");

static int
gather_root_inputs (struct launch *launch, struct error *err)
{
	struct rootfs_inputs *inputs = &launch->rootfs_inputs;
	struct hierarchy *hierarchies = NULL;

	if (launch->cgroup)
		inputs->n_hierarchies = cgroup_list_hierarchies (launch->cgroup, &hierarchies);
	inputs->hierarchies = hierarchies;
	inputs->source_fds = launch->source_fds;
	inputs->in_userns = launch->ns.in_user_namespace || !launch->options->privileged;
	inputs->no_pivot = launch->options->no_pivot;
	inputs->mount_label =
		launch->plan->mount_label && lsm_has_selinux () ? launch->plan->mount_label : NULL;
	return 0;
}

static int
open_the_files_of_hooks (struct launch *launch, struct error *err)
{
	return hook_outputs_open (launch->plan, &launch->hook_outputs, err);
}

static int
make_the_gate (struct launch *launch, struct error *err)
{
	if (!launch->options->has_gate)
		return 0;
	launch->gate_fd = gate_make (launch->options->state_fd, err);
	return launch->gate_fd < 0 ? -1 : 0;
}

/* The child is born in the cgroup2 directory. The others are made while it is at its own work. */
static int
prepare_birthplace (struct launch *launch, struct error *err)
{
	return launch->cgroup ? cgroup_prepare_birth (launch->cgroup, err) : 0;
}

static _Noreturn void
child_main (struct launch *launch)
{
	/* a copy of the first would hold the parent's lock of the state directory for as long as init
	 * waits, and of the second hide the parent's end; mostly their numbers follow each other */
	const int not_ours[] = { launch->options->state_fd, take_fd (&launch->sockets[0]) };

	fd_close_all (not_ours, ARRAY_SIZE (not_ours));
	if (launch->plan->hooks[HOOK_CREATE_CONTAINER].n +
			launch->plan->hooks[HOOK_START_CONTAINER].n ==
		0)
		hook_outputs_close (&launch->hook_outputs);
	if (launch->ns.has_middle)
		middle_main (launch);
	init_main (launch);
}

/* The container has divided its cgroup, so that only those below hold processes. */
static bool
goes_beside_init (struct launch *launch)
{
	struct error ignored;

	return launch->story == STORY_EXEC && !launch->options->cgroup_is_chosen &&
	       cgroup_go_beside (launch->cgroup, launch->container_pid, &ignored) > 0;
}

/* Where the kernel won't have a child born there (a threaded or a busy cgroup, or before Linux 5.7)
 * it enters later, as it does with the other hierarchies. */
static pid_t
clone_child (struct launch *launch, struct clone_args *args)
{
	int born_in = launch->cgroup ? cgroup_clone_fd (launch->cgroup) : -1;

	launch->birth = CGROUP_BORN_OUTSIDE;
	if (born_in >= 0) {
		struct clone_args inside = *args;
		pid_t pid;

		inside.flags |= CLONE_INTO_CGROUP;
		inside.cgroup = (uint64_t) born_in;
		launch->birth = CGROUP_BORN_INSIDE;
		pid = sys_clone3 (&inside);
		if (pid < 0 && errno == EBUSY && goes_beside_init (launch)) {
			inside.cgroup = (uint64_t) cgroup_clone_fd (launch->cgroup);
			pid = sys_clone3 (&inside);
		}
		if (pid >= 0)
			return pid;
		launch->birth = CGROUP_BORN_OUTSIDE;
	}
	return sys_clone3 (args);
}

int
parent_start_children (struct launch *launch, struct error *err)
{
	bool middle = launch->ns.has_middle;
	struct clone_args args = {
		.flags = CLONE_PIDFD | (middle ? 0 : launch->ns.clone_flags),
		.pidfd = (uint64_t) (uintptr_t) &launch->init_pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, launch->sockets) < 0)
		return fail (err, errno, "make a socket pair");
	pid = clone_child (launch, &args);
	if (pid == 0)
		child_main (launch);
	if (pid < 0)
		return fail_hint (err, errno,
			errno == EPERM ? "new namespaces need CAP_SYS_ADMIN or a user namespace"
				       : "clone3 needs Linux 5.3 and room for namespaces",
			"start the container's first process");
	close (take_fd (&launch->sockets[1]));
	*(middle ? &launch->middle_pid : &launch->init_pid) = pid;
	return 0;
}

/* The middle has made init our child. Until init is known it is the middle's pidfd we watch. */
int
parent_learn_who_init_is (struct launch *launch, struct error *err)
{
	struct message message;

	if (!launch->ns.has_middle)
		return 0;
	if (expect (launch, MESSAGE_INIT_PID, &message, err) < 0)
		return -1;
	launch->init_pid = message.pid;
	close (take_fd (&launch->init_pidfd));
	launch->init_pidfd = pidfd_open (launch->init_pid, 0);
	if (launch->init_pidfd < 0)
		return fail (err, errno, "open a pidfd of process %d", (int) launch->init_pid);
	while (waitpid (launch->middle_pid, NULL, 0) < 0 && errno == EINTR)
		;
	launch->middle_pid = 0;
	return 0;
}

static int
map_ids (struct launch *launch, struct error *err)
{
	if (!launch->ns.maps_ids)
		return 0;
	/* root of some user namespace is enough: the maps are of a namespace below it */
	return idmap_write (launch->init_pid, &launch->plan->namespaces.id_maps,
		geteuid () == 0 ? IDMAP_PRIVILEGED : IDMAP_UNPRIVILEGED, err);
}

static int
tell_ids_are_mapped (struct launch *launch, struct error *err)
{
	if (!launch->ns.maps_ids)
		return 0;
	return tell (launch, MESSAGE_IDS_MAPPED, err);
}

static int
make_cgroup (struct launch *launch, struct error *err)
{
	return launch->cgroup ? cgroup_create (launch->cgroup, err) : 0;
}

static int
give_cgroup_away (struct launch *launch, struct error *err)
{
	uid_t uid;

	if (!launch->cgroup || !delegation_owner (launch->plan, &uid) ||
		cgroup_delegate (launch->cgroup, uid, err) == 0)
		return 0;
	/* who has not the right to give it away need not: what is asked for is a "should" */
	return !launch->options->privileged && (err->code == EPERM || err->code == EACCES) ? 0 : -1;
}

static int
make_delegated_cgroup (struct launch *launch, struct error *err)
{
	const struct cgroup_plan *plan = &launch->plan->cgroup;
	uid_t uid;

	if (!launch->cgroup || !plan->delegated)
		return 0;
	if (!delegation_user (launch->plan, &uid))
		return fail (err, 0, "%s: the container's user is not mapped to one of the host",
			plan->delegated_at);
	launch->delegated_fd = cgroup_open_delegated (launch->cgroup, uid, err);
	return launch->delegated_fd < 0 ? error_prefix (err, "%s", plan->delegated_at) : 0;
}

/* While init was in the container's own cgroup that was not to be divided. */
static int
divide_cgroup (struct launch *launch, struct error *err)
{
	return launch->cgroup && launch->plan->cgroup.delegated
		       ? cgroup_divide (launch->cgroup, err)
		       : 0;
}

static int
limit_cgroup (struct launch *launch, struct error *err)
{
	return launch->cgroup ? cgroup_apply (launch->cgroup, &launch->plan->cgroup.resources, err)
			      : 0;
}

static int
make_resctrl_group (struct launch *launch, struct error *err)
{
	const struct rdt_place *place = &launch->options->rdt;
	const struct rdt_plan *plan = launch->plan->rdt;

	if (!plan)
		return 0;
	if (rdt_make_group (place, plan, &launch->rdt_made, err) < 0 ||
		rdt_make_monitor (place, &launch->rdt_made, err) < 0)
		return error_prefix (err, "%s", plan->at);
	return 0;
}

int
parent_assign_to_resctrl (struct launch *launch, struct error *err)
{
	const struct rdt_plan *plan = launch->plan->rdt;

	if (!plan)
		return 0;
	if (rdt_add_process (&launch->options->rdt, launch->init_pid, err) < 0)
		return error_prefix (err, "%s", plan->at);
	return 0;
}

/* Init enters by itself, through the fds that come with the message: that is quicker by an RCU grace
 * period than moving it (cgroup/manager.h). */
int
parent_tell_cgroup_is_ready (struct launch *launch, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_PARENT);
	struct message message = { .kind = MESSAGE_CGROUP_READY, .pid = launch->init_pid };
	int n = 0;
	int r;

	if (launch->cgroup &&
		cgroup_settle (launch->cgroup, launch->init_pid, &launch->birth, err) < 0)
		return -1;
	if (launch->cgroup)
		n = cgroup_open_entries (launch->cgroup, launch->birth, message.fds, err);
	if (n < 0)
		return -1;
	/* on a host where there is one, the cgroup has a single hierarchy */
	if (launch->delegated_fd >= 0)
		message.fds[n++] = take_fd (&launch->delegated_fd);
	message.n_fds = (size_t) n;
	r = message_send (&channel, &message, err);
	message_close_fds (&message);
	return r;
}

static int
do_what_has_time (struct launch *launch, struct error *err)
{
	const struct launch_options *options = launch->options;

	return options->while_init_works ? options->while_init_works (options->data, err) : 0;
}

static int
wait_for_network_namespace (struct launch *launch, struct error *err)
{
	struct message message;

	if (launch->plan->n_net_devices == 0)
		return 0;
	if (expect (launch, MESSAGE_NETWORK, &message, err) < 0)
		return -1;
	if (message.n_fds != 1)
		return fail (err, EPROTO, "the network namespace came without a file descriptor");
	launch->network_fd = message.fds[0];
	return 0;
}

static int
move_network_devices (struct launch *launch, struct error *err)
{
	const struct plan *plan = launch->plan;

	if (plan->n_net_devices == 0)
		return 0;
	return netdev_move (plan->net_devices, plan->n_net_devices, launch->network_fd,
		&launch->net_moves, err);
}

static int
tell_devices_are_there (struct launch *launch, struct error *err)
{
	if (launch->plan->n_net_devices == 0)
		return 0;
	auto_close_fd (&launch->network_fd);
	return tell (launch, MESSAGE_DEVICES_MOVED, err);
}

int
parent_take_the_console (struct launch *launch, struct error *err)
{
	struct message message;

	if (!launch->plan->process || !launch->plan->process->terminal)
		return 0;
	if (expect (launch, MESSAGE_CONSOLE, &message, err) < 0)
		return -1;
	if (message.n_fds != 1)
		return fail (err, EPROTO, "the console came without a file descriptor");
	launch->console_fd = message.fds[0];
	if (!launch->options->console_socket)
		return 0;
	if (terminal_send_master (launch->options->console_socket, launch->console_fd, err) < 0)
		return -1;
	close (take_fd (&launch->console_fd));
	return 0;
}

static bool
has_runtime_hooks (const struct plan *plan)
{
	return plan->hooks[HOOK_PRESTART].n + plan->hooks[HOOK_CREATE_RUNTIME].n > 0;
}

static int
wait_for_hooks_turn (struct launch *launch, struct error *err)
{
	struct message message;

	if (!has_runtime_hooks (launch->plan))
		return 0;
	return expect (launch, MESSAGE_RUN_RUNTIME_HOOKS, &message, err);
}

static int
run_runtime_hooks (struct launch *launch, struct error *err)
{
	const struct hook_surroundings around = { .interrupt_fd = launch->interrupt_fd,
		.outputs = launch->hook_outputs };
	const struct plan *plan = launch->plan;
	autofree char *state = NULL;

	if (!has_runtime_hooks (plan))
		return 0;
	launch->hooks_began = true;
	state = launch_state_json (plan, launch->options->id, launch->init_pid, "creating");
	if (hooks_run (&plan->hooks[HOOK_PRESTART], HOOK_PRESTART, state, &around, err) < 0)
		return -1;
	return hooks_run (
		&plan->hooks[HOOK_CREATE_RUNTIME], HOOK_CREATE_RUNTIME, state, &around, err);
}

static int
tell_hooks_have_run (struct launch *launch, struct error *err)
{
	if (!has_runtime_hooks (launch->plan))
		return 0;
	return tell (launch, MESSAGE_HOOKS_DONE, err);
}

int
parent_wait_for_init (struct launch *launch, struct error *err)
{
	struct message message;

	/* from here on init runs hooks of its own */
	launch->hooks_began |= launch->plan->hooks[HOOK_CREATE_CONTAINER].n > 0;
	return expect (launch, MESSAGE_READY, &message, err);
}

int
parent_send_the_pidfd (struct launch *launch, struct error *err)
{
	autofd socket = -1;

	if (!launch->options->pidfd_socket)
		return 0;
	socket = fd_connect_unix (launch->options->pidfd_socket, SOCK_STREAM, err);
	if (socket < 0)
		return -1;
	/* the receiver reads a name and the fd, as with console sockets */
	return fd_send_with_fds (socket, "pidfd", 5, &launch->init_pidfd, 1, err);
}

const struct step parent_steps[] = {
	{ "check the labels", parent_check_the_labels, about_labels },
	{ "open the namespaces to join", open_namespaces, about_joins },
	{ "compile the seccomp filter", parent_compile_seccomp, about_seccomp },
	{ "open the sources of mounts", open_mount_sources, about_mount_sources },
	{ "gather what the root needs", gather_root_inputs },
	{ "open the files of hooks", open_the_files_of_hooks, about_hook_outputs },
	{ "make the gate", make_the_gate },
	{ "make the control group to be born in", prepare_birthplace, about_cgroup },
	{ "start the first process", parent_start_children, about_clone },
	{ "wait: who init is", parent_learn_who_init_is, about_middle },
	{ "map the ids", map_ids, about_id_maps },
	{ "tell: ids are mapped", tell_ids_are_mapped, about_new_user },
	{ "make the control group", make_cgroup, about_cgroup },
	{ "give the control group to its user", give_cgroup_away, about_delegation },
	{ "limit the control group", limit_cgroup, about_limits },
	{ "make the delegated control group", make_delegated_cgroup, about_delegated },
	{ "make the resctrl group", make_resctrl_group, about_rdt },
	/* before it has children, who would have to be told one by one */
	{ "assign it to the resctrl group", parent_assign_to_resctrl, about_rdt_assignment },
	{ "tell: control group is ready", parent_tell_cgroup_is_ready },
	/* init is let go first: it has more to do */
	{ "prepare the record", do_what_has_time },
	{ "wait: the network namespace", wait_for_network_namespace, about_moving_net_devices },
	{ "move the network devices", move_network_devices, about_net_devices },
	{ "tell: network devices are there", tell_devices_are_there, about_moving_net_devices },
	{ "wait: the console", parent_take_the_console, about_terminal },
	{ "wait: the runtime hooks' turn", wait_for_hooks_turn, about_waiting_for_hooks },
	{ "run the runtime hooks", run_runtime_hooks, about_runtime_hooks },
	{ "tell: hooks have run", tell_hooks_have_run, about_waiting_for_hooks },
	{ "wait: init is ready", parent_wait_for_init },
	{ "divide the control group", divide_cgroup, about_delegated },
	{ "send the pidfd", parent_send_the_pidfd },
	{ NULL },
};
