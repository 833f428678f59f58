/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ocispec: the JSON documents of the OCI as C structs. See libocispec/README.md for a tour; the
 * structs themselves are in <ocispec/runtime_config.h> and its neighbours, generated from
 * libocispec/schema.
 *
 *	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
 *	struct ocispec_source source = { .file = "config.json", .text = text, .size = size };
 *	struct oci_runtime_config *config;
 *
 *	if (oci_runtime_config_parse (&doc, &source, &config, err) < 0)
 *		return -1;	// "config.json:41: /mounts/3/options: expected an array of ..."
 *	for (size_t i = 0; i < config->n_mounts; i++)
 *		if (!is_good (config->mounts[i]->source))
 *			return ocispec_fail (err, &doc, &config->mounts[i]->source, "is no good");
 *
 * How JSON becomes C:
 *	string			const char *; NULL if absent. For an enum the text too, checked already; its
 *				values are in NULL-ended tables like oci_namespace_type_names
 *	integer, boolean	the value; with bool has_NAME before it when it may be absent
 *	object			struct oci_... *; NULL if absent
 *	array			T *NAME and size_t n_NAME. NULL if absent, not NULL if there but empty.
 *				Of strings: char **, with a NULL behind the last, fit for execve.
 *				Of objects: struct oci_... **, no element is ever NULL
 *	object used as a map	struct oci_string_map * and the like: keys[i], values[i], n
 *	object of any content	const char *, its JSON text
 * What the schema requires is there after a successful parse. Unknown members are ignored. Of a
 * member that occurs twice the last one counts, as in Go, but all are checked.
 *
 * Text that is refused whatever it says: not JSON (RFC 8259), not UTF-8, a NUL or half a surrogate
 * pair in a string, nested deeper than 10,000, bigger than 1 GiB. Integers are never written with a
 * fraction or an exponent.
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in the text a struct was; the first member of each. Made and looked into by this library
 * only; leave it NULL in structs that you fill to print them. */
struct ocispec_place;

/* The types that ocispec_parse and ocispec_print know: OCI_PROCESS, ... (<ocispec/type_ids.h>). */
typedef unsigned ocispec_type_id;

enum {
	/* Exactly what the schemas say: null is not the same as absent, no leniency towards what
	 * engines write (x-runtime in the schemas). For comparisons; davit itself is lenient. */
	OCISPEC_STRICT = 1,
	/* Don't stop at the first error: list them all in doc->problems, and also what is ignored
	 * (unknown and repeated members) as warnings. */
	OCISPEC_ALL_PROBLEMS = 2,
	/* The sections of a config that are for other platforms are not looked at. */
	OCISPEC_LINUX_ONLY = 4,
};

/* An object used as a map; those with objects as values have the same members. */
struct oci_string_map {
	char **keys;
	char **values;
	size_t n;
};

struct ocispec_source {
	const char *file; /* for messages, e.g. "config.json"; copied */
	const char *text; /* copied, no NUL needed */
	size_t size;
	unsigned flags; /* OCISPEC_... */
};

struct ocispec_problem {
	const struct ocispec_problem *next;
	bool is_warning;
	size_t line; /* from 1 */
	const char *pointer; /* JSON pointer (RFC 6901); "" is the whole document */
	const char *text;
	const char *hint; /* what to do about it; NULL if the text says it all */
};

/* One parsed document. { 0 } before the parse; everything that comes out of it lives in its arena
 * and dies with ocispec_done. */
struct ocispec_doc {
	struct arena arena; /* owned */
	const char *file;
	char *text; /* the copy that strings point into; their closing quotes are NULs */
	size_t size;
	struct ocispec_places *places;
	size_t line, line_offset; /* newlines before the offset that was looked up last */
	struct ocispec_problem *problems; /* in the text's order; the parser's are at most 200 */
	struct ocispec_problem *last_problem;
	size_t n_problems;
};

/* Parses source as a document of the given type into *out_object. -1 with the first error in err
 * (and, with OCISPEC_ALL_PROBLEMS, all in doc->problems) if anything is wrong. With that flag there is
 * an object even then, unless the text is no JSON (NULL): for a check to go on with, that expects
 * anything to be missing and any value. Each struct has a typed form of this, e.g.
 * oci_runtime_config_parse. */
CHECKED int ocispec_parse (struct ocispec_doc *doc, const struct ocispec_source *source,
	ocispec_type_id type, void *out_object, struct error *err);

void ocispec_done (struct ocispec_doc *doc);

/* Where something was in the text: `address` is that of a struct (config->mounts[3]), of a member
 * (&mount->options, also if it is absent: then the line is the struct's), of an array's or a map's
 * element (&mount->options[2]), or a string itself (mount->source). Returns false, with line 0 and
 * pointer "", if it is none of these. Costs a search: for messages only. */
bool ocispec_where (
	struct ocispec_doc *doc, const void *address, size_t *out_line, const char **out_pointer);

/* The same as text from the doc's arena: "config.json:41: /mounts/3"; just the file if unknown. */
const char *ocispec_at (struct ocispec_doc *doc, const void *address)
	__attribute__ ((returns_nonnull));

/* The same without the search, for what is known by the `place` in a struct and the way from there:
 * ocispec_at_place (&doc, mount->place). The file if it is NULL. */
const char *ocispec_at_place (struct ocispec_doc *doc, const struct ocispec_place *place)
	__attribute__ ((returns_nonnull));

/* The place of an object's member, of a map's entry, or (key NULL) of an array's element; NULL when
 * parent is or nothing is there. */
const struct ocispec_place *ocispec_child (
	const struct ocispec_place *parent, const char *key, size_t index);

/* Fills err with "config.json:41: /mounts/3: " and the formatted text; returns -1. */
int ocispec_fail (struct error *err, struct ocispec_doc *doc, const void *address,
	const char *format, ...) PRINTF (4, 5);

/* Adds a problem found elsewhere to the doc's list, for a check that wants all of them. Returns it,
 * for a hint to be put in. */
struct ocispec_problem *ocispec_add_problem (struct ocispec_doc *doc, const void *address,
	bool is_warning, const char *format, ...) PRINTF (4, 5);

/* The object as JSON text in the arena; indent is the blanks per level, 0 for one line. Members come
 * in the order of the struct, absent ones are left out. Each struct has a typed form, e.g.
 * oci_state_print. */
const char *ocispec_print (struct arena *arena, ocispec_type_id type, const void *object,
	int indent) __attribute__ ((returns_nonnull));

/* The same as a part of a bigger document: as member `key`, or as an element if that is NULL. */
struct json_writer;
void ocispec_write (
	struct json_writer *json, const char *key, ocispec_type_id type, const void *object);
