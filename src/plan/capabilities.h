/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * capabilities: the names and numbers of the 41 capabilities of Linux 5.9 and on.
 * Source: capabilities(7), <linux/capability.h>.
 */
#pragma once

#include <stdint.h>

#define CAPABILITIES 41
#define CAPABILITY_BIT(number) (UINT64_C (1) << (number))

/* "CAP_CHOWN", indexed by number. */
extern const char *const capability_names[CAPABILITIES];

/* The number of exactly this name ("CAP_CHOWN"), or -1. */
int capability_from_name (const char *name);
