/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/options.h"

#include <stdio.h>
#include <string.h>

struct flags {
	const char *bundle;
	bool detach;
	bool quiet;
	bool no_subreaper;
	int fds;
	int format;
	struct option_list env;
	const char *criu;
};

static const struct option_row rows[] = {
	{ "bundle", "b", STRING_INTO (struct flags, bundle), "DIR", "the bundle's directory" },
	{ "detach", "d", FLAG_INTO (struct flags, detach), NULL, "do not wait" },
	{ "quiet", "q", FLAG_INTO (struct flags, quiet), NULL, "only ids" },
	{ "no-subreaper", NULL, FLAG_INTO (struct flags, no_subreaper), NULL, "do not reap" },
	{ "preserve-fds", NULL, NUMBER_INTO (struct flags, fds), "N", "pass on N more fds" },
	{ "format", "fF", CHOICE_INTO (struct flags, format), "table|json", "how to print" },
	{ "env", "e", LIST_INTO (struct flags, env), "NAME=VALUE", "add a variable" },
	{ "criu", NULL, STRING_INTO (struct flags, criu), "PATH", "ignored", true },
	{ 0 },
};

/* Words as one string, split at blanks; results as one string, so that a table shows all. */
struct row {
	int stop_after;
	const char *words;
	const char *result;
};

#define MAX_WORDS 16

static int
split (char *text, char **argv)
{
	int n = 0;

	for (char *word = strtok (text, " "); word; word = strtok (NULL, " ")) {
		assert_true (n < MAX_WORDS);
		argv[n++] = word;
	}
	argv[n] = NULL;
	return n;
}

static void
describe (const struct flags *flags, char **argv, int n, struct buffer *out)
{
	if (flags->bundle)
		buffer_printf (out, "bundle=%s ", flags->bundle);
	if (flags->detach)
		buffer_add_text (out, "detach ");
	if (flags->quiet)
		buffer_add_text (out, "quiet ");
	if (flags->no_subreaper)
		buffer_add_text (out, "no-subreaper ");
	if (flags->fds != 7)
		buffer_printf (out, "fds=%d ", flags->fds);
	if (flags->format)
		buffer_printf (out, "format=%d ", flags->format);
	for (size_t i = 0; i < flags->env.n; i++)
		buffer_printf (out, "env=%s ", flags->env.values[i]);
	buffer_add_char (out, ':');
	for (int i = 0; i < n; i++)
		buffer_printf (out, " %s", argv[i]);
	assert_null (argv[n]);
}

static void
run (const struct row *row)
{
	struct option_set set = { rows, row->stop_after };
	struct flags flags = { .fds = 7 };
	AUTO (buffer_done) struct buffer out = { 0 };
	autofree char *words = strdup (row->words);
	char *argv[MAX_WORDS + 1];
	struct error err;
	bool help;
	int n;

	split (words, argv);
	n = options_parse (&set, argv, &flags, &help, &err);
	if (n < 0)
		buffer_printf (&out, "! %s", err.text);
	else if (help)
		buffer_add_text (&out, "help");
	else
		describe (&flags, argv, n, &out);
	if (strcmp (out.data, row->result) != 0)
		print_error ("with: %s\n", row->words);
	assert_string_equal (out.data, row->result);
	option_list_done (&flags.env);
}

static void
test_all_ways_to_write_an_option (void **state)
{
	static const struct row table[] = {
		{ -1, "", ":" },
		{ -1, "id", ": id" },
		{ -1, "--bundle X id", "bundle=X : id" },
		{ -1, "--bundle=X id", "bundle=X : id" },
		{ -1, "--bundle=a=b id", "bundle=a=b : id" },
		{ -1, "--bundle= id", "bundle= : id" },
		{ -1, "-bundle X id", "bundle=X : id" },
		{ -1, "-bundle=X id", "bundle=X : id" },
		{ -1, "-b X id", "bundle=X : id" },
		{ -1, "-bX id", "bundle=X : id" },
		{ -1, "-b=X id", "bundle=X : id" },
		{ -1, "--b X id", "bundle=X : id" },
		{ -1, "-no-subreaper id", "no-subreaper : id" },
		{ -1, "--no-subreaper id", "no-subreaper : id" },
		{ -1, "-dq id", "detach quiet : id" },
		{ -1, "-dbX id", "bundle=X detach : id" },
		{ -1, "-db X id", "bundle=X detach : id" },
		{ -1, "-fjson -Ftable", "format=1 :" },
		{ -1, "--format json", "format=2 :" },
		{ -1, "--bundle X --bundle Y", "bundle=Y :" },
		{ -1, "-e A=1 --env=B=2 --env C", "env=A=1 env=B=2 env=C :" },
		{ -1, "--preserve-fds 3", "fds=3 :" },
		{ -1, "--criu /usr/sbin/criu id", ": id" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_truth_values_are_those_of_go (void **state)
{
	static const struct row table[] = {
		{ -1, "--detach=true", "detach :" },
		{ -1, "--detach=1", "detach :" },
		{ -1, "-d=T", "detach :" },
		{ -1, "-detach=TRUE", "detach :" },
		{ -1, "-d --detach=false", ":" },
		{ -1, "-d -d=0", ":" },
		{ -1, "--detach true", "detach : true" },
		{ -1, "--detach=maybe", "! 'maybe' is neither true nor false, for --detach" },
		{ -1, "-dq=x", "! 'x' is neither true nor false, for -q" },
		{ -1, "--detach=", "! '' is neither true nor false, for --detach" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

/* crun takes an argument right behind -t. */
static void
test_truth_values_are_also_those_of_crun (void **state)
{
	static const struct row table[] = {
		{ -1, "--detach=yes", "detach :" },
		{ -1, "-d --detach=no", ":" },
		{ -1, "-d -dno id", ": id" },
		{ -1, "-qdtrue", "detach quiet :" },
		/* what could be options is */
		{ -1, "-dfjson", "detach format=2 :" },
		{ -1, "-dnothing", "! unknown option '-n' in '-dnothing'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_options_stand_before_and_behind_arguments (void **state)
{
	static const struct row table[] = {
		{ -1, "id -d", "detach : id" },
		{ -1, "id --bundle X more -q", "bundle=X quiet : id more" },
		{ -1, "id -- -d --bundle", ": id -d --bundle" },
		{ -1, "-- id", ": id" },
		{ -1, "id -", ": id -" },
		{ -1, "--bundle - id", "bundle=- : id" },
		{ -1, "--bundle -- id", "bundle=-- : id" },
		{ -1, "--bundle -d id", "bundle=-d : id" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_options_end_where_a_program_begins (void **state)
{
	static const struct row table[] = {
		{ 0, "-d kill -q --bogus", "detach : kill -q --bogus" },
		{ 0, "kill --help", ": kill --help" },
		{ 1, "-d id sh -q --bogus", "detach : id sh -q --bogus" },
		{ 1, "id -d sh -q -- x", "detach : id sh -q -- x" },
		{ 1, "id -- -q", ": id -q" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_errors_name_the_option (void **state)
{
	static const struct row table[] = {
		{ -1, "--bundle", "! flag needs an argument: --bundle" },
		{ -1, "-bundle", "! flag needs an argument: --bundle" },
		{ -1, "id -b", "! flag needs an argument: -b" },
		{ -1, "-db", "! flag needs an argument: -b" },
		{ -1, "--frob id", "! unknown option '--frob'" },
		{ -1, "--frob=x id", "! unknown option '--frob'" },
		{ -1, "-zrob", "! unknown option '-zrob'" },
		{ -1, "-frob", "! 'rob' is not one of table|json, for -f" },
		{ -1, "--bundl X", "! unknown option '--bundl'" },
		{ -1, "--bundles X", "! unknown option '--bundles'" },
		{ -1, "-dx", "! unknown option '-x' in '-dx'" },
		{ -1, "--=x", "! unknown option '--'" },
		{ -1, "-=x", "! unknown option '-=x'" },
		{ -1, "--preserve-fds x", "! 'x' is not a number, for --preserve-fds" },
		{ -1, "--preserve-fds -1", "! '-1' is not a number, for --preserve-fds" },
		{ -1, "--preserve-fds 2147483648",
			"! '2147483648' is not a number, for --preserve-fds" },
		{ -1, "--format xml", "! 'xml' is not one of table|json, for --format" },
		{ -1, "-f tab", "! 'tab' is not one of table|json, for -f" },
		{ -1, "--format=", "! '' is not one of table|json, for --format" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_help_needs_nothing_else_to_be_right (void **state)
{
	static const struct row table[] = {
		{ -1, "--help", "help" },
		{ -1, "-h", "help" },
		{ -1, "-?", "help" },
		{ -1, "-help", "help" },
		{ -1, "--usage", "help" },
		{ -1, "-dh", "help" },
		{ -1, "id --help --bogus", "help" },
		{ -1, "--help=false id", ": id" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (table); i++)
		run (&table[i]);
}

static void
test_help_text_comes_from_the_rows (void **state)
{
	static const struct option_row some[] = {
		{ "bundle", "b", STRING_INTO (struct flags, bundle), "DIR", "the bundle" },
		{ "detach", NULL, FLAG_INTO (struct flags, detach), NULL, "do not wait\nfor it" },
		{ "criu", NULL, STRING_INTO (struct flags, criu), "PATH", "ignored", true },
		{ "env", "e", LIST_INTO (struct flags, env), "A-VERY-LONG-PLACEHOLDER", "add" },
		{ 0 },
	};
	AUTO (buffer_done) struct buffer out = { 0 };

	options_print_help (some, &out);
	assert_string_equal (out.data, "  -b, --bundle=DIR          the bundle\n"
				       "      --detach              do not wait\n"
				       "                            for it\n"
				       "  -e, --env=A-VERY-LONG-PLACEHOLDER\n"
				       "                            add\n"
				       "  -h, --help                show this help and exit\n");
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_all_ways_to_write_an_option),
		cmocka_unit_test (test_truth_values_are_those_of_go),
		cmocka_unit_test (test_truth_values_are_also_those_of_crun),
		cmocka_unit_test (test_options_stand_before_and_behind_arguments),
		cmocka_unit_test (test_options_end_where_a_program_begins),
		cmocka_unit_test (test_errors_name_the_option),
		cmocka_unit_test (test_help_needs_nothing_else_to_be_right),
		cmocka_unit_test (test_help_text_comes_from_the_rows),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
