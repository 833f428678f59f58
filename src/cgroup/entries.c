/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * entries: how processes get into a cgroup: born there, moved there, or by themselves.
 */
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/driver.h"
#include "cgroup/subtree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* What an errno value means when a process may not enter. */
static const struct reason {
	int code;
	const char *hint;
} reasons[] = {
	{ ENOSPC, "its cpuset.cpus or cpuset.mems is empty" },
	{ EBUSY, "the cgroups below it have controllers, so that it can't hold processes itself" },
	{ EOPNOTSUPP, "its type is 'domain invalid', or it is threaded" },
	{ EINVAL, "real-time processes need cpu.rt_runtime_us" },
	{ EACCES, "a cgroup above both must be writable too" },
};

static const char *
reason_of (int code)
{
	for (size_t i = 0; i < ARRAY_SIZE (reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].hint;
	return NULL;
}

int
place_attach (struct place *place, pid_t pid, struct error *err)
{
	char text[16];
	int r;

	snprintf (text, sizeof text, "%d", (int) pid);
	r = place_write (place, "cgroup.procs", text, err);
	if (r < 0 && err->code == EOPNOTSUPP && place->is_v2) {
		if (subtree_settle_type (place, err) < 0)
			return -1;
		r = place_write (place, "cgroup.procs", text, err);
	}
	if (r < 0)
		return fail_hint (err, err->code, reason_of (err->code),
			"put process %d into cgroup '%s'", (int) pid, place->path);
	return 0;
}

int
cgroup_attach (struct cgroup *cgroup, pid_t pid, struct error *err)
{
	for (size_t i = 0; i < cgroup->n; i++)
		if (cgroup->places[i].is_there && place_attach (&cgroup->places[i], pid, err) < 0)
			return -1;
	return 0;
}

int
cgroup_clone_fd (struct cgroup *cgroup)
{
	struct place *place = cgroup_place_v2 (cgroup);
	struct error ignored;

	return place && place->is_there ? place_open (place, &ignored) : -1;
}

/* The file through which the calling process enters with "0". A v1 `tasks` file takes one thread and
 * asks for no RCU grace period; cgroup2 has none that is as quick. */
static int
open_entry (struct place *place, struct error *err)
{
	autofree char *path = NULL;
	int fd;

	if (place->is_v2) {
		if (subtree_settle_type (place, err) < 0)
			return -1;
		return place_open_file (place, "cgroup.procs", O_WRONLY, err);
	}
	if (place->fd >= 0)
		return place_open_file (place, "tasks", O_WRONLY, err);
	/* nothing else is needed of this directory: one open, not two */
	path = xasprintf ("%s/tasks", place->path);
	fd = open (path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? fail (err, errno, "open '%s'", path) : fd;
}

int
cgroup_open_entries (struct cgroup *cgroup, enum cgroup_birth birth, int fds[CGROUP_ENTRIES_MAX],
	struct error *err)
{
	int n = 0;

	for (size_t i = 0; i < cgroup->n; i++) {
		struct place *place = &cgroup->places[i];
		int fd;

		if (!place->is_there || (place->is_v2 && birth == CGROUP_BORN_INSIDE))
			continue;
		fd = n < CGROUP_ENTRIES_MAX ? open_entry (place, err)
					    : fail (err, E2BIG, "enter more than %d hierarchies",
						      CGROUP_ENTRIES_MAX);
		if (fd < 0) {
			while (n > 0)
				close (fds[--n]);
			return -1;
		}
		fds[n++] = fd;
	}
	return n;
}

int
cgroup_enter (const int *fds, size_t n, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		if (write (fds[i], "0", 1) < 0)
			r = fail_hint (err, errno, reason_of (errno), "enter the control group");
	fd_close_all (fds, n);
	return r;
}
