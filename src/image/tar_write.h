/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tar_write: writes an archive as a stream: ustar, with a pax header before what that has no room for (long
 * names, big numbers, parts of a second, extended attributes).
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "image/source.h"
#include "image/tar.h"
#include "image/tree.h"
#include "image/view.h"

struct tar_writer {
	struct blob_sink *out; /* borrowed */
	struct buffer text; /* owned; headers in the making */
	uint64_t left; /* of the entry's data */
	size_t padding;
};

void tar_writer_init (struct tar_writer *writer, struct blob_sink *out);
void tar_writer_done (struct tar_writer *writer);

/* Begins an entry; of a file, size bytes of data have to follow. */
CHECKED int tar_write_entry (
	struct tar_writer *writer, const struct tar_entry *entry, struct error *err);
CHECKED int tar_write_data (
	struct tar_writer *writer, const void *data, size_t size, struct error *err);

/* The blocks at the end. */
CHECKED int tar_write_end (struct tar_writer *writer, struct error *err);

/* A whole file in memory: mode 0644, root's, at the given time. */
CHECKED int tar_write_text (struct tar_writer *writer, const char *name, const void *data,
	size_t size, struct error *err);

/* All of a view, without the end. */
CHECKED int tar_write_view (struct tar_writer *writer, const struct view *view, struct error *err);

/* A sink that writes to an fd. */
struct fd_sink {
	struct blob_sink sink;
	int fd; /* borrowed */
	const char *name; /* borrowed */
};
void fd_sink_init (struct fd_sink *sink, int fd, const char *name);
