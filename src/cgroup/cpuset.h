/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * cpuset: the v1 controller that starts out empty and takes no process until it is filled in.
 * Private to cgroup/.
 */
#pragma once

#include "cgroup/place.h"

/* Copies cpuset.cpus and cpuset.mems from above where they are empty, down to the place. Source:
 * cgroup-v1/cpusets.rst. */
CHECKED int cpuset_inherit (struct place *place, struct error *err);
