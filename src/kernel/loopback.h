/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * loopback: a new network namespace has its "lo" down; programs expect 127.0.0.1. As runc and crun do.
 */
#pragma once

#include "base/error.h"

/* Child: brings up "lo" of our network namespace. See netdevice(7). */
CHECKED int loopback_up (struct error *err);
