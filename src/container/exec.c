/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/exec.h"
#include "base/auto.h"
#include "container/creation.h"
#include "container/exec_process.h"
#include "container/foreground.h"
#include "container/pid_file.h"
#include "container/saved_config.h"
#include "container/warnings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

/* All that an exec holds until its end. */
struct execution {
	const struct exec_request *request;
	struct container container;
	struct plan plan;
	struct cgroup *cgroup; /* owned */
	char *seccomp_cache; /* owned */
	struct trace *trace; /* owned */
	struct launch_options options;
	struct launch launch;
	int signals; /* owned */
};

static int
check_status (struct execution *execution, struct error *err)
{
	enum container_status status;

	if (container_status (&execution->container, &status, err) < 0)
		return -1;
	switch (status) {
	case CONTAINER_STOPPED:
		return fail (err, 0, "cannot exec in a stopped container");
	case CONTAINER_CREATING:
		return fail (err, 0, "cannot exec in a container that is not made yet");
	case CONTAINER_PAUSED:
		if (!execution->request->ignore_paused)
			return fail (err, 0,
				"cannot exec in a paused container (use --ignore-paused to override)");
		return 0;
	default:
		return 0;
	}
}

static int
check_console (const struct execution *execution, struct error *err)
{
	const struct exec_request *request = execution->request;
	bool terminal = execution->plan.process->terminal;

	if (terminal && request->detach && !request->console_socket)
		return fail (err, 0,
			"cannot allocate tty if davit will detach without setting console socket");
	if (request->console_socket && !terminal)
		return fail (err, 0, "--console-socket is of no use without a terminal");
	return 0;
}

/* "memory,cpu:a/b" is for these controllers, "a/b" for all. */
static int
choose_cgroup (struct cgroup *cgroup, const char *where, struct error *err)
{
	const char *colon = strchr (where, ':');
	autofree char *controllers = colon ? strndup (where, (size_t) (colon - where)) : NULL;

	if (colon == where)
		return fail (err, 0, "no controller before the colon");
	return cgroup_go_below (cgroup, controllers, colon ? colon + 1 : where, err);
}

static int
choose_cgroups (struct execution *execution, struct error *err)
{
	const struct exec_request *request = execution->request;

	for (size_t i = 0; i < request->n_cgroups; i++) {
		if (request->n_cgroups > 1 && !strchr (request->cgroups[i], ':'))
			return fail (err, 0,
				"--cgroup '%s': more than one need a CONTROLLER: before each path",
				request->cgroups[i]);
		if (choose_cgroup (execution->cgroup, request->cgroups[i], err) < 0)
			return error_prefix (err, "--cgroup '%s'", request->cgroups[i]);
	}
	return 0;
}

static void
fill_options (struct execution *execution)
{
	const struct exec_request *request = execution->request;

	execution->seccomp_cache = xasprintf ("%s/.seccomp", request->root);
	execution->options = (struct launch_options){
		.id = request->id,
		.state_directory = execution->container.path,
		.state_fd = execution->container.dir_fd,
		.preserve_fds = request->preserve_fds,
		.extra_environment = request->extra_environment,
		.console_socket = request->console_socket,
		.pidfd_socket = request->pidfd_socket,
		.seccomp_cache = execution->seccomp_cache,
		.fault = request->fault,
		.cgroup_is_chosen = request->n_cgroups > 0,
		.groups = creation_groups (&execution->plan, request->privileged),
		.privileged = request->privileged,
		.rdt = container_rdt (&execution->container),
	};
}

static int
prepare (struct execution *execution, struct error *err)
{
	const struct exec_request *request = execution->request;
	struct container *container = &execution->container;

	if (container_open (request->root, request->id, CONTAINER_LOOK, container, err) < 0 ||
		check_status (execution, err) < 0 ||
		saved_config_plan (container, &execution->plan, err) < 0 ||
		exec_process (request, container->record->pid, &execution->plan, err) < 0 ||
		check_console (execution, err) < 0 ||
		container_cgroup (container, &execution->cgroup, err) < 0 ||
		choose_cgroups (execution, err) < 0)
		return -1;
	if (request->n_capabilities > 0 &&
		warn_of_capabilities (&execution->plan, request->warn, err) < 0)
		return -1;
	fill_options (execution);
	launch_init_exec (&execution->launch, &execution->plan, &execution->options,
		execution->cgroup, container->pidfd);
	execution->launch.container_pid = container->record->pid;
	execution->launch.interrupt_fd = execution->signals;
	execution->launch.trace = execution->trace;
	return 0;
}

static int
start (void *data, struct error *err)
{
	struct execution *execution = data;

	return launch_let_go (&execution->launch, err);
}

static int
run (struct execution *execution, int *out_status, struct error *err)
{
	const struct exec_request *request = execution->request;
	struct launch *launch = &execution->launch;
	bool has_pid_file = false;
	uint64_t start_time;
	const struct foreground foreground = { launch, execution->signals, NULL, start, execution };
	int r;

	if (prepare (execution, err) < 0 || launch_run (launch, err) < 0)
		return -1;
	r = launch_init_start_time (launch, &start_time, err);
	if (r == 0)
		r = pid_file_write (request->pid_file, launch->init_pid, err);
	has_pid_file = r == 0 && request->pid_file;
	if (r == 0)
		r = request->detach ? start (execution, err)
				    : foreground_attend (&foreground, out_status, err);
	if (r < 0)
		launch_undo (launch);
	if (r < 0 && has_pid_file)
		error_ignore (unlink (request->pid_file), "there may be one no more");
	return r;
}

int
container_exec (const struct exec_request *request, int *out_status, struct error *err)
{
	struct execution execution = {
		.request = request,
		.container = { .dir_fd = -1, .pidfd = -1 },
		.signals = -1,
	};
	struct error trace_error;
	sigset_t signals, deadly, saved;
	int r;

	*out_status = 0;
	/* before we have opened anything ourselves */
	if (check_preserved_fds (request->preserve_fds, err) < 0)
		return -1;
	if (request->detach)
		foreground_deadly_signals (&signals);
	else
		foreground_signals (&signals);
	sigprocmask (SIG_BLOCK, &signals, &saved);
	launch_init (&execution.launch, &execution.plan, &execution.options, NULL);
	foreground_deadly_signals (&deadly);
	execution.signals = signalfd (-1, &deadly, SFD_CLOEXEC | SFD_NONBLOCK);
	r = execution.signals < 0 ? fail (err, errno, "make a signalfd") : 0;
	if (r == 0 && request->trace_file)
		r = trace_new (STORY_EXEC, &execution.trace, err);
	if (r == 0)
		r = run (&execution, out_status, err);
	if (execution.trace &&
		trace_write (execution.trace, request->trace_file, &trace_error) < 0 && r == 0) {
		*err = trace_error;
		r = -1;
	}
	trace_free (execution.trace);
	launch_done (&execution.launch);
	cgroup_free (execution.cgroup);
	plan_done (&execution.plan);
	container_done (&execution.container);
	free (execution.seccomp_cache);
	sigprocmask (SIG_SETMASK, &saved, NULL);
	return r;
}
