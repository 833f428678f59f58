/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The man page, in man(7) macros.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/program.h"

/* roff takes '-' for a hyphen, and a line that begins with '.' or '\'' for a request. */
static void
add_escaped (const char *text, struct buffer *out)
{
	for (const char *p = text; *p; p++) {
		if (*p == '-')
			buffer_add_text (out, "\\-");
		else if (*p == '\\')
			buffer_add_text (out, "\\e");
		else if ((*p == '.' || *p == '\'') && (p == text || p[-1] == '\n'))
			buffer_printf (out, "\\&%c", *p);
		else
			buffer_add_char (out, *p);
	}
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
		add_escaped (rows->help, out);
		buffer_add_char (out, '\n');
	}
}

static void
add_command (const char *program, const struct program_command *command, struct buffer *out)
{
	buffer_add_text (out, ".SS ");
	add_escaped (program, out);
	buffer_printf (out, " %s [OPTION...] ", command->name);
	add_escaped (command->arguments, out);
	buffer_printf (out, "\n%c", command->summary[0] - 'a' + 'A');
	add_escaped (command->summary + 1, out);
	buffer_add_text (out, ".\n");
	if (command->details) {
		add_escaped (command->details, out);
		buffer_add_char (out, '\n');
	}
	add_rows (command->options, out);
}

void
program_add_manual (const struct program *program, struct buffer *out)
{
	autofree char *title = xstrdup (program->name);

	for (char *p = title; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p += 'A' - 'a';
	buffer_printf (out, ".TH %s 1 \"\" \"%s %s\" \"User Commands\"\n.SH NAME\n", title,
		program->name, PACKAGE_VERSION);
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
