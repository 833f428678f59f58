/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/matching.h"
#include "container/verbs.h"

struct delete_options {
	bool force, regex;
};

static const struct option_row options[] = {
	{ "force", "f", FLAG_INTO (struct delete_options, force), NULL,
		"kill it first if it runs; no error if it does not exist" },
	{ "regex", "r", FLAG_INTO (struct delete_options, regex), NULL,
		"CONTAINER is a regular expression: all that match" },
	{ 0 },
};

/* For each_container_matching. */
struct deleting {
	const char *root;
	enum delete_force force;
};

static int
delete_one (const char *id, void *data, struct error *err)
{
	const struct deleting *deleting = data;

	return container_delete (deleting->root, id, deleting->force, cli_warn, err);
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct delete_options *delete = data;
	struct deleting deleting = { globals->root, delete->force ? DELETE_FORCE : DELETE_GENTLY };
	const struct each_container each = { globals->root, delete_one, &deleting, cli_warn };

	return delete->regex ? each_container_matching (&each, arguments[0], err)
			     : delete_one (arguments[0], &deleting, err);
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
