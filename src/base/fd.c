/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fd.h"
#include "base/auto.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#define MAX_SENT_FDS 32
#define FIRST_ROOM 16384 /* for what most files hold */

struct reading {
	size_t limit;
	char *data;
	size_t size;
};

/* Ignoring the signal would not do: while it is blocked, an ignored one waits all the same, for whoever
 * unblocks it or has a signalfd. */
ssize_t
fd_write_quietly (int fd, const void *data, size_t size)
{
	struct timespec at_once = { 0 };
	sigset_t pipe_signal, before;
	ssize_t n;
	int code;

	sigemptyset (&pipe_signal);
	sigaddset (&pipe_signal, SIGPIPE);
	sigprocmask (SIG_BLOCK, &pipe_signal, &before);
	n = write (fd, data, size);
	code = errno;
	/* that of a write is the thread's own and comes first: one that was sent to us stays */
	if (n < 0 && code == EPIPE)
		error_ignore (sigtimedwait (&pipe_signal, NULL, &at_once), "it is there");
	if (!sigismember (&before, SIGPIPE))
		sigprocmask (SIG_SETMASK, &before, NULL);
	errno = code;
	return n;
}

static int
write_all (int fd, struct iovec rest, ssize_t (*write_some) (int, const void *, size_t),
	const char *what, struct error *err)
{
	while (rest.iov_len > 0) {
		ssize_t n = write_some (fd, rest.iov_base, rest.iov_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail (err, errno, "write '%s'", what);
		rest.iov_base = (char *) rest.iov_base + n;
		rest.iov_len -= (size_t) n;
	}
	return 0;
}

int
fd_write_all (int fd, const void *data, size_t size, const char *what, struct error *err)
{
	return write_all (fd, (struct iovec){ (void *) data, size }, write, what, err);
}

int
fd_write_all_quietly (int fd, const void *data, size_t size, const char *what, struct error *err)
{
	return write_all (fd, (struct iovec){ (void *) data, size }, fd_write_quietly, what, err);
}

/* `expected` bytes are all of it, 0: who knows. */
static int
read_all (int fd, size_t expected, struct reading *out, const char *what, struct error *err)
{
	size_t size = 0, room = expected > 0 ? expected + 2 : FIRST_ROOM, limit = out->limit;
	autofree char *data = NULL;

	if (room > limit + 2)
		room = limit + 2;
	data = xmalloc (room);
	while (expected == 0 || size != expected) {
		ssize_t n;

		if (size + 1 >= room) {
			room *= 2;
			data = xrealloc (data, room);
		}
		n = read (fd, data + size, room - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail (err, errno, "read '%s'", what);
		if (n == 0)
			break;
		size += (size_t) n;
		if (size > limit)
			return fail (err, EFBIG, "read '%s': more than %zu bytes", what, limit);
	}
	data[size] = '\0';
	out->data = take_ptr (data);
	out->size = size;
	return 0;
}

static void
hand_over (const struct reading *reading, char **out_data, size_t *out_size)
{
	*out_data = reading->data;
	if (out_size)
		*out_size = reading->size;
}

int
fd_read_all (int fd, size_t limit, char **out_data, size_t *out_size, const char *what,
	struct error *err)
{
	struct reading reading = { .limit = limit };

	if (read_all (fd, 0, &reading, what, err) < 0)
		return -1;
	hand_over (&reading, out_data, out_size);
	return 0;
}

int
fd_read_file (int dirfd, const char *path, size_t limit, char **out_data, size_t *out_size,
	struct error *err)
{
	autofd fd = openat (dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail (err, errno, "open '%s'", path);
	return fd_read_all (fd, limit, out_data, out_size, path, err);
}

int
fd_read_regular_file (int dirfd, const char *path, size_t limit, char **out_data, size_t *out_size,
	struct error *err)
{
	autofd fd = openat (dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct reading reading = { .limit = limit };
	struct stat st;

	if (fd < 0)
		return fail (err, errno, "open '%s'", path);
	if (fstat (fd, &st) < 0)
		return fail (err, errno, "look at '%s'", path);
	if (!S_ISREG (st.st_mode))
		return fail (err, S_ISDIR (st.st_mode) ? EISDIR : EINVAL,
			"read '%s', which is not a regular file", path);
	if (read_all (fd, (size_t) st.st_size, &reading, path, err) < 0)
		return -1;
	hand_over (&reading, out_data, out_size);
	return 0;
}

int
fd_read_line (int dirfd, const char *path, char *buffer, size_t size, struct error *err)
{
	autofd fd = openat (dirfd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return fail (err, errno, "open '%s'", path);
	do
		n = read (fd, buffer, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "read '%s'", path);
	while (n > 0 && buffer[n - 1] == '\n')
		n--;
	buffer[n] = '\0';
	return (int) n;
}

int
fd_write_file (int dirfd, const char *path, const char *text, struct error *err)
{
	autofd fd = openat (dirfd, path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return fail (err, errno, "open '%s' for writing", path);
	do
		n = write (fd, text, strlen (text));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "write '%s' to '%s'", text, path);
	return 0;
}

int
fd_replace_file (
	int dirfd, const char *name, const void *data, size_t size, mode_t mode, struct error *err)
{
	autofree char *temporary = xasprintf (".%s.new", name);
	autofd fd = openat (dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	/* somebody else is at it, or was killed there */
	if (fd < 0 && errno == EEXIST) {
		free (temporary);
		temporary = xasprintf (".%s.%d.new", name, (int) getpid ());
		fd = openat (dirfd, temporary,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	}
	if (fd < 0)
		return fail (err, errno, "create '%s'", temporary);
	if (fd_write_all (fd, data, size, name, err) < 0) {
		error_ignore (unlinkat (dirfd, temporary, 0), "the write's error is the news");
		return -1;
	}
	if (renameat (dirfd, temporary, dirfd, name) < 0) {
		fail (err, errno, "rename '%s' to '%s'", temporary, name);
		error_ignore (unlinkat (dirfd, temporary, 0), "the rename's error is the news");
		return -1;
	}
	return 0;
}

/* How many at the beginning of fds have numbers that follow each other. */
static size_t
length_of_run (const int *fds, size_t n)
{
	size_t length = 1;

	while (length < n && fds[length] == fds[length - 1] + 1)
		length++;
	return length;
}

void
fd_close_all (const int *fds, size_t n)
{
	while (n > 0) {
		size_t length = length_of_run (fds, n);

		/* Linux 5.9 */
		if (length == 1 ||
			close_range ((unsigned int) fds[0], (unsigned int) fds[length - 1], 0) < 0)
			for (size_t i = 0; i < length; i++)
				close (fds[i]);
		fds += length;
		n -= length;
	}
}

int
fd_connect_unix (const char *path, int type, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);
	autofd directory = -1;

	if (fd < 0)
		return fail (err, errno, "make a unix socket");
	if (strlen (path) < sizeof address.sun_path) {
		memcpy (address.sun_path, path, strlen (path) + 1);
	} else {
		const char *slash = strrchr (path, '/');
		autofree char *parent = slash ? strndup (path, (size_t) (slash - path) + 1) : NULL;
		int n;

		if (!parent)
			return fail (err, ENAMETOOLONG, "connect to '%s'", path);
		directory = open (parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0)
			return fail (err, errno, "open '%s'", parent);
		n = snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s",
			directory, slash + 1);
		if (n < 0 || (size_t) n >= sizeof address.sun_path)
			return fail (err, ENAMETOOLONG, "connect to '%s'", path);
	}
	if (connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
		return fail (err, errno, "connect to '%s'", path);
	return take_fd (&fd);
}

int
fd_send_with_fds (
	int socket, const void *data, size_t size, const int *fds, size_t n_fds, struct error *err)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE (sizeof (int) * MAX_SENT_FDS)];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (n_fds > MAX_SENT_FDS)
		return fail (err, E2BIG, "send %zu file descriptors at once", n_fds);
	if (n_fds > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
		memcpy (CMSG_DATA (&control.header), fds, sizeof (int) * n_fds);
	}
	do
		n = sendmsg (socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "send over a unix socket");
	if ((size_t) n != size)
		return fail (err, EMSGSIZE, "send over a unix socket");
	return 0;
}
