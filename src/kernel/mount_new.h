/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mount_new: makes new instances of file systems through fsopen and fsconfig (Linux 5.2), and changes
 * their superblocks.
 */
#pragma once

#include "base/error.h"
#include "plan/mounts.h"

#include <stdbool.h>
#include <stdint.h>

struct mount_new {
	const char *type;
	const char *source; /* as /proc/mounts shows it; NULL: none */
	const char *data; /* "mode=755,size=64k"; NULL: none */
	const char *more_data; /* set before data, which has the last word; NULL: none */
	const char *label; /* SELinux context; NULL: none */
	const char *label_type; /* the option it is for; NULL: "context" */
	unsigned long sb_flags; /* MS_* of the superblock */
	uint64_t attrs; /* MOUNT_ATTR_* of the mount */
};

/* A detached mount of it. The error has the reason that the kernel gives in words. */
CHECKED int mount_new_tree (const struct mount_new *what, struct error *err);

/* Whether only mount(2) can do it: fsconfig takes no value of 256 bytes or more, which the lowerdir
 * of an overlay easily has, and knows neither iversion nor silent. */
bool mount_new_is_for_old_call (const struct mount_new *what);

/* The same through mount(2), onto the directory that target refers to, and attached at once. Changes
 * the working directory. */
CHECKED int mount_new_by_old_call (const struct mount_new *what, int target, struct error *err);

/* Whether the superblock is one that the kernel has just once, or shares: then "ro" must not become a
 * property of it, as everybody else's mounts of it would be read-only too. */
bool mount_new_is_shared (const char *type);

/* Changes the superblock of a mount: mount -o remount. */
CHECKED int mount_new_reconfigure (
	int mount, const struct mount_options *options, struct error *err);
