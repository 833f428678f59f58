/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * options: the command line. One table of rows is the parser and the help text.
 *
 * A row names an option and the member of a struct that it sets, e.g.
 *
 *	static const struct option_row kill_options[] = {
 *		{ "all", "a", FLAG_INTO (struct kill_options, all), NULL, "signal every process" },
 *		{ 0 },
 *	};
 *
 * The parser takes whatever the callers of runc (Go's flag package) and of crun (argp) write:
 * `--bundle=X`, `--bundle X`, `-bundle X`, `-b X`, `-bX`, `-b=X`, `-fq` for `-f -q`, `--detach=false`,
 * and `--`, behind which nothing is an option. A word with one dash that is the whole name of a long
 * option is that option ("-no-subreaper"); otherwise it is a row of short ones. "-" alone is an
 * argument. Options may stand before and behind the arguments, see stop_after. Given twice, the last
 * one holds; except for a list, which collects.
 *
 * Every table has --help (-h, -?, --usage) without saying so.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
	OPTION_FLAG, /* bool; an argument only as in --x=true, --x=0 */
	OPTION_STRING, /* const char *, borrowed from argv */
	OPTION_NUMBER, /* int, a decimal number >= 0 */
	OPTION_CHOICE, /* int: 1 for the first word of the placeholder, 2 for the second, ... */
	OPTION_LIST, /* struct option_list: each use adds one */
};

/* The arguments of an option that may be repeated. */
struct option_list {
	const char **values; /* owned; the strings are borrowed from argv */
	size_t n;
};

/* A table ends with { 0 }. Members that no option of the command line names are left as they are. */
struct option_row {
	const char *name; /* without the dashes */
	const char *shorts; /* each character is one: "vV"; NULL for none */
	enum option_kind kind;
	size_t offset; /* of the member; these two come from a ..._INTO macro */
	const char *placeholder; /* "DIR"; of a choice its words: "table|json"; NULL for a flag */
	const char *help; /* a line, no full stop; "\n" where it is too long for one */
	bool hidden; /* understood, but not shown by --help */
};

/* offsetof that does not compile unless the member has the wanted type. */
#define OPTION_MEMBER(type, member, wanted)                                                       \
	(offsetof (type, member) + sizeof (struct {                                               \
		_Static_assert(                                                                   \
			__builtin_types_compatible_p (__typeof__ (((type *) 0)->member), wanted), \
			#member " is no " #wanted);                                               \
	}))
#define FLAG_INTO(type, member) OPTION_FLAG, OPTION_MEMBER (type, member, bool)
#define STRING_INTO(type, member) OPTION_STRING, OPTION_MEMBER (type, member, const char *)
#define NUMBER_INTO(type, member) OPTION_NUMBER, OPTION_MEMBER (type, member, int)
#define CHOICE_INTO(type, member) OPTION_CHOICE, OPTION_MEMBER (type, member, int)
#define LIST_INTO(type, member) OPTION_LIST, OPTION_MEMBER (type, member, struct option_list)

struct option_set {
	const struct option_row *rows;
	/* How many arguments may have come before the next one ends all options: 0 for the global
	 * options, which end at the command; 1 for exec, whose ID is followed by a program and that
	 * program's own options. OPTIONS_ANYWHERE for most commands. */
	int stop_after;
};
#define OPTIONS_ANYWHERE (-1)

/* Parses argv, a NULL-terminated vector without the program's name. Fills the members of *out that
 * the rows name, moves the arguments that are no options to the front of argv, puts a NULL behind
 * them and returns how many there are. At a --help it stops at once and sets *out_help.
 * Errors name the option as it was written; one without its argument reads
 * "flag needs an argument: --bundle", which Podman looks for. */
CHECKED int options_parse (
	const struct option_set *set, char **argv, void *out, bool *out_help, struct error *err);

/* Adds one line a row that is not hidden, and one for --help:
 * "  -b, --bundle=DIR        the bundle; the current directory when absent". */
void options_print_help (const struct option_row *rows, struct buffer *buffer);

void option_list_done (struct option_list *list);
