/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/protocol.h"
#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Who may say it. The receiver is the parent for all but the parent's own. */
static const struct {
	const char *name;
	unsigned int senders; /* bits of enum actor */
} message_table[MESSAGE_KINDS] = {
	[MESSAGE_INIT_PID] = { "init is", 1u << ACTOR_MIDDLE },
	[MESSAGE_IDS_MAPPED] = { "ids are mapped", 1u << ACTOR_PARENT },
	[MESSAGE_CGROUP_READY] = { "control group is ready", 1u << ACTOR_PARENT },
	[MESSAGE_NETWORK] = { "network namespace", 1u << ACTOR_INIT },
	[MESSAGE_DEVICES_MOVED] = { "network devices are there", 1u << ACTOR_PARENT },
	[MESSAGE_CONSOLE] = { "console", 1u << ACTOR_INIT },
	[MESSAGE_RUN_RUNTIME_HOOKS] = { "run the runtime hooks", 1u << ACTOR_INIT },
	[MESSAGE_HOOKS_DONE] = { "hooks have run", 1u << ACTOR_PARENT },
	[MESSAGE_READY] = { "ready", 1u << ACTOR_INIT },
	[MESSAGE_RECORDED] = { "recorded", 1u << ACTOR_PARENT },
	[MESSAGE_START] = { "start", 1u << ACTOR_PARENT },
	[MESSAGE_FAILED] = { "failed", 1u << ACTOR_MIDDLE | 1u << ACTOR_INIT },
};

const char *
message_name (enum message_kind kind)
{
	return kind < MESSAGE_KINDS ? message_table[kind].name : "an unknown message";
}

/* A short message when there is no error in it: most have none. */
static size_t
message_size (const struct message *message)
{
	if (message->kind == MESSAGE_FAILED)
		return offsetof (struct message, fds);
	return offsetof (struct message, error);
}

void
message_close_fds (struct message *message)
{
	fd_close_all (message->fds, message->n_fds);
	message->n_fds = 0;
}

void
message_send_failure (const struct channel *channel, const struct error *failure)
{
	struct message message = {
		.kind = MESSAGE_FAILED, .sender = channel->self, .error = *failure
	};

	error_ignore (send (channel->socket, &message, message_size (&message), MSG_NOSIGNAL),
		"the peer sees the end of file then");
}

/* Waits until the socket can be read. A dead peer makes it readable too: its end is closed, unless
 * somebody else still holds it, and that is what the pidfd is for. */
static int
wait_readable (const struct channel *channel, struct error *err)
{
	struct pollfd fds[] = {
		{ .fd = channel->socket, .events = POLLIN },
		{ .fd = channel->peer_pidfd, .events = POLLIN },
		{ .fd = channel->interrupt_fd, .events = POLLIN },
	};

	while (poll (fds, 3, -1) < 0)
		if (errno != EINTR)
			return fail (err, errno, "wait for a message");
	if (fds[2].revents)
		return fail (err, 0, "interrupted by a signal");
	return fds[0].revents != 0;
}

static int
receive_packet (int socket, struct message *out, struct error *err)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE (sizeof (int) * MESSAGE_FDS)];
	} control = { 0 };
	struct iovec iov = { .iov_base = out, .iov_len = offsetof (struct message, fds) };
	struct msghdr header = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	struct cmsghdr *cmsg;
	ssize_t n;

	/* A peer that dies before it has read all that it was sent resets the connection. That is told
	 * once, and before what the peer has said itself: its last words are still to come. */
	do
		n = recvmsg (socket, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return fail (err, errno, "receive a message");
	if (n <= 0)
		return 0;
	out->n_fds = 0;
	cmsg = CMSG_FIRSTHDR (&header);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
		out->n_fds = (cmsg->cmsg_len - CMSG_LEN (0)) / sizeof *out->fds;
		memcpy (out->fds, CMSG_DATA (cmsg), out->n_fds * sizeof *out->fds);
	}
	if ((size_t) n >= offsetof (struct message, error) && (size_t) n >= message_size (out))
		return 1;
	message_close_fds (out);
	return fail (err, EPROTO, "receive a message of %zd bytes", n);
}

/* There is nobody to send to any more: the reason is in what the child said before it died, if it had
 * the time. */
static int
fail_with_last_words (const struct channel *channel, struct error *err)
{
	struct message last;
	struct error ignored;

	while (receive_packet (channel->socket, &last, &ignored) > 0) {
		message_close_fds (&last);
		if (last.kind != MESSAGE_FAILED)
			continue;
		*err = last.error;
		err->text[sizeof err->text - 1] = '\0';
		return -1;
	}
	return -1;
}

int
message_send (const struct channel *channel, struct message *message, struct error *err)
{
	message->sender = channel->self;
	if (fd_send_with_fds (channel->socket, message, message_size (message), message->fds,
		    message->n_fds, err) == 0)
		return 0;
	error_prefix (err, "tell '%s'", message_name (message->kind));
	if (channel->self == ACTOR_PARENT && (err->code == EPIPE || err->code == ECONNRESET))
		return fail_with_last_words (channel, err);
	return -1;
}

int
message_say (const struct channel *channel, enum message_kind kind, struct error *err)
{
	struct message message = { .kind = kind };

	return message_send (channel, &message, err);
}

int
message_receive (const struct channel *channel, struct message *out, struct error *err)
{
	bool is_parent = channel->self == ACTOR_PARENT;
	int n;

	if (channel->peer_pidfd >= 0 || channel->interrupt_fd >= 0) {
		n = wait_readable (channel, err);
		if (n <= 0)
			return n;
	}
	n = receive_packet (channel->socket, out, err);
	if (n <= 0)
		return n;
	if (out->kind >= MESSAGE_KINDS || out->sender >= ACTORS ||
		!(message_table[out->kind].senders & 1u << out->sender) ||
		is_parent == (out->sender == ACTOR_PARENT)) {
		message_close_fds (out);
		return fail (err, EPROTO, "receive message %u from %u", out->kind, out->sender);
	}
	return 1;
}

int
message_expect (const struct channel *channel, enum message_kind kind, struct message *out,
	struct error *err)
{
	int n = message_receive (channel, out, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return fail (err, 0, "the %s died before it said '%s'",
			channel->self == ACTOR_PARENT ? "container's first process" : "runtime",
			message_name (kind));
	if (out->kind == (uint32_t) kind)
		return 0;
	message_close_fds (out);
	if (out->kind == MESSAGE_FAILED) {
		*err = out->error;
		err->text[sizeof err->text - 1] = '\0';
		return -1;
	}
	return fail (err, EPROTO, "'%s' came when '%s' was expected", message_name (out->kind),
		message_name (kind));
}
