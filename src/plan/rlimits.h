/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rlimits: the names and numbers of the 16 resource limits. Source: getrlimit(2).
 */
#pragma once

#define RLIMITS 16

/* "RLIMIT_NOFILE", indexed by RLIMIT_*. */
extern const char *const rlimit_names[RLIMITS];

/* The RLIMIT_* of exactly this name, or -1. */
int rlimit_from_name (const char *name);
