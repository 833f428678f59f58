/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/str.h"
#include "base/auto.h"

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

uint64_t
str_first_u64 (const char *s)
{
	uint64_t value = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		value = 10 * value + (uint64_t) (*s - '0');
	return value;
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

/* The exponent of 1024 that a suffix stands for; -1 when it is none. */
static int
exponent_of_suffix (const char *suffix)
{
	static const char letters[] = "kmgtp";
	const char *letter;
	size_t n = 1;

	if (!*suffix || ((*suffix | 0x20) == 'b' && !suffix[1]))
		return 0;
	letter = strchr (letters, *suffix | 0x20);
	if (!letter)
		return -1;
	if ((suffix[n] | 0x20) == 'i')
		n++;
	if ((suffix[n] | 0x20) == 'b')
		n++;
	else if (n == 2)
		return -1;
	return suffix[n] ? -1 : (int) (letter - letters) + 1;
}

bool
str_to_size (const char *s, uint64_t max, uint64_t *out)
{
	uint64_t fraction = 0, scale = 1, unit, value = 0;
	const char *p = s;
	int exponent;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow (value, 10, &value) ||
			__builtin_add_overflow (value, (uint64_t) (*p - '0'), &value))
			return false;
	}
	if (p == s)
		return false;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++)
			if (scale < 1000000) {
				fraction = fraction * 10 + (uint64_t) (*p - '0');
				scale *= 10;
			}
	exponent = exponent_of_suffix (p);
	if (exponent < 0)
		return false;
	unit = UINT64_C (1) << (10 * exponent);
	if (__builtin_mul_overflow (value, unit, &value))
		return false;
	/* at most 2^50 times 10^6 would not fit: divide first where the unit is large */
	fraction = unit >= scale ? unit / scale * fraction + unit % scale * fraction / scale
				 : unit * fraction / scale;
	if (__builtin_add_overflow (value, fraction, &value) || value > max)
		return false;
	*out = value;
	return true;
}

static const struct time_unit {
	const char *name; /* none begins another that comes later */
	uint64_t ns;
} time_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\u00b5s", 1000 }, /* micro sign */
	{ "\u03bcs", 1000 }, /* mu */
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", UINT64_C (60000000000) },
	{ "h", UINT64_C (3600000000000) },
};

static const struct time_unit *
find_time_unit (const char *s)
{
	for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++)
		if (str_starts (s, time_units[i].name))
			return &time_units[i];
	return NULL;
}

bool
str_to_duration (const char *s, uint64_t *out)
{
	uint64_t sum = 0;

	if (str_equal (s, "0")) {
		*out = 0;
		return true;
	}
	if (!*s)
		return false;
	while (*s) {
		uint64_t value = 0, fraction = 0, scale = 1;
		const struct time_unit *unit;
		const char *begin = s;

		for (; *s >= '0' && *s <= '9'; s++)
			if (__builtin_mul_overflow (value, 10, &value) ||
				__builtin_add_overflow (value, (uint64_t) (*s - '0'), &value))
				return false;
		if (s == begin)
			return false;
		if (*s == '.')
			for (s++; *s >= '0' && *s <= '9'; s++)
				if (scale < 1000000) {
					fraction = fraction * 10 + (uint64_t) (*s - '0');
					scale *= 10;
				}
		unit = find_time_unit (s);
		if (!unit || __builtin_mul_overflow (value, unit->ns, &value) ||
			__builtin_add_overflow (sum, value, &sum) ||
			__builtin_add_overflow (sum,
				unit->ns / scale * fraction + unit->ns % scale * fraction / scale,
				&sum))
			return false;
		s += strlen (unit->name);
	}
	*out = sum;
	return true;
}

bool
str_to_truth (const char *s, bool *out)
{
	static const char *const yes[] = { "true", "1", "t", "T", "TRUE", "True", "yes" };
	static const char *const no[] = { "false", "0", "f", "F", "FALSE", "False", "no" };

	for (size_t i = 0; i < ARRAY_SIZE (yes); i++) {
		if (str_equal (s, yes[i]) || str_equal (s, no[i])) {
			*out = str_equal (s, yes[i]);
			return true;
		}
	}
	return false;
}
