/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp_agent: what a seccomp agent is to a runtime. Listens on SOCKET, takes one connection after
 * the other, writes the state that comes with each to STATE_FILE.1, STATE_FILE.2, ... and answers getpgid with
 * VALUE, and lets every other call that it is asked about go on. Ends when it is killed, or when its parent
 * dies.
 * usage: seccomp_agent SOCKET STATE_FILE VALUE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTENERS_MAX 15
#define GRACE_MS 100

static void
die (const char *what)
{
	fprintf (stderr, "seccomp_agent: %s: %s\n", what, strerror (errno));
	exit (1);
}

static int
listen_on (const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen (path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		die (path);
	}
	memcpy (address.sun_path, path, strlen (path) + 1);
	if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0 ||
		listen (fd, LISTENERS_MAX) < 0)
		die (path);
	return fd;
}

/* Under another name first, so that who waits for the file finds all of it. */
static void
write_state (const char *path, const char *state, size_t size)
{
	static int number;
	char name[512], new[520];
	int fd;

	snprintf (name, sizeof name, "%s.%d", path, ++number);
	snprintf (new, sizeof new, "%s.new", name);
	fd = open (new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write (fd, state, size) != (ssize_t) size || rename (new, name) < 0)
		die (name);
	close (fd);
}

/* All that the runtime has to say; not every one closes the connection after that. Returns the
 * listener. */
static int
receive (int connection, const char *path)
{
	static char state[1 << 16];
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE (sizeof (int) * 4)];
	} control;
	struct pollfd more = { .fd = connection, .events = POLLIN };
	size_t size = 0;
	int listener = -1;

	while (poll (&more, 1, size > 0 ? GRACE_MS : -1) > 0) {
		struct iovec iov = { state + size, sizeof state - size };
		struct msghdr message = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof control };
		ssize_t n = recvmsg (connection, &message, MSG_CMSG_CLOEXEC);
		struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;

		if (n < 0)
			die ("receive");
		if (n == 0)
			break;
		if (header && header->cmsg_type == SCM_RIGHTS)
			memcpy (&listener, CMSG_DATA (header), sizeof listener);
		size += (size_t) n;
	}
	write_state (path, state, size);
	return listener;
}

static void
answer (int listener, long long value)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp response = { 0 };

	if (ioctl (listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
		return;
	if (request.data.nr == SYS_getpgid)
		response.val = value;
	else
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	response.id = request.id;
	/* it may be gone by now */
	(void) ioctl (listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int
main (int argc, char **argv)
{
	struct pollfd fds[LISTENERS_MAX + 1];
	nfds_t n = 1;

	if (argc != 4) {
		fprintf (stderr, "usage: seccomp_agent SOCKET STATE_FILE VALUE\n");
		return 2;
	}
	prctl (PR_SET_PDEATHSIG, SIGKILL);
	fds[0] = (struct pollfd){ .fd = listen_on (argv[1]), .events = POLLIN };
	while (poll (fds, n, -1) > 0) {
		for (nfds_t i = 1; i < n; i++) {
			if (fds[i].revents & POLLIN)
				answer (fds[i].fd, strtoll (argv[3], NULL, 0));
			else if (fds[i].revents)
				fds[i].fd = -1;
		}
		if (fds[0].revents & POLLIN && n <= LISTENERS_MAX) {
			int connection = accept4 (fds[0].fd, NULL, NULL, SOCK_CLOEXEC);

			fds[n++] = (struct pollfd){ .fd = receive (connection, argv[2]),
				.events = POLLIN };
			close (connection);
		}
	}
	die ("poll");
}
