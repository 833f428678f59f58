/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/create_options.h"
#include "container/run.h"

static const struct option_row options[] = {
	CREATE_OPTION_ROWS,
	{ "detach", "d", FLAG_INTO (struct create_options, detach), NULL,
		"return once the program runs" },
	{ "keep", NULL, FLAG_INTO (struct create_options, keep), NULL,
		"don't delete the container when its program has ended" },
	{ "no-subreaper", NULL, FLAG_INTO (struct create_options, no_subreaper), NULL,
		"don't take over the processes that outlive their parent" },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct create_request request;
	int status;
	int r;

	create_options_request (globals, data, arguments[0], &request);
	r = container_run (&request, &status, err);
	listen_environment_done (request.extra_environment);
	return r < 0 ? -1 : status;
}

const struct command cmd_run = {
	.name = "run",
	.arguments = "CONTAINER",
	.summary = "create and start a container, and wait for its end",
	.options = options,
	.options_size = sizeof (struct create_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.enters_container = true,
	.run = run,
};
