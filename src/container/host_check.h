/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * host_check: what this host lacks for a plan: kernel features, control groups, files, rights. Looks
 * and changes nothing.
 */
#pragma once

#include "plan/plan.h"

#include <stdbool.h>

/* at: "config.json:41: /mounts/3", or NULL; hint: what to do about it, or NULL. */
typedef void host_check_report (void *data, const char *at, const char *text, const char *hint);

/* Calls report for each thing that is missing. */
void host_check (const struct plan *plan, bool privileged, host_check_report *report, void *data);
