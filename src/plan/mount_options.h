/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mount_options: the words of mounts[].options and what each one means.
 *
 * Pure: words in, struct mount_options out, no system call. One table holds every word of
 * runtime-spec 1.3 (config.md, "Linux mount options") and those that crun adds (copy-symlink,
 * src-nofollow, dest-nofollow, rsync ...). Adding a word is adding a row.
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"
#include "plan/mounts.h"

#include <stddef.h>

/* Resolves n words into *out, which is overwritten. Order decides: the last of "ro" and "rw" wins,
 * and likewise of the atime family and of each pair. A word that is not in the table is the file
 * system's own and is appended to out->data; empty words are skipped. Memory comes from arena.
 * Fails, with err->code 0, on words that exclude each other whatever their order. */
CHECKED int mount_options_parse (struct arena *arena, char *const *words, size_t n,
	struct mount_options *out, struct error *err);

/* How many words the table has, and the name of one of them, in strcmp order: what `features` lists
 * as mountOptions. Static storage. */
size_t mount_options_count (void);
const char *mount_options_name (size_t index);
