/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/options.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 28

static const struct option_row help_row = { "help", "h?", OPTION_FLAG, 0, NULL,
	"show this help and exit", false };

/* Where the parser is. */
struct parse {
	const struct option_set *set;
	void *out;
	char **rest; /* words not looked at yet */
	bool *help;
};

/* An option as it was found in a word. */
struct found {
	const struct option_row *row;
	const char *attached; /* its argument in the same word; NULL when there is none */
	char shown[64]; /* for messages: "--bundle", "-b" */
};

/* The row with this long name of `length` bytes, or NULL. */
static const struct option_row *
find_long (const struct option_row *rows, const char *name, size_t length)
{
	for (; rows->name; rows++)
		if (strlen (rows->name) == length && memcmp (rows->name, name, length) == 0)
			return rows;
	if ((length == 4 && memcmp (name, "help", 4) == 0) ||
		(length == 5 && memcmp (name, "usage", 5) == 0))
		return &help_row;
	return NULL;
}

static const struct option_row *
find_short (const struct option_row *rows, char name)
{
	for (; rows->name; rows++)
		if (rows->shorts && strchr (rows->shorts, name))
			return rows;
	return strchr (help_row.shorts, name) ? &help_row : NULL;
}

/* Which word of "table|json" text is, counted from 1; 0 when it is none of them. */
static int
parse_choice (const char *words, const char *text)
{
	size_t length = strlen (text);

	for (int i = 1; *words; i++) {
		size_t n = strcspn (words, "|");

		if (n == length && memcmp (words, text, n) == 0)
			return i;
		words += n;
		words += *words == '|';
	}
	return 0;
}

static void
list_add (struct option_list *list, const char *value)
{
	list->values = xrealloc (list->values, (list->n + 1) * sizeof *list->values);
	list->values[list->n++] = value;
}

static int
store (const struct parse *parse, const struct found *found, const char *value, struct error *err)
{
	const struct option_row *row = found->row;
	void *member = (char *) parse->out + row->offset;
	uint64_t number;
	int choice;

	switch (row->kind) {
	case OPTION_FLAG:
		if (!str_to_truth (value, row == &help_row ? parse->help : (bool *) member))
			return fail (err, 0, "'%s' is neither true nor false, for %s", value,
				found->shown);
		return 0;
	case OPTION_STRING:
		*(const char **) member = value;
		return 0;
	case OPTION_NUMBER:
		if (!str_to_u64 (value, INT_MAX, &number))
			return fail (err, 0, "'%s' is not a number, for %s", value, found->shown);
		*(int *) member = (int) number;
		return 0;
	case OPTION_CHOICE:
		choice = parse_choice (row->placeholder, value);
		if (choice == 0)
			return fail (err, 0, "'%s' is not one of %s, for %s", value,
				row->placeholder, found->shown);
		*(int *) member = choice;
		return 0;
	case OPTION_LIST:
		list_add (member, value);
		return 0;
	}
	return fail (err, 0, "option %s is of no known kind", found->shown);
}

/* Finds the option's argument, in its word or in the next one, and stores it. */
static int
take (struct parse *parse, const struct found *found, struct error *err)
{
	const char *value = found->attached;

	if (!value && found->row->kind == OPTION_FLAG)
		value = "true";
	if (!value && !*parse->rest)
		return fail (err, 0, "flag needs an argument: %s", found->shown);
	if (!value)
		value = *parse->rest++;
	return store (parse, found, value, err);
}

/* Takes a word of short options: each a flag, or the last one with its argument behind it. */
static int
take_shorts (struct parse *parse, const char *word, struct error *err)
{
	for (const char *p = word + 1; *p; p++) {
		struct found found = { .row = find_short (parse->set->rows, *p),
			.shown = { '-', *p } };
		bool flag = found.row && found.row->kind == OPTION_FLAG;
		bool ignored;

		if (!found.row && p == word + 1)
			return fail (err, 0, "unknown option '%s'", word);
		if (!found.row)
			return fail (err, 0, "unknown option '-%c' in '%s'", *p, word);
		if (p[1] == '=')
			found.attached = p + 2;
		/* crun's "-tno" */
		else if (p[1] && (!flag || (!find_short (parse->set->rows, p[1]) &&
						   str_to_truth (p + 1, &ignored))))
			found.attached = p + 1;
		if (take (parse, &found, err) < 0)
			return -1;
		if (found.attached || !flag || *parse->help)
			return 0;
	}
	return 0;
}

/* Takes one word that starts with a dash. */
static int
take_word (struct parse *parse, const char *word, struct error *err)
{
	bool two_dashes = word[1] == '-';
	const char *name = word + 1 + two_dashes;
	size_t length = strcspn (name, "=");
	struct found found = { 0 };

	/* Go's flag package takes both -no-subreaper and --no-subreaper, and containerd writes the
	 * former; a single letter is left to the short options even behind two dashes. */
	if (length > 1)
		found.row = find_long (parse->set->rows, name, length);
	else if (two_dashes && length == 1)
		found.row = find_short (parse->set->rows, *name);
	if (!found.row && two_dashes)
		return fail (err, 0, "unknown option '%.*s'", (int) length + 2, word);
	if (!found.row)
		return take_shorts (parse, word, err);
	if (name[length] == '=')
		found.attached = name + length + 1;
	if (length >= sizeof found.shown - 2)
		length = sizeof found.shown - 3;
	memcpy (found.shown, "--", 2);
	memcpy (found.shown + 2, name, length);
	return take (parse, &found, err);
}

int
options_parse (
	const struct option_set *set, char **argv, void *out, bool *out_help, struct error *err)
{
	struct parse parse = { .set = set, .out = out, .rest = argv, .help = out_help };
	int n = 0;

	*out_help = false;
	while (*parse.rest && !*out_help) {
		char *word = *parse.rest++;

		if (str_equal (word, "--"))
			break;
		if (word[0] == '-' && word[1]) {
			if (take_word (&parse, word, err) < 0)
				return -1;
			continue;
		}
		argv[n++] = word;
		if (set->stop_after != OPTIONS_ANYWHERE && n > set->stop_after)
			break;
	}
	while (*parse.rest)
		argv[n++] = *parse.rest++;
	argv[n] = NULL;
	return n;
}

/* Each line of the text from the help column on; the first one's line begins at `start`. */
static void
add_help_lines (const char *text, size_t start, struct buffer *buffer)
{
	for (;;) {
		size_t n = strcspn (text, "\n");

		buffer_pad (buffer, start + HELP_COLUMN);
		buffer_add (buffer, text, n);
		buffer_add_char (buffer, '\n');
		if (text[n] == '\0')
			return;
		text += n + 1;
		start = buffer->size;
	}
}

void
options_print_help (const struct option_row *rows, struct buffer *buffer)
{
	for (bool last = false; !last; rows++) {
		const struct option_row *row = rows->name ? rows : &help_row;
		size_t start = buffer->size;

		last = row == &help_row;
		if (row->hidden)
			continue;
		if (row->shorts)
			buffer_printf (buffer, "  -%c, --%s", row->shorts[0], row->name);
		else
			buffer_printf (buffer, "      --%s", row->name);
		if (row->placeholder)
			buffer_printf (buffer, "=%s", row->placeholder);
		if (buffer->size - start > HELP_COLUMN - 2) {
			buffer_add_char (buffer, '\n');
			start = buffer->size;
		}
		add_help_lines (row->help, start, buffer);
	}
}

void
option_list_done (struct option_list *list)
{
	free (list->values);
	*list = (struct option_list){ 0 };
}
