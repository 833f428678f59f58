/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/run.h"
#include "base/auto.h"
#include "container/foreground.h"
#include "container/verbs.h"
#include "launch/hooks.h"

#include <errno.h>
#include <sys/prctl.h>

static int
let_go (struct creation *creation, struct error *err)
{
	const struct plan *plan = &creation->plan;
	const struct hook_surroundings around = { .interrupt_fd = creation->signals,
		.outputs = creation->launch.hook_outputs };
	autofree char *state = NULL;

	if (launch_let_go (&creation->launch, err) < 0)
		return -1;
	if (plan->hooks[HOOK_POSTSTART].n == 0)
		return 0;
	state = launch_state_json (
		plan, creation->request->id, creation->launch.init_pid, "running");
	creation->launch.hooks_began = true;
	return hooks_run (&plan->hooks[HOOK_POSTSTART], HOOK_POSTSTART, state, &around, err);
}

/* Processes that outlive their parent inside are reaped by us, unless they have an init of their own. */
static int
become_subreaper (const struct creation *creation, struct error *err)
{
	const struct create_request *request = creation->request;

	if (request->detach || request->no_subreaper ||
		creation->plan.namespaces.ns[NS_PID].how == NS_NEW)
		return 0;
	if (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return fail (err, errno, "become a subreaper");
	return 0;
}

/* From the start of the program on. */
static int
start (void *data, struct error *err)
{
	struct creation *creation = data;

	/* what was restored runs already */
	if (!creation->request->populate && let_go (creation, err) < 0)
		return -1;
	/* it is whole: while we stay with it, others may delete it */
	container_unlock (&creation->container);
	return 0;
}

static int
go_on (struct creation *creation, int *out_status, struct error *err)
{
	const struct create_request *request = creation->request;
	struct launch *launch = &creation->launch;
	struct notify notify;
	const struct foreground foreground = { launch, creation->signals, &notify, start,
		creation };
	int r = notify_listen (&creation->container, request->notify_socket, &notify, err);

	if (r == 0)
		r = become_subreaper (creation, err);
	if (r == 0)
		r = request->detach ? start (creation, err)
				    : foreground_attend (&foreground, out_status, err);
	if (r == 0 && request->detach)
		r = notify_wait (&notify, launch->init_pidfd, launch->init_pid, err);
	notify_done (&notify);
	if (r < 0) {
		creation_undo (creation);
		return -1;
	}
	if (request->detach || request->keep)
		return 0;
	r = container_lock_again (&creation->container, err);
	/* 0: somebody has deleted it */
	return r > 0 ? container_destroy (&creation->container, request->warn, err) : r;
}

int
container_run (const struct create_request *request, int *out_status, struct error *err)
{
	struct creation creation;
	struct error trace_error;
	sigset_t signals;
	int r;

	*out_status = 0;
	if (request->detach)
		foreground_deadly_signals (&signals);
	else
		foreground_signals (&signals);
	r = creation_begin (request, &signals, false, &creation, err);
	if (r == 0)
		r = go_on (&creation, out_status, err);
	if (creation_done (&creation, &trace_error) < 0 && r == 0)
		return *err = trace_error, -1;
	return r;
}
