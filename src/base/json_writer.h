/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * json_writer: writes a JSON document piece by piece into a growing buffer.
 *
 *	struct json_writer json = { .indent = 2 };
 *
 *	json_open_object (&json, NULL);
 *	json_string (&json, "id", id);
 *	json_open_array (&json, "pids");
 *	json_int (&json, NULL, 17);
 *	json_close (&json);
 *	json_close (&json);
 *
 * { 0 } is a writer of compact JSON. Every value takes the key of its member, or NULL inside an array
 * and at the top. Whatever bytes go in, the document that comes out is valid: quotes, backslashes and
 * control characters are escaped, and each byte that is not part of UTF-8 becomes U+FFFD.
 * Nesting is at most 64 deep; deeper, or closing what is not open, is a bug and aborts.
 */
#pragma once

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_TABS (-1)

struct json_writer {
	struct buffer text; /* owned; the document so far */
	int indent; /* blanks a level; JSON_TABS; 0 puts everything in one line without blanks */
	unsigned int depth;
	uint64_t arrays; /* bit n: what is open at depth n is an array */
	uint64_t filled; /* bit n: it has a member already */
};

void json_open_object (struct json_writer *json, const char *key);
void json_open_array (struct json_writer *json, const char *key);
void json_close (struct json_writer *json);

/* NULL is written as null. */
void json_string (struct json_writer *json, const char *key, const char *value);
void json_int (struct json_writer *json, const char *key, int64_t value);
void json_uint (struct json_writer *json, const char *key, uint64_t value);
void json_bool (struct json_writer *json, const char *key, bool value);
void json_null (struct json_writer *json, const char *key);

/* A value that is JSON already; it is put in as it is. */
void json_raw (struct json_writer *json, const char *key, const char *value);

void json_writer_done (struct json_writer *json);
