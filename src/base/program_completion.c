/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The completions: one function a shell.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/program.h"
#include "base/str.h"

#include <string.h>

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

/* "_ctr_image": the name of the shell's function. */
static char *
function_name (const struct program *program)
{
	char *name = xasprintf ("_%s", program->name);

	for (char *p = name; *p; p++)
		*p = *p == '-' ? '_' : *p;
	return name;
}

/* Which command it is. The line is read instead of COMP_WORDS, where "--store=DIR" and "HOST:5000" are
 * several words. */
static void
add_bash_search (const struct program *program, struct buffer *out)
{
	buffer_add_text (out, "\tlocal line=${COMP_LINE:0:COMP_POINT} command= words typed i\n"
			      "\tlocal current=${line##*[[:space:]]}\n"
			      "\tread -ra typed <<<\"$line\"\n"
			      "\t[ -n \"$current\" ] || typed+=('')\n"
			      "\tfor ((i = 1; i < ${#typed[@]} - 1; i++)); do\n"
			      "\t\tcase ${typed[i]} in\n");
	for (const struct option_row *row = program->options; row->name; row++)
		if (row->kind != OPTION_FLAG)
			buffer_printf (out, "\t\t--%s) i=$((i + 1)) ;;\n", row->name);
	buffer_add_text (out, "\t\t-*) ;;\n"
			      "\t\t*) command=${typed[i]}; break ;;\n"
			      "\t\tesac\n\tdone\n");
}

static void
add_bash (const struct program *program, struct buffer *out)
{
	autofree char *function = function_name (program);

	buffer_printf (out, "# bash completion for %s\n%s ()\n{\n", program->name, function);
	add_bash_search (program, out);
	buffer_add_text (out, "\tcase $command in\n\t'') words='");
	for (size_t i = 0; i < program->n_commands; i++)
		buffer_printf (out, "%s ", program->commands[i].name);
	add_words (program->options, " ", out);
	buffer_add_text (out, "' ;;\n");
	for (size_t i = 0; i < program->n_commands; i++) {
		const struct program_command *command = &program->commands[i];

		buffer_printf (out, "\t%s) words='", command->name);
		add_words (command->options, " ", out);
		buffer_add_char (out, '\'');
		if (command->takes_words)
			buffer_printf (out, "$(%s 2>/dev/null)", program->words);
		buffer_add_text (out, " ;;\n");
	}
	buffer_printf (out,
		"\tesac\n"
		"\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
		"\t[[ $COMP_WORDBREAKS != *:* ]] || # then the word begins behind the last one\n"
		"\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"${current%%\"${current##*:}\"}\"}\")\n"
		"}\n"
		"complete -o default -F %s %s\n",
		function, program->name);
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

/* "text|json" as "text json" */
static void
add_choices (const struct option_row *row, struct buffer *out)
{
	for (const char *p = row->placeholder; *p; p++)
		buffer_add_char (out, *p == '|' ? ' ' : *p);
}

/* '--log=[log to FILE]':log:_files, and '(-b --bundle)'{-b+,--bundle=}'[the bundle]':bundle:_files */
static void
add_zsh_rows (const struct option_row *rows, const char *indent, struct buffer *out)
{
	for (; rows->name; rows++) {
		bool is_flag = rows->kind == OPTION_FLAG;

		if (rows->hidden)
			continue;
		buffer_printf (out, " \\\n%s", indent);
		if (rows->shorts)
			buffer_printf (out, "'(-%c --%s)'{-%c%s,--%s%s}'['", rows->shorts[0],
				rows->name, rows->shorts[0], is_flag ? "" : "+", rows->name,
				is_flag ? "" : "=");
		else
			buffer_printf (out, "'--%s%s['", rows->name, is_flag ? "" : "=");
		add_quoted (rows->help, "[]\\", out);
		buffer_add_text (out, "']'");
		if (rows->kind == OPTION_CHOICE) {
			buffer_printf (out, "':%s:(", rows->name);
			add_choices (rows, out);
			buffer_add_text (out, ")'");
		} else if (!is_flag) {
			buffer_printf (out, "':%s:_files'", rows->name);
		}
	}
}

static void
add_zsh_command (
	const struct program *program, const struct program_command *command, struct buffer *out)
{
	buffer_printf (out, "\t\t%s) _arguments", command->name);
	add_zsh_rows (command->options, "\t\t\t", out);
	if (command->takes_words)
		buffer_printf (out, " \\\n\t\t\t'1:%s:{compadd -a names}'", program->words_are);
	buffer_add_text (out, " '*:file:_files' ;;\n");
}

/* None of its variables may be called "words" or "commands": these are zsh's own. */
static void
add_zsh (const struct program *program, struct buffer *out)
{
	autofree char *function = function_name (program);

	buffer_printf (out,
		"#compdef %s\n"
		"%s () {\n"
		"\tlocal curcontext=$curcontext state line\n"
		"\tlocal -a subcommands names\n"
		"\tsubcommands=(\n",
		program->name, function);
	for (size_t i = 0; i < program->n_commands; i++) {
		autofree char *text = xasprintf (
			"%s:%s", program->commands[i].name, program->commands[i].summary);

		buffer_add_text (out, "\t\t");
		add_quoted (text, "", out);
		buffer_add_char (out, '\n');
	}
	buffer_add_text (out, "\t)\n\t_arguments -C");
	add_zsh_rows (program->options, "\t\t", out);
	buffer_printf (out,
		" \\\n\t\t'1:command:->command' '*::argument:->argument'\n"
		"\tcase $state in\n"
		"\tcommand) _describe command subcommands ;;\n"
		"\targument)\n"
		"\t\tnames=(${(f)\"$(%s 2>/dev/null)\"})\n"
		"\t\tcase $line[1] in\n",
		program->words);
	for (size_t i = 0; i < program->n_commands; i++)
		add_zsh_command (program, &program->commands[i], out);
	buffer_printf (out, "\t\tesac ;;\n\tesac\n}\n%s \"$@\"\n", function);
}

static void
add_fish_rows (const char *program, const char *condition, const struct option_row *row,
	struct buffer *out)
{
	for (; row->name; row++) {
		if (row->hidden)
			continue;
		buffer_printf (out, "complete -c %s -n '%s' -l %s", program, condition, row->name);
		if (row->shorts)
			buffer_printf (out, " -s %c", row->shorts[0]);
		if (row->kind == OPTION_CHOICE) {
			buffer_add_text (out, " -x -a '");
			add_choices (row, out);
			buffer_add_char (out, '\'');
		} else if (row->kind != OPTION_FLAG) {
			buffer_add_text (out, " -r -F");
		}
		buffer_add_text (out, " -d ");
		add_quoted (row->help, "\\", out);
		buffer_add_char (out, '\n');
	}
}

/* The function that says whether the line's command is the given one; '' is none yet. fish's own
 * __fish_use_subcommand takes the argument of an option for the command. */
static void
add_fish_search (const struct program *program, const char *function, struct buffer *out)
{
	buffer_printf (out,
		"# fish completion for %s\n"
		"function %s\n"
		"\tset -l typed (commandline -opc)[2..]\n"
		"\twhile set -q typed[1]\n"
		"\t\tswitch $typed[1]\n"
		"\t\t\tcase",
		program->name, function);
	for (const struct option_row *row = program->options; row->name; row++)
		if (row->kind != OPTION_FLAG)
			buffer_printf (out, " --%s", row->name);
	buffer_add_text (out, "\n\t\t\t\tset typed $typed[2..]\n"
			      "\t\t\tcase '-*'\n"
			      "\t\t\tcase '*'\n"
			      "\t\t\t\tbreak\n"
			      "\t\tend\n"
			      "\t\tset typed $typed[2..]\n"
			      "\tend\n"
			      "\ttest \"$typed[1]\" = $argv[1]\n"
			      "end\n");
}

static void
add_fish (const struct program *program, struct buffer *out)
{
	autofree char *prefix = function_name (program);
	autofree char *function = xasprintf ("_%s_command_is", prefix);
	autofree char *no_command = xasprintf ("%s \"\"", function);
	const char *name = program->name;

	add_fish_search (program, function, out);
	buffer_printf (out, "complete -c %s -n '%s' -f\n", name, no_command);
	add_fish_rows (name, no_command, program->options, out);
	for (size_t i = 0; i < program->n_commands; i++) {
		const struct program_command *command = &program->commands[i];
		autofree char *condition = xasprintf ("%s %s", function, command->name);

		buffer_printf (
			out, "complete -c %s -n '%s' -a %s -d ", name, no_command, command->name);
		add_quoted (command->summary, "\\", out);
		buffer_add_char (out, '\n');
		add_fish_rows (name, condition, command->options, out);
		if (!command->takes_files)
			buffer_printf (out, "complete -c %s -n '%s' -f\n", name, condition);
		if (command->takes_words)
			buffer_printf (out, "complete -c %s -n '%s' -a '(%s 2>/dev/null)'\n", name,
				condition, program->words);
	}
}

static const struct {
	const char *name;
	void (*add) (const struct program *program, struct buffer *out);
} shells[] = {
	{ "bash", add_bash },
	{ "zsh", add_zsh },
	{ "fish", add_fish },
};

int
program_add_completion (
	const struct program *program, const char *shell, struct buffer *out, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (shells); i++)
		if (str_equal (shells[i].name, shell)) {
			shells[i].add (program, out);
			return 0;
		}
	return fail (err, 0, "there is no completion for '%s', only for bash, zsh and fish", shell);
}
