/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rlimits: resource limits. Names are in plan/rlimits.h. Source: prlimit(2).
 */
#pragma once

#include "base/error.h"
#include "plan/process.h"
#include "plan/rlimits.h"

/* Sets the limits of process pid, or of the caller when pid is 0. Raising a hard limit needs
 * CAP_SYS_RESOURCE in the initial user namespace, so for a container with a user namespace the
 * parent calls this with the child's pid. The error names the limit and what was missing. */
CHECKED int rlimits_apply (
	pid_t pid, const struct rlimit_plan *limits, size_t n, struct error *err);
