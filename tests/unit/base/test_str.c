/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/str.h"

static void
test_sizes_have_binary_suffixes (void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "512", 512 },
		{ "512b", 512 },
		{ "1k", 1024 },
		{ "1K", 1024 },
		{ "1kb", 1024 },
		{ "1KiB", 1024 },
		{ "3M", 3145728 },
		{ "1.5G", 1610612736 },
		{ "0.5k", 512 },
		{ "2t", UINT64_C (2199023255552) },
		{ "1P", UINT64_C (1125899906842624) },
		{ "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = { "", "k", "-1", "+1", " 1", "1 ", "1x", "1ki", "1kx",
		"1kibb", "1bb", ".5k", "0x10", "18446744073709551616", "16384P" };
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE (good); i++) {
		assert_true (str_to_size (good[i].text, UINT64_MAX, &value));
		assert_int_equal (value, good[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
		assert_false (str_to_size (bad[i], UINT64_MAX, &value));
	assert_false (str_to_size ("1k", 1023, &value));
}

static void
test_numbers_are_whole_and_plain (void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3",
		"18446744073709551616", "99999999999999999999999" };
	uint64_t value;
	int64_t negative;

	for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
		assert_false (str_to_u64 (bad[i], UINT64_MAX, &value));
	assert_true (str_to_u64 ("18446744073709551615", UINT64_MAX, &value));
	assert_true (value == UINT64_MAX);
	assert_true (str_to_i64 ("-9223372036854775808", INT64_MIN, INT64_MAX, &negative));
	assert_true (negative == INT64_MIN);
	assert_false (str_to_i64 ("-9223372036854775809", INT64_MIN, INT64_MAX, &negative));
	assert_false (str_to_i64 ("-2", -1, 5, &negative));
}

static void
test_times_are_as_go_writes_them (void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = { { "0", 0 }, { "5s", 5000000000 }, { "1m30s", 90000000000 },
		{ "500ms", 500000000 }, { "1.5h", 5400000000000 }, { "7us", 7000 }, { "7µs", 7000 },
		{ "3ns", 3 }, { "1h1m1s1ms", 3661001000000 }, { "0.25s", 250000000 } };
	static const char *const bad[] = { "", "5", "s", "-5s", "5 s", "5x", "1s5", ".5s",
		"99999999999h", "99999999999999999999s", "5sm" };
	uint64_t ns;

	for (size_t i = 0; i < ARRAY_SIZE (good); i++) {
		assert_true (str_to_duration (good[i].text, &ns));
		assert_true (ns == good[i].ns);
	}
	for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
		assert_false (str_to_duration (bad[i], &ns));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_sizes_have_binary_suffixes),
		cmocka_unit_test (test_numbers_are_whole_and_plain),
		cmocka_unit_test (test_times_are_as_go_writes_them),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
