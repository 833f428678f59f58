/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/error.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

static void
test_fail_puts_object_and_cause (void **state)
{
	struct error err;

	assert_int_equal (fail (&err, EACCES, "open '%s'", "/x"), -1);
	assert_int_equal (err.code, EACCES);
	assert_string_equal (err.text, "open '/x': Permission denied");
	fail (&err, 0, "no cause");
	assert_string_equal (err.text, "no cause");
}

static void
test_enoent_is_not_spelled_like_a_missing_command (void **state)
{
	struct error err;

	fail (&err, ENOENT, "open '/x'");
	assert_string_equal (err.text, "open '/x': no such file");
}

static void
test_hint_follows_cause (void **state)
{
	struct error err;

	fail_hint (&err, EINVAL, "try this", "mount");
	assert_string_equal (err.text, "mount: Invalid argument (try this)");
}

static void
test_long_path_keeps_cause (void **state)
{
	char path[3000];
	struct error err;

	memset (path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	fail (&err, EACCES, "open '%s'", path);
	assert_non_null (strstr (err.text, ": Permission denied"));
	error_prefix (&err, "%s", path);
	assert_non_null (strstr (err.text, ": Permission denied"));
	fail (&err, EACCES, "short");
	error_prefix (&err, "begin%send", path);
	assert_non_null (strstr (err.text, "end: short: Permission denied"));
	assert_int_equal (strncmp (err.text, "begin", 5), 0);
	assert_true (strlen (err.text) < sizeof err.text);
}

static void
test_numbers_are_strict (void **state)
{
	static const char *const wrong[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1:", "4294967296",
		"99999999999999999999999" };
	uint64_t u = 7;
	int64_t i;

	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
		assert_false (str_to_u64 (wrong[k], UINT32_MAX, &u));
	assert_int_equal (u, 7);
	assert_true (str_to_u64 ("4294967295", UINT32_MAX, &u));
	assert_int_equal (u, UINT32_MAX);
	assert_true (str_to_i64 ("-9223372036854775808", INT64_MIN, INT64_MAX, &i));
	assert_true (i == INT64_MIN);
	assert_false (str_to_i64 ("9223372036854775808", INT64_MIN, INT64_MAX, &i));
	assert_false (str_to_i64 ("-", INT64_MIN, INT64_MAX, &i));
}

static void
test_dotdot (void **state)
{
	assert_true (str_path_has_dotdot ("a/../b"));
	assert_true (str_path_has_dotdot (".."));
	assert_false (str_path_has_dotdot ("a/..b/c.."));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_fail_puts_object_and_cause),
		cmocka_unit_test (test_enoent_is_not_spelled_like_a_missing_command),
		cmocka_unit_test (test_hint_follows_cause),
		cmocka_unit_test (test_long_path_keeps_cause),
		cmocka_unit_test (test_numbers_are_strict),
		cmocka_unit_test (test_dotdot),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
