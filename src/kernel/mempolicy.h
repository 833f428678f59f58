/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mempolicy: from which NUMA nodes memory comes. Source: set_mempolicy(2).
 */
#pragma once

#include "base/error.h"
#include "plan/mempolicy.h"

/* Child, in its cgroup: the nodes have to be some that its cpuset allows. Nothing is done when the
 * plan has no policy. */
CHECKED int memory_policy_apply (const struct memory_policy_plan *plan, struct error *err);
