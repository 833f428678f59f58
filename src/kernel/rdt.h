/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rdt: the container's share of caches and memory bandwidth, as a group of resctrl (Intel RDT, and what
 * AMD and Arm have of it).
 *
 * A group is a directory: a class of service with its schemata, in which processes are listed; inside
 * mon_groups are groups that are only measured on their own. A process's children are in its groups.
 * Source: runtime-spec config-linux.md "IntelRdt"; Documentation/filesystems/resctrl.rst.
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"
#include "plan/plan.h"

#include <sys/types.h>

/* Where a container is. { 0 }: nowhere, and every function below has nothing to do. */
struct rdt_place {
	const char *group; /* absolute path of the directory; NULL: nowhere */
	const char *monitor; /* of its monitoring group; NULL: none */
	bool is_ours; /* the group goes when the container does */
};

/* What was made of it this time. */
struct rdt_made {
	bool group, monitor;
};

/* Where resctrl is mounted; an error when it is not. */
CHECKED int rdt_find_mount (struct arena *arena, const char **out, struct error *err);

/* Where the container of this id will be below mount_point. Looks and changes nothing; fails when a
 * class that has to be there is not, or a monitoring group that must not be there is. */
CHECKED int rdt_locate (struct arena *arena, const char *mount_point, const struct rdt_plan *plan,
	const char *id, struct rdt_place *out, struct error *err);

/* Makes the group and gives it its schemata, or compares it with them when it exists. */
CHECKED int rdt_make_group (const struct rdt_place *place, const struct rdt_plan *plan,
	struct rdt_made *made, struct error *err);

/* Behind rdt_make_group. */
CHECKED int rdt_make_monitor (
	const struct rdt_place *place, struct rdt_made *made, struct error *err);

/* Puts a process into both. pid is as our pid namespace has it. */
CHECKED int rdt_add_process (const struct rdt_place *place, pid_t pid, struct error *err);

/* Takes back what was made; a second time has nothing to do. */
void rdt_unmake (const struct rdt_place *place, struct rdt_made *made);

/* For delete: removes the monitoring group, and the group if it is ours. What is gone is fine. */
CHECKED int rdt_remove (const struct rdt_place *place, struct error *err);

/* For update: other schemata for the group; NULL: as it is. */
CHECKED int rdt_change (const struct rdt_place *place, const char *l3_cache,
	const char *memory_bandwidth, struct error *err);
