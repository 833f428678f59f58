/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mount_source: trees of bind mounts that the parent opens for the child.
 *
 * Two sorts of sources can't be opened by the child: an idmapped mount needs CAP_SYS_ADMIN over the
 * file system it is of, which a child in a user namespace has not; and a source below a directory
 * that the container's root may not search is out of its reach. So the parent, in the host's
 * namespaces, clones these trees (open_tree), and the child only moves them into place.
 */
#pragma once

#include "base/error.h"
#include "plan/mounts.h"

#include <stdbool.h>

/* Whether the parent has to open this mount's source: it is idmapped, or it is a bind mount and
 * the container gets a user namespace of its own. */
bool mount_source_is_needed (const struct mount_plan *mount, bool new_userns);

/* Clones the source's tree, idmapped when the mount asks for it, and no longer shared with the
 * host's mounts (propagation: slave). Returns a detached tree's fd (O_CLOEXEC) for
 * rootfs_inputs.source_fds. Idmapped mounts need Linux 5.12. */
CHECKED int mount_source_open (const struct mount_plan *mount, struct error *err);

/* A user namespace with these id maps and no process in it, made by a short-lived child. Returns its
 * fd (O_CLOEXEC). Needs the right to write the maps (CAP_SETUID, CAP_SETGID). */
CHECKED int mount_source_userns (const struct id_maps *maps, struct error *err);
