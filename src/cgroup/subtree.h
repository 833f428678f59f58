/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * subtree: what a new cgroup2 directory needs from those above it. Private to cgroup/.
 */
#pragma once

#include "cgroup/place.h"

/* Enables every controller of the mount point in cgroup.subtree_control on the way down to the place.
 * One that can't be enabled is no error, only a limit that needs it will be: place->hint says why
 * then. Source: cgroup-v2.rst, "Enabling and Disabling". */
CHECKED int subtree_enable_controllers (struct place *place, struct error *err);

/* A cgroup below a threaded one takes processes only once it is threaded itself; makes it that where
 * it has to be. Source: cgroup-v2.rst, "Threads". */
CHECKED int subtree_settle_type (struct place *place, struct error *err);
