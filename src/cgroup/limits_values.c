/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What becomes of a plain value, and the conversions from v1's scales to those of cgroup2.
 */
#include "cgroup/limits.h"

#include <inttypes.h>
#include <stdio.h>

#define LIMIT_ROOM sizeof out->room
#define MEMBER(type) ((const type *) ((const char *) resources + row->offset))

int
limit_i64 (const struct limit_row *row, const struct resources_plan *resources, struct place *place,
	struct limit_write *out, struct error *err)
{
	if (!MEMBER (struct opt_i64)->set)
		return LIMIT_SKIP;
	snprintf (out->room, LIMIT_ROOM, "%" PRId64, MEMBER (struct opt_i64)->value);
	return LIMIT_WRITE;
}

int
limit_u64 (const struct limit_row *row, const struct resources_plan *resources, struct place *place,
	struct limit_write *out, struct error *err)
{
	if (!MEMBER (struct opt_u64)->set)
		return LIMIT_SKIP;
	snprintf (out->room, LIMIT_ROOM, "%" PRIu64, MEMBER (struct opt_u64)->value);
	return LIMIT_WRITE;
}

int
limit_bool (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err)
{
	if (!MEMBER (struct opt_bool)->set)
		return LIMIT_SKIP;
	snprintf (out->room, LIMIT_ROOM, "%d", MEMBER (struct opt_bool)->value);
	return LIMIT_WRITE;
}

int
limit_string (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err)
{
	const char *value = *MEMBER (char *);

	if (!value || !*value)
		return LIMIT_SKIP;
	out->text = value;
	return LIMIT_WRITE;
}

int
limit_or_max (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err)
{
	if (limit_i64 (row, resources, place, out, err) == LIMIT_SKIP)
		return LIMIT_SKIP;
	if (MEMBER (struct opt_i64)->value < 0)
		out->text = "max";
	return LIMIT_WRITE;
}

/* log2 and 10^x as davit needs them, to 13 digits: libm would be one more shared library to load at
 * each start. */

/* log2 of a mantissa from 1 to 2 by squaring: each square that reaches 2 is a one in its binary digits. */
static double
log2_of (uint64_t n)
{
	int whole = 63 - __builtin_clzll (n);
	double mantissa = (double) n / (double) ((uint64_t) 1 << whole);
	double result = whole, digit = 0.5;

	for (int i = 0; i < 50; i++, digit /= 2) {
		mantissa *= mantissa;
		if (mantissa < 2)
			continue;
		mantissa /= 2;
		result += digit;
	}
	return result;
}

/* For x from 0 to 4: the series of e^y, where y is small enough after 6 halvings, squared back. */
static double
exp10_of (double x)
{
	double y = x * 2.302585092994045684 / 64;
	double term = 1, sum = 1;

	for (int i = 1; i < 16; i++) {
		term *= y / i;
		sum += term;
	}
	for (int i = 0; i < 6; i++)
		sum *= sum;
	return sum;
}

uint64_t
limit_cpu_weight (uint64_t shares)
{
	double l, weight;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_of (shares);
	/* what misses a whole number by less than the arithmetic's error is that number */
	weight = exp10_of ((l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9;
	return (uint64_t) weight + 1;
}

uint64_t
limit_io_weight (uint64_t weight)
{
	if (weight <= 10)
		return 1;
	if (weight >= 1000)
		return 10000;
	return 1 + (weight - 10) * 9999 / 990;
}
