/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tar: reads an archive as a stream: ustar and V7, pax (POSIX.1-2001), GNU's long names and sparse
 * files in each of their forms.
 *
 * Names are bytes and stay as they are, whatever they hold. What the tools that write layers and the
 * ones that read them (all in Go) agree on counts: global pax headers are ignored, links, devices and
 * directories have no data, an archive may end without its two blocks of zeros. Everything else that
 * is not in order is an error and no guess. Memory is bounded: a header of pax or a long name is at
 * most 1 MiB (CVE-2017-14992), a sparse map has at most a million pieces.
 */
#pragma once

#include "base/error.h"
#include "image/byte_input.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define TAR_BLOCK 512
#define TAR_MAX_SPECIAL (1U << 20)

enum tar_type {
	TAR_FILE,
	TAR_LINK, /* a hard link to `link` */
	TAR_SYMLINK,
	TAR_CHAR,
	TAR_BLOCK_DEVICE,
	TAR_DIRECTORY,
	TAR_FIFO,
};

struct tar_xattr {
	char *name; /* "user.mime_type" */
	char *value;
	size_t size;
};

/* What lives in it is the reader's, until the next call of tar_next. */
struct tar_entry {
	enum tar_type type;
	const char *path; /* as written; never empty */
	const char *link; /* of both kinds of links; never empty for these */
	mode_t mode; /* the 12 lowest bits */
	uint32_t uid, gid;
	uint32_t major, minor;
	struct timespec mtime;
	uint64_t size; /* of the file, holes included */
	bool is_sparse;
	struct tar_xattr *xattrs;
	size_t n_xattrs;
};

/* A piece of a file's data. */
struct tar_data {
	const void *data;
	size_t size;
	uint64_t offset; /* where it belongs; what nobody mentions is a hole */
};

struct tar_reader;
struct tar_reader *tar_new (struct byte_input *in);
void tar_free (struct tar_reader **tar);

/* The next entry; data of the last one that were not read are skipped. Returns 1, or 0 at the end of
 * the archive, after having read everything behind it too. */
CHECKED int tar_next (struct tar_reader *tar, const struct tar_entry **out, struct error *err);

/* The next piece of the entry's data. Returns 1, or 0 at its end. */
CHECKED int tar_read (struct tar_reader *tar, struct tar_data *out, struct error *err);

/* Where the entry's data begin in the archive, and how long they are there. */
uint64_t tar_data_offset (const struct tar_reader *tar);
uint64_t tar_data_size (const struct tar_reader *tar);
