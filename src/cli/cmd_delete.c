/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/verbs.h"

struct delete_options {
	bool force;
};

static const struct option_row options[] = {
	{ "force", "f", FLAG_INTO (struct delete_options, force), NULL,
		"kill it first if it runs; no error if it does not exist" },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct delete_options *delete = data;

	return container_delete (globals->root, arguments[0],
		delete->force ? DELETE_FORCE : DELETE_GENTLY, cli_warn, err);
}

const struct command cmd_delete = {
	.name = "delete",
	.arguments = "CONTAINER",
	.summary = "remove a container that has stopped, and all that was made for it",
	.options = options,
	.options_size = sizeof (struct delete_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
