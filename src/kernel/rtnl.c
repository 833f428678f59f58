/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/rtnl.h"
#include "base/auto.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* A dump comes in packets of this size at most: the kernel goes by the room it is offered. */
#define ANSWER_SIZE 32768

static struct nlmsghdr *
header_of (struct rtnl_request *request)
{
	return (struct nlmsghdr *) request->data;
}

int
rtnl_open (struct error *err)
{
	const int on = 1;
	autofd fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return fail (err, errno, "make a netlink socket");
	/* the kernel's reason in words, and not our own message with it; strictness is what makes it
	 * look at the index in a question for addresses, which otherwise we do ourselves */
	error_ignore (
		setsockopt (fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on), "it says less then");
	error_ignore (
		setsockopt (fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on), "it says more then");
	error_ignore (setsockopt (fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on),
		"it answers more then");
	return take_fd (&fd);
}

void
rtnl_begin (
	struct rtnl_request *request, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	struct nlmsghdr *header = header_of (request);

	memset (request, 0, sizeof *request);
	*header = (struct nlmsghdr){
		.nlmsg_len = (uint32_t) NLMSG_LENGTH (size),
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags),
	};
	memcpy (NLMSG_DATA (header), body, size);
}

void
rtnl_add (struct rtnl_request *request, uint16_t type, const void *data, size_t size)
{
	struct nlmsghdr *header = header_of (request);
	size_t at = NLMSG_ALIGN (header->nlmsg_len);
	struct rtattr *attribute = (struct rtattr *) (request->data + at);

	if (at + RTA_SPACE (size) > sizeof request->data)
		abort ();
	attribute->rta_type = type;
	attribute->rta_len = (uint16_t) RTA_LENGTH (size);
	memcpy (RTA_DATA (attribute), data, size);
	header->nlmsg_len = (uint32_t) (at + RTA_LENGTH (size));
}

const struct rtattr *
rtnl_find (const struct rtattr *first, size_t size, uint16_t type)
{
	const struct rtattr *attribute = first;

	for (; RTA_OK (attribute, size); attribute = RTA_NEXT (attribute, size))
		if ((attribute->rta_type & NLA_TYPE_MASK) == type)
			return attribute;
	return NULL;
}

/* What the kernel says in words, or NULL. It stands behind the header of the message that is
 * answered. */
static const char *
words_of (const struct nlmsghdr *message)
{
	size_t skip = NLMSG_LENGTH (sizeof (struct nlmsgerr));
	const struct nlmsgerr *answer = NLMSG_DATA (message);
	const struct rtattr *words;
	const char *text;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN (answer->msg.nlmsg_len) - sizeof answer->msg;
	if (skip >= message->nlmsg_len)
		return NULL;
	words = rtnl_find ((const struct rtattr *) ((const char *) message + skip),
		message->nlmsg_len - skip, NLMSGERR_ATTR_MSG);
	if (!words || RTA_PAYLOAD (words) == 0)
		return NULL;
	text = RTA_DATA (words);
	return text[RTA_PAYLOAD (words) - 1] == '\0' ? text : NULL;
}

/* 0 when it says that all is well. */
static int
judge (const struct nlmsghdr *message, struct error *err)
{
	const struct nlmsgerr *answer = NLMSG_DATA (message);
	const char *words;

	if (message->nlmsg_len < NLMSG_LENGTH (sizeof *answer))
		return fail (err, EPROTO, "the kernel's answer is too short");
	if (answer->error == 0)
		return 0;
	words = words_of (message);
	fail (err, 0, "%s%s%s%s", error_errno_text (-answer->error), words ? " (" : "",
		words ? words : "", words ? ")" : "");
	err->code = -answer->error;
	return -1;
}

/* A dump ends with a message of its own, which may hold an error; all else with an error message,
 * which may say that there is none. */
static int
is_last (const struct nlmsghdr *message, struct error *err)
{
	int code;

	if (message->nlmsg_type == NLMSG_ERROR)
		return judge (message, err) < 0 ? -1 : 1;
	if (message->nlmsg_type != NLMSG_DONE)
		return 0;
	if (message->nlmsg_len < NLMSG_LENGTH (sizeof code))
		return 1;
	memcpy (&code, NLMSG_DATA (message), sizeof code);
	if (code == 0)
		return 1;
	fail (err, 0, "%s", error_errno_text (-code));
	err->code = -code;
	return -1;
}

static int
receive (int socket, rtnl_handler *handler, void *data, struct error *err)
{
	autofree char *packet = malloc (ANSWER_SIZE);
	int last = 0;

	if (!packet)
		return fail (err, ENOMEM, "receive the kernel's answer");
	while (last == 0) {
		const struct nlmsghdr *message = (const struct nlmsghdr *) packet;
		ssize_t n = recv (socket, packet, ANSWER_SIZE, MSG_TRUNC);
		size_t left;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail (err, errno, "receive the kernel's answer");
		if (n > ANSWER_SIZE)
			return fail (err, EMSGSIZE, "receive the kernel's answer");
		left = (size_t) n;
		for (; last == 0 && NLMSG_OK (message, left);
			message = NLMSG_NEXT (message, left)) {
			last = is_last (message, err);
			if (last == 0 && handler)
				handler (data, message);
		}
	}
	return last < 0 ? -1 : 0;
}

int
rtnl_ask (int socket, struct rtnl_request *request, rtnl_handler *handler, void *data,
	struct error *err)
{
	struct nlmsghdr *header = header_of (request);

	header->nlmsg_flags |= NLM_F_ACK;
	if (send (socket, header, header->nlmsg_len, 0) < 0)
		return fail (err, errno, "ask the kernel");
	return receive (socket, handler, data, err);
}
