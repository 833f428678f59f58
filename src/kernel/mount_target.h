/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mount_target: the place inside the root where a mount goes: found, made when it is missing, and
 * known by where it really is.
 */
#pragma once

#include "base/error.h"
#include "kernel/rootfs.h"

#include <stdbool.h>

struct mount_target {
	int fd; /* owned, O_PATH */
	char *place; /* owned; where it is below the root, symlinks resolved: "/", "/dev/pts" */
	bool existed; /* it was not made for this mount */
};

enum mount_target_kind {
	MOUNT_TARGET_DIRECTORY,
	MOUNT_TARGET_FILE, /* anything but a directory */
};

enum mount_target_links {
	MOUNT_TARGET_FOLLOW, /* symlinks are followed, inside the root */
	MOUNT_TARGET_LAST_ITSELF, /* a symlink at the end is the target */
	MOUNT_TARGET_NONE, /* no component may be one (CVE-2019-19921, CVE-2023-27561) */
};

/* Fills *out; what is missing is made, directories with mode 0755 and a file with 0644. */
CHECKED int mount_target_open (struct mount_target *out, const struct rootfs *rootfs,
	const char *path, enum mount_target_kind kind, enum mount_target_links links,
	struct error *err);

/* Refuses a place at or below /proc, where a mount could feign what is read and written there
 * (CVE-2019-16884): only a procfs goes on /proc, and only on some files below it a bind mount.
 * tree: the bind mount's, or -1 for a new file system of `type`. */
CHECKED int mount_target_check_proc (
	const struct mount_target *target, const char *type, int tree, struct error *err);

/* Frees what it owns; the fd may stay open (LEAVE_OPEN_BELOW). */
void mount_target_done (struct mount_target *target);

/* The path without "//", "." and "..", as if there were no symlinks. malloc'd. */
char *mount_target_clean_path (const char *path);
