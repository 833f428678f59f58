/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * oom: how likely the kernel is to kill the process when memory runs out. Source: proc(5).
 */
#pragma once

#include "base/error.h"

/* Child (or whoever lends its value to its children). Writes -1000..1000 to self/oom_score_adj of a
 * fd of kernel/procfs.h. To go below what an ancestor with CAP_SYS_RESOURCE has set needs that
 * capability; the error says so. */
CHECKED int oom_set_score_adj (int procfs, int value, struct error *err);
