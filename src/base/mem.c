/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 16384
#define ALIGNMENT 16

struct arena_chunk {
	struct arena_chunk *next;
	char data[] __attribute__ ((aligned (ALIGNMENT)));
};

static void *
not_null (void *p)
{
	if (!p)
		abort ();
	return p;
}

void *
xmalloc (size_t size)
{
	return not_null (malloc (size ? size : 1));
}

void *
xcalloc (size_t count, size_t size)
{
	return not_null (calloc (count ? count : 1, size ? size : 1));
}

void *
xrealloc (void *p, size_t size)
{
	return not_null (realloc (p, size ? size : 1));
}

char *
xstrdup (const char *s)
{
	return not_null (strdup (s));
}

char *
xvasprintf (const char *format, va_list ap)
{
	char *s = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (vasprintf (&s, format, ap) < 0)
		abort ();
#pragma GCC diagnostic pop
	return s;
}

char *
xasprintf (const char *format, ...)
{
	va_list ap;
	char *s;

	va_start (ap, format);
	s = xvasprintf (format, ap);
	va_end (ap);
	return s;
}

void *
arena_alloc (struct arena *arena, size_t size)
{
	char *p;

	if (size > SIZE_MAX / 2)
		abort ();
	size = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
	if (size > arena->left) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		struct arena_chunk *chunk = xmalloc (sizeof *chunk + room);

		chunk->next = arena->chunks;
		arena->chunks = chunk;
		arena->next = chunk->data;
		arena->left = room;
	}
	p = arena->next;
	arena->next += size;
	arena->left -= size;
	/* here and not for the whole chunk: pages that nobody uses are none then */
	return memset (p, 0, size);
}

char *
arena_strndup (struct arena *arena, const char *s, size_t n)
{
	size_t length = strnlen (s, n);
	char *copy = arena_alloc (arena, length + 1);

	memcpy (copy, s, length);
	return copy;
}

char *
arena_strdup (struct arena *arena, const char *s)
{
	return arena_strndup (arena, s, SIZE_MAX / 4);
}

char *
arena_printf (struct arena *arena, const char *format, ...)
{
	char small[256];
	va_list ap, again;
	char *s;
	int n;

	va_start (ap, format);
	va_copy (again, ap);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = vsnprintf (small, sizeof small, format, ap);
	if (n < 0)
		abort ();
	s = arena_alloc (arena, (size_t) n + 1);
	if ((size_t) n < sizeof small)
		memcpy (s, small, (size_t) n);
	else
		vsnprintf (s, (size_t) n + 1, format, again);
#pragma GCC diagnostic pop
	va_end (again);
	va_end (ap);
	return s;
}

void
arena_done (struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;

		free (arena->chunks);
		arena->chunks = next;
	}
	arena->next = NULL;
	arena->left = 0;
}

void
arena_adopt (struct arena *arena, struct arena *other)
{
	struct arena_chunk **last = &arena->chunks;

	/* behind ours: the first chunk is the one that is allocated from */
	while (*last)
		last = &(*last)->next;
	*last = other->chunks;
	*other = (struct arena){ 0 };
}
