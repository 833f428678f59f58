/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * caps: the capability sets of the process to start.
 *
 * Order in the child: caps_drop_bounding (needs CAP_SETPCAP), caps_keep_over_setuid, user_set_ids,
 * caps_apply. A capability that can't be given is left out and never an error, as the spec asks;
 * the parent warns of it with caps_ungrantable. Inheritable holds only what the config asks for and
 * for exec nothing (CVE-2022-29162).
 * Source: runtime-spec config.md "Linux Process", capabilities(7).
 */
#pragma once

#include "base/error.h"
#include "plan/capabilities.h"
#include "plan/process.h"

#include <stdint.h>

/* The capabilities that the running kernel has, one bit each. Asks prctl, not /proc. */
uint64_t caps_of_kernel (void);

/* The capabilities of the calling process's permitted set. */
CHECKED int caps_of_self (uint64_t *out, struct error *err);

/* What `asked` can't have when `available` is there to give: caps_of_kernel () for the first process
 * of a new user namespace, caps_of_self otherwise. Pure. Bits of all sets together. */
uint64_t caps_ungrantable (const struct capability_sets *asked, uint64_t available);

/* Child, before the ids change. Takes what `sets` does not name out of the bounding set. */
CHECKED int caps_drop_bounding (const struct capability_sets *sets, struct error *err);

/* Child. Lets the permitted set live through user_set_ids; the next exec takes this back. */
CHECKED int caps_keep_over_setuid (struct error *err);

/* Child, after the ids changed. Sets permitted, effective, inheritable and then ambient, each as far
 * as it can be given. */
CHECKED int caps_apply (const struct capability_sets *sets, struct error *err);
