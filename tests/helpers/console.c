/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * console: what an engine does with a console socket. Listens on the socket, receives a terminal, and
 * copies between it and standard input and output, until all who have its other end open are gone.
 * When standard input ends, the terminal stays. "listening" is written to standard error once it is.
 * usage: console SOCKET [ROWS COLUMNS]
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
die (const char *what)
{
	fprintf (stderr, "console: %s: %s\n", what, strerror (errno));
	exit (1);
}

static int
accept_one (const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd;

	if (strlen (path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		die (path);
	}
	strcpy (address.sun_path, path);
	if (listening < 0 || bind (listening, (struct sockaddr *) &address, sizeof address) < 0 ||
		listen (listening, 1) < 0)
		die (path);
	fputs ("listening\n", stderr);
	fd = accept4 (listening, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		die ("accept");
	close (listening);
	return fd;
}

static int
receive_fd (int socket)
{
	char name[4096];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE (sizeof (int))];
	} control = { 0 };
	struct iovec data = { .iov_base = name, .iov_len = sizeof name };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg (socket, &message, MSG_CMSG_CLOEXEC) < 0)
		die ("recvmsg");
	header = CMSG_FIRSTHDR (&message);
	if (!header || header->cmsg_type != SCM_RIGHTS) {
		errno = EPROTO;
		die ("the message has no file descriptor");
	}
	memcpy (&fd, CMSG_DATA (header), sizeof fd);
	return fd;
}

static void
copy (int terminal)
{
	struct pollfd fds[2] = {
		{ .fd = terminal, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char data[4096];
	ssize_t n;

	while (poll (fds, 2, -1) > 0 || errno == EINTR) {
		if (fds[1].revents) {
			n = read (STDIN_FILENO, data, sizeof data);
			if (n <= 0)
				fds[1].fd = -1;
			else if (write (terminal, data, (size_t) n) < 0)
				die ("write to the terminal");
		}
		if (fds[0].revents) {
			/* EIO: nobody has the other end open any more */
			n = read (terminal, data, sizeof data);
			if (n <= 0)
				return;
			if (write (STDOUT_FILENO, data, (size_t) n) < 0)
				die ("write");
		}
	}
}

int
main (int argc, char **argv)
{
	int socket, terminal;

	if (argc != 2 && argc != 4) {
		fprintf (stderr, "usage: console SOCKET [ROWS COLUMNS]\n");
		return 2;
	}
	prctl (PR_SET_PDEATHSIG, SIGKILL);
	socket = accept_one (argv[1]);
	terminal = receive_fd (socket);
	if (argc == 4) {
		struct winsize size = {
			.ws_row = (unsigned short) atoi (argv[2]),
			.ws_col = (unsigned short) atoi (argv[3]),
		};

		if (ioctl (terminal, TIOCSWINSZ, &size) < 0)
			die ("TIOCSWINSZ");
	}
	copy (terminal);
	return 0;
}
