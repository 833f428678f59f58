/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "cli/command.h"
#include "container/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct ps_options {
	int format; /* a choice: 1 table, 2 json */
};

static const struct option_row options[] = {
	{ "format", "f", CHOICE_INTO (struct ps_options, format), "table|json",
		"how to show them (default: table)" },
	{ 0 },
};

static int
write_pids (const pid_t *pids, size_t n, struct error *err)
{
	struct json_writer json = { 0 };
	int r;

	json_open_array (&json, NULL);
	for (size_t i = 0; i < n; i++)
		json_int (&json, NULL, pids[i]);
	json_close (&json);
	buffer_add_char (&json.text, '\n');
	r = cli_write (json.text.data, err);
	json_writer_done (&json);
	return r;
}

/* The host's ps, with the caller's options; lines of other processes are left out. */
static _Noreturn void
execute_ps (char **words, int output)
{
	static char *const usual[] = { "ps", "-ef", NULL };
	char **argv = xcalloc (64, sizeof *argv);

	argv[0] = "ps";
	for (size_t i = 0; i < 62 && words[i]; i++)
		argv[i + 1] = words[i];
	if (dup2 (output, STDOUT_FILENO) >= 0)
		execvp ("ps", words[0] ? argv : usual);
	_exit (127);
}

static bool
has_pid (const pid_t *pids, size_t n, long pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* The word at the place of the column "PID", as a number; -1 when there is none. */
static long
pid_of_line (const char *line, size_t column)
{
	for (; column > 0; column--) {
		line += strspn (line, " \t");
		line += strcspn (line, " \t");
	}
	line += strspn (line, " \t");
	return *line ? strtol (line, NULL, 10) : -1;
}

static int
column_of_pid (const char *header, size_t *out, struct error *err)
{
	for (size_t column = 0;; column++) {
		size_t n;

		header += strspn (header, " \t\n");
		n = strcspn (header, " \t\n");
		if (n == 0)
			return fail (err, 0, "ps shows no column PID: choose options with one");
		if (n == 3 && strncmp (header, "PID", 3) == 0) {
			*out = column;
			return 0;
		}
		header += n;
	}
}

static int
filter (FILE *input, const pid_t *pids, size_t n, struct error *err)
{
	autofree char *line = NULL;
	size_t room = 0, column = 0;

	if (getline (&line, &room, input) < 0)
		return fail (err, 0, "ps wrote nothing (is it installed?)");
	if (column_of_pid (line, &column, err) < 0 || cli_write (line, err) < 0)
		return -1;
	while (getline (&line, &room, input) >= 0)
		if (has_pid (pids, n, pid_of_line (line, column)) && cli_write (line, err) < 0)
			return -1;
	return 0;
}

static int
show_table (const pid_t *pids, size_t n, char **words, struct error *err)
{
	int ends[2];
	FILE *input;
	pid_t pid;
	int r;

	if (pipe (ends) < 0)
		return fail (err, errno, "make a pipe");
	pid = fork ();
	if (pid == 0)
		execute_ps (words, ends[1]);
	close (ends[1]);
	input = fdopen (ends[0], "r");
	r = pid < 0 || !input ? fail (err, errno, "start ps") : filter (input, pids, n, err);
	if (input)
		fclose (input);
	while (pid > 0 && waitpid (pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct ps_options *ps = data;
	autofree pid_t *pids = NULL;
	size_t n;

	if (container_pids (globals->root, arguments[0], &pids, &n, err) < 0)
		return -1;
	if (ps->format == 2)
		return write_pids (pids, n, err);
	return show_table (pids, n, arguments + 1, err);
}

const struct command cmd_ps = {
	.name = "ps",
	.arguments = "CONTAINER [PS_OPTION...]",
	.summary = "show the processes of a container",
	.options = options,
	.options_size = sizeof (struct ps_options),
	.stop_after = 0, /* what is behind it is for ps */
	.min_arguments = 1,
	.max_arguments = 64,
	.run = run,
};
