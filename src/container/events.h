/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * events: what a container uses and what befalls it, as a stream of JSON documents, one a line:
 *	{"type":"stats","id":"ID","data":{...}}		every interval
 *	{"type":"oom","id":"ID"}			processes were killed for want of memory
 * The form is runc's, which go-runc and so containerd parse.
 */
#pragma once

#include "base/error.h"
#include "base/json_writer.h"
#include "cgroup/stats.h"

#include <stdbool.h>
#include <stdint.h>

struct events_request {
	const char *root;
	const char *id;
	bool once; /* the stats, and no more */
	uint64_t interval; /* ns; not 0 */
	int (*write) (const char *line, struct error *err); /* gets each line */
};

/* Returns when the container has ended. "container not running" when it is not at the beginning. */
CHECKED int container_events (const struct events_request *request, struct error *err);

/* The "data" of an event of the type "stats": a member `key`. What is not counted is left out. */
void events_write_stats (
	struct json_writer *json, const char *key, const struct cgroup_stats *stats);
