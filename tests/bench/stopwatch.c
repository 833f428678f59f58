/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * stopwatch: runs commands one after the other and prints how long they took together, in nanoseconds,
 * and the largest memory of any of them, in KiB. They get /dev/null for standard input and output. It
 * is a small static program because what runs a command lends it its size until the exec.
 * usage: stopwatch [-p PIDFILE] : COMMAND... [: COMMAND...]
 * -p: before the last command, wait until the process in PIDFILE has ended; that time is not counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void
die (const char *what)
{
	fprintf (stderr, "stopwatch: %s: %s\n", what, strerror (errno));
	exit (125);
}

static int64_t
now (void)
{
	struct timespec time;

	clock_gettime (CLOCK_MONOTONIC, &time);
	return (int64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t
run (char **command, long *memory)
{
	const int64_t begin = now ();
	struct rusage usage;
	int64_t taken;
	int status;
	pid_t pid = vfork ();

	if (pid < 0)
		die ("vfork");
	if (pid == 0) {
		execv (command[0], command);
		_exit (127);
	}
	if (wait4 (pid, &status, 0, &usage) < 0)
		die ("wait4");
	taken = now () - begin;
	if (status != 0) {
		fprintf (stderr, "stopwatch: '%s' failed: wait status %#x\n", command[0],
			(unsigned int) status);
		exit (1);
	}
	if (usage.ru_maxrss > *memory)
		*memory = usage.ru_maxrss;
	return taken;
}

static void
wait_for_end (const char *file)
{
	char text[16] = "";
	int fd = open (file, O_RDONLY | O_CLOEXEC);
	struct pollfd end = { .events = POLLIN };

	if (fd < 0 || read (fd, text, sizeof text - 1) < 0)
		die (file);
	close (fd);
	end.fd = pidfd_open (atoi (text), 0);
	if (end.fd < 0 && errno == ESRCH)
		return;
	if (end.fd < 0)
		die ("pidfd_open");
	if (poll (&end, 1, 10000) != 1)
		die ("the container does not end");
	close (end.fd);
}

int
main (int argc, char **argv)
{
	const char *pid_file = NULL;
	int64_t total = 0;
	long memory = 0;
	int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
	int output = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	char **next = argv + 1;

	if (null < 0 || output < 0 || dup2 (null, STDIN_FILENO) < 0 ||
		dup2 (null, STDOUT_FILENO) < 0)
		die ("standard streams");
	if (argc > 2 && strcmp (*next, "-p") == 0) {
		pid_file = next[1];
		next += 2;
	}
	while (*next && strcmp (*next, ":") == 0) {
		char **command = ++next;

		while (*next && strcmp (*next, ":") != 0)
			next++;
		if (!*next && pid_file)
			wait_for_end (pid_file);
		if (*next)
			*next = NULL;
		total += run (command, &memory);
		if (next < argv + argc)
			*next = ":";
	}
	dprintf (output, "%lld %ld\n", (long long) total, memory);
	return 0;
}
