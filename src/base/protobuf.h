/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * protobuf: messages in the wire format of protocol buffers, field by field. Source:
 * protobuf.dev/programming-guides/encoding. For the few small messages that we exchange: no schemas.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

/* Adds a field with a number: also of type bool, enum, or int32 (negative ones as the int64 that they
 * are). */
void protobuf_add_number (struct buffer *message, unsigned int field, int64_t value);

/* Adds a field of type string, bytes, or a message. */
void protobuf_add_bytes (struct buffer *message, unsigned int field, const void *data, size_t size);
void protobuf_add_text (struct buffer *message, unsigned int field, const char *text);
void protobuf_add_message (struct buffer *message, unsigned int field, const struct buffer *inner);

struct protobuf_field {
	unsigned int number;
	int64_t value; /* of a number; 0 of bytes */
	const char *data; /* of bytes; borrowed from the message; NULL of a number */
	size_t size;
};

/* What is left to read of a message. */
struct protobuf_reader {
	const char *next, *end;
};

/* The next field. Returns 1, 0 at the message's end, or -1 (EBADMSG) when it is malformed. Fields of
 * fixed size (fixed32, double...) are left out. */
CHECKED int protobuf_read (
	struct protobuf_reader *reader, struct protobuf_field *out, struct error *err);
