/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/cpuset.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define OPEN_MAX_FDS 16

/* The files of one inheritance, which are closed together: their numbers mostly follow each other. */
struct open_files {
	int fds[OPEN_MAX_FDS]; /* owned */
	size_t n;
};

static void
close_files (struct open_files *files)
{
	fd_close_all (files->fds, files->n);
	files->n = 0;
}

static int
open_file (struct open_files *files, const char *name, int flags, struct error *err)
{
	int fd;

	if (files->n == OPEN_MAX_FDS)
		close_files (files);
	fd = open (name, flags | O_CLOEXEC);
	if (fd < 0)
		return fail (err, errno, "open '%s'", name);
	files->fds[files->n++] = fd;
	return fd;
}

static int
read_value (struct open_files *files, const char *name, char value[PLACE_LINE], struct error *err)
{
	int fd = open_file (files, name, O_RDONLY, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read (fd, value, PLACE_LINE - 1);
	if (n < 0)
		return fail (err, errno, "read '%s'", name);
	while (n > 0 && value[n - 1] == '\n')
		n--;
	value[n] = '\0';
	return (int) n;
}

static int
write_value (struct open_files *files, const char *name, const char *value, struct error *err)
{
	int fd = open_file (files, name, O_WRONLY, err);

	if (fd < 0)
		return -1;
	if (write (fd, value, strlen (value)) < 0)
		return fail (err, errno, "write '%s' to '%s'", value, name);
	return 0;
}

/* The length of path without its last component. */
static size_t
parent_length (const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	while (length > 0 && path[length - 1] == '/')
		length--;
	return length;
}

/* Finds who is the next above with a value, and hands it down. A directory that was just made is
 * known to be empty; with cgroup.clone_children it is not, and is written once more what it has. */
static int
inherit (struct place *place, const char *file, struct open_files *files, struct error *err)
{
	size_t whole = strlen (place->path);
	size_t length = whole;
	char value[PLACE_LINE];
	int n = 0;

	if (place->made)
		length = parent_length (place->path, length);
	for (;; length = parent_length (place->path, length)) {
		autofree char *name = xasprintf ("%.*s/%s", (int) length, place->path, file);

		n = read_value (files, name, value, err);
		if (n < 0)
			return -1;
		if (n > 0 || length <= place->mount_length)
			break;
	}
	while (n > 0 && length < whole) {
		autofree char *name = NULL;

		length += strspn (place->path + length, "/");
		length += strcspn (place->path + length, "/");
		name = xasprintf ("%.*s/%s", (int) length, place->path, file);
		if (write_value (files, name, value, err) < 0)
			return -1;
	}
	return 0;
}

int
cpuset_inherit (struct place *place, struct error *err)
{
	AUTO (close_files) struct open_files files = { .n = 0 };

	if (inherit (place, "cpuset.cpus", &files, err) < 0)
		return -1;
	return inherit (place, "cpuset.mems", &files, err);
}
