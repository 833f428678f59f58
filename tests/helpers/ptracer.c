/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ptracer: lies in wait for strangers (CVE-2016-9962). In a container it watches /proc for processes
 * whose executable is no file of the container, tries to trace them, and to open their memory and
 * what they have open. Writes a line for each that it got: "ptrace", "mem", "fd", "cwd".
 * usage: ptracer FILE SECONDS
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The program that is executed at last is the container's: a name as short as "cat". Of a process that
 * may not be looked at /proc tells this much. */
static bool
is_stranger (pid_t pid)
{
	char path[64], name[64] = "";
	FILE *file;
	bool found;

	snprintf (path, sizeof path, "/proc/%d/comm", (int) pid);
	file = fopen (path, "r");
	found = file && fgets (name, sizeof name, file);
	if (file)
		fclose (file);
	return found && strncmp (name, "true", 4) != 0 && strncmp (name, "ptracer", 7) != 0 &&
	       strncmp (name, "sleep", 5) != 0;
}

/* Checked before and after, as it may have executed the container's program meanwhile. */
static bool
can_open (pid_t pid, const char *what, int flags)
{
	char path[64];
	int fd;

	snprintf (path, sizeof path, "/proc/%d/%s", (int) pid, what);
	fd = is_stranger (pid) ? open (path, flags) : -1;
	if (fd >= 0)
		close (fd);
	return fd >= 0 && is_stranger (pid);
}

static bool
can_trace (pid_t pid)
{
	bool got = is_stranger (pid) && ptrace (PTRACE_SEIZE, pid, 0, 0) == 0;

	if (!got)
		return false;
	ptrace (PTRACE_INTERRUPT, pid, 0, 0);
	waitpid (pid, NULL, __WALL);
	got = is_stranger (pid);
	ptrace (PTRACE_DETACH, pid, 0, 0);
	return got;
}

static void
attack (pid_t pid, FILE *file)
{
	if (can_trace (pid))
		fputs ("ptrace\n", file);
	if (can_open (pid, "mem", O_RDONLY))
		fputs ("mem\n", file);
	if (can_open (pid, "fd/0", O_PATH))
		fputs ("fd\n", file);
	if (can_open (pid, "cwd", O_PATH))
		fputs ("cwd\n", file);
	fflush (file);
}

int
main (int argc, char **argv)
{
	time_t until;
	FILE *file;

	if (argc != 3 || !(file = fopen (argv[1], "w"))) {
		fprintf (stderr, "usage: ptracer FILE SECONDS\n");
		return 2;
	}
	until = time (NULL) + atoi (argv[2]);
	while (time (NULL) < until) {
		DIR *stream = opendir ("/proc");
		struct dirent *entry;

		while (stream && (entry = readdir (stream)))
			if (isdigit ((unsigned char) entry->d_name[0]) &&
				atoi (entry->d_name) != getpid ())
				attack (atoi (entry->d_name), file);
		if (stream)
			closedir (stream);
	}
	return 0;
}
