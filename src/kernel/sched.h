/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sched: CPU scheduling, I/O priority and CPU affinity. Words are in plan/sched.h.
 */
#pragma once

#include "base/error.h"
#include "plan/process.h"
#include "plan/sched.h"

/* Child. Nothing is done when the plan has none. */
CHECKED int scheduler_apply (const struct scheduler_plan *plan, struct error *err);
CHECKED int io_priority_apply (const struct io_priority_plan *plan, struct error *err);

/* Binds process pid (0: the caller) to the CPUs of list ("0-3,7"); NULL does nothing. CPUs that are
 * not in its cpuset are left out by the kernel; none left is an error. */
CHECKED int affinity_apply (pid_t pid, const char *list, struct error *err);
