/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

#include "base/auto.h"
#include "base/json_writer.h"

#include <string.h>

static void print_object (struct json_writer *json, const char *key,
	const struct ocispec_type *type, const char *object);

/* Prints the value at `at`. Returns its size there, for the way to the next element. */
static size_t
print_value (struct json_writer *json, const char *key, const struct ocispec_value *value,
	const char *at)
{
	switch ((enum ocispec_kind) value->kind) {
	case OCISPEC_BOOL:
		json_bool (json, key, *(const bool *) at);
		return sizeof (bool);
	case OCISPEC_INT32:
		json_int (json, key, *(const int32_t *) at);
		return 4;
	case OCISPEC_INT64:
		json_int (json, key, *(const int64_t *) at);
		return 8;
	case OCISPEC_UINT8:
		json_uint (json, key, *(const uint8_t *) at);
		return 1;
	case OCISPEC_UINT16:
		json_uint (json, key, *(const uint16_t *) at);
		return 2;
	case OCISPEC_UINT32:
		json_uint (json, key, *(const uint32_t *) at);
		return 4;
	case OCISPEC_UINT64:
		json_uint (json, key, *(const uint64_t *) at);
		return 8;
	case OCISPEC_STRING:
		json_string (json, key, *(const char *const *) at);
		break;
	case OCISPEC_RAW:
		json_raw (json, key, *(const char *const *) at);
		break;
	case OCISPEC_OBJECT:
		print_object (json, key, &ocispec_types[value->of], *(const char *const *) at);
		break;
	case OCISPEC_ARRAY:
	case OCISPEC_MAP:
		break; /* only members are: print_member */
	}
	return sizeof (void *);
}

static void
print_array (struct json_writer *json, const struct ocispec_field *field, const char *object)
{
	const char *elements = *(const char *const *) (object + field->offset);
	size_t n = *(const size_t *) (object + field->aux);

	json_open_array (json, ocispec_name (field->name));
	for (size_t i = 0; i < n; i++)
		elements += print_value (json, NULL, &ocispec_values[field->value.of], elements);
	json_close (json);
}

static void
print_map (struct json_writer *json, const struct ocispec_field *field, const char *object)
{
	const struct ocispec_map *map =
		*(const struct ocispec_map *const *) (object + field->offset);

	json_open_object (json, ocispec_name (field->name));
	for (size_t i = 0; i < map->n; i++)
		print_value (json, map->keys[i], &ocispec_values[field->value.of],
			(const char *) &map->values[i]);
	json_close (json);
}

static bool
is_present (const struct ocispec_field *field, const char *object)
{
	bool is_pointer = field->value.kind == OCISPEC_STRING || field->value.kind >= OCISPEC_RAW;

	if (is_pointer)
		return *(const void *const *) (object + field->offset);
	return !field->aux || *(const bool *) (object + field->aux);
}

static void
print_object (struct json_writer *json, const char *key, const struct ocispec_type *type,
	const char *object)
{
	json_open_object (json, key);
	for (unsigned i = 0; i < type->n_fields; i++) {
		const struct ocispec_field *field = &ocispec_fields[type->first_field + i];

		if (!is_present (field, object))
			continue;
		if (field->value.kind == OCISPEC_ARRAY)
			print_array (json, field, object);
		else if (field->value.kind == OCISPEC_MAP)
			print_map (json, field, object);
		else
			print_value (json, ocispec_name (field->name), &field->value,
				object + field->offset);
	}
	json_close (json);
}

void
ocispec_write (struct json_writer *json, const char *key, ocispec_type_id type, const void *object)
{
	print_object (json, key, &ocispec_types[type], object);
}

const char *
ocispec_print (struct arena *arena, ocispec_type_id type, const void *object, int indent)
{
	AUTO (json_writer_done) struct json_writer json = { .indent = indent };

	ocispec_write (&json, NULL, type, object);
	return arena_strndup (arena, json.text.data, json.text.size);
}
