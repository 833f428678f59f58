/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * about: what each step would work on, for `davit plan`. Pure: see struct step's `about`.
 */
#pragma once

#include "base/buffer.h"
#include "plan/plan.h"

#include <stdbool.h>

bool about_bounding (const struct plan *plan, struct buffer *details);
bool about_capabilities (const struct plan *plan, struct buffer *details);
bool about_cgroup (const struct plan *plan, struct buffer *details);
bool about_cgroup_namespace (const struct plan *plan, struct buffer *details);
bool about_clone (const struct plan *plan, struct buffer *details);
bool about_create_container_hooks (const struct plan *plan, struct buffer *details);
bool about_cwd (const struct plan *plan, struct buffer *details);
bool about_devices (const struct plan *plan, struct buffer *details);
bool about_domain_name (const struct plan *plan, struct buffer *details);
bool about_early_mounts (const struct plan *plan, struct buffer *details);
bool about_hidden_paths (const struct plan *plan, struct buffer *details);
bool about_host_name (const struct plan *plan, struct buffer *details);
bool about_hook_outputs (const struct plan *plan, struct buffer *details);
bool about_id_maps (const struct plan *plan, struct buffer *details);
bool about_io_priority (const struct plan *plan, struct buffer *details);
bool about_joins (const struct plan *plan, struct buffer *details);
bool about_joins_of_init (const struct plan *plan, struct buffer *details);
bool about_labels (const struct plan *plan, struct buffer *details);
bool about_late_mounts (const struct plan *plan, struct buffer *details);
bool about_delegation (const struct plan *plan, struct buffer *details);
bool about_delegated (const struct plan *plan, struct buffer *details);
bool about_limits (const struct plan *plan, struct buffer *details);
bool about_loopback (const struct plan *plan, struct buffer *details);
bool about_memory_policy (const struct plan *plan, struct buffer *details);
bool about_middle (const struct plan *plan, struct buffer *details);
bool about_mount_sources (const struct plan *plan, struct buffer *details);
bool about_moving_net_devices (const struct plan *plan, struct buffer *details);
bool about_net_devices (const struct plan *plan, struct buffer *details);
bool about_new_user (const struct plan *plan, struct buffer *details);
bool about_no_new_privileges (const struct plan *plan, struct buffer *details);
bool about_oom_score (const struct plan *plan, struct buffer *details);
bool about_other_user (const struct plan *plan, struct buffer *details);
bool about_personality (const struct plan *plan, struct buffer *details);
bool about_process (const struct plan *plan, struct buffer *details);
bool about_program (const struct plan *plan, struct buffer *details);
bool about_rdt (const struct plan *plan, struct buffer *details);
bool about_rdt_assignment (const struct plan *plan, struct buffer *details);
bool about_rlimits (const struct plan *plan, struct buffer *details);
bool about_root (const struct plan *plan, struct buffer *details);
bool about_runtime_hooks (const struct plan *plan, struct buffer *details);
bool about_scheduler (const struct plan *plan, struct buffer *details);
bool about_seccomp (const struct plan *plan, struct buffer *details);
bool about_seccomp_agent (const struct plan *plan, struct buffer *details);
bool about_seccomp_early (const struct plan *plan, struct buffer *details);
bool about_seccomp_late (const struct plan *plan, struct buffer *details);
bool about_start_container_hooks (const struct plan *plan, struct buffer *details);
bool about_sysctls (const struct plan *plan, struct buffer *details);
bool about_terminal (const struct plan *plan, struct buffer *details);
bool about_time (const struct plan *plan, struct buffer *details);
bool about_unshare (const struct plan *plan, struct buffer *details);
bool about_user (const struct plan *plan, struct buffer *details);
bool about_user_namespace (const struct plan *plan, struct buffer *details);
bool about_waiting_for_hooks (const struct plan *plan, struct buffer *details);

/* The first of plan->mounts that shows control groups, which need them there and the cgroup
 * namespace; plan->n_mounts when there is none. */
size_t about_first_cgroup_mount (const struct plan *plan);
