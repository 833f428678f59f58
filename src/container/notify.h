/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * notify: readiness notification (sd_notify(3)) from the container's program to the service manager
 * that started us.
 *
 * The manager's socket is not in the container. So the state directory gets a directory "notify",
 * which is mounted at /run/notify inside; whoever lets the program go (run, start) listens on a socket
 * in it, tells the manager "READY=1" and "MAINPID=" with the pid as the host has it, and nothing else
 * that the program says.
 */
#pragma once

#include "container/container.h"
#include "plan/plan.h"

#include <sys/types.h>

#define NOTIFY_DIRECTORY "/run/notify" /* inside */
#define NOTIFY_VARIABLE "NOTIFY_SOCKET=" NOTIFY_DIRECTORY "/notify.sock"

struct notify {
	int fd; /* owned; -1: there is nothing to wait for (any more) */
	const char
		*manager; /* the manager's socket: a path, or '@' and an abstract name; borrowed */
};

/* At create: makes the directory and adds its mount to the plan. */
CHECKED int notify_prepare (struct container *container, struct plan *plan, struct error *err);

/* Before the program is let go: listens. Nothing happens when manager is NULL, or the container was
 * created without one. */
CHECKED int notify_listen (
	struct container *container, const char *manager, struct notify *out, struct error *err);

/* Takes what has arrived at fd, and passes readiness on. Closes fd once that is done. */
CHECKED int notify_on_ready (struct notify *notify, pid_t pid, struct error *err);

/* Waits until the program is ready, or has ended: then its pidfd can be read. */
CHECKED int notify_wait (struct notify *notify, int pidfd, pid_t pid, struct error *err);

void notify_done (struct notify *notify);
