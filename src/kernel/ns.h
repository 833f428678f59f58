/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ns: joins namespaces by path, and what is asked about them. Source: namespaces(7), ioctl_ns(2).
 */
#pragma once

#include "base/error.h"
#include "plan/namespaces.h"

#include <stdbool.h>

/* Parent. Opens a namespace file and makes sure that it is one, of that kind; the error names both
 * kinds when it is another. Returns a fd that the caller closes. */
CHECKED int ns_open (const char *path, enum ns_kind kind, struct error *err);

/* Enters the namespace of a fd from ns_open. For pid it is the children that are in it. */
CHECKED int ns_join (int fd, enum ns_kind kind, struct error *err);

/* Whether the namespace of the fd is the caller's own. 1, 0 or -1. */
CHECKED int ns_is_own (int fd, enum ns_kind kind, struct error *err);

/* Whether the caller lives in the initial user namespace. Goes by its inode: uid maps of other
 * namespaces can look the same. True when /proc can't tell. */
bool ns_is_initial_user (void);

/* Init. Makes a time namespace with the plan's clock offsets, and is in it: unshare(2) makes it for
 * children, which is when offsets can be written (clone3 with CLONE_NEWTIME is too late), and setns(2)
 * brings in the caller itself, which must have one thread. procfs is a fd of kernel/procfs.h. */
CHECKED int ns_make_time (int procfs, const struct namespaces_plan *namespaces, struct error *err);
