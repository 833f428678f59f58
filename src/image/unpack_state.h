/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * unpack_state: what the parts of unpack share: unpack.c goes through the entries, unpack_path.c
 * finds out where they belong, unpack_node.c makes them, unpack_finish.c does what is left at the end.
 */
#pragma once

#include "base/buffer.h"
#include "base/mem.h"
#include "image/tar.h"
#include "image/unpack.h"

/* A directory of this layer: its mode and time are set at the end, when nobody makes anything in it any
 * more. It is found again by its path, and only used if it still is the same. */
struct unpack_dir {
	const char *path; /* normalized; the arena's in unpack->dirs */
	uint64_t inode;
	mode_t mode;
	struct timespec mtime;
};

struct unpack {
	const struct unpack_request *request; /* borrowed */
	int root; /* borrowed */
	struct arena arena;
	struct unpack_dir *dirs; /* owned */
	size_t n_dirs, dirs_room;
	uint32_t *by_inode; /* owned; a hash table of 1 + index of a dir, 0 for none */
	size_t by_inode_size; /* a power of 2 */
	const char **whiteouts; /* owned; the names that go, normalized; the arena's */
	size_t n_whiteouts, whiteouts_room;
	const char **opaques; /* owned; directories, normalized; the arena's */
	size_t n_opaques, opaques_room;
	struct buffer path_text, link_text; /* of the entry */
	/* The directory of the last entry: the next one is mostly in it too. */
	char *parent_path; /* owned; NULL: none */
	char *parent_real; /* owned; where it is in this layer */
	int parent; /* owned */
	/* This layer and those below it, once it was asked for. */
	int *roots; /* owned; the fds are borrowed */
	struct view view;
	bool has_root; /* an entry of its own */
	bool has_warned_xattr, has_warned_device;
};

/* ---- unpack_path.c */

/* "./a//b/" -> "a/b", "" for the root, in `text`. ".." is refused. */
CHECKED int unpack_normalize (const char *path, struct buffer *text, struct error *err);

/* The directory that an entry belongs in, made if it is missing: a borrowed O_PATH fd that is good until
 * the next call. *out_name points into path, which is normalized and not "". */
CHECKED int unpack_open_parent (
	struct unpack *unpack, const char *path, const char **out_name, struct error *err);

/* After something was removed: no path may lead where it did. The fd stays good as said above. */
void unpack_forget_parent (struct unpack *unpack);

/* Fills unpack->view. */
CHECKED int unpack_need_view (struct unpack *unpack, struct error *err);

/* The directory `path`, which is free of symlinks, in this layer; missing parts are made and look like what
 * is below. Returns an fd, the caller's. */
CHECKED int unpack_make_directory (struct unpack *unpack, const char *path, struct error *err);

/* ---- unpack_node.c */

CHECKED int unpack_make_node (struct unpack *unpack, struct tar_reader *tar,
	const struct tar_entry *entry, const char *path, struct error *err);

/* The root directory's own entry. */
CHECKED int unpack_root (struct unpack *unpack, const struct tar_entry *entry, struct error *err);

/* What a directory is to look like in the end; replaces what was said of it before. */
CHECKED int unpack_note_dir (
	struct unpack *unpack, int fd, const struct unpack_dir *dir, struct error *err);

/* ---- unpack_finish.c */

CHECKED int unpack_finish (struct unpack *unpack, struct error *err);

void unpack_warn (struct unpack *unpack, const char *format, ...) PRINTF (2, 3);
