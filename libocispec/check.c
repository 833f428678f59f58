/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

#include "base/str.h"

#include <inttypes.h>

/* ---- numbers */

static const struct {
	struct ocispec_number min, max;
} c_ranges[] = {
	[OCISPEC_INT32] = { { true, UINT64_C (1) << 31 }, { false, INT32_MAX } },
	[OCISPEC_INT64] = { { true, UINT64_C (1) << 63 }, { false, INT64_MAX } },
	[OCISPEC_UINT8] = { { false, 0 }, { false, UINT8_MAX } },
	[OCISPEC_UINT16] = { { false, 0 }, { false, UINT16_MAX } },
	[OCISPEC_UINT32] = { { false, 0 }, { false, UINT32_MAX } },
	[OCISPEC_UINT64] = { { false, 0 }, { false, UINT64_MAX } },
};

bool
ocispec_number_read (
	const char *text, size_t length, struct ocispec_number *out, bool *out_overflow)
{
	size_t i = text[0] == '-';

	*out = (struct ocispec_number){ .is_negative = text[0] == '-' };
	*out_overflow = false;
	for (; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (__builtin_mul_overflow (out->magnitude, 10, &out->magnitude) ||
			__builtin_add_overflow (
				out->magnitude, (uint64_t) (text[i] - '0'), &out->magnitude))
			*out_overflow = true;
		if (*out_overflow)
			out->magnitude = UINT64_MAX;
	}
	if (out->magnitude == 0)
		out->is_negative = false;
	return true;
}

static bool
is_less (const struct ocispec_number *a, const struct ocispec_number *b)
{
	if (a->is_negative != b->is_negative)
		return a->is_negative;
	return a->is_negative ? a->magnitude > b->magnitude : a->magnitude < b->magnitude;
}

static const char *
number_text (struct arena *arena, const struct ocispec_number *n)
{
	return arena_printf (arena, "%s%" PRIu64, n->is_negative ? "-" : "", n->magnitude);
}

const char *
ocispec_check_number (struct arena *arena, const struct ocispec_value *value, bool is_strict,
	struct ocispec_number *number, bool overflow)
{
	const struct ocispec_rule *rule = ocispec_rule_of (value, is_strict);
	const struct ocispec_number *c_min = &c_ranges[value->kind].min;
	const struct ocispec_number *c_max = &c_ranges[value->kind].max;
	const struct ocispec_number *min = rule->has_min ? &rule->min : is_strict ? NULL : c_min;
	const struct ocispec_number *max = rule->has_max ? &rule->max : is_strict ? NULL : c_max;
	bool is_low = min && (is_less (number, min) || (overflow && number->is_negative));
	bool is_high = max && (is_less (max, number) || (overflow && !number->is_negative));

	if (!is_low && !is_high) {
		if (is_less (number, c_min))
			*number = *c_min;
		if (is_less (c_max, number))
			*number = *c_max;
		return NULL;
	}
	if (min && max && max->magnitude <= UINT32_MAX)
		return arena_printf (arena, "must be a number from %s to %s",
			number_text (arena, min), number_text (arena, max));
	return is_low ? arena_printf (arena, "must not be less than %s", number_text (arena, min))
		      : arena_printf (arena, "must not be more than %s", number_text (arena, max));
}

/* ---- strings */

static bool
matches (const struct ocispec_dfa *dfa, const char *s)
{
	const uint8_t *classes = &ocispec_classes[dfa->classes];
	const uint16_t *moves = &ocispec_moves[dfa->moves];
	unsigned width = dfa->n_classes + 1U, state = 1;

	for (; *s && state; s++)
		state = moves[state * width + classes[(unsigned char) *s]];
	return moves[state * width + dfa->n_classes];
}

void
ocispec_hide_controls (char *s)
{
	for (; *s; s++)
		if ((unsigned char) *s < 0x20 || *s == 0x7f)
			*s = '?';
}

const char *
ocispec_quote (struct arena *arena, const char *s)
{
	enum { MAX = 60 };
	size_t length = strnlen (s, MAX + 1);
	bool is_cut = length > MAX;
	char *copy;

	if (is_cut)
		for (length = MAX; length > 0 && (s[length] & 0xc0) == 0x80;)
			length--; /* not within a character */
	copy = arena_strndup (arena, s, length);
	ocispec_hide_controls (copy);
	return arena_printf (arena, "'%s%s'", copy, is_cut ? "..." : "");
}

/* "mount, pid, network or user" */
static const char *
enum_list (struct arena *arena, const struct ocispec_rule *rule)
{
	const char *list = "";

	for (unsigned i = 0; i < rule->n_enum; i++)
		list = arena_printf (arena, "%s%s%s", list,
			i == 0			 ? ""
			: i + 1U == rule->n_enum ? " or "
						 : ", ",
			ocispec_name (ocispec_enums[rule->first_enum + i]));
	return list;
}

const char *
ocispec_check_string (
	struct arena *arena, const struct ocispec_value *value, bool is_strict, const char *s)
{
	const struct ocispec_rule *rule = ocispec_rule_of (value, is_strict);

	if (rule->dfa && !matches (&ocispec_dfas[rule->dfa], s))
		return arena_printf (arena, "%s does not match %s", ocispec_quote (arena, s),
			ocispec_name (rule->pattern));
	if (!rule->n_enum)
		return NULL;
	for (unsigned i = 0; i < rule->n_enum; i++)
		if (str_equal (s, ocispec_name (ocispec_enums[rule->first_enum + i])))
			return NULL;
	return arena_printf (
		arena, "%s is not one of %s", ocispec_quote (arena, s), enum_list (arena, rule));
}

/* ---- words */

const char *
ocispec_expected (struct arena *arena, const struct ocispec_value *value)
{
	static const struct {
		const char *one, *many;
	} words[] = {
		[OCISPEC_STRING] = { "a string", "strings" },
		[OCISPEC_BOOL] = { "true or false", "booleans" },
		[OCISPEC_INT32] = { "an integer", "integers" },
		[OCISPEC_INT64] = { "an integer", "integers" },
		[OCISPEC_UINT8] = { "an integer", "integers" },
		[OCISPEC_UINT16] = { "an integer", "integers" },
		[OCISPEC_UINT32] = { "an integer", "integers" },
		[OCISPEC_UINT64] = { "an integer", "integers" },
		[OCISPEC_RAW] = { "an object", "objects" },
		[OCISPEC_OBJECT] = { "an object", "objects" },
	};

	if (value->kind == OCISPEC_ARRAY)
		return arena_printf (
			arena, "an array of %s", words[ocispec_values[value->of].kind].many);
	if (value->kind == OCISPEC_MAP)
		return arena_printf (
			arena, "an object with %s", words[ocispec_values[value->of].kind].many);
	return words[value->kind].one;
}
