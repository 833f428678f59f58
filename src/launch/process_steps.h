/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * process_steps: what the first process of a container and one that is executed in it later have in
 * common: from a process in its namespaces to the program. The tables in init.c and exec_init.c give
 * the order; each function is a step (steps.h).
 */
#pragma once

#include "launch/launch.h"

/* Waits for a message of the parent, or tells it something. For steps of their own. */
CHECKED int process_await (
	struct launch *launch, enum message_kind kind, struct message *out, struct error *err);
CHECKED int process_tell (struct launch *launch, enum message_kind kind, struct error *err);

/* launch->procfs_fd, opened when it is needed for the first time. */
CHECKED int process_procfs (struct launch *launch, struct error *err);

CHECKED int process_start_session (struct launch *launch, struct error *err);
CHECKED int process_join_keyring (struct launch *launch, struct error *err);
CHECKED int process_hand_over_console (struct launch *launch, struct error *err);
CHECKED int process_connect_to_seccomp_agent (struct launch *launch, struct error *err);
CHECKED int process_adjust_oom_score (struct launch *launch, struct error *err);
CHECKED int process_set_limits (struct launch *launch, struct error *err);
CHECKED int process_set_scheduler (struct launch *launch, struct error *err);
CHECKED int process_set_io_priority (struct launch *launch, struct error *err);
CHECKED int process_set_memory_policy (struct launch *launch, struct error *err);
CHECKED int process_set_personality (struct launch *launch, struct error *err);
CHECKED int process_set_label (struct launch *launch, struct error *err);
CHECKED int process_forbid_new_privileges (struct launch *launch, struct error *err);
CHECKED int process_load_seccomp_early (struct launch *launch, struct error *err);
CHECKED int process_drop_bounding_capabilities (struct launch *launch, struct error *err);
CHECKED int process_take_own_null (struct launch *launch, struct error *err);
CHECKED int process_give_standard_streams (struct launch *launch, struct error *err);
CHECKED int process_become_user (struct launch *launch, struct error *err);
CHECKED int process_set_capabilities (struct launch *launch, struct error *err);
CHECKED int process_enter_cwd (struct launch *launch, struct error *err);
CHECKED int process_set_umask (struct launch *launch, struct error *err);
CHECKED int process_build_environment (struct launch *launch, struct error *err);
CHECKED int process_find_program (struct launch *launch, struct error *err);
CHECKED int process_tell_ready (struct launch *launch, struct error *err);
CHECKED int process_close_inherited_fds (struct launch *launch, struct error *err);
CHECKED int process_reset_signals (struct launch *launch, struct error *err);
CHECKED int process_load_seccomp_late (struct launch *launch, struct error *err);
CHECKED int process_execute_program (struct launch *launch, struct error *err);
CHECKED int process_wait_for_cgroup (struct launch *launch, struct error *err);
CHECKED int process_enter_cgroup (struct launch *launch, struct error *err);
