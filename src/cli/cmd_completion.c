/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * completion: scripts for shells, from the same tables as the parser and the help.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"

#include <string.h>

static const struct option_row options[] = { { 0 } };

static bool
takes_container (const struct command *command)
{
	return str_starts (command->arguments, "CONTAINER") &&
	       !str_equal (command->name, "create") && !str_equal (command->name, "run");
}

static void
add_words (const struct option_row *rows, const char *separator, struct buffer *out)
{
	for (; rows->name; rows++) {
		if (rows->hidden)
			continue;
		buffer_printf (out, "--%s%s", rows->name, separator);
		if (rows->shorts)
			buffer_printf (out, "-%c%s", rows->shorts[0], separator);
	}
	buffer_printf (out, "--help%s", separator);
}

static void
add_bash (struct buffer *out)
{
	buffer_add_text (out, "# bash completion for davit\n"
			      "_davit ()\n{\n"
			      "\tlocal current=${COMP_WORDS[COMP_CWORD]} command= i words\n"
			      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
			      "\t\tcase ${COMP_WORDS[i]} in\n");
	for (const struct option_row *row = cli_global_rows; row->name; row++)
		if (row->kind != OPTION_FLAG)
			buffer_printf (out, "\t\t--%s) i=$((i + 1)) ;;\n", row->name);
	buffer_add_text (out, "\t\t-*) ;;\n"
			      "\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
			      "\t\tesac\n\tdone\n"
			      "\tcase $command in\n\t'') words='");
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->is_hidden)
			buffer_printf (out, "%s ", cli_commands[i]->name);
	add_words (cli_global_rows, " ", out);
	buffer_add_text (out, "' ;;\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		if (cli_commands[i]->is_hidden)
			continue;
		buffer_printf (out, "\t%s) words='", cli_commands[i]->name);
		add_words (cli_commands[i]->options, " ", out);
		buffer_printf (out, "'%s ;;\n",
			takes_container (cli_commands[i]) ? "$(davit list -q 2>/dev/null)" : "");
	}
	buffer_add_text (out, "\tesac\n"
			      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
			      "}\n"
			      "complete -o default -F _davit davit\n");
}

/* Text inside of single quotes: of zsh's and fish's descriptions. */
static void
add_quoted (const char *text, const char *escaped, struct buffer *out)
{
	buffer_add_char (out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buffer_add_text (out, "'\\''");
		else if (*text == '\n')
			buffer_add_char (out, ' ');
		else if (strchr (escaped, *text))
			buffer_printf (out, "\\%c", *text);
		else
			buffer_add_char (out, *text);
	}
	buffer_add_char (out, '\'');
}

/* '--bundle=[the bundle]:DIR:_files' */
static void
add_zsh_rows (const struct option_row *rows, const char *indent, struct buffer *out)
{
	for (; rows->name; rows++) {
		autofree char *text = NULL;

		if (rows->hidden)
			continue;
		text = xasprintf (
			"--%s%s[%s]", rows->name, rows->kind == OPTION_FLAG ? "" : "=", rows->help);
		buffer_printf (out, " \\\n%s", indent);
		add_quoted (text, "", out);
		if (rows->kind == OPTION_CHOICE) {
			autofree char *words = xstrdup (rows->placeholder);

			for (char *p = words; *p; p++)
				*p = *p == '|' ? ' ' : *p;
			buffer_printf (out, "':%s:(%s)'", rows->name, words);
		} else if (rows->kind != OPTION_FLAG) {
			buffer_printf (out, "':%s:_files'", rows->name);
		}
	}
}

static void
add_zsh (struct buffer *out)
{
	buffer_add_text (out, "#compdef davit\n"
			      "_davit () {\n"
			      "\tlocal curcontext=$curcontext state line\n"
			      "\tlocal -a commands containers\n"
			      "\tcommands=(\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		autofree char *text = NULL;

		if (cli_commands[i]->is_hidden)
			continue;
		text = xasprintf ("%s:%s", cli_commands[i]->name, cli_commands[i]->summary);
		buffer_add_text (out, "\t\t");
		add_quoted (text, "", out);
		buffer_add_char (out, '\n');
	}
	buffer_add_text (out, "\t)\n\t_arguments -C");
	add_zsh_rows (cli_global_rows, "\t\t", out);
	buffer_add_text (out, " \\\n\t\t'1:command:->command' '*::argument:->argument'\n"
			      "\tcase $state in\n"
			      "\tcommand) _describe command commands ;;\n"
			      "\targument)\n"
			      "\t\tcontainers=(${(f)\"$(davit list -q 2>/dev/null)\"})\n"
			      "\t\tcase $line[1] in\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		if (cli_commands[i]->is_hidden)
			continue;
		buffer_printf (out, "\t\t%s) _arguments", cli_commands[i]->name);
		add_zsh_rows (cli_commands[i]->options, "\t\t\t", out);
		if (takes_container (cli_commands[i]))
			buffer_add_text (out, " \\\n\t\t\t'1:container:($containers)'");
		buffer_add_text (out, " '*:file:_files' ;;\n");
	}
	buffer_add_text (out, "\t\tesac ;;\n\tesac\n}\n_davit \"$@\"\n");
}

static void
add_fish_row (const char *condition, const struct option_row *row, struct buffer *out)
{
	if (row->hidden)
		return;
	buffer_printf (out, "complete -c davit -n '%s' -l %s", condition, row->name);
	if (row->shorts)
		buffer_printf (out, " -s %c", row->shorts[0]);
	if (row->kind != OPTION_FLAG)
		buffer_add_text (out, " -r");
	buffer_add_text (out, " -d ");
	add_quoted (row->help, "\\", out);
	buffer_add_char (out, '\n');
}

static void
add_fish (struct buffer *out)
{
	buffer_add_text (out, "# fish completion for davit\ncomplete -c davit -f\n");
	for (const struct option_row *row = cli_global_rows; row->name; row++)
		add_fish_row ("__fish_use_subcommand", row, out);
	for (size_t i = 0; cli_commands[i]; i++) {
		const struct command *command = cli_commands[i];
		autofree char *condition =
			xasprintf ("__fish_seen_subcommand_from %s", command->name);

		if (command->is_hidden)
			continue;
		buffer_printf (
			out, "complete -c davit -n __fish_use_subcommand -a %s -d ", command->name);
		add_quoted (command->summary, "\\", out);
		buffer_add_char (out, '\n');
		for (const struct option_row *row = command->options; row->name; row++)
			add_fish_row (condition, row, out);
		if (takes_container (command))
			buffer_printf (out,
				"complete -c davit -n '%s' -a '(davit list -q 2>/dev/null)'\n",
				condition);
	}
}

static const struct {
	const char *name;
	void (*add) (struct buffer *out);
} shells[] = {
	{ "bash", add_bash },
	{ "zsh", add_zsh },
	{ "fish", add_fish },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (shells); i++) {
		struct buffer text = { 0 };
		int r;

		if (!str_equal (shells[i].name, arguments[0]))
			continue;
		shells[i].add (&text);
		r = cli_write (text.data, err);
		buffer_done (&text);
		return r;
	}
	return fail (err, 0, "there is no completion for '%s', only for bash, zsh and fish",
		arguments[0]);
}

const struct command cmd_completion = {
	.name = "completion",
	.arguments = "SHELL",
	.summary = "write the completion script for bash, zsh or fish",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
