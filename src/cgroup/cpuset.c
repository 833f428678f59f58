/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/cpuset.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"

#include <fcntl.h>
#include <string.h>

static int
read_value (const char *path, size_t length, const char *file, char value[PLACE_LINE],
	struct error *err)
{
	autofree char *name = xasprintf ("%.*s/%s", (int) length, path, file);

	return fd_read_line (AT_FDCWD, name, value, PLACE_LINE, err);
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
inherit (struct place *place, const char *file, struct error *err)
{
	size_t whole = strlen (place->path);
	size_t length = whole;
	char value[PLACE_LINE];
	int n = 0;

	if (place->made)
		length = parent_length (place->path, length);
	for (;; length = parent_length (place->path, length)) {
		n = read_value (place->path, length, file, value, err);
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
		if (fd_write_file (AT_FDCWD, name, value, err) < 0)
			return -1;
	}
	return 0;
}

int
cpuset_inherit (struct place *place, struct error *err)
{
	if (inherit (place, "cpuset.cpus", err) < 0)
		return -1;
	return inherit (place, "cpuset.mems", err);
}
