/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * exec_process: what an exec is to run, from the command line and the container's own process.
 */
#pragma once

#include "container/container.h"
#include "container/exec.h"
#include "plan/plan.h"

/* Replaces plan->process, which is the container's own, by the one to execute; memory is the plan's
 * arena's. `pid` is the container's init, in whose root names of users are looked up. */
CHECKED int exec_process (
	const struct exec_request *request, pid_t pid, struct plan *plan, struct error *err);
