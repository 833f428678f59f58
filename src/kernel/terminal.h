/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * terminal: the container's pseudo terminal.
 *
 * The pair is made by the child from the container's own devpts and both ends are only ever used by
 * fd: nothing of /dev is looked up by name a second time (CVE-2025-52565). The slave is bound over
 * /dev/console with rootfs_bind_fd_over (kernel/rootfs.h); the foreground copying is kernel/relay.h.
 * Source: runtime-spec config.md "Process", ioctl_tty(2).
 */
#pragma once

#include "base/error.h"
#include "plan/process.h"

struct terminal {
	int master; /* owned */
	int slave; /* owned */
};

/* Child, when /dev/pts is mounted. Makes a pair from dev/pts/ptmx below root_fd (the root of the
 * container, or "/" after entering it), of the plan's size, the slave owned by the plan's user. */
CHECKED int terminal_open (
	int root_fd, const struct process_plan *process, struct terminal *out, struct error *err);

/* Child, leader of a session (setsid). Makes the slave its controlling terminal and fds 0, 1, 2. */
CHECKED int terminal_take_over (int slave, struct error *err);

/* Sends the master to the engine that listens at console_socket, with "/dev/ptmx" as the message. */
CHECKED int terminal_send_master (const char *console_socket, int master, struct error *err);
