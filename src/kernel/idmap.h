/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * idmap: fills in the id maps of a new user namespace. Source: user_namespaces(7).
 */
#pragma once

#include "base/error.h"
#include "plan/namespaces.h"

#include <stdbool.h>
#include <sys/types.h>

enum idmap_writer {
	IDMAP_UNPRIVILEGED =
		0, /* newuidmap(1) and newgidmap(1) where more than the own id is mapped */
	IDMAP_PRIVILEGED = 1, /* CAP_SETUID and CAP_SETGID in the parent namespace */
};

/* Whether the maps are just the caller's own uid and gid, one id each, which needs no privilege.
 * setgroups is then denied in the namespace: user_set_ids gets USER_GROUPS_DENIED. */
bool idmap_is_single_own (const struct id_maps *maps);

/* Parent. Writes /proc/PID/{setgroups,uid_map,gid_map} of the process that is the first in the new
 * namespace. Up to 340 lines each; the kernel takes a map once and whole. */
CHECKED int idmap_write (
	pid_t pid, const struct id_maps *maps, enum idmap_writer writer, struct error *err);
