/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/verbs.h"

#include <stdlib.h>

static const struct option_row options[] = { { 0 } };

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	return container_start (
		globals->root, arguments[0], getenv ("NOTIFY_SOCKET"), cli_warn, err);
}

const struct command cmd_start = {
	.name = "start",
	.arguments = "CONTAINER",
	.summary = "let the program of a created container run",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
