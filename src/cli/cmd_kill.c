/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/verbs.h"
#include "plan/signals.h"

#include <signal.h>

struct kill_options {
	bool all;
};

static const struct option_row options[] = {
	{ "all", "a", FLAG_INTO (struct kill_options, all), NULL,
		"signal every process of the container" },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct kill_options *kill = data;
	int signal = arguments[1] ? signal_from_name (arguments[1]) : SIGTERM;

	if (signal < 0)
		return fail (err, 0, "unknown signal '%s'", arguments[1]);
	return container_kill (
		globals->root, arguments[0], signal, kill->all ? KILL_ALL : KILL_INIT, err);
}

const struct command cmd_kill = {
	.name = "kill",
	.arguments = "CONTAINER [SIGNAL]",
	.summary = "send a signal to a container's init (default: SIGTERM)",
	.details = "SIGNAL is a name (TERM, SIGTERM, RTMIN+3) or a number.",
	.options = options,
	.options_size = sizeof (struct kill_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 2,
	.run = run,
};
