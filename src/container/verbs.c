/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/verbs.h"
#include "base/auto.h"
#include "container/notify.h"
#include "container/saved_config.h"
#include "launch/gate.h"
#include "launch/hooks.h"
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>

#define DEATH_TIMEOUT_MS 10000

static void
warn_of_hook (void *data, const char *text)
{
	void (**warn) (const char *text) = data;

	(*warn) (text);
}

int
container_run_hooks (struct container *container, enum hook_kind kind, const char *status,
	void (*warn) (const char *text), struct error *err)
{
	AUTO (plan_done) struct plan plan = { 0 };
	autofree char *state = NULL;
	pid_t pid = container->pidfd >= 0 ? container->record->pid : 0;
	struct hook_surroundings around = {
		.interrupt_fd = -1, .warn = warn_of_hook, .data = &warn
	};
	int r;

	if (saved_config_plan (container, &plan, err) < 0)
		return -1;
	state = launch_state_json (&plan, container->id, pid, status);
	r = hook_outputs_open (&plan, &around.outputs, err);
	if (r == 0 && kind == HOOK_POSTSTOP)
		hooks_run_all (&plan.hooks[kind], kind, state, &around);
	else if (r == 0)
		r = hooks_run (&plan.hooks[kind], kind, state, &around, err);
	hook_outputs_close (&around.outputs);
	return r;
}

static int
check_startable (const struct container *container, enum container_status status, struct error *err)
{
	switch (status) {
	case CONTAINER_CREATED:
		break;
	case CONTAINER_STOPPED:
		return fail (err, 0, "cannot start a container that has stopped");
	case CONTAINER_RUNNING:
		return fail (err, 0, "cannot start an already running container");
	default:
		return fail (err, 0, "cannot start a container in the %s state",
			container_status_names[status]);
	}
	if (!container->record->startable)
		return fail (err, 0, "cannot start a container whose config has no process");
	return 0;
}

static int
kill_and_wait (struct container *container, struct error *err)
{
	struct pollfd death = { .fd = container->pidfd, .events = POLLIN };

	if (container->pidfd < 0)
		return 0;
	if (pidfd_send_signal (container->pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return fail (err, errno, "kill the container's init");
	while (poll (&death, 1, DEATH_TIMEOUT_MS) == 0)
		return fail (err, 0, "container init still running");
	return 0;
}

static int
start (struct container *container, struct notify *notify, void (*warn) (const char *text),
	struct error *err)
{
	struct error ignored;

	if (gate_open (container->dir_fd, container->pidfd, err) < 0)
		return -1;
	if (!container->record->poststart ||
		container_run_hooks (container, HOOK_POSTSTART, "running", warn, err) == 0) {
		/* a program that never is ready must not keep it from being deleted */
		container_unlock (container);
		return notify_wait (notify, container->pidfd, container->record->pid, err);
	}
	/* the spec: stop the container, and go on where delete begins */
	error_ignore (kill_and_wait (container, &ignored), "the hook's error is the news");
	return -1;
}

int
container_start (const char *root, const char *id, const char *notify_socket,
	void (*warn) (const char *text), struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };
	AUTO (notify_done) struct notify notify = { .fd = -1 };
	enum container_status status;

	if (container_open (root, id, CONTAINER_CHANGE, &container, err) < 0 ||
		container_status (&container, &status, err) < 0 ||
		check_startable (&container, status, err) < 0 ||
		notify_listen (&container, notify_socket, &notify, err) < 0)
		return -1;
	return start (&container, &notify, warn, err);
}

static int
kill_first (const struct container *container, int signal, struct error *err)
{
	if (container->pidfd < 0)
		return fail (err, 0, "container not running");
	if (pidfd_send_signal (container->pidfd, signal, NULL, 0) < 0)
		return errno == ESRCH ? fail (err, 0, "container not running")
				      : fail (err, errno, "send signal %d", signal);
	return 0;
}

/* Without a control group nothing tells which processes those are, but for the first one. */
static int
kill_all (struct container *container, int signal, struct error *err)
{
	struct cgroup *cgroup;
	int r;

	if (container_cgroup (container, &cgroup, err) < 0)
		return -1;
	if (cgroup && !cgroup_tells_processes (cgroup))
		r = container->pidfd < 0 ? 0 : kill_first (container, signal, err);
	else
		r = cgroup ? cgroup_kill (cgroup, signal, err) : 0;
	cgroup_free (cgroup);
	return r;
}

/* A v1 freezer keeps even SIGKILL from those it holds. */
static int
thaw (struct container *container, struct error *err)
{
	struct cgroup *cgroup;
	int r;

	if (container_cgroup (container, &cgroup, err) < 0)
		return -1;
	r = cgroup ? cgroup_thaw (cgroup, err) : 0;
	cgroup_free (cgroup);
	return r;
}

static int
kill_it (struct container *container, int signal, enum kill_scope scope, struct error *err)
{
	enum container_status status;

	if (container_status (container, &status, err) < 0)
		return -1;
	if (scope == KILL_ALL)
		return kill_all (container, signal, err);
	/* the words that containerd takes for "it is dead already" */
	if (status == CONTAINER_STOPPED || container->pidfd < 0)
		return fail (err, 0, "container not running");
	if (signal == SIGKILL && !container->record->private_pids)
		return kill_all (container, signal, err);
	if (kill_first (container, signal, err) < 0)
		return -1;
	if (signal == SIGKILL && status == CONTAINER_PAUSED)
		return thaw (container, err);
	return 0;
}

int
container_kill (
	const char *root, const char *id, int signal, enum kill_scope scope, struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };

	if (container_open (root, id, CONTAINER_LOOK, &container, err) < 0)
		return -1;
	return kill_it (&container, signal, scope, err);
}

static int
remove_cgroup (struct container *container, struct error *err)
{
	struct cgroup *cgroup;
	int r;

	if (container_cgroup (container, &cgroup, err) < 0)
		return -1;
	if (!cgroup)
		return 0;
	/* processes of a pid namespace that is not the container's own outlive init */
	/* and of a half-made or guessed one nothing is known */
	r = container->record->private_pids && container->record->pid > 0
		    ? 0
		    : cgroup_kill (cgroup, SIGKILL, err);
	if (r == 0)
		r = cgroup_destroy (cgroup, err);
	cgroup_free (cgroup);
	return r;
}

int
container_destroy (struct container *container, void (*warn) (const char *text), struct error *err)
{
	const struct rdt_place rdt = container_rdt (container);
	struct error hook_error;

	if (remove_cgroup (container, err) < 0)
		return error_prefix (err, "remove the control group");
	if (rdt_remove (&rdt, err) < 0)
		return error_prefix (err, "remove the resctrl group");
	auto_close_fd (&container->pidfd);
	if (container->record && container->record->poststop &&
		container_run_hooks (container, HOOK_POSTSTOP, "stopped", warn, &hook_error) < 0)
		warn (hook_error.text);
	return container_forget (container, err);
}

static int delete (struct container *container, enum delete_force force,
	void (*warn) (const char *text), struct error *err)
{
	enum container_status status;

	if (!container->record && container_guess_record (container, err) < 0)
		return -1;
	if (container_status (container, &status, err) < 0)
		return -1;
	if (force == DELETE_GENTLY && (status == CONTAINER_RUNNING || status == CONTAINER_PAUSED))
		return fail_hint (err, 0, "stop it first, or use --force",
			"cannot delete container '%s' that is not stopped: %s", container->id,
			container_status_names[status]);
	/* first, or a frozen init could not die */
	if (status == CONTAINER_PAUSED && kill_all (container, SIGKILL, err) < 0)
		return -1;
	if (kill_and_wait (container, err) < 0)
		return -1;
	return container_destroy (container, warn, err);
}

int
container_delete (const char *root, const char *id, enum delete_force force,
	void (*warn) (const char *text), struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };

	if (container_open (root, id, force == DELETE_FORCE ? CONTAINER_REMOVE : CONTAINER_CHANGE,
		    &container, err) < 0)
		return force == DELETE_FORCE && err->code == ENOENT ? 0 : -1;
	return delete (&container, force, warn, err);
}

/* Opens a container that has processes, together with its cgroup. */
static int
open_live (const char *root, const char *id, struct container *container,
	enum container_status *out_status, struct error *err)
{
	if (container_open (root, id, CONTAINER_LOOK, container, err) < 0 ||
		container_status (container, out_status, err) < 0)
		return -1;
	if (*out_status == CONTAINER_STOPPED || *out_status == CONTAINER_CREATING)
		return fail (err, 0, "container not running");
	return 0;
}

int
container_pause (const char *root, const char *id, struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };
	enum container_status status;
	struct cgroup *cgroup;
	int r;

	if (open_live (root, id, &container, &status, err) < 0)
		return -1;
	if (status == CONTAINER_PAUSED)
		return fail (err, 0, "container '%s' is paused already", id);
	if (container_cgroup (&container, &cgroup, err) < 0)
		return -1;
	r = cgroup ? cgroup_freeze (cgroup, err)
		   : fail (err, 0, "container '%s' has no control group to pause", id);
	cgroup_free (cgroup);
	return r;
}

int
container_resume (const char *root, const char *id, struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };
	enum container_status status;

	if (open_live (root, id, &container, &status, err) < 0)
		return -1;
	if (status != CONTAINER_PAUSED)
		return fail (err, 0, "container '%s' is not paused", id);
	return thaw (&container, err);
}

int
container_pids (
	const char *root, const char *id, pid_t **out_pids, size_t *out_n, struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };
	struct cgroup *cgroup;
	int r;

	if (container_open (root, id, CONTAINER_LOOK, &container, err) < 0 ||
		container_cgroup (&container, &cgroup, err) < 0)
		return -1;
	if (!cgroup)
		return fail (err, 0, "container '%s' is not made yet", id);
	r = cgroup_pids (cgroup, CGROUP_BELOW, out_pids, out_n, err);
	cgroup_free (cgroup);
	return r;
}

int
container_update (
	const char *root, const char *id, const struct resources_plan *resources, struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };
	enum container_status status;
	struct cgroup *cgroup;
	int r;

	if (container_open (root, id, CONTAINER_CHANGE, &container, err) < 0 ||
		container_status (&container, &status, err) < 0)
		return -1;
	if (status == CONTAINER_STOPPED)
		return fail (err, 0, "container not running");
	if (container_cgroup (&container, &cgroup, err) < 0)
		return -1;
	r = cgroup ? cgroup_update (cgroup, resources, err)
		   : fail (err, 0, "container '%s' has no control group to limit", id);
	cgroup_free (cgroup);
	return r;
}

int
container_update_rdt (const char *root, const char *id, const char *l3_cache,
	const char *memory_bandwidth, struct error *err)
{
	AUTO (container_done) struct container container = { .dir_fd = -1, .pidfd = -1 };
	enum container_status status;
	struct rdt_place place;

	if (container_open (root, id, CONTAINER_CHANGE, &container, err) < 0 ||
		container_status (&container, &status, err) < 0)
		return -1;
	if (status == CONTAINER_STOPPED)
		return fail (err, 0, "container not running");
	place = container_rdt (&container);
	if (!place.group)
		return fail (err, 0,
			"container '%s' has no class of service: its config has no "
			"linux.intelRdt",
			id);
	return rdt_change (&place, l3_cache, memory_bandwidth, err);
}
