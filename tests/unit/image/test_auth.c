/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "base/fd.h"
#include "image/auth.h"
#include "image/auth_file.h"
#include "image/base64.h"
#include "image/challenge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
or_none (const char *s)
{
	return s ? s : "-";
}

/* ---- WWW-Authenticate */

static void
test_the_best_challenge_is_taken (void **state)
{
	static const struct {
		const char *value;
		const char *result; /* "scheme realm service scope", or "!" */
	} table[] = {
		{ "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull\"",
			"2 https://a/t s repository:a/b:pull" },
		{ "bearer Realm=\"https://a/t\"", "2 https://a/t - -" },
		{ "Bearer realm = \"x\" , service = y", "2 x y -" },
		{ "Bearer realm=\"a\\\"b\\\\c\"", "2 a\"b\\c - -" },
		{ "Bearer realm=\"x\",error=\"invalid_token\",scope=\"a b\"", "2 x - a b" },
		{ "Bearer realm=\"x\", scope=\"\"", "2 x - " },
		{ "Basic realm=\"r\"", "1 r - -" },
		{ "Basic", "1 - - -" },
		{ "Basic realm=\"r\", Bearer realm=\"x\",service=\"s\"", "2 x s -" },
		{ "Bearer realm=\"x\", Basic realm=\"r\"", "2 x - -" },
		{ "Negotiate, Basic realm=\"r\"", "1 r - -" },
		{ "Negotiate abc==, Bearer realm=\"x\"", "2 x - -" },
		{ "Digest realm=\"r\", nonce=\"n\", Bearer realm=\"x\"", "2 x - -" },
		{ "Digest realm=\"r\"", "0 - - -" },
		{ ",, Basic realm=\"r\" ,,", "1 r - -" },
		{ "", "0 - - -" },
		{ "Bearer", "!" },
		{ "Bearer realm", "!" },
		{ "Bearer realm=", "!" },
		{ "Bearer realm=\"x", "!" },
		{ "Bearer realm=\"x\\", "!" },
		{ "Bearer realm=\"x\",realm=\"y\"", "!" },
		{ "Bearer realm=https://a/t", "!" },
		{ "Bearer realm=\"a\001b\"", "!" },
		{ "Bearer realm=\"x\" service=\"s\" ;", "!" },
		{ "\"Bearer\" realm=\"x\"", "!" },
		{ "Bearer/1 realm=\"x\"", "!" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (challenge_done) struct challenge c = { 0 };
		AUTO (buffer_done) struct buffer out = { 0 };
		struct error err;

		if (challenge_add (&c, table[i].value, &err) < 0)
			buffer_add_text (&out, "!");
		else
			buffer_printf (&out, "%d %s %s %s", c.scheme, or_none (c.realm),
				or_none (c.service), or_none (c.scope));
		if (strcmp (out.data, table[i].result) != 0)
			print_error ("with: %s\n", table[i].value);
		assert_string_equal (out.data, table[i].result);
	}
}

/* CVE-2019-10214, CVE-2026-48978 */
static void
test_realms_that_may_see_a_password (void **state)
{
	static const struct {
		const char *registry, *realm;
		bool is_near;
	} table[] = {
		{ "registry-1.docker.io", "auth.docker.io", true },
		{ "registry.gitlab.com", "gitlab.com", true },
		{ "quay.io", "quay.io", true },
		{ "quay.io", "auth.quay.io", true },
		{ "localhost", "localhost", true },
		{ "127.0.0.1", "127.0.0.1", true },
		{ "[::1]", "[::1]", true },
		{ "r.a.co.uk", "auth.a.co.uk", true },
		{ "registry-1.docker.io", "evil.example", false },
		{ "registry-1.docker.io", "docker.io.evil.example", false },
		{ "registry-1.docker.io", "evildocker.io", false },
		{ "quay.io", "evil.io", false },
		{ "quay.io", "io", false },
		{ "quay.io", "evilquay.io", false },
		{ "a.co.uk", "evil.co.uk", false },
		{ "a.co.uk", "co.uk", false },
		{ "r.a.co.uk", "auth.b.co.uk", false },
		{ "127.0.0.1", "127.0.0.2", false },
		{ "10.0.0.1", "evil.0.0.1", false },
		{ "[::1]", "[::2]", false },
		{ "localhost", "evil.localhost", false },
		{ "registry", "auth", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		if (auth_realm_is_near (table[i].registry, table[i].realm) != table[i].is_near)
			print_error ("with: %s %s\n", table[i].registry, table[i].realm);
		assert_int_equal (
			auth_realm_is_near (table[i].registry, table[i].realm), table[i].is_near);
	}
}

/* ---- files */

static void
test_base64_is_strict (void **state)
{
	static const struct {
		const char *plain, *encoded;
	} good[] = {
		{ "", "" },
		{ "a", "YQ==" },
		{ "ab", "YWI=" },
		{ "abc", "YWJj" },
		{ "user:pass\xff", "dXNlcjpwYXNz/w==" },
	};
	static const char *const bad[] = { "YQ",
		"YQ=", "YQ===", "Y===", "====", "YR==", "YWJ=", "YQ==YQ==", "YQ==\n",
		" YQ=", "YW-j", "YW_j", "Y\xc3\xa4" };
	size_t size;

	for (size_t i = 0; i < ARRAY_SIZE (good); i++) {
		autofree char *encoded = base64_encode (good[i].plain, strlen (good[i].plain));
		autofree char *decoded = NULL;

		assert_string_equal (encoded, good[i].encoded);
		assert_true (base64_decode (encoded, &decoded, &size));
		assert_string_equal (decoded, good[i].plain);
		assert_int_equal (size, strlen (good[i].plain));
	}
	for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
		autofree char *decoded = NULL;

		assert_false (base64_decode (bad[i], &decoded, &size));
	}
}

static void
test_keys_of_a_registry (void **state)
{
	static const struct {
		const char *key, *host, *repository;
		size_t match;
	} table[] = {
		{ "a.b", "a.b", "c/d", 1 },
		{ "a.b/c", "a.b", "c/d", 2 },
		{ "a.b/c/d", "a.b", "c/d", 4 },
		{ "a.b/c/d", "a.b", "c/d/e", 4 },
		{ "https://a.b", "a.b", "c", 1 },
		{ "https://a.b/v2/", "a.b", "c", 1 },
		{ "http://a.b:5000/v1/", "a.b:5000", NULL, 1 },
		{ "https://index.docker.io/v1/", "docker.io", "library/debian", 1 },
		{ "docker.io", "docker.io", "library/debian", 1 },
		{ "a.b/c", "a.b", "cd", 0 },
		{ "a.b/c/d", "a.b", "c", 0 },
		{ "a.b/c", "a.b", NULL, 0 },
		{ "a.b", "a.b:5000", "c", 0 },
		{ "a.b:5000", "a.b", "c", 0 },
		{ "b", "a.b", "c", 0 },
		{ "a.b.evil", "a.b", "c", 0 },
		{ "", "a.b", "c", 0 },
		{ "https://", "a.b", "c", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		size_t match = auth_file_match (table[i].key, table[i].host, table[i].repository);

		if (match != table[i].match)
			print_error ("with: %s\n", table[i].key);
		assert_int_equal (match, table[i].match);
	}
}

/* A directory of the test's own, with the file auth.json if text is not NULL. */
struct fixture {
	char dir[40];
	char path[64];
};

static void
write_file (const struct fixture *f, const char *name, const char *text, mode_t mode)
{
	autofd dir = open (f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err;

	assert_int_equal (fd_replace_file (dir, name, text, strlen (text), mode, &err), 0);
}

static void
fixture_write (struct fixture *f, const char *text)
{
	strcpy (f->dir, "/tmp/test_auth.XXXXXX");
	assert_non_null (mkdtemp (f->dir));
	snprintf (f->path, sizeof f->path, "%s/auth.json", f->dir);
	if (text)
		write_file (f, "auth.json", text, 0644);
}

static void
fixture_remove (struct fixture *f)
{
	unlink (f->path);
	assert_int_equal (rmdir (f->dir), 0);
}

static void
describe (struct buffer *out, const struct auth_file_entry *e)
{
	buffer_printf (out, "%s:%s %s %s %s %s", or_none (e->credentials.user),
		or_none (e->credentials.password), or_none (e->credentials.identity_token),
		or_none (e->credentials.bearer_token), or_none (e->helper),
		or_none (e->helper_key));
}

static void
test_the_longest_entry_holds (void **state)
{
	static const char text[] = "{\"auths\":{"
				   "\"a.b\":{\"auth\":\"dTpw\"},"
				   "\"a.b/c\":{\"auth\":\"YzpwOjE=\"},"
				   "\"a.b/c/d\":{\"username\":\"n\",\"password\":\"m\"},"
				   "\"t\":{\"identitytoken\":\"I\",\"auth\":\"dTpw\"},"
				   "\"r.x\":{\"registrytoken\":\"R\"},"
				   "\"e.x\":{},"
				   "\"h.x\":{\"auth\":\"dTpw\"}},"
				   "\"credHelpers\":{\"h.x\":\"one\",\"h.x/y\":\"two\"},"
				   "\"credsStore\":\"all\"}";
	static const struct {
		const char *host, *repository, *result;
	} table[] = {
		{ "a.b", "x", "u:p - - - -" },
		{ "a.b", NULL, "u:p - - - -" },
		{ "a.b", "c/x", "c:p:1 - - - -" },
		{ "a.b", "c/d/e", "n:m - - - -" },
		{ "a.b", "cc", "u:p - - - -" },
		{ "t", "x", "u:p I - - -" },
		{ "r.x", "x", "-:- - R - -" },
		{ "e.x", "x", "-:- - - all e.x" },
		{ "h.x", "x", "u:p - - one h.x" },
		{ "h.x", "y/z", "u:p - - two h.x/y" },
		{ "z.x", "x", "-:- - - all z.x" },
	};
	struct fixture f;

	fixture_write (&f, text);
	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (auth_file_entry_done) struct auth_file_entry entry = { 0 };
		AUTO (buffer_done) struct buffer out = { 0 };
		struct error err;

		assert_int_equal (
			auth_file_find (f.path, table[i].host, table[i].repository, &entry, &err),
			1);
		describe (&out, &entry);
		assert_string_equal (out.data, table[i].result);
	}
	fixture_remove (&f);
}

static void
test_a_file_that_is_wrong_is_an_error (void **state)
{
	static const struct {
		const char *text;
		int result;
	} table[] = {
		{ "", 0 },
		{ "{}", 0 },
		{ "{\"auths\":null}", 0 },
		{ "{\"auths\":{\"a.b\":null}}", 0 },
		{ "{", -1 },
		{ "[]", -1 },
		{ "{\"auths\":[]}", -1 },
		{ "{\"auths\":{\"a.b\":{\"auth\":\"x\"}}}", -1 },
		{ "{\"auths\":{\"a.b\":{\"auth\":\"dXA=\"}}}", -1 },
		{ "{\"auths\":{\"a.b\":{\"auth\":\"dQA6cA==\"}}}", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		struct auth_file_entry entry = { 0 };
		struct fixture f;
		struct error err;
		int result;

		fixture_write (&f, table[i].text);
		result = auth_file_find (f.path, "a.b", "c", &entry, &err);
		if (result != table[i].result)
			print_error ("with: %s\n", table[i].text);
		assert_int_equal (result, table[i].result);
		assert_null (entry.credentials.user);
		fixture_remove (&f);
	}
}

static void
test_a_login_changes_its_entry_alone (void **state)
{
	static const char before[] =
		"{\"HttpHeaders\":{\"A\":[1,2.50,true,null]},\"auths\":{\"x.y\":{\"auth\":\"dTpw\"},"
		"\"https://a.b/v1/\":{\"auth\":\"dTpw\"}},\"detachKeys\":\"ctrl-q\"}";
	static const char after[] =
		"{\n\t\"HttpHeaders\": {\n\t\t\"A\": [\n\t\t\t1,\n\t\t\t2.50,\n"
		"\t\t\ttrue,\n\t\t\tnull\n\t\t]\n\t},\n\t\"detachKeys\": \"ctrl-q\","
		"\n\t\"auths\": {\n\t\t\"x.y\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t},"
		"\n\t\t\"a.b\": {\n\t\t\t\"auth\": \"bjpt\"\n\t\t}\n\t}\n}\n";
	struct credentials credentials = { .user = (char *) "n", .password = (char *) "m" };
	autofree char *text = NULL;
	struct fixture f;
	struct error err;
	struct stat st;

	fixture_write (&f, before);
	assert_int_equal (auth_file_change (f.path, "a.b", &credentials, &err), 1);
	assert_int_equal (fd_read_file (AT_FDCWD, f.path, 4096, &text, NULL, &err), 0);
	assert_string_equal (text, after);
	assert_int_equal (stat (f.path, &st), 0);
	assert_int_equal (st.st_mode & 07777, 0600);
	assert_int_equal (auth_file_change (f.path, "a.b", NULL, &err), 1);
	assert_int_equal (auth_file_change (f.path, "a.b", NULL, &err), 0);
	assert_int_equal (auth_file_change (f.path, NULL, NULL, &err), 1);
	fixture_remove (&f);
}

static void
test_a_file_that_makes_no_sense_stays_as_it_is (void **state)
{
	struct credentials credentials = { .user = (char *) "n", .password = (char *) "m" };
	autofree char *text = NULL;
	struct fixture f;
	struct error err;

	fixture_write (&f, "precious");
	assert_int_equal (auth_file_change (f.path, "a.b", &credentials, &err), -1);
	assert_int_equal (fd_read_file (AT_FDCWD, f.path, 4096, &text, NULL, &err), 0);
	assert_string_equal (text, "precious");
	fixture_remove (&f);
}

static void
test_the_first_login_makes_the_file (void **state)
{
	struct credentials credentials = { .user = (char *) "n", .password = (char *) "m" };
	AUTO (credentials_done) struct credentials found = { 0 };
	struct fixture f;
	char runtime[64], directory[96], path[128];
	struct credential_files files = { .runtime_dir = runtime };
	autofree char *where = NULL;
	struct error err;
	struct stat st;

	fixture_write (&f, NULL);
	snprintf (runtime, sizeof runtime, "%s/run", f.dir);
	snprintf (directory, sizeof directory, "%s/containers", runtime);
	snprintf (path, sizeof path, "%s/auth.json", directory);
	assert_int_equal (credentials_find (&files, "a.b", NULL, &found, &err), 0);
	assert_int_equal (credentials_store (&files, "a.b", &credentials, &where, &err), 0);
	assert_string_equal (where, path);
	assert_int_equal (stat (path, &st), 0);
	assert_int_equal (st.st_mode & 07777, 0600);
	assert_int_equal (stat (directory, &st), 0);
	assert_int_equal (st.st_mode & 07777, 0700);
	assert_int_equal (credentials_find (&files, "a.b", "x/y", &found, &err), 1);
	assert_string_equal (found.user, "n");
	assert_string_equal (found.password, "m");
	assert_int_equal (credentials_erase (&files, "a.b", &err), 1);
	credentials_done (&found);
	assert_int_equal (credentials_find (&files, "a.b", "x/y", &found, &err), 0);
	unlink (path);
	rmdir (directory);
	rmdir (runtime);
	fixture_remove (&f);
}

static void
test_a_named_file_must_be_there (void **state)
{
	struct credential_files files = { .authfile = "/nonexistent/auth.json" };
	struct credentials found = { 0 };
	struct error err;

	assert_int_equal (credentials_find (&files, "a.b", NULL, &found, &err), -1);
	assert_int_equal (err.code, ENOENT);
}

/* ---- helpers */

static const char helper[] =
	"#!/bin/sh\n"
	"read -r server\n"
	"case $1-$server in\n"
	"get-a.b) echo '{\"ServerURL\":\"a.b\",\"Username\":\"hu\",\"Secret\":\"hp\"}' ;;\n"
	"get-t.b) echo '{\"Username\":\"<token>\",\"Secret\":\"it\"}' ;;\n"
	"get-https://index.docker.io/v1/) echo '{\"Username\":\"d\",\"Secret\":\"s\"}' ;;\n"
	"get-stay.b) echo '{}'; exec <&- >&- sleep 60 ;;\n"
	"get-bad.b) echo 'not json' ;;\n"
	"get-die.b) printf 'key ring\\n is locked'; exit 1 ;;\n"
	"*) echo 'credentials not found in native keychain'; exit 1 ;;\n"
	"esac\n";

static void
test_helpers_are_asked (void **state)
{
	static const struct {
		const char *host, *result;
	} table[] = {
		{ "a.b", "1 hu hp -" },
		{ "t.b", "1 - - it" },
		{ "docker.io", "1 d s -" },
		{ "none.b", "0 - - -" },
		{ "bad.b", "-1 docker-credential-test" },
		{ "stay.b", "-1 wait for the end of 'docker-credential-test'" },
		{ "die.b", "-1 failed: key ring  is locked" },
	};
	autofree char *old_path = strdup (getenv ("PATH"));
	autofree char *new_path = NULL;
	struct credential_files files = { 0 };
	struct fixture f;
	char program[96];
	struct error err;

	fixture_write (&f, "{\"credsStore\":\"test\"}");
	files.authfile = f.path;
	snprintf (program, sizeof program, "%s/docker-credential-test", f.dir);
	write_file (&f, "docker-credential-test", helper, 0755);
	assert_true (asprintf (&new_path, "%s:%s", f.dir, old_path) > 0);
	setenv ("PATH", new_path, 1);
	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		AUTO (credentials_done) struct credentials c = { 0 };
		AUTO (buffer_done) struct buffer out = { 0 };
		int found = credentials_find (&files, table[i].host, NULL, &c, &err);

		if (found < 0) {
			assert_non_null (strstr (err.text, table[i].result + 3));
			continue;
		}
		buffer_printf (&out, "%d %s %s %s", found, or_none (c.user), or_none (c.password),
			or_none (c.identity_token));
		assert_string_equal (out.data, table[i].result);
	}
	setenv ("PATH", old_path, 1);
	unlink (program);
	fixture_remove (&f);
}

static void
test_a_helper_is_a_name_and_no_path (void **state)
{
	static const char *const names[] = { "../../bin/sh", "a/b", "a b", "" };
	struct fixture f;

	for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
		AUTO (credentials_done) struct credentials c = { 0 };
		struct credential_files files = { .authfile = f.path };
		char text[128];
		struct error err;

		snprintf (text, sizeof text, "{\"credHelpers\":{\"a.b\":\"%s\"}}", names[i]);
		fixture_write (&f, text);
		assert_int_equal (credentials_find (&files, "a.b", NULL, &c, &err), -1);
		assert_non_null (strstr (err.text, "is no name of a credential helper"));
		fixture_remove (&f);
	}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_the_best_challenge_is_taken),
		cmocka_unit_test (test_realms_that_may_see_a_password),
		cmocka_unit_test (test_base64_is_strict),
		cmocka_unit_test (test_keys_of_a_registry),
		cmocka_unit_test (test_the_longest_entry_holds),
		cmocka_unit_test (test_a_file_that_is_wrong_is_an_error),
		cmocka_unit_test (test_a_login_changes_its_entry_alone),
		cmocka_unit_test (test_a_file_that_makes_no_sense_stays_as_it_is),
		cmocka_unit_test (test_the_first_login_makes_the_file),
		cmocka_unit_test (test_a_named_file_must_be_there),
		cmocka_unit_test (test_helpers_are_asked),
		cmocka_unit_test (test_a_helper_is_a_name_and_no_path),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
