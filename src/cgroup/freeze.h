/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * freeze: one place's processes stopped and let run again. Private to cgroup/.
 *
 * cgroup2 has cgroup.freeze in every cgroup (Linux 5.2); of the v1 hierarchies only that of the
 * freezer controller can do it.
 */
#pragma once

#include "cgroup/manager.h"
#include "cgroup/place.h"

/* 1 or 0; 0 too where it can't be frozen. Counts also what a cgroup above does to it. */
CHECKED int freeze_is_frozen (struct place *place, struct error *err);

/* The place to freeze a container by: cgroup2 before the v1 freezer. NULL when there is none. */
struct place *freeze_place (struct cgroup *cgroup);

/* Returns when all of it is stopped, or with an error when that takes longer than ms; what was
 * begun is left so. */
CHECKED int freeze_stop (struct place *place, unsigned int ms, struct error *err);
CHECKED int freeze_let_run (struct place *place, unsigned int ms, struct error *err);
