/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/verbs.h"

static const struct option_row options[] = { { 0 } };

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	return container_pause (globals->root, arguments[0], err);
}

const struct command cmd_pause = {
	.name = "pause",
	.arguments = "CONTAINER",
	.summary = "stop all processes of a container for a while",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
