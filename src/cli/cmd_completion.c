/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * completion: scripts for shells. And manual: the man page davit(1).
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/program.h"
#include "base/str.h"
#include "cli/command.h"

static const struct option_row options[] = { { 0 } };

static bool
takes_container (const struct command *command)
{
	return str_starts (command->arguments, "CONTAINER") &&
	       !str_equal (command->name, "create") && !str_equal (command->name, "run");
}

/* The commands that are not hidden; the caller frees them. */
static struct program_command *
list_commands (size_t *out_n)
{
	struct program_command *list;
	size_t n = 0;

	while (cli_commands[n])
		n++;
	list = xcalloc (n, sizeof *list);
	*out_n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct command *command = cli_commands[i];

		if (command->is_hidden)
			continue;
		list[(*out_n)++] = (struct program_command){
			.name = command->name,
			.arguments = command->arguments,
			.summary = command->summary,
			.details = command->details,
			.options = command->options,
			.takes_words = takes_container (command),
			.takes_files = !takes_container (command),
		};
	}
	return list;
}

static const struct program davit = {
	.name = "davit",
	.purpose = "start and manage containers from OCI bundles",
	.description =
		"A bundle is a directory with a config.json and a root file system,\n"
		"as the OCI runtime specification describes it.\n"
		"davit makes containers of bundles; engines like Podman, Docker and containerd\n"
		"call it for that, and so may you.\n",
	.ending =
		".SH EXIT STATUS\n"
		"That of the program for \\fBrun\\fR and \\fBexec\\fR, or 128 and the number of the\n"
		"signal that killed it; 255 when \\fBexec\\fR fails, 1 when anything else does.\n"
		".SH SEE ALSO\n.BR ctr\\-image (1)\n",
	.options = cli_global_rows,
	.words = "davit list -q",
	.words_are = "container",
};

static int
run_completion (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct program program = davit;
	autofree struct program_command *commands = list_commands (&program.n_commands);
	struct buffer text = { 0 };
	int r;

	program.commands = commands;
	r = program_add_completion (&program, arguments[0], &text, err);
	if (r == 0)
		r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

static int
run_manual (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct program program = davit;
	autofree struct program_command *commands = list_commands (&program.n_commands);
	struct buffer text = { 0 };
	int r;

	program.commands = commands;
	program_add_manual (&program, &text);
	r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

const struct command cmd_completion = {
	.name = "completion",
	.arguments = "SHELL",
	.summary = "write the completion script for bash, zsh or fish",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run_completion,
};

const struct command cmd_manual = {
	.name = "manual",
	.arguments = "",
	.summary = "write the man page",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.is_hidden = true,
	.run = run_manual,
};
