/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tree: whole trees of files by fd, never following a symlink.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Removes what has that name, with everything below it; ENOENT is no error. Directories that their owner
 * may not enter are made accessible first. */
CHECKED int tree_remove (int dirfd, const char *name, struct error *err);

/* Which ids become which; n 0: they stay. */
struct tree_id_range {
	uint32_t inside, outside, count;
};
struct tree_ids {
	const struct tree_id_range *ranges; /* borrowed */
	size_t n;
};

/* Returns false if nothing is said of that id. */
bool tree_map_id (const struct tree_ids *ids, uint32_t id, uint32_t *out);

/* How a copy is to be made. */
struct tree_copy {
	struct tree_ids uids, gids;
	/* Who isn't root can't give files away: not an error then. */
	bool owner_may_stay;
};

/* A node to be copied: `name` below dirfd; st is what fstatat says. */
struct tree_node {
	int dirfd;
	const char *name;
	const struct stat *st;
};

/* Makes one node like that at `name` below dirfd, which has nothing there yet: with content (shared
 * where the file system can, holes kept), owner, mode, times and extended attributes, but those of
 * overlayfs. Of a directory the node alone: what is in it, its mode and its times are up to the
 * caller (tree_finish_directory). */
CHECKED int tree_copy_node (const struct tree_copy *copy, const struct tree_node *from, int dirfd,
	const char *name, struct error *err);

/* Extended attributes from one directory to another, but those of overlayfs; and what the file
 * system or our rights have no room for is left out. */
CHECKED int tree_copy_xattrs (int from, int to, struct error *err);

/* The mode and times of a directory that is filled. */
CHECKED int tree_finish_directory (int fd, const struct stat *st, struct error *err);
