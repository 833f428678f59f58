/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mem: memory. Out of memory aborts: there is no sensible way on for a short-lived program.
 *
 * Most data of one run live in an arena: allocated piece by piece, freed at once.
 */
#pragma once

#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>

void *xmalloc (size_t size) __attribute__ ((malloc, returns_nonnull));
void *xcalloc (size_t count, size_t size) __attribute__ ((malloc, returns_nonnull));
void *xrealloc (void *p, size_t size) __attribute__ ((returns_nonnull));
char *xstrdup (const char *s) __attribute__ ((malloc, returns_nonnull));
char *xasprintf (const char *format, ...) PRINTF (1, 2) __attribute__ ((malloc, returns_nonnull));
char *xvasprintf (const char *format, va_list ap) __attribute__ ((returns_nonnull));

/* An arena; { 0 } is a valid empty one. */
struct arena_chunk;
struct arena {
	struct arena_chunk *chunks; /* owned */
	char *next;
	size_t left;
};

/* Zeroed memory, aligned for any object, that lives until arena_done. */
void *arena_alloc (struct arena *arena, size_t size) __attribute__ ((returns_nonnull));
char *arena_strdup (struct arena *arena, const char *s) __attribute__ ((returns_nonnull));
char *arena_strndup (struct arena *arena, const char *s, size_t n)
	__attribute__ ((returns_nonnull));
char *arena_printf (struct arena *arena, const char *format, ...) PRINTF (2, 3)
	__attribute__ ((returns_nonnull));
void arena_done (struct arena *arena);

/* Makes all that lives in `other` live as long as arena; `other` is empty afterwards. */
void arena_adopt (struct arena *arena, struct arena *other);
