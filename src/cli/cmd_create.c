/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/create_options.h"

static const struct option_row options[] = {
	CREATE_OPTION_ROWS,
	/* nobody of ours stays with a container that is only created */
	{ "no-subreaper", NULL, FLAG_INTO (struct create_options, no_subreaper), NULL,
		"has no effect on create", true },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct create_options *create = data;
	struct create_request request;
	int r;

	create->detach = true;
	create_options_request (globals, create, arguments[0], &request);
	r = container_create (&request, err);
	listen_environment_done (request.extra_environment);
	return r;
}

const struct command cmd_create = {
	.name = "create",
	.arguments = "CONTAINER",
	.summary = "create a container that waits for its start",
	.options = options,
	.options_size = sizeof (struct create_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.enters_container = true,
	.run = run,
};
