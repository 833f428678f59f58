/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mount_tree: mounts as fds. A tree is made (fsmount) or cloned (open_tree) detached, is given its
 * attributes while nobody can see it, and is then attached to a place that is a fd as well: no path
 * is looked up between a check and its use (CVE-2021-30465).
 */
#pragma once

#include "base/error.h"
#include "plan/mounts.h"

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/* rootfs.h lets fds of the container's own things stay open until exec, as long as they are few. Fds
 * are numbered from the lowest free one, so that this many at most stay open. */
#define LEAVE_OPEN_BELOW 100

static inline void
auto_leave_fd (int *fd)
{
	if (*fd >= LEAVE_OPEN_BELOW)
		close (*fd);
	*fd = -1;
}

/* As autofd, for O_CLOEXEC fds of what the container has anyway: exec closes them. */
#define lazyfd __attribute__ ((cleanup (auto_leave_fd))) int

/* What to say of a call of this API that failed with `code`: NULL but for ENOSYS. */
const char *mount_api_hint (int code);

/* One change of a mount or, recursive, of a whole tree. propagation: MS_SHARED ..., or 0 for none. */
struct mount_change {
	uint64_t set, clear; /* MOUNT_ATTR_* */
	unsigned long propagation;
	bool recursive;
};

enum { MOUNT_CHANGES_MAX = 16 };
struct mount_changes {
	struct mount_change entries[MOUNT_CHANGES_MAX];
	size_t n;
};

/* What attributes and propagation the options ask for, in as few changes as it takes. `attr_set` is
 * what is left to set of options->attr_set, when a new file system was born with the rest. */
CHECKED int mount_changes_of (const struct mount_options *options, uint64_t attr_set,
	struct mount_changes *out, struct error *err);

enum mount_clone_how {
	MOUNT_CLONE_ONE = 0,
	MOUNT_CLONE_TREE = 1 << 0, /* with all mounts below */
	MOUNT_CLONE_NO_FOLLOW = 1 << 1, /* of a symlink itself */
};

/* A detached copy of what is mounted at path below dirfd; an empty path means the fd itself. */
CHECKED int mount_tree_clone (
	int dirfd, const char *path, enum mount_clone_how how, struct error *err);

/* Makes the changes and attaches the tree to what `target` refers to, which from then on is covered.
 * The tree's fd stays open and refers to the attached mount. changes may be NULL.
 * Before Linux 5.12 there is no mount_setattr: then changes are made by remounts once the tree is
 * attached, and recursive ones are an error. */
CHECKED int mount_tree_attach (
	int tree, int target, const struct mount_changes *changes, struct error *err);

/* Changes a mount that is attached, whose root fd refers to. Flags that are locked, because
 * they come from a more privileged mount namespace, are kept: the mount is then stricter than asked. */
CHECKED int mount_tree_change (int fd, const struct mount_change *change, struct error *err);

/* MOUNT_ATTR_* as the MS_* of mount(2). */
unsigned long mount_attrs_to_flags (uint64_t attrs);
