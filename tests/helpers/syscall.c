/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * syscall: makes one system call and says what it returned: "4711", or "ENOSYS". A call can be by name
 * (of the few that tests need) or by number, with up to six numbers as arguments.
 * usage: syscall CALL [ARGUMENT...]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	long number;
} calls[] = {
	{ "getpid", SYS_getpid },
	{ "getppid", SYS_getppid },
	{ "getpgid", SYS_getpgid },
	{ "lseek", SYS_lseek },
	{ "close_range", SYS_close_range },
	{ "keyctl", SYS_keyctl },
};

static long
number_of (const char *call)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (strcmp (calls[i].name, call) == 0)
			return calls[i].number;
	return strtol (call, NULL, 0);
}

int
main (int argc, char **argv)
{
	long arguments[6] = { 0 };
	long r;

	if (argc < 2 || argc > 8) {
		fprintf (stderr, "usage: syscall CALL [ARGUMENT...]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		arguments[i - 2] = (long) strtoull (argv[i], NULL, 0);
	r = syscall (number_of (argv[1]), arguments[0], arguments[1], arguments[2], arguments[3],
		arguments[4], arguments[5]);
	if (r >= 0)
		printf ("%ld\n", r);
	else
		printf ("%s\n", strerrorname_np (errno) ? strerrorname_np (errno) : "?");
	return 0;
}
