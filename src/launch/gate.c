/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/gate.h"
#include "base/auto.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GO 'g'

/* Through the directory's fd: a state directory's path may be longer than sun_path. */
static struct sockaddr_un
gate_address (int state_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf (
		address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" GATE_NAME, state_fd);
	return address;
}

int
gate_make (int state_fd, struct error *err)
{
	struct sockaddr_un address = gate_address (state_fd);
	autofd fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail (err, errno, "make a unix socket");
	if (bind (fd, (struct sockaddr *) &address, sizeof address) < 0)
		return fail (err, errno, "make the gate '" GATE_NAME "' in the state directory");
	if (listen (fd, 1) < 0)
		return fail (err, errno, "listen at the gate");
	return take_fd (&fd);
}

static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

static void
die (int signal)
{
	_exit (128 + signal);
}

static void
let_signals_kill (struct sigaction saved[ARRAY_SIZE (deadly)])
{
	const struct sigaction action = { .sa_handler = die };
	sigset_t set;

	sigemptyset (&set);
	for (size_t i = 0; i < ARRAY_SIZE (deadly); i++) {
		sigaction (deadly[i], &action, &saved[i]);
		sigaddset (&set, deadly[i]);
	}
	sigprocmask (SIG_UNBLOCK, &set, NULL);
}

static int
accept_start (int gate_fd, struct error *err)
{
	for (;;) {
		autofd connection = accept4 (gate_fd, NULL, NULL, SOCK_CLOEXEC);
		char go;

		if (connection < 0 && errno == EINTR)
			continue;
		if (connection < 0)
			return fail (err, errno, "wait at the gate");
		/* one that connects and goes away without a word (a killed `start`) starts nothing */
		if (recv (connection, &go, sizeof go, 0) == 1 && go == GO)
			return take_fd (&connection);
	}
}

int
gate_wait (int gate_fd, struct error *err)
{
	struct sigaction saved[ARRAY_SIZE (deadly)];
	int connection;

	let_signals_kill (saved);
	connection = accept_start (gate_fd, err);
	for (size_t i = 0; i < ARRAY_SIZE (deadly); i++)
		sigaction (deadly[i], &saved[i], NULL);
	return connection;
}

void
gate_fail (int connection, const struct error *failure)
{
	error_ignore (send (connection, failure, sizeof *failure, MSG_NOSIGNAL),
		"start may have been killed");
}

static int
receive_outcome (int fd, int pidfd, struct error *err)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};
	ssize_t n;

	while (poll (fds, 2, -1) < 0)
		if (errno != EINTR)
			return fail (err, errno, "wait for the container to start");
	do
		n = recv (fd, err, sizeof *err, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == sizeof *err) {
		err->text[sizeof err->text - 1] = '\0';
		return -1;
	}
	/* A dead init's end is closed just like that of one whose program runs. That it died between
	 * the word and the program is told by the error packet, which it sends before it exits; so an
	 * end of file without one is a started program, which may have exited since. */
	if (n == 0)
		return 0;
	return fail (err, n < 0 ? errno : EPROTO, "wait for the container to start");
}

int
gate_open (int state_fd, int pidfd, struct error *err)
{
	struct sockaddr_un address = gate_address (state_fd);
	autofd fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char go = GO;

	if (fd < 0)
		return fail (err, errno, "make a unix socket");
	if (connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
		return fail (err, errno, "connect to the gate of the container");
	if (send (fd, &go, sizeof go, MSG_NOSIGNAL) < 0)
		return fail (err, errno, "open the gate of the container");
	if (receive_outcome (fd, pidfd, err) < 0)
		return -1;
	if (unlinkat (state_fd, GATE_NAME, 0) < 0 && errno != ENOENT)
		return fail (err, errno, "remove the gate of the container");
	return 0;
}

bool
gate_is_waited_at (int state_fd)
{
	struct sockaddr_un address = gate_address (state_fd);
	autofd fd = -1;

	if (faccessat (state_fd, GATE_NAME, F_OK, 0) < 0)
		return false;
	/* init takes a connection without a word for none */
	fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd >= 0 &&
	       (connect (fd, (struct sockaddr *) &address, sizeof address) == 0 || errno == EAGAIN);
}
