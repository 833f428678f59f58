/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/hooks.h"
#include "base/auto.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* The end of what a hook wrote, enough for an error message. */
struct tail {
	char text[200];
	size_t n;
};

struct running_hook {
	const struct hook_plan *plan;
	pid_t pid;
	int pidfd; /* owned */
	int input; /* owned; we write the state */
	int output; /* owned; we read what it writes */
	const struct hook_surroundings *around; /* borrowed */
	const char *unsent;
	struct tail tail;
	int64_t deadline_ms; /* -1: none */
};

static int64_t
now_ms (void)
{
	struct timespec ts;

	clock_gettime (CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
tail_add (struct tail *tail, const char *data, size_t n)
{
	size_t room = sizeof tail->text - 1;

	if (n >= room) {
		memcpy (tail->text, data + n - room, room);
		tail->n = room;
		return;
	}
	if (tail->n + n > room) {
		size_t drop = tail->n + n - room;

		memmove (tail->text, tail->text + drop, tail->n - drop);
		tail->n -= drop;
	}
	memcpy (tail->text + tail->n, data, n);
	tail->n += n;
}

static const char *
tail_text (struct tail *tail)
{
	while (tail->n > 0 && (tail->text[tail->n - 1] == '\n' || tail->text[tail->n - 1] == ' '))
		tail->n--;
	tail->text[tail->n] = '\0';
	for (size_t i = 0; i < tail->n; i++)
		if ((unsigned char) tail->text[i] < ' ')
			tail->text[i] = ' ';
	return tail->text;
}

static int
open_output (const char *path, int *out, struct error *err)
{
	*out = path ? open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
	return path && *out < 0 ? fail (err, errno, "open '%s' for what hooks write", path) : 0;
}

int
hook_outputs_open (const struct plan *plan, struct hook_outputs *out, struct error *err)
{
	*out = (struct hook_outputs) NO_HOOK_OUTPUTS;
	if (open_output (plan->hooks_stdout, &out->out, err) < 0)
		return -1;
	return open_output (plan->hooks_stderr, &out->err, err);
}

void
hook_outputs_close (struct hook_outputs *outputs)
{
	auto_close_fd (&outputs->out);
	auto_close_fd (&outputs->err);
}

/* In the child: never returns. 127 where the program can't be executed, as a shell says it. */
static _Noreturn void
hook_child (const struct hook_plan *hook, int input, int output, const struct hook_outputs *files)
{
	sigset_t none;

	sigemptyset (&none);
	sigprocmask (SIG_SETMASK, &none, NULL);
	signal (SIGPIPE, SIG_DFL);
	if (dup2 (input, 0) < 0 || dup2 (files->out < 0 ? output : files->out, 1) < 0 ||
		dup2 (files->err < 0 ? output : files->err, 2) < 0)
		_exit (126);
	/* what our caller left open is none of the hook's business; before Linux 5.11 it gets it */
	error_ignore (close_range (3, ~0u, CLOSE_RANGE_CLOEXEC), "ours are O_CLOEXEC anyway");
	execve (hook->path, hook->args, hook->env ? hook->env : environ);
	dprintf (2, "execute it: %s", error_errno_text (errno));
	_exit (127);
}

static int
hook_spawn (const struct hook_plan *plan, struct running_hook *hook, struct error *err)
{
	int in[2], out[2];

	if (pipe2 (in, O_CLOEXEC) < 0)
		return fail (err, errno, "make a pipe");
	if (pipe2 (out, O_CLOEXEC) < 0) {
		close (in[0]);
		close (in[1]);
		return fail (err, errno, "make a pipe");
	}
	hook->pid = fork ();
	if (hook->pid == 0)
		hook_child (plan, in[0], out[1], &hook->around->outputs);
	close (in[0]);
	close (out[1]);
	hook->input = in[1];
	hook->output = out[0];
	if (hook->pid < 0)
		return fail (err, errno, "fork");
	hook->pidfd = pidfd_open (hook->pid, 0);
	if (hook->pidfd < 0)
		return fail (err, errno, "open a pidfd");
	/* a hook that reads slowly, or not at all, must not hold us */
	fcntl (hook->input, F_SETFL, O_NONBLOCK);
	fcntl (hook->output, F_SETFL, O_NONBLOCK);
	return 0;
}

static void
drop (int *fd)
{
	close (*fd);
	*fd = -1;
}

/* EPIPE is no error: a hook need not read its state. */
static void
hook_feed (struct running_hook *hook)
{
	ssize_t n = fd_write_quietly (hook->input, hook->unsent, strlen (hook->unsent));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		hook->unsent += n;
	if (n < 0 || *hook->unsent == '\0')
		drop (&hook->input);
}

static void
hook_drain (struct running_hook *hook)
{
	char buffer[4096];
	ssize_t n;

	while ((n = read (hook->output, buffer, sizeof buffer)) > 0)
		tail_add (&hook->tail, buffer, (size_t) n);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		drop (&hook->output);
}

/* Until the hook itself has ended; its children may hold the pipe for longer. */
static int
hook_attend (struct running_hook *hook, struct error *err)
{
	for (;;) {
		int64_t left = hook->deadline_ms < 0 ? -1 : hook->deadline_ms - now_ms ();
		struct pollfd fds[] = {
			{ .fd = hook->pidfd, .events = POLLIN },
			{ .fd = hook->input, .events = POLLOUT },
			{ .fd = hook->output, .events = POLLIN },
			{ .fd = hook->around->interrupt_fd, .events = POLLIN },
		};

		if (hook->deadline_ms >= 0 && left <= 0)
			return fail (err, ETIMEDOUT, "killed after its timeout of %d s",
				hook->plan->timeout);
		if (poll (fds, 4, left > 60000 ? 60000 : (int) left) < 0 && errno != EINTR)
			return fail (err, errno, "wait for it");
		if (hook->input >= 0 && fds[1].revents)
			hook_feed (hook);
		if (hook->output >= 0 && fds[2].revents)
			hook_drain (hook);
		if (fds[0].revents)
			return 0;
		if (fds[3].revents)
			return fail (err, 0, "interrupted by a signal");
	}
}

static int
hook_verdict (struct running_hook *hook, int status, struct error *err)
{
	const char *said;

	if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
		return 0;
	if (hook->output >= 0)
		hook_drain (hook);
	said = tail_text (&hook->tail);
	if (WIFSIGNALED (status))
		return fail (err, 0, "killed by signal %d%s%s", WTERMSIG (status),
			*said ? ": " : "", said);
	return fail (err, 0, "exit status %d%s%s", WEXITSTATUS (status), *said ? ": " : "", said);
}

static int
hook_run (const struct hook_plan *plan, const char *state_json,
	const struct hook_surroundings *around, struct error *err)
{
	struct running_hook hook = { .plan = plan,
		.pidfd = -1,
		.input = -1,
		.output = -1,
		.around = around,
		.unsent = state_json,
		.deadline_ms =
			plan->timeout > 0 ? now_ms () + (int64_t) plan->timeout * 1000 : -1 };
	int status = 0;
	int r = hook_spawn (plan, &hook, err);

	if (r == 0)
		r = hook_attend (&hook, err);
	if (hook.pid > 0) {
		if (r < 0)
			kill (hook.pid, SIGKILL);
		while (waitpid (hook.pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	if (r == 0)
		r = hook_verdict (&hook, status, err);
	auto_close_fd (&hook.input);
	auto_close_fd (&hook.output);
	auto_close_fd (&hook.pidfd);
	return r;
}

static int
hook_run_named (const struct hook_plan *plan, enum hook_kind kind, const char *state_json,
	const struct hook_surroundings *around, struct error *err)
{
	if (hook_run (plan, state_json, around, err) == 0)
		return 0;
	error_prefix (err, "%s hook '%s'", hook_names[kind], plan->path);
	return plan->at ? error_prefix (err, "%s", plan->at) : -1;
}

int
hooks_run (const struct hooks *hooks, enum hook_kind kind, const char *state_json,
	const struct hook_surroundings *around, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < hooks->n && r == 0; i++)
		r = hook_run_named (&hooks->entries[i], kind, state_json, around, err);
	return r;
}

void
hooks_run_all (const struct hooks *hooks, enum hook_kind kind, const char *state_json,
	const struct hook_surroundings *around)
{
	struct error err;

	for (size_t i = 0; i < hooks->n; i++)
		if (hook_run_named (&hooks->entries[i], kind, state_json, around, &err) < 0 &&
			around->warn)
			around->warn (around->data, err.text);
}
