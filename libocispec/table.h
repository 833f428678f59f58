/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * table: what the generator tells the engine about the structs. Private to libocispec.
 *
 * Everything refers to everything else by index and never by pointer, so that the tables need no
 * relocation: they are shared, read-only, and cost a starting process nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum ocispec_kind {
	OCISPEC_STRING,
	OCISPEC_BOOL,
	OCISPEC_INT32,
	OCISPEC_INT64,
	OCISPEC_UINT8,
	OCISPEC_UINT16,
	OCISPEC_UINT32,
	OCISPEC_UINT64,
	OCISPEC_RAW, /* an object whose content is not ours: kept as text */
	OCISPEC_OBJECT,
	OCISPEC_ARRAY,
	OCISPEC_MAP,
};

enum {
	OCISPEC_NULLABLE = 1, /* the schema itself allows null */
	OCISPEC_ANY_KEY = 2, /* a map whose empty key is as good as any (additionalProperties) */
	OCISPEC_REQUIRED = 4,
	OCISPEC_BEYOND_SCHEMA = 8, /* unknown to the official schema, so to a strict parse */
	OCISPEC_OTHER_PLATFORM = 16, /* not for Linux */
};

/* A value in a document. */
struct ocispec_value {
	uint8_t kind;
	uint8_t flags;
	uint16_t of; /* OBJECT: in ocispec_types; ARRAY, MAP: element in ocispec_values */
	uint16_t rules[2]; /* lenient, strict: in ocispec_rules; 0 is none */
};

/* A member of a struct. */
struct ocispec_field {
	uint16_t name; /* in ocispec_names */
	uint16_t name_length;
	uint16_t offset;
	uint16_t aux; /* offset of has_NAME, or of an array's n_NAME; 0 is none */
	struct ocispec_value value;
};

struct ocispec_type {
	uint16_t size;
	uint16_t first_field; /* in ocispec_fields */
	uint16_t n_fields; /* at most 64 */
	uint64_t required; /* bit i: the field first_field + i */
};

/* An integer of 65 bits. */
struct ocispec_number {
	bool is_negative;
	uint64_t magnitude;
};

struct ocispec_rule {
	bool has_min, has_max;
	struct ocispec_number min, max;
	uint16_t first_enum; /* in ocispec_enums, which are in ocispec_names */
	uint16_t n_enum;
	uint16_t pattern; /* its text in ocispec_names, for messages; 0 is none */
	uint16_t dfa; /* in ocispec_dfas */
	uint16_t min_items;
};

/* A pattern, compiled: each byte has a class, each state a row of ocispec_moves with one move a
 * class and, last, whether the state accepts. State 0 is the dead one, 1 the first. */
struct ocispec_dfa {
	uint16_t classes; /* 256 of ocispec_classes */
	uint16_t n_classes;
	uint32_t moves;
};

/* How deep the types nest; the generator checks it. */
#define OCISPEC_MAX_DEPTH 24

extern const char ocispec_names[];
extern const struct ocispec_type ocispec_types[];
extern const struct ocispec_field ocispec_fields[];
extern const struct ocispec_value ocispec_values[];
extern const struct ocispec_rule ocispec_rules[];
extern const uint16_t ocispec_enums[];
extern const struct ocispec_dfa ocispec_dfas[];
extern const uint8_t ocispec_classes[];
extern const uint16_t ocispec_moves[];
