/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * parent: steps (steps.h) that the parent takes for a new container and for an exec alike.
 */
#pragma once

#include "launch/launch.h"

CHECKED int parent_check_the_labels (struct launch *launch, struct error *err);
CHECKED int parent_compile_seccomp (struct launch *launch, struct error *err);
CHECKED int parent_start_children (struct launch *launch, struct error *err);
CHECKED int parent_learn_who_init_is (struct launch *launch, struct error *err);
CHECKED int parent_tell_cgroup_is_ready (struct launch *launch, struct error *err);
CHECKED int parent_assign_to_resctrl (struct launch *launch, struct error *err);
CHECKED int parent_take_the_console (struct launch *launch, struct error *err);
CHECKED int parent_wait_for_init (struct launch *launch, struct error *err);
CHECKED int parent_send_the_pidfd (struct launch *launch, struct error *err);
