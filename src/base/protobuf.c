/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/protobuf.h"

#include <errno.h>
#include <string.h>

/* The low three bits of a field's key. */
enum wire_type {
	WIRE_NUMBER = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

#define WIRE_BITS 3
#define FIELD_MAX ((1u << 29) - 1)

static void
add_varint (struct buffer *message, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		buffer_add_char (message, (char) (value | 0x80));
	buffer_add_char (message, (char) value);
}

static void
add_key (struct buffer *message, unsigned int field, enum wire_type type)
{
	add_varint (message, (uint64_t) field << WIRE_BITS | type);
}

void
protobuf_add_number (struct buffer *message, unsigned int field, int64_t value)
{
	add_key (message, field, WIRE_NUMBER);
	add_varint (message, (uint64_t) value);
}

void
protobuf_add_bytes (struct buffer *message, unsigned int field, const void *data, size_t size)
{
	add_key (message, field, WIRE_BYTES);
	add_varint (message, size);
	if (size > 0)
		buffer_add (message, data, size);
}

void
protobuf_add_text (struct buffer *message, unsigned int field, const char *text)
{
	protobuf_add_bytes (message, field, text, strlen (text));
}

void
protobuf_add_message (struct buffer *message, unsigned int field, const struct buffer *inner)
{
	protobuf_add_bytes (message, field, inner->data, inner->size);
}

static int
malformed (struct error *err)
{
	return fail_as (err, EBADMSG, "the message is malformed");
}

static int
read_varint (struct protobuf_reader *reader, uint64_t *out, struct error *err)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (reader->next == reader->end)
			return malformed (err);
		byte = (unsigned char) *reader->next++;
		value |= (uint64_t) (byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = value;
			return 0;
		}
	}
	return malformed (err);
}

static int
skip (struct protobuf_reader *reader, uint64_t size, struct error *err)
{
	if (size > (uint64_t) (reader->end - reader->next))
		return malformed (err);
	reader->next += size;
	return 0;
}

/* 1 when the field is one to hand out, 0 when it was left out. */
static int
read_value (struct protobuf_reader *reader, unsigned int type, struct protobuf_field *out,
	struct error *err)
{
	uint64_t value = 0;

	if (type == WIRE_FIXED64 || type == WIRE_FIXED32)
		return skip (reader, type == WIRE_FIXED64 ? 8 : 4, err);
	if (type != WIRE_NUMBER && type != WIRE_BYTES)
		return malformed (err);
	if (read_varint (reader, &value, err) < 0)
		return -1;
	if (type == WIRE_NUMBER) {
		out->value = (int64_t) value;
		return 1;
	}
	out->data = reader->next;
	out->size = (size_t) value;
	return skip (reader, value, err) < 0 ? -1 : 1;
}

int
protobuf_read (struct protobuf_reader *reader, struct protobuf_field *out, struct error *err)
{
	while (reader->next < reader->end) {
		struct protobuf_field field = { 0 };
		uint64_t key;
		int r;

		if (read_varint (reader, &key, err) < 0)
			return -1;
		if (key >> WIRE_BITS == 0 || key >> WIRE_BITS > FIELD_MAX)
			return malformed (err);
		field.number = (unsigned int) (key >> WIRE_BITS);
		r = read_value (reader, (unsigned int) (key & ((1 << WIRE_BITS) - 1)), &field, err);
		if (r > 0)
			*out = field;
		if (r != 0)
			return r;
	}
	return 0;
}
