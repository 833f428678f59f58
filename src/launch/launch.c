/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a launch is from the outside: begun, let go, undone.
 */
#include "launch/launch.h"
#include "base/auto.h"
#include "base/json_writer.h"
#include "base/proc.h"
#include "launch/hooks.h"
#include "launch/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <signal.h>
#include <sys/wait.h>

/* How long an exec's process may take to die. */
#define HELD_MS 1000

void
launch_init (struct launch *launch, const struct plan *plan, const struct launch_options *options,
	struct cgroup *cgroup)
{
	*launch = (struct launch){
		.plan = plan,
		.options = options,
		.cgroup = cgroup,
		.container_pidfd = -1,
		.interrupt_fd = -1,
		.hook_outputs = NO_HOOK_OUTPUTS,
		.gate_fd = -1,
		.delegated_fd = -1,
		.sockets = { -1, -1 },
		.init_pidfd = -1,
		.network_fd = -1,
		.console_fd = -1,
		.seccomp_agent = -1,
		.gate_connection = -1,
		.procfs_fd = -1,
		.terminal = { -1, -1 },
	};
	for (int i = 0; i < NS_KINDS; i++)
		launch->join_fds[i] = -1;
	ns_plan (&plan->namespaces, &launch->ns);
}

void
launch_init_exec (struct launch *launch, const struct plan *plan,
	const struct launch_options *options, struct cgroup *cgroup, int container_pidfd)
{
	launch_init (launch, plan, options, cgroup);
	launch->story = STORY_EXEC;
	launch->container_pidfd = container_pidfd;
	ns_plan_exec (&plan->namespaces, options->privileged, &launch->ns);
}

/* Everything from rootfs_begin on would happen to the host's mounts. */
static int
check_mount_namespace (const struct launch *launch, struct error *err)
{
	if (launch->story == STORY_EXEC || launch->plan->namespaces.ns[NS_MOUNT].how != NS_INHERIT)
		return 0;
	return fail_hint (err, 0, "add { \"type\": \"mount\" } to linux.namespaces",
		"a container without a mount namespace of its own is not supported");
}

int
launch_run (struct launch *launch, struct error *err)
{
	if (check_mount_namespace (launch, err) < 0)
		return -1;
	if (steps_run (ACTOR_PARENT, launch, err) == 0)
		return 0;
	launch_undo (launch);
	return -1;
}

struct channel
launch_channel (const struct launch *launch, enum actor self)
{
	bool is_parent = self == ACTOR_PARENT;

	return (struct channel){
		.self = self,
		.socket = launch->sockets[!is_parent],
		/* a child needs none: nobody but the parent holds the parent's end */
		.peer_pidfd = is_parent ? launch->init_pidfd : -1,
		.interrupt_fd = is_parent ? launch->interrupt_fd : -1,
	};
}

int
launch_init_start_time (struct launch *launch, uint64_t *out_start_time, struct error *err)
{
	struct proc_stat stat;

	if (proc_read_stat (launch->init_pid, &stat, err) < 0)
		return -1;
	launch->ignored_signals = stat.ignored;
	*out_start_time = stat.start_time;
	return 0;
}

static int
tell_with_signals (struct launch *launch, enum message_kind kind, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_PARENT);
	struct message message = { .kind = kind, .ignored_signals = launch->ignored_signals };

	return message_send (&channel, &message, err);
}

/* From here on they stay where they are, whatever comes: the spec. */
static void
leave_network_devices (struct launch *launch)
{
	netdev_moves_free (take_ptr (launch->net_moves));
}

int
launch_keep (struct launch *launch, struct error *err)
{
	if (tell_with_signals (launch, MESSAGE_RECORDED, err) < 0)
		return -1;
	leave_network_devices (launch);
	return 0;
}

int
launch_let_go (struct launch *launch, struct error *err)
{
	struct channel channel = launch_channel (launch, ACTOR_PARENT);
	struct message message;
	int n;

	if (tell_with_signals (launch, MESSAGE_START, err) < 0)
		return -1;
	/* The end of file is the good news: init's end was closed by its exec. */
	channel.peer_pidfd = -1;
	n = message_receive (&channel, &message, err);
	if (n == 0)
		leave_network_devices (launch);
	if (n <= 0)
		return n;
	message_close_fds (&message);
	if (message.kind != MESSAGE_FAILED)
		return fail (err, EPROTO, "'%s' came when the program was to start",
			message_name (message.kind));
	*err = message.error;
	err->text[sizeof err->text - 1] = '\0';
	return -1;
}

static void
reap (pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill (*pid, SIGKILL);
	while (waitpid (*pid, NULL, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}

/* What a v1 freezer holds dies when the container is resumed, and not before. */
static bool
is_held (const struct launch *launch)
{
	struct pollfd death = { .fd = launch->init_pidfd, .events = POLLIN };

	if (launch->story != STORY_EXEC || launch->init_pid <= 0)
		return false;
	kill (launch->init_pid, SIGKILL);
	return poll (&death, 1, HELD_MS) == 0;
}

void
launch_undo (struct launch *launch)
{
	struct error ignored;

	netdev_move_back (launch->net_moves);
	reap (&launch->middle_pid);
	if (!is_held (launch))
		reap (&launch->init_pid);
	rdt_unmake (&launch->options->rdt, &launch->rdt_made);
	/* an exec's cgroup is the container's */
	if (!launch->cgroup || launch->story == STORY_EXEC)
		return;
	/* hooks and processes of a joined pid namespace may be in it still */
	error_ignore (
		cgroup_kill (launch->cgroup, SIGKILL, &ignored), "the first error is the news");
	cgroup_undo (launch->cgroup);
}

void
launch_done (struct launch *launch)
{
	free (take_ptr (launch->source_fds));
	seccomp_filter_done (&launch->seccomp);
	netdev_moves_free (take_ptr (launch->net_moves));
}

char *
launch_state_json (const struct plan *plan, const char *id, pid_t pid, const char *status)
{
	struct json_writer json = { 0 };

	json_open_object (&json, NULL);
	json_string (&json, "ociVersion", plan->oci_version);
	json_string (&json, "id", id);
	json_string (&json, "status", status);
	if (pid > 0)
		json_int (&json, "pid", pid);
	json_string (&json, "bundle", plan->bundle);
	if (plan->n_annotations > 0) {
		json_open_object (&json, "annotations");
		for (size_t i = 0; i < plan->n_annotations; i++)
			json_string (&json, plan->annotations[i].key, plan->annotations[i].value);
		json_close (&json);
	}
	json_close (&json);
	return take_ptr (json.text.data);
}
