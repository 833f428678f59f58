/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * manual: the man page davit(1) in man(7) macros, from the same tables as the parser and the help.
 */
#include "base/auto.h"
#include "cli/command.h"

static const struct option_row options[] = { { 0 } };

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
add_command (const struct command *command, struct buffer *out)
{
	buffer_printf (out, ".SS davit %s [OPTION...] ", command->name);
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

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct buffer text = { 0 };
	int r;

	buffer_printf (&text,
		".TH DAVIT 1 \"\" \"davit %s\" \"User Commands\"\n"
		".SH NAME\ndavit \\- start and manage containers from OCI bundles\n"
		".SH SYNOPSIS\n.B davit\n[OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n"
		".SH DESCRIPTION\n"
		"A bundle is a directory with a config.json and a root file system, as the OCI runtime\n"
		"specification describes it. davit makes containers of bundles; engines like Podman,\n"
		"Docker and containerd call it for that, and so may you.\n"
		".SH OPTIONS\n",
		PACKAGE_VERSION);
	add_rows (cli_global_rows, &text);
	buffer_add_text (&text, ".SH COMMANDS\n");
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->is_hidden)
			add_command (cli_commands[i], &text);
	buffer_add_text (&text,
		".SH EXIT STATUS\n"
		"That of the program for \\fBrun\\fR and \\fBexec\\fR, or 128 and the number of the\n"
		"signal that killed it; 255 when \\fBexec\\fR fails, 1 when anything else does.\n"
		".SH SEE ALSO\n.BR ctr\\-image (1)\n");
	r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

const struct command cmd_manual = {
	.name = "manual",
	.arguments = "",
	.summary = "write the man page",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.is_hidden = true,
	.run = run,
};
