/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

#include <string.h>

#define NAME_LENGTH_MAX 40
#define DISTANCE_MAX 2

static char
lower (char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

static unsigned
least (unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters have to be put in, taken out or changed (Levenshtein); case counts nothing. */
static unsigned
distance (const char *a, const char *b)
{
	unsigned row[NAME_LENGTH_MAX + 1];
	size_t width = strlen (b);

	for (size_t k = 0; k <= width; k++)
		row[k] = (unsigned) k;
	for (size_t i = 0; a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned) i + 1;
		for (size_t k = 0; k < width; k++) {
			unsigned changed = diagonal + (lower (a[i]) != lower (b[k]));

			diagonal = row[k + 1];
			row[k + 1] = least (changed, least (diagonal, row[k]) + 1);
		}
	}
	return row[width];
}

const char *
ocispec_suggest (struct arena *arena, const struct ocispec_type *type, const char *key)
{
	const struct ocispec_field *fields = &ocispec_fields[type->first_field];
	/* of a short name other letters make another name */
	unsigned nearest = strlen (key) < 4 ? 1 : DISTANCE_MAX + 1;
	const char *name = NULL;

	if (strlen (key) > NAME_LENGTH_MAX)
		return NULL;
	for (unsigned i = 0; i < type->n_fields; i++) {
		const char *candidate = ocispec_name (fields[i].name);
		unsigned d;

		if (fields[i].name_length > NAME_LENGTH_MAX)
			continue;
		d = distance (key, candidate);
		if (d < nearest) {
			nearest = d;
			name = candidate;
		}
	}
	return name ? arena_printf (arena, "did you mean '%s'?", name) : NULL;
}
