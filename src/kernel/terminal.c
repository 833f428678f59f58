/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/terminal.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Opening this device makes a pair in the devpts that its file lies in, or that lies at "pts" beside
 * it. */
#define PTMX_DEVICE makedev (5, 2)

static int
open_ptmx (int root_fd, struct error *err)
{
	autofd fd = rooted_open (root_fd, "dev/pts/ptmx", O_RDWR | O_NOCTTY, err);
	struct stat st;

	if (fd < 0 && err->code == ENOENT)
		fd = rooted_open (root_fd, "dev/ptmx", O_RDWR | O_NOCTTY, err);
	if (fd < 0 && err->code == ENOENT)
		return fail_hint (err, 0, "process.terminal needs a mount of type devpts there",
			"the container has no terminals at '/dev/pts'");
	if (fd < 0)
		return -1;
	if (fstat (fd, &st) < 0)
		return fail (err, errno, "look at '/dev/pts/ptmx'");
	if (!S_ISCHR (st.st_mode) || st.st_rdev != PTMX_DEVICE)
		return fail (err, 0, "the container's '/dev/pts/ptmx' is not the device 5:2");
	return take_fd (&fd);
}

int
terminal_open (
	int root_fd, const struct process_plan *process, struct terminal *out, struct error *err)
{
	struct winsize size = { .ws_col = process->console_width,
		.ws_row = process->console_height };
	autofd master = open_ptmx (root_fd, err);
	autofd slave = -1;
	int locked = 0;

	if (master < 0)
		return -1;
	if (ioctl (master, TIOCSPTLCK, &locked) < 0)
		return fail (err, errno, "unlock a new terminal");
	slave = ioctl (master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return fail (err, errno, "open the slave of a new terminal");
	if ((size.ws_col || size.ws_row) && ioctl (master, TIOCSWINSZ, &size) < 0)
		return fail (
			err, errno, "set the terminal's size to %ux%u", size.ws_col, size.ws_row);
	/* The group is devpts's business (its gid= option). */
	if (process->uid != 0)
		error_ignore (fchown (slave, process->uid, (gid_t) -1),
			"the program has it open already, and the user may not be mapped here");
	out->master = take_fd (&master);
	out->slave = take_fd (&slave);
	return 0;
}

int
terminal_take_over (int slave, struct error *err)
{
	if (ioctl (slave, TIOCSCTTY, 0) < 0)
		return fail (err, errno, "make the terminal the controlling one");
	for (int fd = 0; fd < 3; fd++)
		if (dup2 (slave, fd) < 0)
			return fail (err, errno, "make the terminal fd %d", fd);
	return 0;
}

int
terminal_send_master (const char *console_socket, int master, struct error *err)
{
	static const char name[] = "/dev/ptmx";
	autofd socket = fd_connect_unix (console_socket, SOCK_STREAM, err);

	if (socket < 0)
		return error_prefix (err, "console socket");
	if (fd_send_with_fds (socket, name, strlen (name), &master, 1, err) < 0)
		return error_prefix (err, "console socket '%s'", console_socket);
	return 0;
}
