/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * middle: steps (steps.h) that the middle takes for a new container and for an exec alike.
 */
#pragma once

#include "launch/launch.h"

/* Makes init, as the parent's child. */
CHECKED int middle_start_init (struct launch *launch, struct error *err);
CHECKED int middle_tell_who_init_is (struct launch *launch, struct error *err);
