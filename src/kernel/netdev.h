/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * netdev: network interfaces move into the container's network namespace.
 *
 * The kernel takes an interface down when it moves, and its addresses away; what the spec wants kept
 * of them is given back behind the move. Routes are not kept. Until the container runs all can be taken
 * back; later the interfaces stay, whatever becomes of the namespace (network_namespaces(7)).
 * Source: runtime-spec config-linux.md "Network Devices", rtnetlink(7).
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* What was moved, and how it was before. */
struct netdev_moves;

/* Parent, with one thread: moves all the devices from our network namespace into the one of ns_fd
 * (borrowed), under their new names, with their permanent global addresses, and up. A name that is
 * taken there, an interface that is missing here, and a namespace that is our own are found before
 * anything is moved. *out is to be freed, also on failure: netdev_move_back takes back what was moved
 * by then. */
CHECKED int netdev_move (const struct net_device_plan *devices, size_t n, int ns_fd,
	struct netdev_moves **out, struct error *err);

/* Brings them home: names, addresses, up or down, and the bridge or bond they were in. Does not fail:
 * there is nothing more to be done. NULL is fine, and so is a second time. */
void netdev_move_back (struct netdev_moves *moves);

/* Lets go of the namespaces, and leaves the interfaces where they are. */
void netdev_moves_free (struct netdev_moves *moves);
