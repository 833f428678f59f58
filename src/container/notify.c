/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/notify.h"
#include "base/auto.h"
#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define DIRECTORY "notify"
#define SOCKET_NAME DIRECTORY "/notify.sock"
#define MESSAGE_MAX 4096

int
notify_prepare (struct container *container, struct plan *plan, struct error *err)
{
	struct mount_plan *mounts;

	if (mkdirat (container->dir_fd, DIRECTORY, 0755) < 0)
		return fail (err, errno, "make '%s/" DIRECTORY "'", container->path);
	mounts = arena_alloc (&plan->arena, (plan->n_mounts + 1) * sizeof *mounts);
	if (plan->n_mounts > 0)
		memcpy (mounts, plan->mounts, plan->n_mounts * sizeof *mounts);
	mounts[plan->n_mounts] = (struct mount_plan){
		.destination = NOTIFY_DIRECTORY,
		.type = "bind",
		.source = arena_printf (&plan->arena, "%s/" DIRECTORY, container->path),
		.options = { .bind = true,
			.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
	};
	plan->mounts = mounts;
	plan->n_mounts++;
	return 0;
}

int
notify_listen (
	struct container *container, const char *manager, struct notify *out, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd fd = -1;

	*out = (struct notify){ .fd = -1, .manager = manager };
	if (!manager || faccessat (container->dir_fd, DIRECTORY, F_OK, 0) < 0)
		return 0;
	fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail (err, errno, "make a unix socket");
	/* through the directory's fd: its path may be longer than sun_path */
	snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" SOCKET_NAME,
		container->dir_fd);
	unlinkat (container->dir_fd, SOCKET_NAME, 0);
	if (bind (fd, (struct sockaddr *) &address, sizeof address) < 0)
		return fail (err, errno, "make '%s/" SOCKET_NAME "'", container->path);
	/* whoever the program runs as */
	if (fchmodat (container->dir_fd, SOCKET_NAME, 0777, 0) < 0)
		return fail (err, errno, "open '%s/" SOCKET_NAME "' to all", container->path);
	out->fd = take_fd (&fd);
	return 0;
}

static bool
has_line (char *text, const char *wanted)
{
	char *line;

	while ((line = strsep (&text, "\n")))
		if (str_equal (line, wanted))
			return true;
	return false;
}

static int
tell_manager (const struct notify *notify, pid_t pid, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen (notify->manager);
	autofd fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[64];

	if (fd < 0)
		return fail (err, errno, "make a unix socket");
	if (length >= sizeof address.sun_path)
		return fail (err, ENAMETOOLONG, "NOTIFY_SOCKET '%s'", notify->manager);
	memcpy (address.sun_path, notify->manager, length);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	snprintf (text, sizeof text, "READY=1\nMAINPID=%d\n", (int) pid);
	if (sendto (fd, text, strlen (text), MSG_NOSIGNAL, (struct sockaddr *) &address,
		    (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length)) < 0)
		return fail (err, errno, "tell NOTIFY_SOCKET '%s'", notify->manager);
	return 0;
}

int
notify_on_ready (struct notify *notify, pid_t pid, struct error *err)
{
	char text[MESSAGE_MAX + 1];

	for (;;) {
		ssize_t n = recv (notify->fd, text, MESSAGE_MAX, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return fail (err, errno, "receive the program's notification");
		text[n] = '\0';
		if (!has_line (text, "READY=1"))
			continue;
		close (take_fd (&notify->fd));
		return tell_manager (notify, pid, err);
	}
}

int
notify_wait (struct notify *notify, int pidfd, pid_t pid, struct error *err)
{
	while (notify->fd >= 0) {
		struct pollfd fds[] = {
			{ .fd = notify->fd, .events = POLLIN },
			{ .fd = pidfd, .events = POLLIN },
		};

		if (poll (fds, 2, -1) < 0 && errno != EINTR)
			return fail (err, errno, "wait for the program to be ready");
		if (fds[0].revents && notify_on_ready (notify, pid, err) < 0)
			return -1;
		if (fds[1].revents)
			return 0;
	}
	return 0;
}

void
notify_done (struct notify *notify)
{
	auto_close_fd (&notify->fd);
}
