/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "image/reference.h"

#include <stdio.h>
#include <string.h>

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA256 "sha256:" HEX64
#define SHA512 "sha512:" HEX64 HEX64

struct row {
	const char *text;
	const char *result; /* "host repository tag digest", or "path tag digest", or "! error" */
	const char *default_registry;
};

static const char *
or_none (const char *s)
{
	return s ? s : "-";
}

static void
describe (const struct reference *r, struct buffer *out)
{
	static const char *const names[] = { "registry", "oci", "oci-archive", "docker-archive" };

	buffer_printf (out, "%s", names[r->transport]);
	if (r->transport == TRANSPORT_REGISTRY)
		buffer_printf (out, " %s %s %s %s", r->host, r->repository, or_none (r->tag),
			or_none (r->digest));
	else
		buffer_printf (out, " %s %s %s %s", r->path, or_none (r->tag), or_none (r->digest),
			or_none (r->name));
}

static void
run (const struct row *row)
{
	AUTO (reference_done) struct reference r = { 0 };
	AUTO (buffer_done) struct buffer out = { 0 };
	struct error err;

	if (reference_parse (&r, row->text, row->default_registry, &err) < 0)
		buffer_printf (&out, "! %s", err.text);
	else
		describe (&r, &out);
	if (strcmp (out.data, row->result) != 0)
		print_error ("with: %s\n", row->text);
	assert_string_equal (out.data, row->result);
}

static void
test_references_in_a_registry (void **state)
{
	static const struct row table[] = {
		{ "docker.io/library/debian", "registry docker.io library/debian - -" },
		{ "docker.io/debian", "registry docker.io library/debian - -" },
		{ "docker.io/debian:12", "registry docker.io library/debian 12 -" },
		{ "docker://docker.io/debian:12", "registry docker.io library/debian 12 -" },
		{ "index.docker.io/a/b", "registry docker.io a/b - -" },
		{ "Registry-1.Docker.IO/a/b", "registry docker.io a/b - -" },
		{ "quay.io/debian", "registry quay.io debian - -" },
		{ "Quay.IO/a", "registry quay.io a - -" },
		{ "localhost/a:b", "registry localhost a b -" },
		{ "localhost:5000/a", "registry localhost:5000 a - -" },
		{ "LocalHost/a", "registry localhost a - -" },
		{ "UPPER:80/a", "registry upper:80 a - -" },
		{ "127.0.0.1:5000/a/b/c:d", "registry 127.0.0.1:5000 a/b/c d -" },
		{ "[::1]:5000/a:1", "registry [::1]:5000 a 1 -" },
		{ "[2001:db8::1]/a", "registry [2001:db8::1] a - -" },
		{ "a.b:65535/c", "registry a.b:65535 c - -" },
		{ "UPPER/a", "registry UPPER a - -" },
		{ "a.b/c@" SHA256, "registry a.b c - " SHA256 },
		{ "a.b/c@" SHA512, "registry a.b c - " SHA512 },
		{ "a.b/c:t@" SHA256, "registry a.b c t " SHA256 },
		{ "a.b/c:A_b.c-1", "registry a.b c A_b.c-1 -" },
		{ "a.b/c:_", "registry a.b c _ -" },
		{ "a.b/a-b--c---d_e__f.g", "registry a.b a-b--c---d_e__f.g - -" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_short_names_need_a_default_registry (void **state)
{
	static const struct row table[] = {
		{ "debian", "! image 'debian' has no registry: write docker.io/library/debian to "
			    "mean that one (or name a default registry)" },
		{ "docker://debian:12",
			"! image 'docker://debian:12' has no registry: write "
			"docker.io/library/debian to mean that one (or name a default registry)" },
		{ "a/b", "! image 'a/b' has no registry: write docker.io/a/b to mean that one (or "
			 "name a default registry)" },
		{ "localhost:5000",
			"! image 'localhost:5000' has no registry: write "
			"docker.io/library/localhost to mean that one (or name a default "
			"registry)" },
		{ "debian:12", "registry docker.io library/debian 12 -", "docker.io" },
		{ "docker:dind", "registry docker.io library/docker dind -", "docker.io" },
		{ "a/b", "registry docker.io a/b - -", "docker.io" },
		{ "debian", "registry quay.io debian - -", "quay.io" },
		{ "a/b", "registry localhost:5000 x/y/a/b - -", "localhost:5000/x/y" },
		{ "a/b", "registry Example a/b - -", "Example" },
		{ "a/b", "! default registry 'example' is no host (name its port too)", "example" },
		{ "a.b/c", "registry a.b c - -", "quay.io" },
		{ "a", "! default registry: 'a b' is no registry: expected HOST[:PORT]", "a b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_files_and_directories (void **state)
{
	static const struct row table[] = {
		{ "oci:/a/b", "oci /a/b - - -" },
		{ "oci:dir:tag", "oci dir tag - -" },
		{ "oci:/a:docker.io/library/debian:12", "oci /a docker.io/library/debian:12 - -" },
		{ "oci:a@" SHA256, "oci a - " SHA256 " -" },
		{ "oci:a@b", "oci a@b - - -" },
		{ "oci-archive:/a.tar:v1", "oci-archive /a.tar v1 - -" },
		{ "docker-archive:a.tar", "docker-archive a.tar - - -" },
		{ "docker-archive:a.tar:debian:12", "docker-archive a.tar - - debian:12" },
		{ "oci:", "! image 'oci:': the path is missing" },
		{ "oci::tag", "! image 'oci::tag': the path is missing" },
		{ "oci:a:", "! image 'oci:a:': '' is no tag" },
		{ "oci:a:b c", "! image 'oci:a:b c': 'b c' is no tag" },
		{ "docker-archive:", "! image 'docker-archive:': the path is missing" },
		{ "docker-archive:a:", "! image 'docker-archive:a:': '' is no name of an image" },
		{ "dir:/a", "! image 'dir:/a': transport 'dir:' is not supported (there are "
			    "docker://, oci:, oci-archive: and docker-archive:)" },
		{ "/a/b", "! image '/a/b' looks like a file: write oci:/a/b" },
		{ "./b", "! image './b' looks like a file: write oci:./b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

/* CVE-2024-3727: none of this may become part of a path or a URL. */
static void
test_nothing_else_is_a_reference (void **state)
{
	static const char *const table[] = {
		"",
		"docker://",
		"a.b/",
		"a.b//c",
		"a.b/c/",
		"a.b/C",
		"a.b/c..d",
		"a.b/../c",
		"a.b/./c",
		"a.b/c/..",
		"a.b/.c",
		"a.b/c.",
		"a.b/-c",
		"a.b/c-",
		"a.b/c___d",
		"a.b/c d",
		"a.b/c%2f",
		"a.b/c?d",
		"a.b/c#d",
		"a.b/c\n",
		"a.b/c:",
		"a.b/c:.x",
		"a.b/c:-x",
		"a.b/c:x/y",
		"a.b/c:x:y",
		"a.b/c:\xc3\xa4",
		"a.b/c@",
		"a.b/c@sha256:",
		"a.b/c@sha256:../../x",
		"a.b/c@sha256:0123",
		"a.b/c@" SHA256 "0",
		"a.b/c@md5:" HEX64,
		"a.b/c@SHA256:" HEX64,
		"a.b/c@" SHA256 ":tag",
		"a.b/c@" SHA256 "@" SHA256,
		"a.b:0/c",
		"a.b:/c",
		"a.b:65536/c",
		"a.b:x/c",
		"a.b:-1/c",
		"-a.b/c",
		"a-.b/c",
		"a..b/c",
		"a.b./c",
		"[::1/c",
		"[::1]x/c",
		"[x]/c",
		"[]/c",
		"[fe80::1%eth0]/c",
		"user@a.b/c",
		"http://a.b/c",
		"https://a.b/c",
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (reference_done) struct reference r = { 0 };
		struct error err;

		if (reference_parse (&r, table[i], "docker.io", &err) >= 0)
			print_error ("taken: %s\n", table[i]);
		assert_int_equal (reference_parse (&r, table[i], "docker.io", &err), -1);
		assert_null (r.host);
	}
}

static void
test_lengths_are_bounded (void **state)
{
	static const struct {
		const char *prefix;
		size_t n;
		bool good;
	} table[] = {
		{ "a.b/c:", 128, true },
		{ "a.b/c:", 129, false },
		{ "a.b/", 255, true },
		{ "a.b/", 256, false },
		{ "oci:a:", 255, true },
		{ "oci:a:", 256, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (reference_done) struct reference r = { 0 };
		char text[512];
		struct error err;

		memset (text, 'x', sizeof text);
		memcpy (text, table[i].prefix, strlen (table[i].prefix));
		text[strlen (table[i].prefix) + table[i].n] = '\0';
		assert_int_equal (reference_parse (&r, text, NULL, &err), table[i].good ? 0 : -1);
	}
}

static void
test_one_form_for_each_image (void **state)
{
	static const struct {
		const char *text, *printed, *object;
	} table[] = {
		{ "docker://docker.io/debian", "docker.io/library/debian:latest", "latest" },
		{ "A.b/c:d", "a.b/c:d", "d" },
		{ "a.b/c@" SHA256, "a.b/c@" SHA256, SHA256 },
		{ "a.b/c:d@" SHA256, "a.b/c:d@" SHA256, SHA256 },
		{ "oci:/a:b", "oci:/a:b", "b" },
		{ "oci:/a", "oci:/a", "latest" },
		{ "oci-archive:/a@" SHA256, "oci-archive:/a@" SHA256, SHA256 },
		{ "docker-archive:/a:b:c", "docker-archive:/a:b:c", "latest" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (reference_done) struct reference r = { 0 };
		autofree char *printed = NULL;
		struct error err;

		assert_int_equal (reference_parse (&r, table[i].text, NULL, &err), 0);
		printed = reference_print (&r);
		assert_string_equal (printed, table[i].printed);
		assert_string_equal (reference_object (&r), table[i].object);
	}
}

static void
test_registries (void **state)
{
	static const struct {
		const char *text, *host, *prefix;
	} table[] = {
		{ "docker.io", "docker.io", NULL },
		{ "a:5000/b/c", "a:5000", "b/c" },
		{ "[::1]:1", "[::1]:1", NULL },
		{ "a/", NULL, NULL },
		{ "a/B", NULL, NULL },
		{ "https://a", NULL, NULL },
		{ "", NULL, NULL },
		{ "a\r\nX: y", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		autofree char *host = NULL, *prefix = NULL;
		struct error err;

		if (reference_parse_registry (table[i].text, &host, &prefix, &err) < 0) {
			assert_null (table[i].host);
			continue;
		}
		assert_string_equal (host, table[i].host);
		assert_string_equal (or_none (prefix), or_none (table[i].prefix));
	}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_references_in_a_registry),
		cmocka_unit_test (test_short_names_need_a_default_registry),
		cmocka_unit_test (test_files_and_directories),
		cmocka_unit_test (test_nothing_else_is_a_reference),
		cmocka_unit_test (test_lengths_are_bounded),
		cmocka_unit_test (test_one_form_for_each_image),
		cmocka_unit_test (test_registries),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
