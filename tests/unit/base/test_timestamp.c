/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>

static void
test_fraction_is_cut_to_its_digits (void **state)
{
	struct timespec when = { 1700000000, 12345678 };
	char out[TIMESTAMP_SIZE];

	timestamp_format (when, 9, out);
	assert_string_equal (out, "2023-11-14T22:13:20.012345678Z");
	timestamp_format (when, 3, out);
	assert_string_equal (out, "2023-11-14T22:13:20.012Z");
	timestamp_format (when, 0, out);
	assert_string_equal (out, "2023-11-14T22:13:20Z");
}

static void
test_the_calendar_is_that_of_libc (void **state)
{
	/* every day around the leap years, then in steps through 8,000 years */
	for (time_t t = -86400L * 366 * 80; t < 253402300799L;
		t += t < 5000000000L ? 86399 : 8640007) {
		char ours[TIMESTAMP_SIZE], theirs[64];
		struct tm tm;

		gmtime_r (&t, &tm);
		strftime (theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", &tm);
		timestamp_format ((struct timespec){ t, 0 }, 0, ours);
		if (strcmp (ours, theirs) != 0)
			assert_string_equal (ours, theirs);
	}
}

static void
test_now_is_now (void **state)
{
	char before[TIMESTAMP_SIZE], now[TIMESTAMP_SIZE], after[TIMESTAMP_SIZE];

	timestamp_format ((struct timespec){ time (NULL) - 1, 0 }, 0, before);
	timestamp_now (0, now);
	timestamp_format ((struct timespec){ time (NULL) + 1, 0 }, 0, after);
	assert_true (strcmp (before, now) <= 0 && strcmp (now, after) <= 0);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_fraction_is_cut_to_its_digits),
		cmocka_unit_test (test_the_calendar_is_that_of_libc),
		cmocka_unit_test (test_now_is_now),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
