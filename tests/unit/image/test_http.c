/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "image/certs.h"
#include "image/http.h"
#include "image/url.h"

#include <string.h>

static void
test_content_range_is_strict (void **state)
{
	static const struct {
		const char *value;
		bool good;
		uint64_t first, last, size;
	} table[] = {
		{ "bytes 0-9/10", true, 0, 9, 10 },
		{ "Bytes 5-9/10", true, 5, 9, 10 },
		{ "bytes 5-9/*", true, 5, 9, UINT64_MAX },
		{ "bytes 9-5/10", false },
		{ "bytes 5-10/10", false },
		{ "bytes */10", false },
		{ "bytes 5-/10", false },
		{ "bytes -5/10", false },
		{ "bytes 5-9", false },
		{ "bytes 5-9/", false },
		{ "bytes 5-9/-1", false },
		{ "bytes 5/9-10", false },
		{ "bytes 18446744073709551616-9/10", false },
		{ "items 5-9/10", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		uint64_t first = 0, last = 0, size = 0;

		assert_int_equal (http_parse_content_range (table[i].value, &first, &last, &size),
			table[i].good);
		if (!table[i].good)
			continue;
		assert_int_equal (first, table[i].first);
		assert_int_equal (last, table[i].last);
		assert_int_equal (size, table[i].size);
	}
}

static void
test_retry_after_has_two_forms (void **state)
{
	assert_int_equal (http_parse_retry_after ("0"), 0);
	assert_int_equal (http_parse_retry_after ("17"), 17);
	assert_int_equal (http_parse_retry_after ("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
	assert_true (http_parse_retry_after ("Wed, 21 Oct 2099 07:28:00 GMT") > 1000000);
	assert_int_equal (http_parse_retry_after ("soon"), -1);
	assert_int_equal (http_parse_retry_after ("-1"), -1);
}

static void
test_relative_urls (void **state)
{
	static const struct {
		const char *base, *reference, *result; /* NULL: refused */
	} table[] = {
		{ "https://a/v2/x", "/v2/y?n=1", "https://a/v2/y?n=1" },
		{ "https://a/v2/x", "https://b/y", "https://b/y" },
		{ "https://a/v2/x", "//b/y", "https://b/y" },
		{ "https://a/v2/x/y", "z", "https://a/v2/x/z" },
		{ "https://a/v2/x", "?n=1", "https://a/v2/x?n=1" },
		{ "https://a/x", "y#f", "https://a/y" },
		{ "https://a/x", "ftp://b/y", NULL },
		{ "https://a/x", "file:///etc/passwd", NULL },
		{ "https://a/x", "https://user:pass@b/y", NULL },
		{ "https://a/x", "https://user@b/y", NULL },
		{ "https://a/x", "/a b", NULL },
		{ "https://a/x", "/a\r\nX: y", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		autofree char *url = NULL;
		struct error err;
		int done = url_resolve (table[i].base, table[i].reference, &url, &err);

		if (done < 0 ? table[i].result != NULL : table[i].result == NULL)
			print_error ("with: %s\n", table[i].reference);
		assert_int_equal (done, table[i].result ? 0 : -1);
		if (table[i].result)
			assert_string_equal (url, table[i].result);
	}
}

static void
test_same_server (void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} table[] = {
		{ "https://a/x", "https://a/y?z", true },
		{ "https://a/x", "https://A:443/y", true },
		{ "http://a/x", "http://a:80/y", true },
		{ "http://[::1]:5000/", "http://[::1]:5000/", true },
		{ "https://a/x", "http://a/x", false },
		{ "https://a/x", "https://a:444/x", false },
		{ "https://a/x", "https://b/x", false },
		{ "https://a/x", "https://a.b/x", false },
		{ "https://a:443/", "http://a:443/", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (url_origin_done) struct url_origin a = { 0 }, b = { 0 };
		struct error err;

		assert_int_equal (url_origin (table[i].a, &a, &err), 0);
		assert_int_equal (url_origin (table[i].b, &b, &err), 0);
		assert_int_equal (url_origin_equal (&a, &b), table[i].same);
	}
}

static void
test_messages_show_no_query (void **state)
{
	autofree char *shown = url_for_messages ("https://a/b?X-Amz-Signature=secret#f");
	autofree char *clean = url_for_messages ("https://a/\033[2J");

	assert_string_equal (shown, "https://a/b");
	assert_string_equal (clean, "https://a/?[2J");
}

static void
test_hosts_of_certificates (void **state)
{
	assert_true (certs_host_matches ("a.b", "a.b", "443"));
	assert_true (certs_host_matches ("a.b:443", "a.b", "443"));
	assert_true (certs_host_matches ("a.b:5000", "a.b", "5000"));
	assert_true (certs_host_matches ("[::1]:5000", "[::1]", "5000"));
	assert_false (certs_host_matches ("a.b", "a.b", "5000"));
	assert_false (certs_host_matches ("a.b:5000", "a.b", "443"));
	assert_false (certs_host_matches ("a.b.c", "a.b", "443"));
	assert_false (certs_host_matches ("a.b", "a.b.c", "443"));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_content_range_is_strict),
		cmocka_unit_test (test_retry_after_has_two_forms),
		cmocka_unit_test (test_relative_urls),
		cmocka_unit_test (test_same_server),
		cmocka_unit_test (test_messages_show_no_query),
		cmocka_unit_test (test_hosts_of_certificates),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
