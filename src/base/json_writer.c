/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json_writer.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64

/* The letter behind the backslash of a short escape, or 0. */
static char
short_escape (unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char) c;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void
add_quoted (struct buffer *text, const char *s)
{
	const unsigned char *p = (const unsigned char *) s;

	buffer_add_char (text, '"');
	while (*p) {
		const unsigned char *start = p;
		size_t length;

		while ((length = str_utf8_length ((const char *) p, 4)) > 0 && *p >= 0x20 &&
			*p != '"' && *p != '\\')
			p += length;
		buffer_add (text, start, (size_t) (p - start));
		if (*p == '\0')
			break;
		if (length == 0)
			buffer_add_text (text, "\xef\xbf\xbd");
		else if (short_escape (*p))
			buffer_printf (text, "\\%c", short_escape (*p));
		else
			buffer_printf (text, "\\u%04x", *p);
		p++;
	}
	buffer_add_char (text, '"');
}

static void
new_line (struct json_writer *json)
{
	if (json->indent == 0)
		return;
	buffer_add_char (&json->text, '\n');
	if (json->indent > 0)
		buffer_pad (&json->text, json->text.size + json->depth * (size_t) json->indent);
	else
		for (unsigned int i = 0; i < json->depth; i++)
			buffer_add_char (&json->text, '\t');
}

/* Everything that stands before a value: the comma, the line's begin, the key. */
static void
begin_value (struct json_writer *json, const char *key)
{
	uint64_t bit = json->depth > 0 ? UINT64_C (1) << (json->depth - 1) : 0;

	if (json->filled & bit)
		buffer_add_char (&json->text, ',');
	if (bit)
		new_line (json);
	json->filled |= bit;
	if (!key)
		return;
	add_quoted (&json->text, key);
	buffer_add_text (&json->text, json->indent ? ": " : ":");
}

static void
open_value (struct json_writer *json, const char *key, bool array)
{
	uint64_t bit;

	if (json->depth == MAX_DEPTH)
		abort ();
	begin_value (json, key);
	buffer_add_char (&json->text, array ? '[' : '{');
	bit = UINT64_C (1) << json->depth++;
	json->filled &= ~bit;
	json->arrays = array ? json->arrays | bit : json->arrays & ~bit;
}

void
json_open_object (struct json_writer *json, const char *key)
{
	open_value (json, key, false);
}

void
json_open_array (struct json_writer *json, const char *key)
{
	open_value (json, key, true);
}

void
json_close (struct json_writer *json)
{
	uint64_t bit;

	if (json->depth == 0)
		abort ();
	bit = UINT64_C (1) << --json->depth;
	if (json->filled & bit)
		new_line (json);
	buffer_add_char (&json->text, json->arrays & bit ? ']' : '}');
}

void
json_string (struct json_writer *json, const char *key, const char *value)
{
	begin_value (json, key);
	if (value)
		add_quoted (&json->text, value);
	else
		buffer_add_text (&json->text, "null");
}

void
json_int (struct json_writer *json, const char *key, int64_t value)
{
	begin_value (json, key);
	buffer_printf (&json->text, "%" PRId64, value);
}

void
json_uint (struct json_writer *json, const char *key, uint64_t value)
{
	begin_value (json, key);
	buffer_printf (&json->text, "%" PRIu64, value);
}

void
json_bool (struct json_writer *json, const char *key, bool value)
{
	begin_value (json, key);
	buffer_add_text (&json->text, value ? "true" : "false");
}

void
json_null (struct json_writer *json, const char *key)
{
	json_string (json, key, NULL);
}

void
json_raw (struct json_writer *json, const char *key, const char *value)
{
	begin_value (json, key);
	buffer_add_text (&json->text, value);
}

void
json_writer_done (struct json_writer *json)
{
	buffer_done (&json->text);
}
