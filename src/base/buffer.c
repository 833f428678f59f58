/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/buffer.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

/* Makes room for `more` bytes and a NUL behind them. */
static void
reserve (struct buffer *buffer, size_t more)
{
	size_t room = buffer->room ? buffer->room : FIRST_ROOM;

	if (more >= SIZE_MAX / 4 - buffer->size)
		abort ();
	while (room < buffer->size + more + 1)
		room *= 2;
	if (room == buffer->room)
		return;
	buffer->data = xrealloc (buffer->data, room);
	buffer->room = room;
}

void
buffer_add (struct buffer *buffer, const void *data, size_t size)
{
	reserve (buffer, size);
	if (size > 0)
		memcpy (buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

void
buffer_add_text (struct buffer *buffer, const char *text)
{
	buffer_add (buffer, text, strlen (text));
}

void
buffer_add_char (struct buffer *buffer, char c)
{
	buffer_add (buffer, &c, 1);
}

void
buffer_printf (struct buffer *buffer, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start (ap, format);
	va_copy (again, ap);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = vsnprintf (NULL, 0, format, ap);
	if (n < 0)
		abort ();
	reserve (buffer, (size_t) n);
	vsnprintf (buffer->data + buffer->size, (size_t) n + 1, format, again);
#pragma GCC diagnostic pop
	buffer->size += (size_t) n;
	va_end (again);
	va_end (ap);
}

void
buffer_pad (struct buffer *buffer, size_t size)
{
	if (size <= buffer->size)
		return;
	reserve (buffer, size - buffer->size);
	memset (buffer->data + buffer->size, ' ', size - buffer->size);
	buffer->size = size;
	buffer->data[size] = '\0';
}

void
buffer_done (struct buffer *buffer)
{
	free (buffer->data);
	*buffer = (struct buffer){ 0 };
}
