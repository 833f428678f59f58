/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

#include "base/str.h"

#include <string.h>

#define ONES UINT64_C (0x0101010101010101)
#define HIGHS UINT64_C (0x8080808080808080)

/* Whether none of the eight bytes is a backslash or outside ASCII. (May say no once too often.) */
static bool
is_plain (const char *p)
{
	uint64_t word, no_backslash;

	memcpy (&word, p, sizeof word);
	no_backslash = word ^ (ONES * '\\');
	return !((word | ((no_backslash - ONES) & ~no_backslash)) & HIGHS);
}

static int
hex_digit (char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of the "XXXX" of an escape, or -1. */
static int
hex_value (const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit (p[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* The length of the escape at p. What is merely malformed is left to the JSON parser. */
static size_t
scan_escape (const char *p, const char *end, const char **problem)
{
	int value = end - p > 1 && p[1] == 'u' ? hex_value (p + 2, end) : -1;

	if (value == 0)
		*problem = "a string contains a NUL (\\u0000)";
	if (value >= 0xdc00 && value <= 0xdfff)
		*problem = "a string contains the second half of a surrogate pair alone";
	if (value < 0xd800 || value > 0xdbff)
		return 2;
	value = end - p > 7 && p[6] == '\\' && p[7] == 'u' ? hex_value (p + 8, end) : -1;
	if (value < 0xdc00 || value > 0xdfff)
		*problem = "a string contains the first half of a surrogate pair alone";
	return 12;
}

const char *
ocispec_scan (const char *text, size_t size, size_t *out_offset)
{
	const char *p = text, *end = text + size, *problem = NULL;

	while (p < end && !problem) {
		size_t length = 1;

		if (end - p >= 8 && is_plain (p)) {
			p += 8;
			continue;
		}
		if (*p == '\\')
			length = scan_escape (p, end, &problem);
		else if ((unsigned char) *p >= 0x80)
			length = str_utf8_length (p, (size_t) (end - p));
		if (length == 0)
			problem = "the text is not valid UTF-8";
		if (problem)
			*out_offset = (size_t) (p - text);
		p += length;
	}
	return problem;
}
