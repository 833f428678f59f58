/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * notifier: tells a service manager something, as sd_notify(3) does.
 * usage: notifier TEXT
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int
main (int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv ("NOTIFY_SOCKET");
	int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || !path || strlen (path) >= sizeof address.sun_path) {
		fprintf (stderr, "usage: notifier TEXT; with NOTIFY_SOCKET\n");
		return 2;
	}
	memcpy (address.sun_path, path, strlen (path));
	if (sendto (fd, argv[1], strlen (argv[1]), 0, (struct sockaddr *) &address,
		    (socklen_t) (offsetof (struct sockaddr_un, sun_path) + strlen (path))) < 0) {
		perror (path);
		return 1;
	}
	return 0;
}
