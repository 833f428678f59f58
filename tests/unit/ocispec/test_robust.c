/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Documents that nobody writes in good faith: an error or a correct parse, and soon.
 */
#include "unit.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"
#include "ocispec/runtime_config.h"

#include <time.h>

/* What is quadratic takes minutes for the big documents here; what is linear, well below a second,
 * and still not this long under valgrind. */
#define CPU_SECONDS 60
#define BIG (10 << 20)

struct parsed {
	struct ocispec_doc doc;
	struct oci_runtime_config *config;
	struct error err;
	int status;
};

static void
parsed_done (struct parsed *p)
{
	ocispec_done (&p->doc);
}

static struct parsed
parse_sized (const char *text, size_t size, unsigned flags)
{
	struct parsed p = { .status = -1 };
	/* exactly as big as the text, so that reading past its end is seen */
	autofree char *copy = xmalloc (size);
	struct ocispec_source source = { "c", copy, size, flags };
	clock_t start = clock ();

	memcpy (copy, text, size);
	p.status = oci_runtime_config_parse (&p.doc, &source, &p.config, &p.err);
	assert_true ((clock () - start) / CLOCKS_PER_SEC < CPU_SECONDS);
	return p;
}

/* Parses in both modes; checks that they agree, and the message. NULL: it is taken. */
static void
expect_sized (const char *text, size_t size, const char *message)
{
	AUTO (parsed_done) struct parsed first = parse_sized (text, size, 0);
	AUTO (parsed_done) struct parsed all = parse_sized (text, size, OCISPEC_ALL_PROBLEMS);

	assert_string_equal (first.err.text, message ? message : "");
	assert_int_equal (first.status, message ? -1 : 0);
	assert_string_equal (all.err.text, message ? message : "");
	assert_int_equal (all.status, message ? -1 : 0);
}

static void
expect (const char *text, const char *message)
{
	expect_sized (text, strlen (text), message);
}

/* The text of a config with `member` in its root. */
static char *
with_member (const char *member)
{
	return xasprintf ("{\"ociVersion\":\"1\",%s}", member);
}

static void
expect_member (const char *member, const char *message)
{
	autofree char *text = with_member (member);

	expect (text, message);
}

static void
add_times (struct buffer *buffer, size_t times, const char *text)
{
	for (size_t i = 0; i < times; i++)
		buffer_add_text (buffer, text);
}

/* ---- depth */

static void
deep_nesting_ends_in_an_error (void **state)
{
	static const struct {
		const char *lead, *open, *message;
	} rows[] = {
		{ "{\"x\":", "[", "c:1: /x: is nested too deep" },
		{ "{\"x\":", "{\"a\":", "c:1: /x: is nested too deep" },
		{ "{\"annotations\":", "{\"a\":",
			"c:1: /annotations/a: expected a string, found an object" },
		{ "{\"mounts\":", "[", "c:1: /mounts/0: expected an object, found an array" },
		{ "", "[", "c:1: expected an object, found an array" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		AUTO (buffer_done) struct buffer text = { 0 };

		buffer_add_text (&text, rows[i].lead);
		add_times (&text, 100000, rows[i].open);
		expect_sized (text.data, text.size, rows[i].message);
		add_times (&text, BIG / 10, rows[i].open);
		expect_sized (text.data, text.size, rows[i].message);
	}
}

static void
what_is_ignored_may_nest_ten_thousand_deep (void **state)
{
	AUTO (buffer_done) struct buffer text = { 0 };

	buffer_add_text (&text, "{\"ociVersion\":\"1\",\"x\":");
	add_times (&text, 10000, "[");
	add_times (&text, 10000, "]");
	buffer_add_text (&text, "}");
	expect_sized (text.data, text.size, NULL);
}

/* ---- numbers */

static void
numbers_of_any_form_are_refused_or_right (void **state)
{
	static const char uint32_range[] = " must be a number from 0 to 4294967295";
	static const char uint64_max[] = " must not be more than 18446744073709551615";
	static const char integer[] = " expected an integer without fraction and exponent";
	static const struct {
		const char *number, *uid, *runtime; /* what is wrong with it as uint32, as uint64 */
	} rows[] = {
		{ "0", NULL, NULL },
		{ "-0", NULL, NULL },
		{ "4294967296", uint32_range, NULL },
		{ "18446744073709551615", uint32_range, NULL },
		{ "18446744073709551616", uint32_range, uint64_max },
		{ "184467440737095516150", uint32_range, uint64_max },
		{ "-1", uint32_range, " must not be less than 0" },
		{ "-18446744073709551616", uint32_range, " must not be less than 0" },
		{ "1.5", integer, integer },
		{ "1.0", integer, integer },
		{ "1e2", integer, integer },
		{ "1E+2", integer, integer },
		{ "1e400", integer, integer },
		{ "-1e-400", integer, integer },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		autofree char *uid = xasprintf (
			"\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":%s}}", rows[i].number);
		autofree char *runtime = xasprintf (
			"\"process\":{\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_RR\","
			"\"runtime\":%s}}",
			rows[i].number);
		autofree char *uid_error =
			xasprintf ("c:1: /process/user/uid:%s", rows[i].uid ? rows[i].uid : "");
		autofree char *runtime_error = xasprintf ("c:1: /process/scheduler/runtime:%s",
			rows[i].runtime ? rows[i].runtime : "");

		expect_member (uid, rows[i].uid ? uid_error : NULL);
		expect_member (runtime, rows[i].runtime ? runtime_error : NULL);
	}
}

static void
numbers_that_are_no_json_are_refused (void **state)
{
	static const char *const numbers[] = { "01", "+1", "1.", ".5", "-", "0x10", "1e", "NaN",
		"Infinity", "1_000" };

	for (size_t i = 0; i < ARRAY_SIZE (numbers); i++) {
		autofree char *member = xasprintf ("\"x\":%s", numbers[i]);
		autofree char *text = with_member (member);
		AUTO (parsed_done) struct parsed p = parse_sized (text, strlen (text), 0);

		assert_int_equal (p.status, -1);
		assert_true (str_starts (p.err.text, "c:1: not valid JSON: "));
	}
}

static void
a_number_of_ten_million_digits_is_too_big (void **state)
{
	AUTO (buffer_done) struct buffer text = { 0 };

	buffer_add_text (
		&text, "{\"ociVersion\":\"1\",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":");
	add_times (&text, BIG / 8, "12345678");
	buffer_add_text (&text, "}}");
	expect_sized (text.data, text.size,
		"c:1: /process/oomScoreAdj: must be a number from -1000 to 1000");
}

/* ---- strings */

static void
broken_utf8_is_refused_wherever_it_is (void **state)
{
	static const char *const broken[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc3",
		"\xc3(",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xe2\x82",
		"\xe2(\xa1",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98",
		"\xf0\x9f(\x80",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xfe",
		"\xff",
	};
	static const struct {
		const char *before, *after;
	} forms[] = { { "{\"ociVersion\":\"", "\"}" }, { "{\"ociVersion\":\"1234567", "\"}" },
		{ "{\"", "\":1}" }, { "{\"x\":[\"", "\"]}" }, { "{", "}" }, { "", "" },
		{ "{\"x\":\"\\n", "" } };

	for (size_t i = 0; i < ARRAY_SIZE (broken); i++)
		for (size_t j = 0; j < ARRAY_SIZE (forms); j++) {
			autofree char *text =
				xasprintf ("%s%s%s", forms[j].before, broken[i], forms[j].after);

			expect (text, "c:1: the text is not valid UTF-8");
		}
}

static void
good_utf8_is_kept (void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80"
		"\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}";
	AUTO (parsed_done) struct parsed p = parse_sized (text, strlen (text), 0);

	assert_int_equal (p.status, 0);
	assert_string_equal (p.config->oci_version,
		"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4"
		"\x8f\xbf\xbf");
}

static void
a_nul_is_refused_wherever_it_is (void **state)
{
	static const char nul[] = "c:1: a string contains a NUL (\\u0000)";
	static const char raw[] = "{\"ociVersion\":\"a\0b\"}";
	AUTO (parsed_done) struct parsed p = parse_sized (raw, sizeof raw - 1, 0);

	expect ("{\"ociVersion\":\"a\\u0000b\"}", nul);
	expect ("{\"ociVersion\":\"1\",\"a\\u0000b\":1}", nul);
	expect ("{\"ociVersion\":\"1\",\"x\":[[\"\\u0000\"]]}", nul);
	expect ("{\"ociVersion\":\"1\",\"annotations\":{\"\\\\\\u0000\":\"\"}}", nul);
	expect ("{\"ociVersion\":\"1\",\"annotations\":{\"\\\\u0000\":\"\"}}", NULL);
	assert_int_equal (p.status, -1);
	assert_true (str_starts (p.err.text, "c:1: not valid JSON: "));
}

static void
half_a_surrogate_pair_is_refused (void **state)
{
	static const char first[] =
		"c:1: a string contains the first half of a surrogate pair alone";
	static const char second[] =
		"c:1: a string contains the second half of a surrogate pair alone";

	expect_member ("\"hostname\":\"\\ud800\"", first);
	expect_member ("\"hostname\":\"\\udbff\\ud800\"", first);
	expect_member ("\"hostname\":\"\\ud800\\n\"", first);
	expect_member ("\"hostname\":\"\\ud800\\u12\"", first);
	expect_member ("\"hostname\":\"\\udc00\\ud800\"", second);
	expect_member ("\"hostname\":\"\\ud83d\\ude00\\udfff\"", second);
	expect_member ("\"hostname\":\"\\ud83d\\ude00\"", NULL);
	expect ("{\"ociVersion\":\"\\ud800", first);
	expect ("{\"ociVersion\":\"\\ud800\\u", first);
	expect ("{\"ociVersion\":\"\\ud800\\udc0", first);
}

static void
strings_that_are_no_json_are_refused (void **state)
{
	static const char *const strings[] = { "\"\n\"", "\"\t\"", "\"\x01\"", "\"\\x41\"",
		"\"\\u12g4\"", "'a'", "\"a", "\"\\\"", "a", "\"a\"\"b\"" };

	for (size_t i = 0; i < ARRAY_SIZE (strings); i++) {
		autofree char *member = xasprintf ("\"hostname\":%s", strings[i]);
		autofree char *text = with_member (member);
		AUTO (parsed_done) struct parsed p = parse_sized (text, strlen (text), 0);

		assert_int_equal (p.status, -1);
		assert_non_null (strstr (p.err.text, ": not valid JSON: "));
	}
}

static void
messages_carry_no_control_characters_and_are_short (void **state)
{
	AUTO (buffer_done) struct buffer text = { 0 };

	expect_member ("\"annotations\":{\"a\\u001b[31mb\\n\":1}",
		"c:1: /annotations/a?[31mb?: expected a string, found a number");
	expect_member ("\"linux\":{\"namespaces\":[{\"type\":\"a\\u001b\"}]}",
		"c:1: /linux/namespaces/0/type: 'a?' is not one of mount, pid, network, uts, ipc, "
		"user, cgroup or time");
	buffer_add_text (&text, "\"process\":{\"cwd\":\"/\",\"execCPUAffinity\":{\"initial\":\"1");
	add_times (&text, 1000, "\xf0\x9f\x98\x80");
	buffer_add_text (&text, "\"}}");
	expect_member (text.data,
		"c:1: /process/execCPUAffinity/initial: '1\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
		"\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
		"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
		"\x9f\x98\x80...' does not match ^[0-9, -]*$");
}

static void
a_long_pointer_does_not_hide_the_cause (void **state)
{
	AUTO (buffer_done) struct buffer text = { 0 };
	autofree char *document = NULL;

	buffer_add_text (&text, "\"annotations\":{\"");
	add_times (&text, 1000, "long/");
	buffer_add_text (&text, "\":1}");
	document = with_member (text.data);
	{
		AUTO (parsed_done) struct parsed p = parse_sized (document, strlen (document), 0);

		assert_int_equal (p.status, -1);
		assert_true (str_starts (p.err.text, "c:1: /annotations/long~1"));
		assert_non_null (strstr (p.err.text, ": expected a string, found a number"));
	}
}

/* ---- the text as a whole */

static const char whole[] =
	"{ \"ociVersion\": \"1.2.0\", \"process\": { \"args\": [ \"a\\u00e4\\ud83d\\ude00\" ], "
	"\"cwd\": \"/\", \"user\": { \"uid\": 1, \"additionalGids\": [ 1, 2 ] }, \"rlimits\": [ "
	"{ \"type\": \"RLIMIT_AS\", \"soft\": 1, \"hard\": 18446744073709551615 } ] }, "
	"\"annotations\": { \"a\": \"b\", \"a\": \"c\" }, \"mounts\": null, \"x\": [ { } , 1e3 ], "
	"\"linux\": { \"rdma\": 1, \"resources\": { \"rdma\": { \"m\": { \"hcaHandles\": 3 } } } }, "
	"\"windows\": { \"layerFolders\": [ \"\xc3\xa4\" ], \"credentialSpec\": { \"a\": [ {} ] } } }";

static void
a_truncated_document_is_refused (void **state)
{
	expect (whole, NULL);
	for (size_t size = 0; size < sizeof whole - 1; size++) {
		AUTO (parsed_done) struct parsed first = parse_sized (whole, size, 0);
		AUTO (parsed_done)
		struct parsed all = parse_sized (whole, size, OCISPEC_ALL_PROBLEMS);

		assert_int_equal (first.status, -1);
		assert_int_equal (all.status, -1);
		assert_true (all.doc.n_problems > 0);
		assert_string_not_equal (first.err.text, "");
	}
}

/* What it becomes is no matter here; that nothing breaks is what sanitizers and valgrind look at,
 * and that what is taken can be printed and parsed again. */
static void
any_byte_may_be_any_other (void **state)
{
	static const char bytes[] = "\"\\{}[]:,0-9aetfn u\n\x01\x7f\x80\xc3\xed\xf0\xff";

	for (size_t at = 0; at < sizeof whole - 1; at++)
		for (size_t b = 0; b < sizeof bytes; b++) { /* the NUL at the end too */
			char text[sizeof whole];

			memcpy (text, whole, sizeof text);
			text[at] = bytes[b];
			AUTO (parsed_done)
			struct parsed p = parse_sized (text, sizeof text - 1,
				b % 2 ? OCISPEC_ALL_PROBLEMS : OCISPEC_STRICT);

			if (p.status < 0)
				continue;
			const char *again =
				oci_runtime_config_print (&p.doc.arena, p.config, (int) (b % 3));
			AUTO (parsed_done)
			struct parsed second = parse_sized (again, strlen (again), OCISPEC_STRICT);
			assert_int_equal (second.status, 0);
		}
}

static void
what_stands_around_the_document_is_blank (void **state)
{
	expect ("", "c:1: not valid JSON: parse error: premature EOF");
	expect (" \n\t ", "c:2: not valid JSON: parse error: premature EOF");
	expect (" \n{\"ociVersion\":\"1\"}\n\n", NULL);
	expect ("{\"ociVersion\":\"1\"}\n{}", "c:2: not valid JSON: parse error: trailing garbage");
	expect ("{\"ociVersion\":\"1\"} x", "c:1: not valid JSON: parse error: trailing garbage");
	expect ("{\"ociVersion\":\"1\"/* c */}",
		"c:1: not valid JSON: lexical error: probable comment found in input text, comments "
		"are not enabled.");
	expect ("1", "c:1: expected an object, found a number");
	expect ("null", "c:1: expected an object, found null");
	expect ("\"x\"", "c:1: expected an object, found a string");
	expect ("{\"ociVersion\":\"1\",}",
		"c:1: not valid JSON: parse error: invalid object key (must be a string)");
}

/* ---- size */

static void
ten_megabytes_of_one_thing_take_no_time (void **state)
{
	static const struct {
		const char *lead, *repeat, *tail, *message;
	} rows[] = {
		{ "", " ", "{\"ociVersion\":\"1\"}", NULL },
		{ "{\"ociVersion\":\"", "0123456789", "\"}", NULL },
		{ "{\"ociVersion\":\"", "\\n\\u00e4", "\"}", NULL },
		{ "{\"ociVersion\":\"1\",\"x\":[", "\"\",", "1]}", NULL },
		{ "{\"ociVersion\":\"1\",", "\"x\":1,", "\"y\":2}", NULL },
		{ "{\"ociVersion\":\"1\",", "\"hostname\":\"a\",", "\"y\":2}", NULL },
		{ "{\"ociVersion\":\"1\",\"process\":{\"cwd\":\"/\",\"args\":[", "\"a\",",
			"\"\"]}}", NULL },
		{ "{\"ociVersion\":\"1\",\"mounts\":[", "{\"destination\":\"/\"},",
			"{\"destination\":\"/\"}]}", NULL },
		{ "{\"ociVersion\":\"1\",\"annotations\":{", "\"same\":\"x\",", "\"a\":\"\"}}",
			NULL },
		{ "{\"ociVersion\":\"1\",\"mounts\":[", "{},", "1]}",
			"c:1: /mounts/0: 'destination' is missing" },
		{ "{\"ociVersion\":\"1\",\"mounts\":[", "1,\n", "1]}",
			"c:1: /mounts/0: expected an object, found a number" },
		{ "{\"ociVersion\":\"1\",\"windows\":{\"layerFolders\":[\"\"],\"credentialSpec\":{\"a\":[",
			"{},", "1]}}}", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		AUTO (buffer_done) struct buffer text = { 0 };

		buffer_add_text (&text, rows[i].lead);
		add_times (&text, BIG / strlen (rows[i].repeat), rows[i].repeat);
		buffer_add_text (&text, rows[i].tail);
		expect_sized (text.data, text.size, rows[i].message);
	}
}

static void
a_map_of_many_keys_keeps_the_last_of_each (void **state)
{
	enum { KEYS = 200000 };
	AUTO (buffer_done) struct buffer text = { 0 };

	buffer_add_text (&text, "{\"ociVersion\":\"1\",\"annotations\":{");
	for (int i = 0; i < 2 * KEYS; i++)
		buffer_printf (&text, "\"%d\":\"%d\",", i % KEYS, i / KEYS);
	buffer_add_text (&text, "\"end\":\"\"}}");
	AUTO (parsed_done) struct parsed p = parse_sized (text.data, text.size, 0);

	assert_int_equal (p.status, 0);
	assert_int_equal (p.config->annotations->n, KEYS + 1);
	for (int i = 0; i < KEYS; i++) {
		assert_int_equal (atoi (p.config->annotations->keys[i]), i);
		assert_string_equal (p.config->annotations->values[i], "1");
	}
}

static void
the_list_of_problems_ends_somewhere (void **state)
{
	AUTO (buffer_done) struct buffer text = { 0 };

	buffer_add_text (&text, "{\"ociVersion\":\"1\",");
	add_times (&text, 1000, "\"x\":1,");
	add_times (&text, 1000, "\"hostname\":1,");
	buffer_add_text (&text, "\"y\":1}");
	AUTO (parsed_done)
	struct parsed p = parse_sized (text.data, text.size, OCISPEC_ALL_PROBLEMS);

	assert_int_equal (p.status, -1);
	assert_int_equal (p.doc.n_problems, 400); /* 200 warnings, 200 errors */
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (deep_nesting_ends_in_an_error),
		cmocka_unit_test (what_is_ignored_may_nest_ten_thousand_deep),
		cmocka_unit_test (numbers_of_any_form_are_refused_or_right),
		cmocka_unit_test (numbers_that_are_no_json_are_refused),
		cmocka_unit_test (a_number_of_ten_million_digits_is_too_big),
		cmocka_unit_test (broken_utf8_is_refused_wherever_it_is),
		cmocka_unit_test (good_utf8_is_kept),
		cmocka_unit_test (a_nul_is_refused_wherever_it_is),
		cmocka_unit_test (half_a_surrogate_pair_is_refused),
		cmocka_unit_test (strings_that_are_no_json_are_refused),
		cmocka_unit_test (messages_carry_no_control_characters_and_are_short),
		cmocka_unit_test (a_long_pointer_does_not_hide_the_cause),
		cmocka_unit_test (a_truncated_document_is_refused),
		cmocka_unit_test (any_byte_may_be_any_other),
		cmocka_unit_test (what_stands_around_the_document_is_blank),
		cmocka_unit_test (ten_megabytes_of_one_thing_take_no_time),
		cmocka_unit_test (a_map_of_many_keys_keeps_the_last_of_each),
		cmocka_unit_test (the_list_of_problems_ends_somewhere),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
