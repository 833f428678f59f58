/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/registry_error.h"
#include "base/auto.h"
#include "base/mem.h"

#include <errno.h>
#include <ocispec/registry.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_WORDS 200 /* bytes of the server's text that are shown */

static const struct {
	int status;
	int code;
	const char *text;
} statuses[] = {
	{ 400, 0, "bad request" },
	{ 401, EACCES, "not authorized" },
	{ 403, EACCES, "access denied" },
	{ 404, ENOENT, "not found" },
	{ 405, 0, "not allowed" },
	{ 413, 0, "too big" },
	{ 416, 0, "no such range" },
	{ 429, 0, "too many requests" },
	{ 500, 0, "internal error" },
	{ 502, 0, "bad gateway" },
	{ 503, 0, "not available" },
	{ 504, 0, "gateway timeout" },
};

void
registry_make_printable (char *text)
{
	for (; *text; text++)
		if ((unsigned char) *text < ' ' || (unsigned char) *text >= 0x7f)
			*text = '?';
}

/* "MANIFEST_UNKNOWN: manifest unknown; ...", or nothing if the body is something else. */
static void
add_words (struct buffer *out, const struct buffer *body)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = { .file = "errors", .text = body->data, .size = body->size };
	struct oci_registry_errors *answer;
	struct error ignored;

	if (body->size == 0 || oci_registry_errors_parse (&doc, &source, &answer, &ignored) < 0)
		return;
	for (size_t i = 0; i < answer->n_errors && out->size < MAX_WORDS; i++) {
		const struct oci_registry_error *e = answer->errors[i];

		buffer_printf (out, "%s%s%s%s", i > 0 ? "; " : ": ", e->code ? e->code : "",
			e->code && e->message ? ": " : "", e->message ? e->message : "");
	}
}

int
registry_fail (struct error *err, const struct http_response *response, const char *what, ...)
{
	AUTO (buffer_done) struct buffer words = { 0 };
	autofree char *prefix = NULL;
	const char *text = "unexpected answer";
	int code = 0;
	va_list ap;

	va_start (ap, what);
	prefix = xvasprintf (what, ap);
	va_end (ap);
	for (size_t i = 0; i < ARRAY_SIZE (statuses); i++)
		if (statuses[i].status == response->status) {
			text = statuses[i].text;
			code = statuses[i].code;
		}
	buffer_add_text (&words, "");
	add_words (&words, &response->body);
	registry_make_printable (words.data);
	fail (err, 0, "%s: %d %s%.*s", prefix, response->status, text, MAX_WORDS, words.data);
	err->code = code;
	return -1;
}
