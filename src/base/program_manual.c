/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The man page, in man(7) macros.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/program.h"

#include <string.h>

/* How long a line of the source gets: mandoc complains of more than 80 bytes. */
#define LINE_LENGTH 76

/* roff takes '-' for a hyphen. */
static void
add_part (const char *text, size_t size, struct buffer *out)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '-')
			buffer_add_text (out, "\\-");
		else if (text[i] == '\\')
			buffer_add_text (out, "\\e");
		else
			buffer_add_char (out, text[i]);
	}
}

static void
add_escaped (const char *text, struct buffer *out)
{
	add_part (text, strlen (text), out);
}

/* Words of a text, in lines of our own length. A sentence ends its line, as roff wants it; and no line
 * begins with '.' or '\'', which would make it a request. */
static void
add_text (const char *text, struct buffer *out)
{
	size_t start = out->size, size;
	char last = '\n';

	for (; *(text += strspn (text, " \n")); text += size) {
		size = strcspn (text, " \n");
		if (last == '.' || out->size - start + size > LINE_LENGTH) {
			buffer_add_char (out, '\n');
			start = out->size;
		} else if (last != '\n') {
			buffer_add_char (out, ' ');
		}
		if (out->size == start && (*text == '.' || *text == '\''))
			buffer_add_text (out, "\\&");
		add_part (text, size, out);
		last = text[size - 1];
	}
	buffer_add_char (out, '\n');
}

static void
add_rows (const struct option_row *rows, struct buffer *out)
{
	for (; rows->name; rows++) {
		if (rows->hidden)
			continue;
		buffer_add_text (out, ".TP\n");
		if (rows->shorts)
			buffer_printf (out, "\\fB\\-%c\\fR, ", rows->shorts[0]);
		buffer_add_text (out, "\\fB\\-\\-");
		add_escaped (rows->name, out);
		buffer_add_text (out, "\\fR");
		if (rows->kind != OPTION_FLAG) {
			buffer_add_text (out, "=\\fI");
			add_escaped (rows->placeholder, out);
			buffer_add_text (out, "\\fR");
		}
		buffer_add_char (out, '\n');
		add_text (rows->help, out);
	}
}

static void
add_command (const char *program, const struct program_command *command, struct buffer *out)
{
	autofree char *summary =
		xasprintf ("%c%s.", command->summary[0] - 'a' + 'A', command->summary + 1);

	buffer_add_text (out, ".SS ");
	add_escaped (program, out);
	buffer_printf (out, " %s [OPTION...]%s", command->name, *command->arguments ? " " : "");
	add_escaped (command->arguments, out);
	buffer_add_char (out, '\n');
	add_text (summary, out);
	if (command->details)
		add_text (command->details, out);
	add_rows (command->options, out);
}

void
program_add_manual (const struct program *program, struct buffer *out)
{
	autofree char *title = xstrdup (program->name);

	for (char *p = title; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p += 'A' - 'a';
	buffer_printf (out, ".TH %s 1 %s \"%s %s\" \"User Commands\"\n.SH NAME\n", title,
		DAVIT_DATE, program->name, PACKAGE_VERSION);
	add_escaped (program->name, out);
	buffer_printf (out, " \\- %s\n.SH SYNOPSIS\n.B ", program->purpose);
	add_escaped (program->name, out);
	buffer_printf (out,
		"\n[OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n.SH DESCRIPTION\n%s"
		".SH OPTIONS\n",
		program->description);
	add_rows (program->options, out);
	buffer_add_text (out, ".SH COMMANDS\n");
	for (size_t i = 0; i < program->n_commands; i++)
		add_command (program->name, &program->commands[i], out);
	buffer_add_text (out, program->ending);
}
