/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * buffer: text that grows at its end. { 0 } is a valid empty one.
 *
 * data is NULL while nothing was added, and NUL terminated from then on; size does not count the NUL.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

struct buffer {
	char *data; /* owned */
	size_t size;
	size_t room;
};

void buffer_add (struct buffer *buffer, const void *data, size_t size);
void buffer_add_text (struct buffer *buffer, const char *text);
void buffer_add_char (struct buffer *buffer, char c);
void buffer_printf (struct buffer *buffer, const char *format, ...) PRINTF (2, 3);

/* Adds blanks until the text is `size` bytes long; nothing when it already is. */
void buffer_pad (struct buffer *buffer, size_t size);

/* Frees it and leaves an empty one. */
void buffer_done (struct buffer *buffer);
