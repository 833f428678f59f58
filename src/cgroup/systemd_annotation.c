/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The values of org.systemd.property annotations: GVariant's text format, as far as properties of units
 * need it. Source: GVariant Text Format (GLib); runc's and crun's docs for the names and ...Sec.
 */
#include "base/str.h"
#include "cgroup/systemd_properties.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000u /* microseconds */

/* GVariant's words for a number's type. */
static const struct number_type {
	const char *word;
	const char *signature;
	int64_t min;
	uint64_t max;
} number_types[] = {
	{ "byte", "y", 0, UINT8_MAX },
	{ "int16", "n", INT16_MIN, INT16_MAX },
	{ "uint16", "q", 0, UINT16_MAX },
	{ "int32", "i", INT32_MIN, INT32_MAX },
	{ "uint32", "u", 0, UINT32_MAX },
	{ "int64", "x", INT64_MIN, INT64_MAX },
	{ "uint64", "t", 0, UINT64_MAX },
	{ NULL },
};

/* The others. */
static const struct text_type {
	const char *word;
	const char *signature;
} text_types[] = {
	{ "string", "s" },
	{ "objectpath", "o" },
	{ "double", "d" },
	{ "boolean", "b" },
	{ NULL },
};

static const char *
skip_blanks (const char *p)
{
	return p + strspn (p, " \t\n");
}

/* What a backslash and a letter stand for; 0 for none. */
static char
escaped (char c)
{
	static const char letters[] = "abfnrtv\\'\"", values[] = "\a\b\f\n\r\t\v\\'\"";
	const char *found = c ? strchr (letters, c) : NULL;

	return found ? values[found - letters] : 0;
}

/* Reads 'text' or "text" and returns what is behind it; NULL if it is none. */
static const char *
parse_string (struct arena *arena, const char *p, const char **out)
{
	char quote = *p++;
	char *text = arena_alloc (arena, strlen (p) + 1);
	size_t n = 0;

	if (quote != '\'' && quote != '"')
		return NULL;
	for (; *p && *p != quote; p++) {
		if (*p != '\\') {
			text[n++] = *p;
			continue;
		}
		text[n] = escaped (*++p);
		if (!text[n++])
			return NULL;
	}
	*out = text;
	return *p ? p + 1 : NULL;
}

static bool
parse_strings (struct arena *arena, const char *p, struct unit_property *out)
{
	const char **texts = arena_alloc (arena, (strlen (p) + 1) * sizeof *texts);

	out->signature = "as";
	out->entries = texts;
	p = skip_blanks (p + 1);
	while (*p != ']') {
		if (out->n > 0) {
			if (*p != ',')
				return false;
			p = skip_blanks (p + 1);
		}
		p = parse_string (arena, p, &texts[out->n++]);
		if (!p)
			return false;
		p = skip_blanks (p);
	}
	return !*skip_blanks (p + 1);
}

static bool
parse_number (const struct number_type *type, const char *text, struct unit_property *out)
{
	int64_t number;

	out->signature = type->signature;
	if (*text != '-')
		return str_to_u64 (text + (*text == '+'), type->max, &out->number);
	if (!str_to_i64 (text, type->min, 0, &number))
		return false;
	out->number = (uint64_t) number;
	return true;
}

static bool
parse_double (const char *text, struct unit_property *out)
{
	char *end;

	out->signature = "d";
	/* "inf", "nan" and hexadecimal are strtod's, not ours */
	if (!*text || text[strspn (text, "+-.0123456789eE")])
		return false;
	out->real = strtod (text, &end);
	return !*end;
}

static bool
parse_bool (const char *text, struct unit_property *out)
{
	out->signature = "b";
	out->number = str_equal (text, "true");
	return out->number || str_equal (text, "false");
}

/* A value of a type that is named: "uint64 7". */
static bool
parse_typed (struct arena *arena, const char *word, const char *rest, struct unit_property *out)
{
	for (const struct number_type *type = number_types; type->word; type++)
		if (str_equal (type->word, word))
			return parse_number (type, rest, out);
	for (const struct text_type *type = text_types; type->word; type++) {
		if (!str_equal (type->word, word))
			continue;
		if (*type->signature == 'd')
			return parse_double (rest, out);
		if (*type->signature == 'b')
			return parse_bool (rest, out);
		out->signature = type->signature;
		rest = parse_string (arena, rest, &out->text);
		return rest && !*rest;
	}
	return false;
}

static bool
parse_value (struct arena *arena, const char *value, struct unit_property *out)
{
	char *text = arena_strdup (arena, skip_blanks (value));
	const char *p = text;
	size_t n = strlen (text), word;

	while (n > 0 && isspace ((unsigned char) text[n - 1]))
		text[--n] = '\0';
	word = strcspn (text, " \t\n");
	if (*p == '[')
		return parse_strings (arena, p, out);
	if (*p == '\'' || *p == '"') {
		out->signature = "s";
		p = parse_string (arena, p, &out->text);
		return p && !*p;
	}
	if (p[word] && islower ((unsigned char) *p))
		return parse_typed (
			arena, arena_strndup (arena, p, word), skip_blanks (p + word), out);
	return parse_bool (p, out) || parse_number (&number_types[3], p, out) ||
	       parse_double (p, out);
}

/* ...Sec is how unit files spell what the bus has as ...USec. */
static bool
convert_seconds (struct arena *arena, struct unit_property *out)
{
	size_t n = strlen (out->name);

	if (n < 4 || !str_equal (out->name + n - 3, "Sec") || out->name[n - 4] == 'U')
		return true;
	out->name = arena_printf (arena, "%.*sUSec", (int) (n - 3), out->name);
	if (*out->signature == 'd') {
		if (out->real < 0 || out->real >= (double) INT64_MAX / SECOND)
			return false;
		out->number = (uint64_t) (out->real * SECOND);
	} else if (!strchr ("ynqiuxt", *out->signature) || out->number > INT64_MAX / SECOND) {
		return false;
	} else {
		out->number *= SECOND;
	}
	out->signature = "t";
	return true;
}

int
properties_add_annotation (struct unit_properties *properties,
	const struct unit_property_plan *annotation, struct error *err)
{
	struct unit_property property = { .name = annotation->name };

	for (const char *p = annotation->name; *p || p == annotation->name; p++)
		if (!isalpha ((unsigned char) *p)) {
			fail (err, 0, "'%s' is not the name of a property", annotation->name);
			return error_prefix (err, "%s", annotation->at);
		}
	if (!parse_value (properties->arena, annotation->value, &property)) {
		fail_hint (err, 0, "like true, 'text', uint64 7 or ['a', 'b']",
			"'%s' is not a value for %s", annotation->value, annotation->name);
		return error_prefix (err, "%s", annotation->at);
	}
	if (!convert_seconds (properties->arena, &property)) {
		fail (err, 0, "'%s' is not a number of seconds for %s", annotation->value,
			annotation->name);
		return error_prefix (err, "%s", annotation->at);
	}
	properties_add (properties, &property);
	return 0;
}
