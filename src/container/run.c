/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/run.h"
#include "base/auto.h"
#include "container/verbs.h"
#include "kernel/relay.h"
#include "launch/hooks.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* What the foreground lives through. */
struct attendance {
	struct creation *creation;
	struct terminal_relay relay;
	bool has_ended;
	int wait_status; /* as of waitpid */
};

/* All that can be passed on; those that tell of our own bugs are left to kill us. */
static void
signals_to_take (bool detach, sigset_t *out)
{
	static const int ours[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS,
		SIGPIPE };

	if (detach) {
		sigemptyset (out);
		sigaddset (out, SIGHUP);
		sigaddset (out, SIGINT);
		sigaddset (out, SIGTERM);
		return;
	}
	sigfillset (out);
	for (size_t i = 0; i < ARRAY_SIZE (ours); i++)
		sigdelset (out, ours[i]);
}

/* Reaps init, and those that were handed to us because their parent has died. */
static int
reap (struct attendance *attendance, struct error *err)
{
	for (;;) {
		int status;
		pid_t pid = waitpid (-1, &status, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0 && errno != ECHILD)
			return fail (err, errno, "wait for the program");
		if (pid <= 0)
			return 0;
		if (pid != attendance->creation->launch.init_pid)
			continue;
		attendance->has_ended = true;
		attendance->wait_status = status;
		attendance->creation->launch.init_pid = 0;
		if (attendance->relay.started)
			relay_program_ended (&attendance->relay);
	}
}

static int
take_signals (struct attendance *attendance, struct error *err)
{
	struct signalfd_siginfo info;
	struct creation *creation = attendance->creation;

	while (read (creation->signals, &info, sizeof info) == sizeof info) {
		int signal = (int) info.ssi_signo;

		if (signal == SIGCHLD) {
			if (reap (attendance, err) < 0)
				return -1;
		} else if (signal == SIGWINCH) {
			if (attendance->relay.started && relay_resize (&attendance->relay, err) < 0)
				return -1;
		} else if (pidfd_send_signal (creation->launch.init_pidfd, signal, NULL, 0) < 0 &&
			   errno != ESRCH) {
			return fail (err, errno, "pass signal %d on to the program", signal);
		}
	}
	return 0;
}

static bool
is_over (const struct attendance *attendance)
{
	return attendance->has_ended &&
	       (!attendance->relay.started || relay_is_drained (&attendance->relay));
}

static int
attend (struct attendance *attendance, struct error *err)
{
	while (!is_over (attendance)) {
		struct pollfd fds[1 + RELAY_FDS] = {
			{ .fd = attendance->creation->signals, .events = POLLIN },
		};
		size_t n = attendance->relay.started ? relay_fds (&attendance->relay, fds + 1) : 0;

		if (poll (fds, 1 + n, -1) < 0 && errno != EINTR)
			return fail (err, errno, "wait for the program");
		if (fds[0].revents && take_signals (attendance, err) < 0)
			return -1;
		if (n > 0 && relay_on_ready (&attendance->relay, fds + 1, n, err) < 0)
			return -1;
	}
	return 0;
}

static int
program_status (int status)
{
	return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

/* From the start of the program on. */
static int
start (struct creation *creation, struct error *err)
{
	const struct plan *plan = &creation->plan;
	autofree char *state = NULL;

	if (launch_let_go (&creation->launch, err) < 0)
		return -1;
	if (plan->hooks[HOOK_POSTSTART].n == 0)
		return 0;
	state = launch_state_json (
		plan, creation->request->id, creation->launch.init_pid, "running");
	creation->launch.hooks_began = true;
	return hooks_run (
		&plan->hooks[HOOK_POSTSTART], HOOK_POSTSTART, state, creation->signals, err);
}

static int
foreground (struct creation *creation, int *out_status, struct error *err)
{
	struct attendance attendance = { .creation = creation };
	const struct create_request *request = creation->request;
	int console = take_fd (&creation->launch.console_fd);
	int r = 0;

	if (console >= 0)
		r = relay_start (&attendance.relay, console, err);
	if (r == 0)
		r = start (creation, err);
	if (r == 0)
		r = attend (&attendance, err);
	relay_done (&attendance.relay);
	if (r < 0) {
		creation_undo (creation);
		return -1;
	}
	*out_status = program_status (attendance.wait_status);
	if (request->keep)
		return 0;
	return container_destroy (&creation->container, request->warn, err);
}

static int
background (struct creation *creation, struct error *err)
{
	if (start (creation, err) == 0)
		return 0;
	creation_undo (creation);
	return -1;
}

int
container_run (const struct create_request *request, int *out_status, struct error *err)
{
	struct creation creation;
	struct error trace_error;
	sigset_t signals;
	int r;

	*out_status = 0;
	/* processes that outlive their parent inside are reaped by us, unless they have an init */
	if (!request->detach && !request->no_subreaper &&
		prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return fail (err, errno, "become a subreaper");
	signals_to_take (request->detach, &signals);
	r = creation_begin (request, &signals, false, &creation, err);
	if (r == 0)
		r = request->detach ? background (&creation, err)
				    : foreground (&creation, out_status, err);
	if (creation_done (&creation, &trace_error) < 0 && r == 0)
		return *err = trace_error, -1;
	return r;
}
