/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * userns: for users who aren't root: a user namespace in which this process is, so that files of
 * several owners can be made, and files that nobody may read.
 *
 * The ids are root for the user, and what /etc/subuid and /etc/subgid give him for the rest, through
 * newuidmap and newgidmap. Where these are missing root is all there is: files then keep one owner.
 */
#pragma once

#include "base/error.h"
#include "image/tree.h"

#define USERNS_MAX_RANGES 8

struct userns {
	struct tree_id_range uids[USERNS_MAX_RANGES], gids[USERNS_MAX_RANGES];
	size_t n_uids, n_gids; /* 0: none was needed */
};

/* Enters one if this process is not root; before there are threads. path is where newuidmap is looked for. */
CHECKED int userns_enter (const char *path, struct userns *out, struct error *err);

/* Does something in a child that has entered one, or here if this process is root; so that what comes after
 * it, a runtime, is still the user himself, who has the say over his control groups and mounts, and gets a
 * user namespace with all of his ids. Returns what `work` does, with its error. */
CHECKED int userns_do (const char *path,
	int (*work) (void *data, const struct userns *ns, struct error *err), void *data,
	struct error *err);
