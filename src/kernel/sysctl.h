/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sysctl: sets the kernel parameters of the container's namespaces. Which ones may be set and how
 * they are named is in plan/sysctls.h (sysctl_check, sysctl_to_path).
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"
#include "plan/sysctls.h"

/* Child, in all its namespaces. Writes each value below "sys" of a fd of kernel/procfs.h that was
 * opened in any namespaces: the kernel goes by the writer's, except for the pid namespace. */
CHECKED int sysctl_apply (
	int procfs, const struct sysctl_plan *sysctls, size_t n, struct error *err);
