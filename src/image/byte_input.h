/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * byte_input: bytes that are asked for piece by piece, wherever they come from.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

struct byte_input {
	/* The next piece, which stays valid until the next call. Returns 1, or 0 at the end. */
	int (*next) (struct byte_input *input, const void **out_data, size_t *out_size,
		struct error *err);
};

/* A piece in memory, once. */
struct memory_input {
	struct byte_input input;
	const void *data; /* borrowed */
	size_t size;
};

void memory_input_init (struct memory_input *input, const void *data, size_t size);

/* A file from where it stands to its end. */
struct file_input {
	struct byte_input input;
	int fd; /* borrowed */
	size_t room;
	char *buffer; /* owned */
	const char *name; /* borrowed; for errors */
};

void file_input_init (struct file_input *input, int fd, const char *name);
void file_input_done (struct file_input *input);

/* One reader of a ring. */
struct ring;
struct ring_input {
	struct byte_input input;
	struct ring *ring; /* borrowed */
	unsigned int reader;
};

void ring_input_init (struct ring_input *input, struct ring *ring, unsigned int reader);
