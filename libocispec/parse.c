/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * parse: the events of yajl's streaming parser fill the structs.
 *
 * There is a frame for each object and array that is open and known. What is not known, or of the
 * wrong type, is skipped: then only its depth is counted. The elements of arrays and maps wait on
 * a stack until their end tells how many there are.
 */
#include "engine.h"

#include "base/auto.h"
#include "base/str.h"

#include <stdlib.h>
#include <yajl/yajl_parse.h>

#define MAX_SIZE (1U << 30)
#define MAX_SKIPPED_DEPTH 10000 /* as in Go */
#define MAX_PROBLEMS 200

/* A value on its way to its place. */
union slot {
	uint64_t number; /* also the bits of a negative one */
	void *pointer;
};

struct frame {
	const struct ocispec_value *value;
	struct ocispec_place *place;
	char *object; /* OBJECT: the struct being filled */
	const struct ocispec_field *field; /* OBJECT: what the last key named; NULL if unknown */
	uint64_t seen; /* OBJECT: bit i: field i was there */
	const char *key; /* MAP: the last key; OBJECT: the last unknown one */
	size_t stack_base; /* ARRAY, MAP: where its elements begin */
};

struct parser {
	struct ocispec_doc *doc;
	yajl_handle yajl;
	bool is_strict, is_linux_only, wants_all, is_complete;
	size_t n_errors;
	struct ocispec_value *root_value; /* in the arena: places refer to it */
	void *root;
	struct frame frames[OCISPEC_MAX_DEPTH];
	unsigned depth; /* of frames */
	size_t skipped; /* how deep we are in a value that is skipped; 0 is not in one */
	size_t raw_start; /* the first byte of the skipped value, if it is kept as text */
	const struct ocispec_value *raw;
	union slot *stack; /* owned; for a map each element has two: key, value */
	size_t n_stack, stack_size;
};

enum token_kind { TOKEN_NULL, TOKEN_BOOL, TOKEN_NUMBER, TOKEN_STRING, TOKEN_OBJECT, TOKEN_ARRAY };

static const char *const found_words[] = { "null", "a boolean", "a number", "a string", "an object",
	"an array" };

/* Which token each kind of value begins with. */
static const uint8_t wanted_tokens[] = {
	[OCISPEC_STRING] = TOKEN_STRING,
	[OCISPEC_BOOL] = TOKEN_BOOL,
	[OCISPEC_INT32] = TOKEN_NUMBER,
	[OCISPEC_INT64] = TOKEN_NUMBER,
	[OCISPEC_UINT8] = TOKEN_NUMBER,
	[OCISPEC_UINT16] = TOKEN_NUMBER,
	[OCISPEC_UINT32] = TOKEN_NUMBER,
	[OCISPEC_UINT64] = TOKEN_NUMBER,
	[OCISPEC_RAW] = TOKEN_OBJECT,
	[OCISPEC_OBJECT] = TOKEN_OBJECT,
	[OCISPEC_ARRAY] = TOKEN_ARRAY,
	[OCISPEC_MAP] = TOKEN_OBJECT,
};

/* ---- problems */

/* The offset of the last byte that the parser has taken. */
static size_t
offset_now (const struct parser *p)
{
	size_t consumed = p->is_complete ? p->doc->size : yajl_get_bytes_consumed (p->yajl);

	return consumed ? consumed - 1 : 0;
}

static struct frame *
top (struct parser *p)
{
	return p->depth ? &p->frames[p->depth - 1] : NULL;
}

/* The pointer of the value that is being taken. */
static const char *
pointer_now (struct parser *p)
{
	struct frame *f = top (p);

	if (!f)
		return "";
	if (f->value->kind == OCISPEC_OBJECT)
		return ocispec_pointer (
			p->doc, f->place, f->field ? ocispec_name (f->field->name) : f->key, 0);
	if (f->value->kind == OCISPEC_MAP)
		return ocispec_pointer (p->doc, f->place, f->key, 0);
	return ocispec_pointer (p->doc, f->place, NULL, p->n_stack - f->stack_base);
}

/* Returns what a callback of yajl returns: 1 to go on, 0 to stop. */
static int
report (struct parser *p, size_t offset, const char *pointer, const char *text)
{
	ocispec_problem_add (p->doc, offset, pointer, false, text);
	return ++p->n_errors < (p->wants_all ? MAX_PROBLEMS : 1);
}

static int
report_here (struct parser *p, const char *text)
{
	return report (p, offset_now (p), pointer_now (p), text);
}

/* Adds a warning about the member `key` of the struct in f; NULL when nobody wants it. */
static struct ocispec_problem *
warn (struct parser *p, const struct frame *f, const char *key, const char *text)
{
	if (!p->wants_all || p->doc->n_problems >= MAX_PROBLEMS)
		return NULL;
	return ocispec_problem_add (
		p->doc, offset_now (p), ocispec_pointer (p->doc, f->place, key, 0), true, text);
}

static int
report_mismatch (struct parser *p, const struct ocispec_value *value, enum token_kind found)
{
	struct arena *arena = &p->doc->arena;

	return report_here (p, arena_printf (arena, "expected %s, found %s",
				       ocispec_expected (arena, value), found_words[found]));
}

/* ---- where a value goes */

/* What the value that comes now should be; NULL if nobody wants it. */
static const struct ocispec_value *
expected (struct parser *p)
{
	struct frame *f = top (p);

	if (!f)
		return p->root_value;
	if (f->value->kind == OCISPEC_OBJECT)
		return f->field ? &f->field->value : NULL;
	return &ocispec_values[f->value->of];
}

static struct ocispec_place *
new_place (struct parser *p, const struct ocispec_value *value, void *address)
{
	struct frame *f = top (p);
	struct ocispec_place *place = ocispec_place_new (p->doc, f ? f->place : NULL);

	place->value = value;
	place->address = address;
	place->offset = (uint32_t) offset_now (p);
	if (!f)
		return place;
	if (f->value->kind == OCISPEC_OBJECT) {
		place->key = ocispec_name (f->field->name);
		if (!address)
			place->address = f->object + f->field->offset;
	} else if (f->value->kind == OCISPEC_MAP) {
		place->key = f->key;
	} else {
		place->index = (uint32_t) (p->n_stack - f->stack_base);
	}
	return place;
}

static void
push (struct parser *p, union slot slot)
{
	if (p->n_stack == p->stack_size) {
		p->stack_size = p->stack_size ? p->stack_size * 2 : 64;
		p->stack = xrealloc (p->stack, p->stack_size * sizeof *p->stack);
	}
	p->stack[p->n_stack++] = slot;
}

static size_t
store (enum ocispec_kind kind, char *to, union slot slot)
{
	switch (kind) {
	case OCISPEC_BOOL:
		*(bool *) to = slot.number;
		return sizeof (bool);
	case OCISPEC_UINT8:
		*(uint8_t *) to = (uint8_t) slot.number;
		return 1;
	case OCISPEC_UINT16:
		*(uint16_t *) to = (uint16_t) slot.number;
		return 2;
	case OCISPEC_INT32:
	case OCISPEC_UINT32:
		*(uint32_t *) to = (uint32_t) slot.number;
		return 4;
	case OCISPEC_INT64:
	case OCISPEC_UINT64:
		*(uint64_t *) to = slot.number;
		return 8;
	default:
		*(void **) to = slot.pointer;
		return sizeof (void *);
	}
}

static void
deliver (struct parser *p, const struct ocispec_value *value, union slot slot)
{
	struct frame *f = top (p);

	if (!f) {
		p->root = slot.pointer;
	} else if (f->value->kind == OCISPEC_OBJECT) {
		store (value->kind, f->object + f->field->offset, slot);
		if (f->field->aux)
			*(bool *) (f->object + f->field->aux) = true;
	} else {
		if (f->value->kind == OCISPEC_MAP)
			push (p, (union slot){ .pointer = (void *) f->key });
		push (p, slot);
	}
}

/* The string, NUL-terminated: in place where it has no escapes, for then yajl points into our text
 * and has passed the closing quote; otherwise a copy. */
static char *
own_string (struct parser *p, const unsigned char *s, size_t length)
{
	char *text = p->doc->text;

	if ((const char *) s >= text && (const char *) s < text + p->doc->size) {
		text[(const char *) s - text + (ptrdiff_t) length] = 0;
		return text + ((const char *) s - text);
	}
	return arena_strndup (&p->doc->arena, (const char *) s, length);
}

/* ---- null, which may stand for "absent" */

static void
clear_member (struct frame *f)
{
	static const union slot nothing;

	store (f->field->value.kind, f->object + f->field->offset, nothing);
	if (f->field->value.kind == OCISPEC_ARRAY)
		*(size_t *) (f->object + f->field->aux) = 0;
	else if (f->field->aux)
		*(bool *) (f->object + f->field->aux) = false;
}

static int
take_null (struct parser *p, const struct ocispec_value *value)
{
	struct frame *f = top (p);
	bool may_be_absent = (value->flags & OCISPEC_NULLABLE) ||
			     (!p->is_strict && f && f->value->kind != OCISPEC_ARRAY &&
				     !(value->flags & OCISPEC_REQUIRED));

	if (!may_be_absent)
		return report_mismatch (p, value, TOKEN_NULL);
	if (f->value->kind == OCISPEC_OBJECT)
		clear_member (f);
	return 1;
}

/* ---- scalars */

/* An entry whose key the schema's pattern doesn't match may be anything. */
static bool
is_free_entry (struct parser *p)
{
	struct frame *f = top (p);

	return f && f->value->kind == OCISPEC_MAP && !(f->value->flags & OCISPEC_ANY_KEY) &&
	       f->key[strspn (f->key, "\n")] == 0;
}

/* Starts on a value: returns what it should be, or NULL if there is nothing more to be done with
 * it; then *out_go_on is what the callback returns. */
static const struct ocispec_value *
begin (struct parser *p, enum token_kind found, int *out_go_on)
{
	const struct ocispec_value *value = p->skipped ? NULL : expected (p);

	*out_go_on = 1;
	if (!value || found == wanted_tokens[value->kind])
		return value;
	if (is_free_entry (p))
		return NULL;
	*out_go_on = found == TOKEN_NULL ? take_null (p, value) : report_mismatch (p, value, found);
	return NULL;
}

static int
on_null (void *data)
{
	int go_on;

	(void) begin (data, TOKEN_NULL, &go_on);
	return go_on;
}

static int
on_boolean (void *data, int is_true)
{
	struct parser *p = data;
	int go_on;
	const struct ocispec_value *value = begin (p, TOKEN_BOOL, &go_on);

	if (!value)
		return go_on;
	new_place (p, value, NULL);
	deliver (p, value, (union slot){ .number = is_true != 0 });
	return 1;
}

static int
on_number (void *data, const char *text, size_t length)
{
	struct parser *p = data;
	struct ocispec_number number;
	const char *problem;
	bool overflow;
	int go_on;
	const struct ocispec_value *value = begin (p, TOKEN_NUMBER, &go_on);

	if (!value)
		return go_on;
	if (ocispec_number_read (text, length, &number, &overflow))
		problem = ocispec_check_number (
			&p->doc->arena, value, p->is_strict, &number, overflow);
	else
		problem = "expected an integer without fraction and exponent";
	if (problem && !report_here (p, problem))
		return 0;
	new_place (p, value, NULL);
	deliver (p, value,
		(union slot){
			.number = number.is_negative ? -number.magnitude : number.magnitude });
	return 1;
}

static int
on_string (void *data, const unsigned char *text, size_t length)
{
	struct parser *p = data;
	const char *problem;
	char *s;
	int go_on;
	const struct ocispec_value *value = begin (p, TOKEN_STRING, &go_on);

	if (!value)
		return go_on;
	s = own_string (p, text, length);
	problem = ocispec_check_string (&p->doc->arena, value, p->is_strict, s);
	if (problem && !report_here (p, problem))
		return 0;
	new_place (p, value, NULL);
	deliver (p, value, (union slot){ .pointer = s });
	return 1;
}

/* ---- objects, maps, arrays */

/* Goes one level into a value that is not looked at. */
static int
skip_deeper (struct parser *p)
{
	if (++p->skipped <= MAX_SKIPPED_DEPTH)
		return 1;
	p->wants_all = false;
	return report_here (p, "is nested too deep");
}

static int
open_value (struct parser *p, enum token_kind found)
{
	int go_on;
	const struct ocispec_value *value = begin (p, found, &go_on);
	struct frame *f;
	char *object = NULL;

	if (!go_on)
		return 0;
	if (!value)
		return skip_deeper (p);
	if (value->kind == OCISPEC_RAW) {
		p->raw = value;
		p->raw_start = offset_now (p);
		return skip_deeper (p);
	}
	if (value->kind == OCISPEC_OBJECT)
		object = arena_alloc (&p->doc->arena, ocispec_types[value->of].size);
	f = &p->frames[p->depth];
	*f = (struct frame){ .value = value, .object = object, .stack_base = p->n_stack };
	f->place = new_place (p, value, object);
	if (object)
		*(struct ocispec_place **) object = f->place;
	p->depth++;
	return 1;
}

/* Leaves a value that is skipped. */
static int
skip_shallower (struct parser *p)
{
	const struct ocispec_value *raw = p->raw;

	if (--p->skipped || !raw)
		return 1;
	p->raw = NULL;
	new_place (p, raw, NULL);
	deliver (p, raw,
		(union slot){ .pointer = arena_strndup (&p->doc->arena, p->doc->text + p->raw_start,
				      offset_now (p) + 1 - p->raw_start) });
	return 1;
}

static int
on_start_map (void *data)
{
	return open_value (data, TOKEN_OBJECT);
}

static int
on_start_array (void *data)
{
	return open_value (data, TOKEN_ARRAY);
}

static const struct ocispec_field *
find_field (const struct ocispec_type *type, const unsigned char *key, size_t length)
{
	const struct ocispec_field *fields = &ocispec_fields[type->first_field];

	for (unsigned i = 0; i < type->n_fields; i++)
		if (fields[i].name_length == length &&
			memcmp (ocispec_name (fields[i].name), key, length) == 0)
			return &fields[i];
	return NULL;
}

static int
on_map_key (void *data, const unsigned char *text, size_t length)
{
	struct parser *p = data;
	struct frame *f = top (p);
	const struct ocispec_type *type;
	uint64_t bit;

	if (p->skipped)
		return 1;
	if (f->value->kind == OCISPEC_MAP) {
		f->key = own_string (p, text, length);
		return 1;
	}
	type = &ocispec_types[f->value->of];
	f->field = find_field (type, text, length);
	if (p->is_strict && f->field && (f->field->value.flags & OCISPEC_BEYOND_SCHEMA))
		f->field = NULL;
	if (!f->field) {
		struct ocispec_problem *warning;

		f->key = own_string (p, text, length);
		warning = warn (p, f, f->key,
			"is not a member that the specification knows; it is ignored");
		if (warning)
			warning->hint = ocispec_suggest (&p->doc->arena, type, f->key);
		return 1;
	}
	if (p->is_linux_only && (f->field->value.flags & OCISPEC_OTHER_PLATFORM)) {
		f->key = ocispec_name (f->field->name);
		warn (p, f, f->key, "is for another platform than Linux; it is ignored");
		f->field = NULL;
		return 1;
	}
	bit = UINT64_C (1) << (f->field - &ocispec_fields[type->first_field]);
	if (f->seen & bit)
		warn (p, f, ocispec_name (f->field->name), "occurs twice; the last one counts");
	f->seen |= bit;
	return 1;
}

static int
report_missing (struct parser *p, struct frame *f, uint64_t missing)
{
	const struct ocispec_type *type = &ocispec_types[f->value->of];

	for (unsigned i = 0; i < type->n_fields; i++) {
		const struct ocispec_field *field = &ocispec_fields[type->first_field + i];

		if ((missing & UINT64_C (1) << i) &&
			!report (p, f->place->offset, ocispec_pointer_of (p->doc, f->place),
				arena_printf (&p->doc->arena, "'%s' is missing",
					ocispec_name (field->name))))
			return 0;
	}
	return 1;
}

struct map_entry {
	const char *key;
	size_t index;
};

static int
compare_entries (const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;
	int order = strcmp (x->key, y->key);

	return order ? order : x->index < y->index ? -1 : 1;
}

/* Of entries with the same key keeps the last. In n log n, whatever the keys are. */
static void
drop_repeated_keys (struct ocispec_map *map)
{
	autofree struct map_entry *sorted = xmalloc (map->n * sizeof *sorted);
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++)
		sorted[i] = (struct map_entry){ map->keys[i], i };
	qsort (sorted, map->n, sizeof *sorted, compare_entries);
	for (size_t i = 1; i < map->n; i++)
		if (str_equal (sorted[i - 1].key, sorted[i].key))
			map->keys[sorted[i - 1].index] = NULL;
	for (size_t i = 0; i < map->n; i++)
		if (map->keys[i]) {
			map->keys[n] = map->keys[i];
			map->values[n++] = map->values[i];
		}
	map->n = n;
}

static struct ocispec_map *
make_map (struct parser *p, const struct frame *f)
{
	struct arena *arena = &p->doc->arena;
	struct ocispec_map *map = arena_alloc (arena, sizeof *map);

	map->n = (p->n_stack - f->stack_base) / 2;
	map->keys = arena_alloc (arena, (map->n + 1) * sizeof *map->keys);
	map->values = arena_alloc (arena, (map->n + 1) * sizeof *map->values);
	for (size_t i = 0; i < map->n; i++) {
		map->keys[i] = p->stack[f->stack_base + 2 * i].pointer;
		map->values[i] = p->stack[f->stack_base + 2 * i + 1].pointer;
	}
	if (map->n > 1)
		drop_repeated_keys (map);
	return map;
}

static int
on_end_map (void *data)
{
	struct parser *p = data;
	struct frame *f = top (p);
	union slot slot = { 0 };
	uint64_t missing;

	if (p->skipped)
		return skip_shallower (p);
	if (f->value->kind == OCISPEC_MAP) {
		slot.pointer = make_map (p, f);
		p->n_stack = f->stack_base;
	} else {
		slot.pointer = f->object;
		missing = ocispec_types[f->value->of].required & ~f->seen;
		if (missing && !report_missing (p, f, missing))
			return 0;
	}
	p->depth--;
	deliver (p, f->value, slot);
	return 1;
}

static int
on_end_array (void *data)
{
	struct parser *p = data;
	struct frame *f = top (p);
	const struct ocispec_rule *rule;
	const struct ocispec_value *of;
	struct frame *parent;
	size_t n;
	char *elements, *to;

	if (p->skipped)
		return skip_shallower (p);
	of = &ocispec_values[f->value->of];
	n = p->n_stack - f->stack_base;
	rule = ocispec_rule_of (f->value, p->is_strict);
	elements = to = arena_alloc (&p->doc->arena, (n + 1) * sizeof (union slot));
	for (size_t i = 0; i < n; i++)
		to += store (of->kind, to, p->stack[f->stack_base + i]);
	p->n_stack = f->stack_base;
	p->depth--;
	parent = top (p);
	*(void **) (parent->object + parent->field->offset) = elements;
	*(size_t *) (parent->object + parent->field->aux) = n;
	if (n < rule->min_items)
		return report_here (p, "must not be empty");
	return 1;
}

/* ---- the whole */

static void *
yajl_malloc (void *data, size_t size)
{
	return xmalloc (size);
}

static void *
yajl_realloc (void *data, void *p, size_t size)
{
	return xrealloc (p, size);
}

static void
yajl_release (void *data, void *p)
{
	free (p);
}

/* Turns yajl's "parse error: premature EOF\n" into a problem. */
static void
report_syntax (struct parser *p)
{
	unsigned char *text = yajl_get_error (p->yajl, 0, NULL, 0);
	const char *line = text ? strchr ((char *) text, '\n') : NULL;
	int length = line ? (int) (line - (char *) text) : 0;

	report (p, offset_now (p), "",
		arena_printf (
			&p->doc->arena, "not valid JSON: %.*s", length, text ? (char *) text : ""));
	if (text)
		yajl_free_error (p->yajl, text);
}

static void
run (struct parser *p)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_start_map,
		.yajl_map_key = on_map_key,
		.yajl_end_map = on_end_map,
		.yajl_start_array = on_start_array,
		.yajl_end_array = on_end_array,
	};
	static yajl_alloc_funcs allocators = { yajl_malloc, yajl_realloc, yajl_release, NULL };
	struct ocispec_doc *doc = p->doc;
	yajl_status status;

	p->yajl = yajl_alloc (&callbacks, &allocators, p);
	yajl_config (p->yajl, yajl_dont_validate_strings, 1); /* ocispec_scan has done it */
	status = yajl_parse (p->yajl, (const unsigned char *) doc->text, doc->size);
	if (status == yajl_status_ok) {
		p->is_complete = true;
		status = yajl_complete_parse (p->yajl);
	}
	if (status == yajl_status_error)
		report_syntax (p);
	yajl_free (p->yajl);
	free (p->stack);
}

static const struct ocispec_problem *
first_error (const struct ocispec_doc *doc)
{
	const struct ocispec_problem *problem = doc->problems;

	while (problem && problem->is_warning)
		problem = problem->next;
	return problem;
}

int
ocispec_parse (struct ocispec_doc *doc, const struct ocispec_source *source, ocispec_type_id type,
	void *out_object, struct error *err)
{
	struct parser p = {
		.doc = doc,
		.is_strict = source->flags & OCISPEC_STRICT,
		.is_linux_only = source->flags & OCISPEC_LINUX_ONLY,
		.wants_all = source->flags & OCISPEC_ALL_PROBLEMS,
		.root_value = arena_alloc (&doc->arena, sizeof *p.root_value),
	};
	const char *problem;
	size_t offset;

	*p.root_value = (struct ocispec_value){ .kind = OCISPEC_OBJECT, .of = (uint16_t) type };
	if (source->size > MAX_SIZE)
		return fail (err, 0, "%s: is bigger than 1 GiB", source->file);
	doc->file = arena_strdup (&doc->arena, source->file);
	doc->text = arena_alloc (&doc->arena, source->size + 1);
	doc->size = source->size;
	memcpy (doc->text, source->text, source->size);
	problem = ocispec_scan (doc->text, doc->size, &offset);
	if (problem)
		ocispec_problem_add (doc, offset, "", false, problem);
	else
		run (&p);
	if (!first_error (doc) || (source->flags & OCISPEC_ALL_PROBLEMS))
		*(void **) out_object = p.root;
	return first_error (doc) ? ocispec_problem_fail (doc, first_error (doc), err) : 0;
}

void
ocispec_done (struct ocispec_doc *doc)
{
	arena_done (&doc->arena);
	*doc = (struct ocispec_doc){ 0 };
}
