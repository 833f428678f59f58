/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rtnl: questions and orders to the kernel about network interfaces, over a NETLINK_ROUTE socket. A
 * socket speaks of the network namespace that it was made in. Source: rtnetlink(7), netlink(7).
 */
#pragma once

#include "base/error.h"

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

/* One message to the kernel: a header, the struct of its type, attributes. */
struct rtnl_request {
	_Alignas(struct nlmsghdr) unsigned char data[1024];
};

/* A socket in the network namespace that we are in. The caller closes it. */
CHECKED int rtnl_open (struct error *err);

/* Begins a message: type is RTM_*, flags NLM_F_* beyond those that every request has, and body the
 * struct of its type (struct ifinfomsg, struct ifaddrmsg). */
void rtnl_begin (
	struct rtnl_request *request, uint16_t type, uint16_t flags, const void *body, size_t size);

/* Adds an attribute. All that we have to say fits: more than the room is a bug, and aborts. */
void rtnl_add (struct rtnl_request *request, uint16_t type, const void *data, size_t size);

/* The attribute of this type among those at `first`, which take `size` bytes; NULL: none. */
const struct rtattr *rtnl_find (const struct rtattr *first, size_t size, uint16_t type);

/* What is done with each message of the answer. */
typedef void rtnl_handler (void *data, const struct nlmsghdr *message);

/* Sends the request and waits for the whole answer. handler may be NULL. On failure the error is the
 * kernel's: its errno value, and in words what it has to add. The caller says what was tried. */
CHECKED int rtnl_ask (int socket, struct rtnl_request *request, rtnl_handler *handler, void *data,
	struct error *err);
