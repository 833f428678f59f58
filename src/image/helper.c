/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/helper.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <ocispec/registry.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_ANSWER (1024 * 1024)
/* It may ask a human for a pass phrase. */
#define PATIENCE_SECONDS 120
/* For ending, when it has said everything. */
#define END_SECONDS 2
#define TOKEN_USER "<token>"

extern char **environ;

struct run {
	const char *program;
	const char *verb;
	const char *input;
	struct buffer answer; /* owned */
	int status; /* of wait */
};

/* In the child: never returns. */
static _Noreturn void
helper_child (const char *program, const char *verb, int channel)
{
	char *const argv[] = { (char *) program, (char *) verb, NULL };
	sigset_t none;

	sigemptyset (&none);
	sigprocmask (SIG_SETMASK, &none, NULL);
	signal (SIGPIPE, SIG_DFL);
	if (dup2 (channel, 0) < 0 || dup2 (channel, 1) < 0)
		_exit (126);
	execvpe (program, argv, environ);
	_exit (errno == ENOENT ? 127 : 126);
}

static int64_t
now_ms (void)
{
	struct timespec ts;

	clock_gettime (CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Reads to its end what the helper says. */
static int
read_answer (struct run *run, int channel, struct error *err)
{
	int64_t end = now_ms () + PATIENCE_SECONDS * 1000;
	char bytes[4096];

	for (;;) {
		struct pollfd poll_fd = { .fd = channel, .events = POLLIN };
		int64_t left = end - now_ms ();
		ssize_t n;

		if (left <= 0 || poll (&poll_fd, 1, (int) left) == 0)
			return fail (err, ETIMEDOUT, "wait for '%s'", run->program);
		n = read (channel, bytes, sizeof bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ECONNRESET)
			return fail (err, errno, "read what '%s' says", run->program);
		if (n <= 0)
			return 0;
		if (run->answer.size + (size_t) n > MAX_ANSWER)
			return fail (err, EFBIG, "read what '%s' says", run->program);
		buffer_add (&run->answer, bytes, (size_t) n);
	}
}

/* Sends the input, which is short, and reads the answer. A helper that does not read is no error. */
static int
talk (struct run *run, int channel, struct error *err)
{
	size_t size = strlen (run->input);
	ssize_t n = send (channel, run->input, size, MSG_NOSIGNAL);

	if (n >= 0 && (size_t) n < size)
		return fail (err, EMSGSIZE, "send to '%s'", run->program);
	if (n < 0 && errno != EPIPE && errno != ECONNRESET)
		return fail (err, errno, "send to '%s'", run->program);
	shutdown (channel, SHUT_WR);
	buffer_add_text (&run->answer, "");
	return read_answer (run, channel, err);
}

/* Waits for the end of the helper, but not longer than that. */
static int
wait_for_end (const struct run *run, pid_t pid, struct error *err)
{
	int64_t end = now_ms () + END_SECONDS * 1000;
	autofd pidfd = pidfd_open (pid, 0);
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
	int r;

	if (pidfd < 0)
		return fail (err, errno, "open '%s' as a process", run->program);
	do {
		int64_t left = end - now_ms ();

		r = poll (&poll_fd, 1, left > 0 ? (int) left : 0);
	} while (r < 0 && errno == EINTR);
	return r == 1 ? 0 : fail (err, ETIMEDOUT, "wait for the end of '%s'", run->program);
}

static int
run_helper (struct run *run, struct error *err)
{
	int pair[2], done;
	pid_t pid;

	if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail (err, errno, "make a pair of sockets");
	pid = fork ();
	if (pid == 0)
		helper_child (run->program, run->verb, pair[1]);
	close (pair[1]);
	if (pid < 0) {
		close (pair[0]);
		return fail (err, errno, "fork");
	}
	done = talk (run, pair[0], err);
	close (pair[0]);
	if (done == 0)
		done = wait_for_end (run, pid, err);
	if (done < 0)
		kill (pid, SIGKILL);
	while (waitpid (pid, &run->status, 0) < 0 && errno == EINTR)
		;
	return done;
}

/* The helper's name becomes part of a program's, and nothing else. */
static int
run_named (const char *name, struct run *run, char **out_program, struct error *err)
{
	if (name[0] == '\0' || strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789._-") != strlen (name))
		return fail (err, 0, "'%s' is no name of a credential helper", name);
	*out_program = xasprintf ("docker-credential-%s", name);
	run->program = *out_program;
	if (run_helper (run, err) < 0)
		return -1;
	if (WIFEXITED (run->status) && WEXITSTATUS (run->status) == 127)
		return fail (err, 0, "credential helper '%s' is not in PATH", run->program);
	return 0;
}

/* What a helper writes when it fails is one line for the user. */
static int
fail_helper (struct run *run, struct error *err)
{
	char *text = run->answer.data;

	for (size_t i = 0; i < run->answer.size; i++)
		if ((unsigned char) text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	return fail (
		err, 0, "credential helper '%s %s' failed: %.200s", run->program, run->verb, text);
}

static bool
has_succeeded (const struct run *run)
{
	return WIFEXITED (run->status) && WEXITSTATUS (run->status) == 0;
}

int
helper_get (const char *name, const char *server, struct credentials *out, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct run run = { .verb = "get", .input = server };
	struct oci_helper_credentials *found;
	struct ocispec_source source = { 0 };
	autofree char *program = NULL;
	int result = -1;

	if (run_named (name, &run, &program, err) < 0)
		goto end;
	/* The phrase is part of the protocol. */
	if (!has_succeeded (&run)) {
		result = strstr (run.answer.data, "credentials not found")
				 ? 0
				 : fail_helper (&run, err);
		goto end;
	}
	source = (struct ocispec_source){
		.file = program, .text = run.answer.data, .size = run.answer.size
	};
	if (oci_helper_credentials_parse (&doc, &source, &found, err) < 0)
		goto end;
	if (str_equal (found->username, TOKEN_USER)) {
		out->identity_token = xstrdup (found->secret);
	} else {
		out->user = xstrdup (found->username);
		out->password = xstrdup (found->secret);
	}
	result = 1;
end:
	buffer_done (&run.answer);
	return result;
}

int
helper_store (const char *name, const char *server, const struct credentials *credentials,
	struct error *err)
{
	struct json_writer json = { 0 };
	struct run run = { .verb = "store" };
	autofree char *program = NULL;
	bool is_token = credentials->identity_token != NULL;
	int result;

	json_open_object (&json, NULL);
	json_string (&json, "ServerURL", server);
	json_string (&json, "Username", is_token ? TOKEN_USER : credentials->user);
	json_string (
		&json, "Secret", is_token ? credentials->identity_token : credentials->password);
	json_close (&json);
	run.input = json.text.data;
	result = run_named (name, &run, &program, err);
	if (result == 0 && !has_succeeded (&run))
		result = fail_helper (&run, err);
	json_writer_done (&json);
	buffer_done (&run.answer);
	return result;
}

int
helper_erase (const char *name, const char *server, struct error *err)
{
	struct run run = { .verb = "erase", .input = server };
	autofree char *program = NULL;
	int result = run_named (name, &run, &program, err);

	if (result == 0 && !has_succeeded (&run))
		result = fail_helper (&run, err);
	buffer_done (&run.answer);
	return result;
}
