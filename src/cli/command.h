/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * command: what a cmd_*.c file offers: one const struct command, which main.c lists.
 *
 * A new command: a file cmd_NAME.c with its table of options and its struct command, a line in main.c's
 * table, a line in Makefile.am.
 */
#pragma once

#include "base/error.h"
#include "base/options.h"
#include "plan/resources.h"

#include <stdbool.h>
#include <stddef.h>

/* The options before the command, resolved. */
struct globals {
	const char *root; /* the directory of all containers; never NULL */
	bool root_is_default;
	enum cgroup_driver driver;
	struct bus_places buses; /* from the environment */
	bool privileged; /* root of the initial user namespace */
	bool debug;
	const char *criu; /* the program to execute for checkpoints; NULL: the usual one */
};

struct command {
	const char *name;
	const char
		*arguments; /* for the usage line: "CONTAINER", "CONTAINER [SIGNAL]"; "" for none */
	const char *summary; /* a line, no full stop */
	const char *details; /* more for its help, or NULL */
	const struct option_row *options;
	size_t options_size; /* of the struct that they fill; zeroed before */
	int stop_after; /* as in struct option_set */
	int min_arguments, max_arguments;
	bool enters_container; /* so davit's executable has to be protected first */
	bool is_hidden;
	int failure_status; /* 0: EXIT_FAILED */
	/* Returns the exit status, or -1 with err filled. */
	int (*run) (
		const struct globals *globals, void *options, char **arguments, struct error *err);
};

/* The exit status of a command that failed: 1, as runc has it. */
#define EXIT_FAILED 1

extern const struct command cmd_check, cmd_checkpoint, cmd_completion, cmd_create, cmd_delete,
	cmd_events, cmd_exec, cmd_features, cmd_kill, cmd_list, cmd_manual, cmd_mounts, cmd_pause,
	cmd_plan, cmd_ps, cmd_restore, cmd_resume, cmd_run, cmd_spec, cmd_start, cmd_state,
	cmd_update;

/* main.c's tables: all commands, ended by NULL, and the options before them. */
extern const struct command *const cli_commands[];
extern const struct option_row cli_global_rows[];

/* A callback for the layers below: tells a warning to the log. */
void cli_warn (const char *text);

/* Writes text to standard output; a write that fails (a full disk, a closed pipe) is an error. */
CHECKED int cli_write (const char *text, struct error *err);
