/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * warnings: what is told and does not fail.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* Of capabilities of the plan's process that it can't be given: config.md, "Linux Process", wants
 * those told, and not failed. */
CHECKED int warn_of_capabilities (
	const struct plan *plan, void (*warn) (const char *text), struct error *err);
