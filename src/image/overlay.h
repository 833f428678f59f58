/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * overlay: how overlayfs wants a layer to say what it takes away from those below, and mounting one.
 *
 * A name that is gone is a character device 0:0 (anybody may make these since Linux 5.8). A
 * directory that hides what is below it has the extended attribute "trusted.overlay.opaque", or, in a
 * user namespace, "user.overlay.opaque" with the mount option userxattr (Linux 5.11).
 * Source: Documentation/filesystems/overlayfs.rst of the kernel.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Which of the two attributes: not to be mixed in one store. */
enum overlay_kind {
	OVERLAY_TRUSTED,
	OVERLAY_USER,
};

/* By who we are: root of the initial user namespace, or somebody else. */
enum overlay_kind overlay_kind_of_process (void);

bool overlay_is_whiteout (const struct stat *st);
CHECKED int overlay_make_whiteout (int dirfd, const char *name, struct error *err);

/* dirfd may be O_PATH. */
bool overlay_is_opaque (int dirfd, enum overlay_kind kind);
CHECKED int overlay_set_opaque (int dirfd, enum overlay_kind kind, struct error *err);

/* Whether the attribute's name means something to overlayfs: none of these is taken from an image. */
bool overlay_owns_xattr (const char *name);

struct overlay_mount {
	const char *layers_path; /* the directory that has the lower ones */
	const char *const *lowers; /* names below it; the topmost first */
	size_t n_lowers; /* at least one */
	const char *upper, *work; /* both absolute; NULL: read-only */
	const char *target; /* absolute */
	enum overlay_kind kind;
};

CHECKED int overlay_mount (const struct overlay_mount *overlay, struct error *err);

/* Unmounts what is mounted there. Returns 1, or 0 when nothing is. */
CHECKED int overlay_unmount (const char *target, struct error *err);

/* Whether something is mounted at exactly that path. */
CHECKED int overlay_is_mounted (const char *target, struct error *err);
