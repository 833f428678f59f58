/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/describe.h"

static const struct option_row options[] = { { 0 } };

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct buffer text = { 0 };
	int r = describe_state (globals->root, arguments[0], &text, err);

	if (r == 0)
		r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

const struct command cmd_state = {
	.name = "state",
	.arguments = "CONTAINER",
	.summary = "show the state of a container as JSON",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
