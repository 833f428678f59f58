/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "image/media_type.h"
#include "image/registry_error.h"

#include <errno.h>
#include <string.h>

#define INDEX MEDIA_TYPE_OCI_INDEX
#define MANIFEST MEDIA_TYPE_OCI_MANIFEST
#define LIST MEDIA_TYPE_DOCKER_LIST
#define DOCKER MEDIA_TYPE_DOCKER_MANIFEST

#define TYPE(type) "\"mediaType\":\"" type "\","
#define IS_MANIFEST "\"config\":{},\"layers\":[]"
#define IS_INDEX "\"manifests\":[]"

/* CVE-2021-41190: who reads a document as one thing and who reads it as another must not both be right. */
static void
test_a_document_is_one_thing (void **state)
{
	static const struct {
		const char *declared, *text;
		const char *result; /* a media type, or a part of the error */
	} table[] = {
		{ MANIFEST, "{" TYPE (MANIFEST) IS_MANIFEST "}", MANIFEST },
		{ MANIFEST, "{" IS_MANIFEST "}", MANIFEST },
		{ INDEX, "{" IS_INDEX "}", INDEX },
		{ DOCKER, "{" TYPE (DOCKER) IS_MANIFEST "}", DOCKER },
		{ LIST, "{" TYPE (LIST) IS_INDEX "}", LIST },
		{ MANIFEST "; charset=utf-8", "{" TYPE (MANIFEST) IS_MANIFEST "}", MANIFEST },
		{ "Application/Vnd.OCI.Image.Manifest.v1+JSON", "{" IS_MANIFEST "}", MANIFEST },
		{ NULL, "{" TYPE (INDEX) IS_INDEX "}", INDEX },
		{ "application/json", "{" TYPE (INDEX) IS_INDEX "}", INDEX },
		{ "text/plain; charset=utf-8", "{" TYPE (DOCKER) IS_MANIFEST "}", DOCKER },
		{ MANIFEST, "{" TYPE (INDEX) IS_INDEX "}", "comes as" },
		{ INDEX, "{" TYPE (MANIFEST) IS_MANIFEST "}", "comes as" },
		{ MANIFEST, "{" TYPE (DOCKER) IS_MANIFEST "}", "comes as" },
		{ MANIFEST, "{" IS_MANIFEST "," IS_INDEX "}", "a manifest and an index at once" },
		{ INDEX, "{" IS_INDEX ",\"layers\":[]}", "a manifest and an index at once" },
		{ INDEX, "{" IS_INDEX ",\"config\":{}}", "a manifest and an index at once" },
		{ MANIFEST, "{" IS_INDEX "}", "has no config or no layers" },
		{ MANIFEST, "{\"config\":{}}", "has no config or no layers" },
		{ INDEX, "{" IS_MANIFEST "}", "has no manifests" },
		{ INDEX, "{}", "has no manifests" },
		{ NULL, "{" IS_MANIFEST "}", "does not say of which type it is" },
		{ "text/html", "{}", "is of the type 'text/html', which is no image" },
		{ NULL, "{" TYPE ("text/html") IS_MANIFEST "}", "is no image" },
		{ MEDIA_TYPE_DOCKER_SIGNED, "{", "of schema 1, which is not supported" },
		{ MEDIA_TYPE_DOCKER_SCHEMA_1, "{}", "of schema 1, which is not supported" },
		{ NULL, "{\"schemaVersion\":1,\"fsLayers\":[]}", "of schema 1" },
		{ DOCKER, "{\"schemaVersion\":1," IS_MANIFEST "}", "of schema 1" },
		{ MANIFEST, "[]", "expected an object" },
		{ MANIFEST, "", "doc" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		const char *media_type = NULL;
		struct error err;
		int done = media_type_of_document (table[i].text, strlen (table[i].text),
			table[i].declared, "doc", &media_type, &err);
		const char *found = done < 0 ? err.text : media_type;

		if (done < 0 ? !strstr (found, table[i].result)
			     : strcmp (found, table[i].result) != 0)
			print_error ("with: %s: %s\n", table[i].text, found);
		assert_non_null (strstr (found, table[i].result));
		assert_int_equal (done < 0, strchr (table[i].result, '/') == NULL ||
						    strchr (table[i].result, ' ') != NULL);
	}
}

static void
test_what_a_registry_says_is_one_line (void **state)
{
	static const struct {
		int status;
		const char *body, *text;
		int code;
	} table[] = {
		{ 404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"not here\"}]}",
			"x: 404 not found: MANIFEST_UNKNOWN: not here", ENOENT },
		{ 401, "{\"errors\":[{\"code\":\"A\"},{\"message\":\"b\"}]}",
			"x: 401 not authorized: A; b", EACCES },
		{ 403, "{\"errors\":[{\"code\":\"D\",\"message\":\"\\u001b[2Jm\\n\xc3\xa4\"}]}",
			"x: 403 access denied: D: ?[2Jm???", EACCES },
		{ 500, "<html>", "x: 500 internal error", 0 },
		{ 418, "", "x: 418 unexpected answer", 0 },
		{ 400, "{\"errors\":[]}", "x: 400 bad request", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
		struct http_response response = { .status = table[i].status };
		struct error err;

		buffer_add_text (&response.body, table[i].body);
		assert_int_equal (registry_fail (&err, &response, "%s", "x"), -1);
		assert_string_equal (err.text, table[i].text);
		assert_int_equal (err.code, table[i].code);
		http_response_done (&response);
	}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_a_document_is_one_thing),
		cmocka_unit_test (test_what_a_registry_says_is_one_line),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
