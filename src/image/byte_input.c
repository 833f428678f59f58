/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/byte_input.h"
#include "base/mem.h"
#include "image/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define ROOM (256 * 1024)

static int
next_of_memory (
	struct byte_input *input, const void **out_data, size_t *out_size, struct error *err)
{
	struct memory_input *memory = (struct memory_input *) input;

	if (memory->size == 0)
		return 0;
	*out_data = memory->data;
	*out_size = memory->size;
	memory->size = 0;
	return 1;
}

void
memory_input_init (struct memory_input *input, const void *data, size_t size)
{
	*input = (struct memory_input){ { next_of_memory }, data, size };
}

static int
next_of_file (struct byte_input *input, const void **out_data, size_t *out_size, struct error *err)
{
	struct file_input *file = (struct file_input *) input;
	ssize_t n;

	if (!file->buffer)
		file->buffer = xmalloc (file->room);
	do
		n = read (file->fd, file->buffer, file->room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "read '%s'", file->name);
	*out_data = file->buffer;
	*out_size = (size_t) n;
	return n > 0;
}

void
file_input_init (struct file_input *input, int fd, const char *name)
{
	*input = (struct file_input){ { next_of_file }, fd, ROOM, NULL, name };
}

void
file_input_done (struct file_input *input)
{
	free (input->buffer);
	input->buffer = NULL;
}

static int
next_of_ring (struct byte_input *input, const void **out_data, size_t *out_size, struct error *err)
{
	struct ring_input *reader = (struct ring_input *) input;

	return ring_read (reader->ring, reader->reader, out_data, out_size, err);
}

void
ring_input_init (struct ring_input *input, struct ring *ring, unsigned int reader)
{
	*input = (struct ring_input){ { next_of_ring }, ring, reader };
}
