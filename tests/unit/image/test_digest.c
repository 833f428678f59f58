/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "image/digest.h"
#include "image/platform.h"
#include "image/runtime_config.h"

#include <string.h>

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define EMPTY_256 "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
only_the_letter_of_the_grammar_is_a_digest (void **state)
{
	static const char *const good[] = { "sha256:" HEX64, "sha512:" HEX64 HEX64 };
	static const char *const bad[] = {
		"",
		"sha256:",
		"sha256:" HEX64 "0",
		"sha256:" HEX64 HEX64,
		"sha512:" HEX64,
		"sha256:../../../../etc/passwd",
		"SHA256:" HEX64,
		"sha256-" HEX64,
		"sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/",
		"sha256:" HEX64 "\n",
		" sha256:" HEX64,
		"md5:d41d8cd98f00b204e9800998ecf8427e",
		"sha384:" HEX64 "0123456789abcdef0123456789abcdef",
		HEX64,
	};

	for (size_t i = 0; i < ARRAY_SIZE (good); i++)
		assert_true (digest_is_valid (good[i]));
	for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
		assert_false (digest_is_valid (bad[i]));
	assert_false (digest_is_valid (NULL));
}

static void
hashing_in_pieces_is_hashing_at_once (void **state)
{
	char whole[DIGEST_TEXT_SIZE], pieces[DIGEST_TEXT_SIZE];
	struct digest_stream *stream = digest_new (DIGEST_SHA512);

	digest_of (DIGEST_SHA256, "", 0, whole);
	assert_string_equal (whole, EMPTY_256);
	digest_of (DIGEST_SHA512, "abc", 3, whole);
	digest_update (stream, "a", 1);
	digest_update (stream, "", 0);
	digest_update (stream, "bc", 2);
	digest_finish (stream, pieces);
	digest_free (&stream);
	assert_string_equal (whole, pieces);
	assert_int_equal (strlen (whole), 7 + 128);
}

static void
a_platform_takes_what_it_can_run_and_the_best_of_it (void **state)
{
	static const struct {
		const char *wanted, *os, *architecture, *variant;
		int rank;
	} rows[] = {
		{ "linux/amd64", "linux", "amd64", NULL, 1000 },
		{ "linux/amd64", "linux", "amd64", "v1", 1000 },
		{ "linux/amd64", "linux", "amd64", "v3", 0 },
		{ "linux/amd64/v3", "linux", "amd64", "v2", 102 },
		{ "linux/amd64/v3", "linux", "amd64", NULL, 101 },
		{ "linux/arm/v7", "linux", "arm", "v6", 106 },
		{ "linux/arm/v6", "linux", "arm", "v7", 0 },
		{ "linux/arm64", "linux", "arm64", "v8", 1000 },
		{ "linux/amd64", "windows", "amd64", NULL, 0 },
		{ "linux/amd64", "unknown", "unknown", NULL, 0 },
	};
	struct platform platform;
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		assert_int_equal (platform_parse (rows[i].wanted, &platform, &err), 0);
		assert_int_equal (platform_rank (&platform, rows[i].os, rows[i].architecture,
					  rows[i].variant),
			rows[i].rank);
	}
	assert_int_equal (platform_parse ("linux", &platform, &err), -1);
	assert_int_equal (platform_parse ("linux/", &platform, &err), -1);
	assert_int_equal (platform_parse ("linux/arm/v7/x", &platform, &err), -1);
	assert_int_equal (platform_parse ("", &platform, &err), -1);
}

static void
no_label_of_an_image_is_an_order (void **state)
{
	static const char *const orders[] = { "run.oci.hooks.stdout", "run.oci.handler",
		"org.systemd.property.ExecStart", "org.criu.config", "krun.cpus",
		"io.katacontainers.config" };
	static const char *const labels[] = { "maintainer", "org.opencontainers.image.title", "run",
		"org.systemd", "krunch" };

	for (size_t i = 0; i < ARRAY_SIZE (orders); i++)
		assert_true (runtime_config_is_order (orders[i]));
	for (size_t i = 0; i < ARRAY_SIZE (labels); i++)
		assert_false (runtime_config_is_order (labels[i]));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (only_the_letter_of_the_grammar_is_a_digest),
		cmocka_unit_test (hashing_in_pieces_is_hashing_at_once),
		cmocka_unit_test (a_platform_takes_what_it_can_run_and_the_best_of_it),
		cmocka_unit_test (no_label_of_an_image_is_an_order),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
