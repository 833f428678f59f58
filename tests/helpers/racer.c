/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * racer: exchanges two names for each other as fast as it can, until it is killed or its parent dies.
 * What a container does to the files of a volume while another one is being created on it.
 * usage: racer A B
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

int
main (int argc, char **argv)
{
	if (argc != 3) {
		fprintf (stderr, "usage: racer A B\n");
		return 2;
	}
	prctl (PR_SET_PDEATHSIG, SIGKILL);
	while (renameat2 (AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) == 0 ||
		errno == ENOENT)
		;
	fprintf (stderr, "racer: exchange '%s' and '%s': %s\n", argv[1], argv[2], strerror (errno));
	return 1;
}
