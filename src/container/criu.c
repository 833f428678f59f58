/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/criu.h"
#include "base/auto.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define REPLY_MAX 65536
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

bool
criu_is_built_in (void)
{
#ifdef HAVE_CRIU
	return true;
#else
	return false;
#endif
}

/* One run of CRIU. */
struct work {
	const struct criu_call *call; /* borrowed */
	int socket; /* owned; to CRIU */
	int start; /* owned; a socket to its process, until that is CRIU */
	int peer_start; /* owned; the other end of that */
	pid_t pid; /* 0: none, or reaped */
	int pidfd; /* owned */
	struct criu_reply *reply; /* borrowed; the last one */
};

/* ---- in the new process */

static int
redirect_streams (struct error *err)
{
	autofd null = open ("/dev/null", O_RDWR | O_CLOEXEC);

	/* what it says before it has a log is kept: it may be that it can't run at all */
	if (null < 0 || dup2 (null, 0) < 0 || dup2 (null, 1) < 0)
		return fail (err, errno, "open '/dev/null'");
	return 0;
}

static int
await_start (const struct work *work)
{
	char byte;

	return recv (work->peer_start, &byte, 1, 0) == 1 ? 0 : -1;
}

/* CRIU finds the descriptors of its options by the process that made the socket: itself, as it may be in
 * another mount namespace than we are. The other end goes to our parent. */
static int
make_socket (const struct work *work, int *out, struct error *err)
{
	int sockets[2];
	int r;

	if (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, sockets) < 0)
		return fail (err, errno, "make a socket pair");
	r = fd_send_with_fds (work->peer_start, "", 1, &sockets[0], 1, err);
	close (sockets[0]);
	*out = sockets[1];
	return r;
}

static int
become_criu (const struct work *work, struct error *err)
{
	static const char *const elsewhere[] = { "/usr/local/sbin/criu", "/usr/sbin/criu" };
	const struct criu_call *call = work->call;
	char number[16];
	char *const argv[] = { "criu", "swrk", number, NULL };
	int socket = -1;

	if (make_socket (work, &socket, err) < 0)
		return -1;
	snprintf (number, sizeof number, "%d", socket);
	/* it executes tar, ip, iptables */
	setenv ("PATH", DEFAULT_PATH, 0);
	execvp (call->program ? call->program : "criu", argv);
	for (size_t i = 0; !call->program && errno == ENOENT && i < ARRAY_SIZE (elsewhere); i++)
		execv (elsewhere[i], argv);
	if (errno == ENOENT)
		return fail_hint (err, ENOENT, "checkpoint and restore take criu.org",
			"execute '%s'", call->program ? call->program : "criu");
	return fail (err, errno, "execute '%s'", call->program ? call->program : "criu");
}

static int
criu_child (const struct work *work, struct error *err)
{
	const struct criu_call *call = work->call;

	if (call->signals)
		sigprocmask (SIG_SETMASK, call->signals, NULL);
	if (call->dies_with_us && prctl (PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail (err, errno, "tie its life to ours");
	/* a ^C that ends us must not leave a half-frozen container */
	if (!call->keeps_terminal && (setpgid (0, 0) < 0 || redirect_streams (err) < 0))
		return fail (err, errno, "get off the terminal");
	if (call->enter && call->enter (call->data, err) < 0)
		return -1;
	return become_criu (work, err);
}

/* ---- in ours */

static int
wait_for (const struct work *work, int fd, struct error *err)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = work->call->interrupt_fd, .events = POLLIN },
		{ .fd = work->pidfd, .events = POLLIN },
	};

	for (;;) {
		if (poll (fds, ARRAY_SIZE (fds), -1) < 0 && errno != EINTR)
			return fail (err, errno, "wait for CRIU");
		if (fds[1].revents)
			return fail (err, EINTR, "wait for CRIU");
		if (fds[0].revents || fds[2].revents)
			return 0;
	}
}

static int
start (struct work *work, struct error *err)
{
	const struct criu_call *call = work->call;
	int starts[2];

	if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, starts) < 0)
		return fail (err, errno, "make a socket pair");
	work->start = starts[0];
	work->peer_start = starts[1];
	work->pid = fork ();
	if (work->pid == 0) {
		struct error failure = { 0 };

		auto_close_fd (&work->start);
		if (await_start (work) < 0 || criu_child (work, &failure) == 0)
			_exit (1);
		send (work->peer_start, &failure, sizeof failure, MSG_NOSIGNAL);
		_exit (1);
	}
	if (work->pid < 0) {
		work->pid = 0;
		return fail (err, errno, "start a process");
	}
	auto_close_fd (&work->peer_start);
	work->pidfd = pidfd_open (work->pid, 0);
	if (work->pidfd < 0)
		return fail (err, errno, "open a pidfd of CRIU");
	return call->prepare ? call->prepare (call->data, work->pid, err) : 0;
}

/* The length of what came, 0 when the other end has gone. *out_fd: what came with it, owned by the caller;
 * or -1. */
static int
receive_packet (
	const struct work *work, int socket, struct iovec room, int *out_fd, struct error *err)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE (sizeof (int))];
	} control;
	struct msghdr message = {
		.msg_iov = &room,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	struct cmsghdr *header;
	ssize_t n;

	*out_fd = -1;
	if (wait_for (work, socket, err) < 0)
		return -1;
	do
		n = recvmsg (socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == ECONNRESET || errno == EAGAIN))
		return 0;
	if (n < 0)
		return fail (err, errno, "receive from CRIU");
	header = CMSG_FIRSTHDR (&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len >= CMSG_LEN (sizeof (int)))
		memcpy (out_fd, CMSG_DATA (header), sizeof *out_fd);
	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		auto_close_fd (out_fd);
		return fail (err, EMSGSIZE, "receive from CRIU");
	}
	return (int) n;
}

/* Lets the process go, and returns when it is CRIU, or with its error. */
static int
let_go (struct work *work, struct error *err)
{
	struct error failure;
	int fd;
	int n;

	if (send (work->start, "", 1, MSG_NOSIGNAL) < 0)
		return fail (err, errno, "start CRIU");
	do {
		n = receive_packet (
			work, work->start, (struct iovec){ &failure, sizeof failure }, &fd, err);
		if (fd >= 0) {
			auto_close_fd (&work->socket);
			work->socket = fd;
		}
	} while (n == 1);
	if (n < 0)
		return -1;
	if (n == sizeof failure) {
		failure.text[sizeof failure.text - 1] = '\0';
		*err = failure;
		return -1;
	}
	return n == 0 && work->socket >= 0 ? 0 : fail (err, EPROTO, "start CRIU");
}

static int
send_message (const struct work *work, struct buffer *message, struct error *err)
{
	ssize_t n = send (work->socket, message->data, message->size, MSG_NOSIGNAL);

	buffer_done (message);
	return n < 0 ? fail (err, errno, "send to CRIU") : 0;
}

/* 1 with *work->reply, 0 when CRIU has gone. *out_fd as above. */
static int
receive (const struct work *work, int *out_fd, struct error *err)
{
	static char data[REPLY_MAX];
	int n = receive_packet (
		work, work->socket, (struct iovec){ data, sizeof data }, out_fd, err);

	if (n <= 0)
		return n;
	return criu_read_reply (data, (size_t) n, work->reply, err) < 0 ? -1 : 1;
}

static int
answer_notification (const struct work *work, int fd, struct error *err)
{
	const struct criu_call *call = work->call;
	struct buffer answer = { 0 };
	struct error ignored;
	int r = 0;

	if (call->notify)
		r = call->notify (call->data, work->reply, fd, err);
	else
		auto_close_fd (&fd);
	criu_write_notified (&answer, r == 0);
	if (r == 0)
		return send_message (work, &answer, err);
	error_ignore (send_message (work, &answer, &ignored), "the first error is the news");
	return -1;
}

static int
fail_reply (const struct criu_reply *reply, struct error *err)
{
	if (reply->message[0])
		return fail (err, 0, "%s", reply->message);
	if (reply->error > 0)
		return fail (err, reply->error, "CRIU failed");
	return fail (err, 0, "CRIU failed, and says nothing more");
}

static int
converse (struct work *work, struct error *err)
{
	const struct criu_call *call = work->call;
	struct buffer request = { 0 };

	if (call->request == CRIU_FEATURE_CHECK)
		criu_write_feature_check (&request);
	else
		criu_write_request (&request, call->request, call->options);
	if (send_message (work, &request, err) < 0)
		return -1;
	for (;;) {
		int fd;
		int r = receive (work, &fd, err);

		if (r > 0 && work->reply->request == CRIU_NOTIFY && work->reply->success) {
			if (answer_notification (work, fd, err) < 0)
				return -1;
			continue;
		}
		auto_close_fd (&fd);
		if (r < 0)
			return -1;
		if (r == 0)
			return fail (err, 0, "CRIU ended without an answer");
		return work->reply->success ? 0 : fail_reply (work->reply, err);
	}
}

/* Its end. An error of before stays. */
static int
reap (struct work *work, int r, struct error *err)
{
	int status = 0;

	auto_close_fd (&work->socket);
	auto_close_fd (&work->start);
	if (work->pid == 0)
		return r;
	/* it undoes its work when it can; we are interrupted, or what it says makes no sense */
	if (r < 0 && (err->code == EINTR || !work->reply->request))
		kill (work->pid, SIGKILL);
	while (waitpid (work->pid, &status, 0) < 0)
		if (errno != EINTR)
			return r < 0 ? -1 : fail (err, errno, "wait for CRIU");
	/* with PRE_DUMP it waits for the next request, and takes our going for a failure */
	if (r < 0 || status == 0 || work->call->request == CRIU_PRE_DUMP)
		return r;
	return WIFSIGNALED (status)
		       ? fail (err, 0, "CRIU was killed by signal %d", WTERMSIG (status))
		       : fail (err, 0, "CRIU ended with status %d", WEXITSTATUS (status));
}

int
criu_run (const struct criu_call *call, struct criu_reply *out, struct error *err)
{
	struct work work = {
		.call = call,
		.socket = -1,
		.start = -1,
		.peer_start = -1,
		.pidfd = -1,
		.reply = out,
	};
	int r;

	*out = (struct criu_reply){ 0 };
	r = start (&work, err);
	if (r == 0)
		r = let_go (&work, err);
	if (r == 0)
		r = converse (&work, err);
	r = reap (&work, r, err);
	auto_close_fd (&work.peer_start);
	auto_close_fd (&work.pidfd);
	return r;
}

int
criu_version (const char *program, int *out, struct error *err)
{
	const struct criu_call call = {
		.program = program,
		.request = CRIU_VERSION,
		.interrupt_fd = -1,
	};
	struct criu_reply reply;

	if (criu_run (&call, &reply, err) < 0)
		return error_prefix (err, "ask CRIU for its version");
	*out = reply.version;
	return 0;
}

int
criu_features (const char *program, struct criu_reply *out, struct error *err)
{
	const struct criu_call call = {
		.program = program,
		.request = CRIU_FEATURE_CHECK,
		.interrupt_fd = -1,
	};

	if (criu_run (&call, out, err) < 0)
		return error_prefix (err, "ask CRIU for its features");
	return 0;
}
