/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * keylabel: prints the LSM label of its session keyring.
 */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int
main (void)
{
	char label[256] = "";

	if (syscall (SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, label,
		    sizeof label - 1) < 0) {
		fprintf (stderr, "keylabel: %s\n", strerror (errno));
		return 1;
	}
	puts (label);
	return 0;
}
