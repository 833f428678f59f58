/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * str: strict numbers, and string questions that libc has no answer to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whole-string decimal numbers: no sign (except '-' for the signed one), no blanks, no prefix, no
 * trailing junk, no overflow past max (or outside min..max). Returns false if it is not one. */
bool str_to_u64 (const char *s, uint64_t max, uint64_t *out);
bool str_to_i64 (const char *s, int64_t min, int64_t max, int64_t *out);

/* The decimal number that s begins with; 0 when it begins with none. For what the kernel writes. */
uint64_t str_first_u64 (const char *s);

/* A size in bytes: a decimal number, perhaps with a fraction, and a suffix b, k, m, g, t or p of
 * powers of 1024, in either case, which may end in "b" or "ib": "512", "1.5G", "64KiB". */
bool str_to_size (const char *s, uint64_t max, uint64_t *out);

/* A time in nanoseconds as Go writes it: "1m30s", "1.5h", "500ms"; units are ns, us, ms, s, m, h. A
 * plain "0" needs none. */
bool str_to_duration (const char *s, uint64_t *out);

/* A truth value: those of Go's flag package, which runc's callers know ("true", "1", "T", ...), and
 * crun's "yes" and "no". */
bool str_to_truth (const char *s, bool *out);

static inline bool
str_equal (const char *a, const char *b)
{
	return strcmp (a, b) == 0;
}

static inline bool
str_starts (const char *s, const char *prefix)
{
	return strncmp (s, prefix, strlen (prefix)) == 0;
}

/* Whether ".." is one of path's components. */
bool str_path_has_dotdot (const char *path);

/* The length in bytes of the UTF-8 character at s, of which `left` bytes are there (at least one),
 * or 0 if it is none: overlong forms, surrogates and what lies beyond U+10FFFF are not UTF-8. It looks at no
 * byte behind a NUL, so that `left` may be 4 for a string that ends with one. */
size_t str_utf8_length (const char *s, size_t left);
