/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * lsm: AppArmor profiles and SELinux labels. Both are text written to files of /proc, so no library
 * is loaded for them.
 * Source: runtime-spec config.md "Linux Process", config-linux.md "Mount Label".
 */
#pragma once

#include "base/error.h"
#include "plan/process.h"

#include <stdbool.h>

/* Whether the running kernel has it switched on (and this build has it in). */
bool lsm_has_apparmor (void);
bool lsm_has_selinux (void);

/* Parent. Refuses what can't be done: a profile without AppArmor ("unconfined" is true without it),
 * a label or mount label without SELinux. process and mount_label may be NULL. Costs nothing when
 * the plan has no labels. */
CHECKED int lsm_check (
	const struct process_plan *process, const char *mount_label, struct error *err);

/* Child. The label or profile of the program that is executed next. procfs is a fd of
 * kernel/procfs.h. Nothing is written when the plan has none. */
CHECKED int lsm_set_exec_label (int procfs, const struct process_plan *process, struct error *err);

/* Child, when the plan has an SELinux label. The label of keys made from now on: the process's before
 * keyring_join, and NULL after it to go back. */
CHECKED int lsm_set_key_label (int procfs, const char *label, struct error *err);
