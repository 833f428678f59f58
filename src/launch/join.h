/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * join: what middle and init both do about namespaces that exist already.
 */
#pragma once

#include "launch/launch.h"

/* Joins launch->ns.joins in their order. What is refused before the user namespace is joined gets a
 * second try after it: the host's can be joined only before, the user namespace's own only after. */
CHECKED int join_namespaces (struct launch *launch, struct error *err);

/* Keeps processes of the container from attaching to us and from opening our fds and executable
 * through /proc, from before they can see us until the program is executed (CVE-2016-9962). */
CHECKED int join_refuse_to_be_looked_at (struct launch *launch, struct error *err);

/* Joins launch->ns.child_setns through the container's init. */
CHECKED int join_container (struct launch *launch, struct error *err);
