/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/loopback.h"
#include "base/auto.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int
loopback_up (struct error *err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	autofd fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		return 0; /* a kernel without IPv4 has no 127.0.0.1 to wait for */
	if (fd < 0)
		return fail (err, errno, "make a socket");
	/* the other flags of lo (LOOPBACK, RUNNING) are the kernel's and not changed by this */
	if (ioctl (fd, SIOCSIFFLAGS, &request) < 0)
		return fail (err, errno, "bring up 'lo'");
	return 0;
}
