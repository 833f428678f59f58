/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * engine: what the parts of the engine share. Private to libocispec.
 *
 *	scan.c	the text as such: UTF-8, escapes
 *	parse.c	events of the JSON parser -> structs
 *	check.c	one number or string against its rule
 *	suggest.c	the name that an unknown one was meant to be
 *	where.c	an address -> line and JSON pointer; the list of problems
 *	print.c	structs -> JSON text
 */
#pragma once

#include "ocispec/ocispec.h"
#include "table.h"

/* One value of the document, recorded while parsing. Its path is that of its parent and its own
 * key or, if that is NULL, index. */
struct ocispec_place {
	const struct ocispec_place *parent;
	const struct ocispec_value *value;
	/* An object's struct; the member of any other value in an object. NULL for elements of
	 * arrays and maps that are no objects: they are found through their parent. */
	void *address;
	const char *key;
	const struct ocispec_place *children; /* the last one first */
	const struct ocispec_place *next; /* the child of `parent` before this one in the text */
	uint32_t index;
	uint32_t offset; /* in the text, of the last byte of its first token */
};

#define OCISPEC_PLACES_PER_BLOCK 100

/* Blocks of places, the newest first. */
struct ocispec_places {
	struct ocispec_places *older;
	unsigned n;
	struct ocispec_place place[OCISPEC_PLACES_PER_BLOCK];
};

/* ---- scan.c */

/* Whether text may go to the JSON parser: strict UTF-8, no \u0000, no lone surrogate. Otherwise
 * the problem, and where it is. This is our own because yajl takes overlong forms, and half a
 * surrogate pair at the end of a string breaks yajl without the fix for CVE-2017-16516. */
const char *ocispec_scan (const char *text, size_t size, size_t *out_offset);

/* ---- check.c */

/* Reads a JSON number. False if it has a fraction or an exponent. What does not fit has the
 * magnitude UINT64_MAX and *out_overflow set. */
bool ocispec_number_read (
	const char *text, size_t length, struct ocispec_number *out, bool *out_overflow);

/* What is wrong with the number for this value, in the arena, or NULL. *number is then within the
 * range of the C type: a strict parse cuts off what the schema allows and C can't hold. */
const char *ocispec_check_number (struct arena *arena, const struct ocispec_value *value,
	bool is_strict, struct ocispec_number *number, bool overflow);
const char *ocispec_check_string (
	struct arena *arena, const struct ocispec_value *value, bool is_strict, const char *s);

/* "an array of strings", for messages. */
const char *ocispec_expected (struct arena *arena, const struct ocispec_value *value);

/* A string from the document for a message: short, without control characters. */
const char *ocispec_quote (struct arena *arena, const char *s);

/* Replaces what could do things to the terminal that a message ends up on. */
void ocispec_hide_controls (char *s);

/* ---- suggest.c */

/* "did you mean 'readonly'?", in the arena, when one of the type's members is spelled nearly like
 * key; else NULL. */
const char *ocispec_suggest (struct arena *arena, const struct ocispec_type *type, const char *key);

/* ---- where.c */

struct ocispec_place *ocispec_place_new (struct ocispec_doc *doc, struct ocispec_place *parent);
const char *ocispec_pointer (
	struct ocispec_doc *doc, const struct ocispec_place *parent, const char *key, size_t index);
const char *ocispec_pointer_of (struct ocispec_doc *doc, const struct ocispec_place *place);
/* Adds a problem to the list. pointer and text live in the arena. */
struct ocispec_problem *ocispec_problem_add (struct ocispec_doc *doc, size_t offset,
	const char *pointer, bool is_warning, const char *text);
/* Fills err from a problem; returns -1. */
int ocispec_problem_fail (
	struct ocispec_doc *doc, const struct ocispec_problem *problem, struct error *err);
size_t ocispec_line (struct ocispec_doc *doc, size_t offset);

/* ---- general */

static inline const char *
ocispec_name (unsigned offset)
{
	return ocispec_names + offset;
}

static inline const struct ocispec_rule *
ocispec_rule_of (const struct ocispec_value *value, bool is_strict)
{
	return &ocispec_rules[value->rules[is_strict]];
}

/* A map as the engine sees it: the generated ones have the same members. */
struct ocispec_map {
	char **keys;
	void **values;
	size_t n;
};
