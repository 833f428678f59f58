/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/place.h"
#include "base/auto.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int
place_open (struct place *place, struct error *err)
{
	if (place->fd >= 0)
		return place->fd;
	place->fd = open (place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->fd < 0)
		return fail (err, errno, "open cgroup '%s'", place->path);
	return place->fd;
}

int
place_open_file (struct place *place, const char *file, int flags, struct error *err)
{
	autofree char *path = place->fd < 0 ? xasprintf ("%s/%s", place->path, file) : NULL;
	int fd = openat (place->fd, path ? path : file, flags | O_CLOEXEC);

	if (fd < 0)
		return fail (err, errno, "open '%s/%s'", place->path, file);
	return fd;
}

int
place_write (struct place *place, const char *file, const char *text, struct error *err)
{
	autofd fd = place_open_file (place, file, O_WRONLY, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = write (fd, text, strlen (text));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "write '%s' to '%s/%s'", text, place->path, file);
	return 0;
}

int
place_read (struct place *place, const char *file, char *text, size_t size, struct error *err)
{
	autofd fd = place_open_file (place, file, O_RDONLY, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read (fd, text, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "read '%s/%s'", place->path, file);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return (int) n;
}

int
place_read_u64 (struct place *place, const char *file, uint64_t *out, struct error *err)
{
	char text[32];

	if (place_read (place, file, text, sizeof text, err) < 0)
		return -1;
	if (str_equal (text, "max"))
		*out = UINT64_MAX;
	else if (!str_to_u64 (text, UINT64_MAX, out))
		return fail (err, 0, "read '%s/%s': '%s' is no number", place->path, file, text);
	return 0;
}

bool
place_has (const struct place *place, const char *controller)
{
	return !place->is_v2 && cgroup_list_has (place->hierarchy, ',', controller);
}

void
place_close (struct place *place)
{
	auto_close_fd (&place->fd);
}
