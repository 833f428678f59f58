/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/describe.h"

struct list_options {
	int format; /* a choice: 1 table, 2 json */
	bool quiet;
};

static const struct option_row options[] = {
	{ "format", "f", CHOICE_INTO (struct list_options, format), "table|json",
		"how to show them (default: table)" },
	{ "quiet", "q", FLAG_INTO (struct list_options, quiet), NULL, "show the ids only" },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct list_options *list = data;
	struct buffer text = { 0 };
	const struct list_request request = {
		.format = list->quiet	      ? LIST_QUIET
			  : list->format == 2 ? LIST_JSON
					      : LIST_TABLE,
		.root_must_exist = !globals->root_is_default,
		.warn = cli_warn,
	};
	int r = describe_list (globals->root, &request, &text, err);

	if (r == 0 && text.data)
		r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

const struct command cmd_list = {
	.name = "list",
	.arguments = "",
	.summary = "show all containers",
	.options = options,
	.options_size = sizeof (struct list_options),
	.stop_after = OPTIONS_ANYWHERE,
	.run = run,
};
