/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/foreground.h"
#include "base/auto.h"
#include "base/mem.h"
#include "kernel/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* What the foreground lives through. */
struct attendance {
	const struct foreground *foreground; /* borrowed */
	pid_t pid; /* the program's; 0 when it is reaped */
	struct terminal_relay *relay; /* owned; NULL when there is no terminal */
	bool has_ended;
	int wait_status; /* as of waitpid */
};

void
foreground_deadly_signals (sigset_t *out)
{
	sigemptyset (out);
	sigaddset (out, SIGHUP);
	sigaddset (out, SIGINT);
	sigaddset (out, SIGTERM);
}

void
foreground_signals (sigset_t *out)
{
	static const int ours[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };

	sigfillset (out);
	for (size_t i = 0; i < ARRAY_SIZE (ours); i++)
		sigdelset (out, ours[i]);
}

/* Reaps init, and until then those that were handed to us because their parent has died. */
static int
reap (struct attendance *attendance, struct error *err)
{
	while (!attendance->has_ended) {
		int status;
		pid_t pid = waitpid (-1, &status, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0 && errno != ECHILD)
			return fail (err, errno, "wait for the program");
		if (pid <= 0)
			return 0;
		if (pid != attendance->pid)
			continue;
		attendance->has_ended = true;
		attendance->wait_status = status;
		attendance->pid = attendance->foreground->launch->init_pid = 0;
		if (attendance->relay)
			relay_program_ended (attendance->relay);
	}
	return 0;
}

static int
take_signals (struct attendance *attendance, struct error *err)
{
	struct signalfd_siginfo info;

	while (!attendance->has_ended &&
		read (attendance->foreground->signals, &info, sizeof info) == sizeof info) {
		int signal = (int) info.ssi_signo;

		if (signal == SIGCHLD) {
			if (reap (attendance, err) < 0)
				return -1;
		} else if (signal == SIGWINCH) {
			if (attendance->relay && relay_resize (attendance->relay, err) < 0)
				return -1;
		} else if (pidfd_send_signal (attendance->foreground->launch->init_pidfd, signal,
				   NULL, 0) < 0 &&
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
	       (!attendance->relay || relay_is_drained (attendance->relay));
}

static int
attend (struct attendance *attendance, struct error *err)
{
	struct notify *notify = attendance->foreground->notify;

	while (!is_over (attendance)) {
		struct pollfd fds[2 + RELAY_FDS] = {
			{ .fd = attendance->foreground->signals, .events = POLLIN },
			{ .fd = notify ? notify->fd : -1, .events = POLLIN },
		};
		size_t n = attendance->relay ? relay_fds (attendance->relay, fds + 2) : 0;

		if (poll (fds, 2 + n, -1) < 0 && errno != EINTR)
			return fail (err, errno, "wait for the program");
		if (fds[0].revents && take_signals (attendance, err) < 0)
			return -1;
		if (fds[1].revents && notify_on_ready (notify, attendance->pid, err) < 0)
			return -1;
		if (n > 0 && relay_on_ready (attendance->relay, fds + 2, n, err) < 0)
			return -1;
	}
	return 0;
}

static int
start_relay (struct attendance *attendance, int console, struct error *err)
{
	struct terminal_relay *relay;

	if (console < 0)
		return 0;
	relay = xmalloc (sizeof *relay);
	if (relay_start (relay, console, err) < 0) {
		free (relay);
		return -1;
	}
	attendance->relay = relay;
	return 0;
}

static void
end_relay (struct attendance *attendance)
{
	if (!attendance->relay)
		return;
	relay_done (attendance->relay);
	free (take_ptr (attendance->relay));
}

static int
program_status (int status)
{
	return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

int
foreground_attend (const struct foreground *foreground, int *out_status, struct error *err)
{
	struct attendance attendance = { .foreground = foreground,
		.pid = foreground->launch->init_pid };
	sigset_t signals;
	int r = start_relay (&attendance, take_fd (&foreground->launch->console_fd), err);

	if (r == 0)
		r = foreground->start (foreground->data, err);
	/* what came meanwhile is pending; earlier, SIGCHLD of a program that ends at once would have
	 * looked like an interruption of its start */
	foreground_signals (&signals);
	if (r == 0 && signalfd (foreground->signals, &signals, 0) < 0)
		r = fail (err, errno, "take all signals");
	if (r == 0)
		r = attend (&attendance, err);
	end_relay (&attendance);
	if (r == 0)
		*out_status = program_status (attendance.wait_status);
	return r;
}
