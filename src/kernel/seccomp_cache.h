/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp_cache: compiled filters, so that a container of a profile seen before costs one file read.
 *
 * The cache is a directory of ours, mode 0700, with one file a profile. A file's name is a hash of
 * what the filter was made from, the key; the file holds the key itself, and is a hit when that is the
 * same byte for byte: a collision costs a compilation and nothing else.
 *
 * Whoever can write here decides what containers may do. So the directory and the file must belong to
 * our effective user, with no rights for anybody else, and be no symlinks. A file must be whole, in
 * the format of this davit, and made with the libseccomp that is installed now, of which the file
 * keeps path, inode, size and change time (a new version has others; asking the library would
 * cost its loading). What is not so is as good as absent, and is replaced. Files come by rename, so
 * that nobody sees a half. There are at most SECCOMP_CACHE_ENTRIES; then all go.
 */
#pragma once

#include "base/buffer.h"
#include "kernel/seccomp.h"

#include <stdbool.h>

#define SECCOMP_CACHE_ENTRIES 100

/* Makes the key: everything of the plan that makes a difference to the filter. */
void seccomp_cache_key (const struct seccomp_plan *plan, struct buffer *out);

/* Fills in *out and returns true if there is a filter of this key. */
bool seccomp_cache_find (
	const char *directory, const struct buffer *key, struct seccomp_filter *out);

/* Keeps the filter, which was made with the library in the file `library`; makes the directory if only
 * that is missing. What goes wrong has no consequence but that it is not kept. */
void seccomp_cache_keep (const char *directory, const struct buffer *key,
	const struct seccomp_filter *filter, const char *library);
