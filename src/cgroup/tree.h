/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tree: the cgroups below a place, which its processes may have made: as many and as deep as they
 * like. Nothing here recurses or holds more than a few fds. Private to cgroup/.
 */
#pragma once

#include "cgroup/manager.h"
#include "cgroup/place.h"
#include "cgroup/wait.h"

/* The processes of a place, as cgroup_pids. */
CHECKED int tree_pids (struct place *place, enum cgroup_depth depth, pid_t **out_pids,
	size_t *out_n, struct error *err);

/* How long a cgroup may stay busy once its processes are dead, ms. */
#define TREE_REMOVE_MS 3000

/* Removes the directory and all below it. EBUSY is waited for until wait is over. What is gone already
 * is fine. */
CHECKED int tree_remove (struct place *place, struct wait *wait, struct error *err);

/* The same without a word about failures, and then the parents made with it, when they are empty.
 * Afterwards the place is as if it had never been made. */
void tree_remove_made (struct place *place, struct wait *wait);
