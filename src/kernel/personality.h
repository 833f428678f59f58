/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * personality: the execution domain. Source: runtime-spec config-linux.md "Personality".
 */
#pragma once

#include "base/error.h"
#include "plan/process.h"

/* Child. Nothing is done when the plan has none. */
CHECKED int personality_apply (const struct process_plan *process, struct error *err);
