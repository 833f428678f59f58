/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * oom_watch: being told when processes of a container are killed for want of memory.
 *
 * v1: an eventfd that memory.oom_control tells; cgroup2: an inotify watch on memory.events, whose
 * oom_kill counts. Source: cgroup-v1/memory.rst, "OOM Control"; cgroup-v2.rst, "memory.events".
 */
#pragma once

#include "base/error.h"
#include "cgroup/manager.h"

#include <stdbool.h>
#include <stdint.h>

struct place;

struct oom_watch {
	int fd; /* owned; POLLIN: there may be news; -1: this host does not tell */
	struct place *place; /* borrowed from the cgroup */
	uint64_t kills; /* cgroup2: as counted last */
};

/* Begins to watch. Where there is no memory controller out->fd is -1, which is no error. */
CHECKED int oom_watch_begin (struct cgroup *cgroup, struct oom_watch *out, struct error *err);

/* After POLLIN: whether it was for want of memory, 1 or 0. The end of the cgroup is news too, and 0. */
CHECKED int oom_watch_take (struct oom_watch *watch, struct error *err);

void oom_watch_done (struct oom_watch *watch);
