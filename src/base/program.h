/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * program: a program's man page and its completions for shells, written from the tables of options that
 * are its parser and its help.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/options.h"

#include <stdbool.h>
#include <stddef.h>

struct program_command {
	const char *name, *arguments, *summary,
		*details; /* as its help has them; details may be NULL */
	const struct option_row *options;
	bool takes_words; /* its first argument is one of program.words */
	bool takes_files; /* its arguments may be files */
};

/* All text is borrowed. */
struct program {
	const char *name; /* "ctr-image" */
	const char *purpose; /* for the line NAME: "pull images" */
	const char *description; /* in man(7) macros, as the next one */
	const char *ending; /* the sections behind the commands */
	const struct option_row *options; /* those before the command */
	const struct program_command *commands; /* without the hidden ones */
	size_t n_commands;
	const char *words; /* the command that lists what a first argument may be, a line each */
	const char *words_are; /* what they are: "container" */
};

/* Adds the man page, section 1. */
void program_add_manual (const struct program *program, struct buffer *out);

/* Adds the script for bash, zsh or fish. */
CHECKED int program_add_completion (
	const struct program *program, const char *shell, struct buffer *out, struct error *err);
