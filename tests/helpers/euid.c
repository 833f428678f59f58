/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * euid: prints its effective user id. A set-user-id program that, unlike busybox, drops nothing.
 */
#include <stdio.h>
#include <unistd.h>

int
main (void)
{
	printf ("%u\n", geteuid ());
	return 0;
}
