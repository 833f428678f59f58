/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * saved_config: a container's config as it was at create. What counts for hooks and exec is this one.
 */
#pragma once

#include "container/container.h"
#include "plan/plan.h"

#define CONFIG_LIMIT (64u << 20) /* bytes; of any config.json */

/* Reads it into *out, which plan_done frees. */
CHECKED int saved_config_plan (struct container *container, struct plan *out, struct error *err);
