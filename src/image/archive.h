/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * archive: a tar file and what is where in it, to read its files in any order.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

struct archive_file {
	char *name; /* owned; normalized: without "./" */
	char *link; /* owned; of a symlink or hard link, else NULL */
	uint64_t offset, size;
};

/* { .fd = -1 } is a valid empty one. */
struct archive {
	int fd; /* owned */
	char *path; /* owned; for messages */
	struct archive_file *files; /* owned; sorted by name */
	size_t n_files;
};

/* Reads the whole archive once. One that is compressed is refused. */
CHECKED int archive_open (const char *path, struct archive *out, struct error *err);
void archive_close (struct archive *archive);

/* Finds a file; links are followed in the archive. ENOENT in err->code. */
CHECKED int archive_find (const struct archive *archive, const char *name,
	const struct archive_file **out, struct error *err);
