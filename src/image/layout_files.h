/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * layout_files: the files of a layout, in a directory or in a tar file; read by any number of threads.
 */
#pragma once

#include "base/error.h"
#include "image/archive.h"
#include "image/source.h"

#include <stdbool.h>

struct layout_files {
	int dir; /* owned; -1: an archive */
	struct archive archive; /* owned */
};

void layout_files_close (struct layout_files *files);

/* Where a file is. */
struct layout_file {
	int fd; /* owned if it is a directory's file: layout_file_close */
	bool is_shared; /* the archive's fd */
	uint64_t offset, size;
};

/* ENOENT in err->code: there is none. */
CHECKED int layout_file_open (const struct layout_files *files, const char *path,
	struct layout_file *out, struct error *err);
void layout_file_close (struct layout_file *file);

/* A whole document, at most `limit` bytes; the caller frees it. */
CHECKED int layout_file_read (const struct layout_files *files, const char *path, size_t limit,
	char **out_data, size_t *out_size, struct error *err);

/* The file from an offset into a sink; it has to have exactly blob->size bytes. */
CHECKED int layout_file_send (const struct layout_file *file, const struct source_blob *blob,
	struct blob_sink *sink, struct error *err);
