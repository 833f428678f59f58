/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

#include "base/auto.h"
#include "base/str.h"

#include <stdarg.h>
#include <string.h>

struct ocispec_place *
ocispec_place_new (struct ocispec_doc *doc, struct ocispec_place *parent)
{
	struct ocispec_place *place;

	if (!doc->places || doc->places->n == OCISPEC_PLACES_PER_BLOCK) {
		struct ocispec_places *block = arena_alloc (&doc->arena, sizeof *block);

		block->older = doc->places;
		doc->places = block;
	}
	place = &doc->places->place[doc->places->n++];
	place->parent = parent;
	if (parent) {
		place->next = parent->children;
		parent->children = place;
	}
	return place;
}

static size_t
count_newlines (const char *p, const char *end)
{
	size_t n = 0;

	while ((p = memchr (p, '\n', (size_t) (end - p)))) {
		n++;
		p++;
	}
	return n;
}

/* Counts from the place that was asked for last: who asks for many goes through the text. */
size_t
ocispec_line (struct ocispec_doc *doc, size_t offset)
{
	const char *text = doc->text;

	if (offset > doc->size)
		offset = doc->size;
	if (doc->line_offset <= offset)
		doc->line += count_newlines (text + doc->line_offset, text + offset);
	else
		doc->line -= count_newlines (text + offset, text + doc->line_offset);
	doc->line_offset = offset;
	return doc->line + 1;
}

/* ---- JSON pointers (RFC 6901) */

static size_t
token_length (const char *key, size_t index)
{
	size_t length = 1;

	if (!key) {
		do
			length++;
		while (index /= 10);
		return length;
	}
	for (; *key; key++)
		length += *key == '~' || *key == '/' ? 2 : 1;
	return length;
}

/* Writes "/token" so that it ends before `end`; returns where it begins. */
static char *
token_write (char *end, const char *key, size_t index)
{
	if (!key) {
		do
			*--end = (char) ('0' + index % 10);
		while (index /= 10);
		*--end = '/';
		return end;
	}
	for (const char *p = key + strlen (key); p-- > key;) {
		bool is_escaped = *p == '~' || *p == '/';

		*--end = *p == '~' ? '0' : *p == '/' ? '1' : *p;
		if (is_escaped)
			*--end = '~';
	}
	*--end = '/';
	return end;
}

const char *
ocispec_pointer (
	struct ocispec_doc *doc, const struct ocispec_place *parent, const char *key, size_t index)
{
	size_t length = token_length (key, index);
	char *pointer, *end;

	for (const struct ocispec_place *p = parent; p && p->parent; p = p->parent)
		length += token_length (p->key, p->index);
	pointer = arena_alloc (&doc->arena, length + 1);
	end = token_write (pointer + length, key, index);
	for (const struct ocispec_place *p = parent; p && p->parent; p = p->parent)
		end = token_write (end, p->key, p->index);
	return pointer;
}

const char *
ocispec_pointer_of (struct ocispec_doc *doc, const struct ocispec_place *place)
{
	return place->parent ? ocispec_pointer (doc, place->parent, place->key, place->index) : "";
}

/* ---- from an address to its place */

static const void *
load_pointer (const void *address)
{
	void *p;

	memcpy (&p, address, sizeof p);
	return p;
}

static size_t
element_size (const struct ocispec_value *array)
{
	static const uint8_t sizes[] = {
		[OCISPEC_STRING] = sizeof (char *),
		[OCISPEC_BOOL] = sizeof (bool),
		[OCISPEC_INT32] = sizeof (int32_t),
		[OCISPEC_INT64] = sizeof (int64_t),
		[OCISPEC_UINT8] = sizeof (uint8_t),
		[OCISPEC_UINT16] = sizeof (uint16_t),
		[OCISPEC_UINT32] = sizeof (uint32_t),
		[OCISPEC_UINT64] = sizeof (uint64_t),
		[OCISPEC_RAW] = sizeof (char *),
		[OCISPEC_OBJECT] = sizeof (void *),
	};

	return sizes[ocispec_values[array->of].kind];
}

const struct ocispec_place *
ocispec_child (const struct ocispec_place *parent, const char *key, size_t index)
{
	const struct ocispec_place *child = parent ? parent->children : NULL;

	for (; child; child = child->next)
		if (key ? child->key && str_equal (child->key, key)
			: !child->key && child->index == index)
			return child;
	return NULL;
}

/* The index of the element that address is, or that has address as its value; n if none. */
static size_t
index_in (const void *elements, size_t n, size_t size, const void *address)
{
	const char *base = elements, *p = address;

	if (!base)
		return n;
	if (p >= base && p < base + n * size)
		return (size_t) (p - base) / size;
	if (size != sizeof (void *))
		return n;
	for (size_t i = 0; i < n; i++)
		if (load_pointer (base + i * size) == address)
			return i;
	return n;
}

static const struct ocispec_place *
find_element (const struct ocispec_place *place, size_t n, const void *address)
{
	if (place->value->kind == OCISPEC_ARRAY) {
		size_t size = element_size (place->value);
		size_t i = index_in (load_pointer (place->address), n, size, address);

		return i < n ? ocispec_child (place, NULL, i) : NULL;
	}
	if (place->value->kind == OCISPEC_MAP) {
		const struct ocispec_map *map = load_pointer (place->address);
		size_t i = map ? index_in (map->values, map->n, sizeof (void *), address) : 0;

		if (map && i == map->n)
			i = index_in (map->keys, map->n, sizeof (void *), address);
		return map && i < map->n ? ocispec_child (place, map->keys[i], 0) : NULL;
	}
	return NULL;
}

/* The field of the struct at place that address is in, or whose string it is; NULL if none. */
static const struct ocispec_field *
find_field (const struct ocispec_place *place, const void *address)
{
	const struct ocispec_type *type = &ocispec_types[place->value->of];
	const char *base = place->address;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const struct ocispec_field *field = &ocispec_fields[type->first_field + i];

		if (base + field->offset == address || (field->aux && base + field->aux == address))
			return field;
		if (field->value.kind == OCISPEC_STRING &&
			load_pointer (base + field->offset) == address)
			return field;
	}
	return NULL;
}

/* The n_NAME that belongs to the array recorded at place. */
static size_t
array_length (const struct ocispec_place *place)
{
	const struct ocispec_field *field = find_field (place->parent, place->address);
	size_t n;

	memcpy (&n, (const char *) place->parent->address + field->aux, sizeof n);
	return n;
}

/* What an address turned out to be. */
struct target {
	const struct ocispec_place *place;
	const struct ocispec_field *absent; /* a member of place that isn't in the text */
};

/* Whether address has to do with the value at `here`. */
static bool
look_at (const struct ocispec_place *here, const void *address, struct target *out)
{
	const struct ocispec_field *field;
	size_t n = 0;

	*out = (struct target){ here, NULL };
	if (!here->address)
		return false;
	if (here->address == address)
		return true;
	if (here->value->kind != OCISPEC_OBJECT) {
		if (here->value->kind == OCISPEC_ARRAY)
			n = array_length (here);
		out->place = find_element (here, n, address);
		return out->place;
	}
	field = find_field (here, address);
	if (!field)
		return false;
	out->place = ocispec_child (here, ocispec_name (field->name), 0);
	if (!out->place)
		*out = (struct target){ here, field };
	return true;
}

static bool
look_for (const struct ocispec_doc *doc, const void *address, struct target *out)
{
	for (const struct ocispec_places *block = doc->places; block; block = block->older)
		for (unsigned i = block->n; i-- > 0;)
			if (look_at (&block->place[i], address, out))
				return true;
	return false;
}

bool
ocispec_where (
	struct ocispec_doc *doc, const void *address, size_t *out_line, const char **out_pointer)
{
	struct target target;

	*out_line = 0;
	*out_pointer = "";
	if (!address || !look_for (doc, address, &target))
		return false;
	*out_line = ocispec_line (doc, target.place->offset);
	*out_pointer = target.absent ? ocispec_pointer (doc, target.place,
					       ocispec_name (target.absent->name), 0)
				     : ocispec_pointer_of (doc, target.place);
	return true;
}

/* "config.json:41: /mounts/3". By hand, because each part of a plan has one. */
static const char *
position_text (struct ocispec_doc *doc, size_t line, const char *pointer)
{
	size_t file_length = strlen (doc->file), pointer_length = strlen (pointer);
	char digits[24], *number = digits + sizeof digits, *text, *end;

	do
		*--number = (char) ('0' + line % 10);
	while (line /= 10);
	*--number = ':';
	text = arena_alloc (&doc->arena, file_length + sizeof digits + pointer_length + 3);
	end = mempcpy (text, doc->file, file_length);
	end = mempcpy (end, number, (size_t) (digits + sizeof digits - number));
	if (pointer_length)
		end = mempcpy (end, ": ", 2);
	end = mempcpy (end, pointer, pointer_length);
	*end = '\0';
	ocispec_hide_controls (text);
	return text;
}

const char *
ocispec_at_place (struct ocispec_doc *doc, const struct ocispec_place *place)
{
	if (!place)
		return doc->file ? doc->file : "";
	return position_text (
		doc, ocispec_line (doc, place->offset), ocispec_pointer_of (doc, place));
}

const char *
ocispec_at (struct ocispec_doc *doc, const void *address)
{
	const char *pointer;
	size_t line;

	if (!ocispec_where (doc, address, &line, &pointer))
		return doc->file ? doc->file : "";
	return position_text (doc, line, pointer);
}

int
ocispec_fail (
	struct error *err, struct ocispec_doc *doc, const void *address, const char *format, ...)
{
	va_list ap;
	autofree char *text = NULL;

	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	(void) fail (err, 0, "%s", text);
	return error_prefix (err, "%s", ocispec_at (doc, address));
}

/* ---- the list of problems */

static struct ocispec_problem *
problem_append (struct ocispec_doc *doc, struct ocispec_problem problem)
{
	struct ocispec_problem *p = arena_alloc (&doc->arena, sizeof *p);

	*p = problem;
	if (doc->last_problem)
		doc->last_problem->next = p;
	else
		doc->problems = p;
	doc->last_problem = p;
	doc->n_problems++;
	return p;
}

struct ocispec_problem *
ocispec_add_problem (
	struct ocispec_doc *doc, const void *address, bool is_warning, const char *format, ...)
{
	struct ocispec_problem problem = { .is_warning = is_warning };
	autofree char *text = NULL;
	va_list ap;

	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	problem.text = arena_strdup (&doc->arena, text);
	ocispec_where (doc, address, &problem.line, &problem.pointer);
	return problem_append (doc, problem);
}

struct ocispec_problem *
ocispec_problem_add (struct ocispec_doc *doc, size_t offset, const char *pointer, bool is_warning,
	const char *text)
{
	struct ocispec_problem problem = {
		.is_warning = is_warning,
		.line = ocispec_line (doc, offset),
		.pointer = pointer,
		.text = text,
	};

	return problem_append (doc, problem);
}

int
ocispec_problem_fail (
	struct ocispec_doc *doc, const struct ocispec_problem *problem, struct error *err)
{
	(void) fail (err, 0, "%s", problem->text);
	return error_prefix (err, "%s", position_text (doc, problem->line, problem->pointer));
}
