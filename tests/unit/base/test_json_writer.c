/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/json_writer.h"

#include <string.h>

static void
write_sample (struct json_writer *json)
{
	json_open_object (json, NULL);
	json_string (json, "id", "a");
	json_open_object (json, "none");
	json_close (json);
	json_open_array (json, "list");
	json_int (json, NULL, INT64_MIN);
	json_uint (json, NULL, UINT64_MAX);
	json_open_object (json, NULL);
	json_bool (json, "yes", true);
	json_bool (json, "no", false);
	json_close (json);
	json_open_array (json, NULL);
	json_close (json);
	json_close (json);
	json_null (json, "nothing");
	json_string (json, "absent", NULL);
	json_close (json);
}

static void
test_compact_has_no_blanks (void **state)
{
	AUTO (json_writer_done) struct json_writer json = { 0 };

	write_sample (&json);
	assert_string_equal (json.text.data,
		"{\"id\":\"a\",\"none\":{},\"list\":[-9223372036854775808,18446744073709551615,"
		"{\"yes\":true,\"no\":false},[]],\"nothing\":null,\"absent\":null}");
}

static void
test_indented_looks_like_gos (void **state)
{
	AUTO (json_writer_done) struct json_writer json = { .indent = 2 };

	write_sample (&json);
	assert_string_equal (json.text.data, "{\n"
					     "  \"id\": \"a\",\n"
					     "  \"none\": {},\n"
					     "  \"list\": [\n"
					     "    -9223372036854775808,\n"
					     "    18446744073709551615,\n"
					     "    {\n"
					     "      \"yes\": true,\n"
					     "      \"no\": false\n"
					     "    },\n"
					     "    []\n"
					     "  ],\n"
					     "  \"nothing\": null,\n"
					     "  \"absent\": null\n"
					     "}");
}

static void
test_tabs_are_for_config_json (void **state)
{
	AUTO (json_writer_done) struct json_writer json = { .indent = JSON_TABS };

	json_open_object (&json, NULL);
	json_open_array (&json, "a");
	json_int (&json, NULL, 1);
	json_close (&json);
	json_close (&json);
	assert_string_equal (json.text.data, "{\n\t\"a\": [\n\t\t1\n\t]\n}");
}

static void
test_strings_are_escaped_and_always_utf8 (void **state)
{
#define BAD "\xef\xbf\xbd"
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "", "\"\"" },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
		{ "\n\r\t\b\f\x01\x1f\x7f", "\"\\n\\r\\t\\u0008\\u000c\\u0001\\u001f\x7f\"" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x9a\xa2",
			"\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x9a\xa2\"" },
		{ "\xff", "\"" BAD "\"" },
		{ "a\x80z", "\"a" BAD "z\"" },
		{ "\xc3", "\"" BAD "\"" },
		{ "\xe2\x82", "\"" BAD BAD "\"" },
		{ "\xf0\x9f\x9a\"", "\"" BAD BAD BAD "\\\"\"" },
		{ "\xc0\xaf", "\"" BAD BAD "\"" },
		{ "\xe0\x9f\xbf", "\"" BAD BAD BAD "\"" },
		{ "\xed\xa0\x80", "\"" BAD BAD BAD "\"" },
		{ "\xf0\x8f\xbf\xbf", "\"" BAD BAD BAD BAD "\"" },
		{ "\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"" },
		{ "\xf5\x80\x80\x80", "\"" BAD BAD BAD BAD "\"" },
		{ "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (json_writer_done) struct json_writer json = { 0 };

		json_string (&json, NULL, table[i].in);
		assert_string_equal (json.text.data, table[i].out);
	}
}

static void
test_keys_are_escaped_too (void **state)
{
	AUTO (json_writer_done) struct json_writer json = { 0 };

	json_open_object (&json, NULL);
	json_int (&json, "a\"b", 1);
	json_close (&json);
	assert_string_equal (json.text.data, "{\"a\\\"b\":1}");
}

static void
test_sixty_four_levels_close_in_the_right_order (void **state)
{
	AUTO (json_writer_done) struct json_writer json = { 0 };

	for (int i = 0; i < 32; i++) {
		json_open_array (&json, i > 0 ? "next" : NULL);
		json_open_object (&json, NULL);
	}
	while (json.depth > 0)
		json_close (&json);
	for (int i = 0; i < 32; i++)
		assert_memory_equal (json.text.data + json.text.size - 64 + i * 2, "}]", 2);
	assert_memory_equal (json.text.data, "[{\"next\":[{\"next\":", 18);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_compact_has_no_blanks),
		cmocka_unit_test (test_indented_looks_like_gos),
		cmocka_unit_test (test_tabs_are_for_config_json),
		cmocka_unit_test (test_strings_are_escaped_and_always_utf8),
		cmocka_unit_test (test_keys_are_escaped_too),
		cmocka_unit_test (test_sixty_four_levels_close_in_the_right_order),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
