/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * delegation: who a container's cgroup is given to, so that it can be divided further inside. Pure.
 * Source: runtime-spec config-linux.md, "Cgroup ownership".
 */
#pragma once

#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* *out_uid: the host's id of the user that the container's process is of. False: the host has none. */
bool delegation_user (const struct plan *plan, uid_t *out_uid);

/* Whether it is given away: the cgroup namespace is new and a cgroup file system is mounted writable;
 * *out_uid: to whom. */
bool delegation_owner (const struct plan *plan, uid_t *out_uid);
