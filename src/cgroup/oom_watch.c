/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/oom_watch.h"
#include "base/auto.h"
#include "base/str.h"
#include "cgroup/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

/* The number behind "oom_kill" in memory.events. */
static int
count_kills (struct place *place, uint64_t *out, struct error *err)
{
	char text[PLACE_LINE];
	char *rest = text, *line;

	if (place_read (place, "memory.events", text, sizeof text, err) < 0)
		return -1;
	while ((line = strsep (&rest, "\n")))
		if (str_starts (line, "oom_kill ") && str_to_u64 (line + 9, UINT64_MAX, out))
			return 0;
	return fail (err, 0, "'%s/memory.events' has no oom_kill", place->path);
}

static int
watch_v2 (struct place *place, struct oom_watch *out, struct error *err)
{
	autofree char *path = xasprintf ("%s/memory.events", place->path);
	autofd fd = -1;

	if (access (path, F_OK) < 0)
		return 0;
	fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 || inotify_add_watch (fd, path, IN_MODIFY) < 0)
		return fail (err, errno, "watch '%s'", path);
	if (count_kills (place, &out->kills, err) < 0)
		return -1;
	out->fd = take_fd (&fd);
	return 0;
}

static int
watch_v1 (struct place *place, struct oom_watch *out, struct error *err)
{
	autofd control = place_open_file (place, "memory.oom_control", O_RDONLY, err);
	autofd fd = -1;
	char text[32];

	if (control < 0)
		return err->code == ENOENT ? 0 : -1;
	fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return fail (err, errno, "make an eventfd");
	snprintf (text, sizeof text, "%d %d", fd, control);
	if (place_write (place, "cgroup.event_control", text, err) < 0)
		return err->code == ENOENT ? 0 : -1;
	out->fd = take_fd (&fd);
	return 0;
}

int
oom_watch_begin (struct cgroup *cgroup, struct oom_watch *out, struct error *err)
{
	struct place *place = cgroup_place_v1 (cgroup, "memory");

	if (!place)
		place = cgroup_place_v2 (cgroup);
	*out = (struct oom_watch){ .fd = -1, .place = place };
	if (!place || !place->is_there)
		return 0;
	return place->is_v2 ? watch_v2 (place, out, err) : watch_v1 (place, out, err);
}

static bool
is_gone (struct place *place)
{
	return access (place->path, F_OK) < 0;
}

int
oom_watch_take (struct oom_watch *watch, struct error *err)
{
	char events[PLACE_LINE];
	bool any = false;
	uint64_t kills;

	/* an eventfd has 8 bytes, an inotify fd any number of events */
	while (watch->fd >= 0 && read (watch->fd, events, sizeof events) > 0)
		any = true;
	if (!any || is_gone (watch->place))
		return 0;
	if (!watch->place->is_v2)
		return 1;
	if (count_kills (watch->place, &kills, err) < 0)
		return is_gone (watch->place) ? 0 : -1;
	any = kills > watch->kills;
	watch->kills = kills;
	return any;
}

void
oom_watch_done (struct oom_watch *watch)
{
	auto_close_fd (&watch->fd);
}
