/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * below: going on in a cgroup below the container's. Those are made by its own processes: nothing but
 * what is really there, and really below, is entered.
 */
#include "base/auto.h"
#include "base/fd.h"
#include "base/rooted.h"
#include "base/str.h"
#include "cgroup/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PROC_LIMIT (1 << 20)

static int
go_below (struct arena *arena, struct place *place, const char *path, struct error *err)
{
	int top = place_open (place, err);
	int fd = top < 0 ? -1 : rooted_open_no_symlinks (top, path, O_PATH | O_DIRECTORY, err);

	if (fd < 0)
		return top < 0 ? -1
			       : fail (err, err->code, "open cgroup '%s/%s'", place->path, path);
	place_close (place);
	place->fd = fd;
	place->path = arena_printf (arena, "%s/%s", place->path, path);
	return 0;
}

/* Whether one of "cpu,memory" is the place's. */
static bool
is_meant (const struct place *place, const char *controllers)
{
	for (const char *word = controllers; *word; word += *word == ',') {
		size_t n = strcspn (word, ",");
		autofree char *controller = strndup (word, n);

		if (place->is_v2 ? str_equal (controller, CGROUP2) : place_has (place, controller))
			return true;
		word += n;
	}
	return false;
}

int
cgroup_go_below (
	struct cgroup *cgroup, const char *controllers, const char *path, struct error *err)
{
	size_t n = 0;

	/* CVE-2024-21626's kind: what is not below is the host's */
	if (str_path_has_dotdot (path))
		return fail (err, 0, "'%s' is not below the container's control group", path);
	path += strspn (path, "/");
	for (size_t i = 0; i < cgroup->n; i++) {
		struct place *place = &cgroup->places[i];

		if (!place->is_there || (controllers && !is_meant (place, controllers)))
			continue;
		if (*path == '\0' || go_below (cgroup->arena, place, path, err) == 0)
			n++;
		/* beside v1 hierarchies it holds no limits: it need not be divided as they are */
		else if (controllers || !place->is_v2 || cgroup->n == 1 || err->code != ENOENT)
			return -1;
	}
	if (n > 0)
		return 0;
	if (!controllers)
		return fail (err, 0, "the container has no control group");
	return fail (err, 0, "the container has no control group with '%s'", controllers);
}

/* What is behind the place in a path of /proc/PID/cgroup: "/init.scope" of "/a/b/init.scope" for a
 * place "/sys/fs/cgroup/a/b". NULL when it is not below. */
static const char *
find_below (const struct place *place, const char *path)
{
	size_t n = strlen (path), whole = strlen (place->path);

	for (; n > 0; n--)
		if ((path[n] == '/' || path[n] == '\0') && n <= whole &&
			strncmp (place->path + whole - n, path, n) == 0)
			return path + n;
	return NULL;
}

int
cgroup_go_beside (struct cgroup *cgroup, pid_t init, struct error *err)
{
	struct place *place = cgroup_place_v2 (cgroup);
	autofree char *file = xasprintf ("/proc/%d/cgroup", (int) init);
	autofree char *text = NULL;
	const char *below = NULL;
	char *rest, *line;

	if (fd_read_file (AT_FDCWD, file, PROC_LIMIT, &text, NULL, err) < 0)
		return -1;
	rest = text;
	while (place && (line = strsep (&rest, "\n")))
		if (str_starts (line, "0::"))
			below = find_below (place, line + 3);
	if (!below || !*below)
		return 0;
	return go_below (cgroup->arena, place, below + 1, err) < 0 ? -1 : 1;
}
