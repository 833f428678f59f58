/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * join: what middle and init both do about namespaces that exist already.
 */
#pragma once

#include "launch/launch.h"

/* Joins launch->ns.joins in their order. What is refused before the user namespace is joined gets a
 * second try after it: the host's can be joined only before, the user namespace's own only after. */
CHECKED int join_namespaces (struct launch *launch, struct error *err);
