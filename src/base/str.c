/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/str.h"

bool
str_to_u64 (const char *s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (*s == '\0')
		return false;
	for (; *s; s++) {
		unsigned int digit = (unsigned int) (*s - '0');

		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow (value, 10u, &value) ||
			__builtin_add_overflow (value, digit, &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

bool
str_to_i64 (const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t magnitude;
	int64_t value;

	if (!str_to_u64 (s + negative, (uint64_t) INT64_MAX + negative, &magnitude))
		return false;
	value = negative ? (int64_t) -magnitude : (int64_t) magnitude;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool
str_path_has_dotdot (const char *path)
{
	while (*path) {
		size_t n = strcspn (path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += n;
		path += strspn (path, "/");
	}
	return false;
}

/* As Unicode 15, table 3-7 has it. */
size_t
str_utf8_length (const char *s, size_t left)
{
	const unsigned char *p = (const unsigned char *) s;
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* no overlong forms */
	else if (p[0] == 0xed)
		high = 0x9f; /* no surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* nothing beyond U+10FFFF */
	if (left < length || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}
