/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/matching.h"
#include "container/verbs.h"
#include "plan/signals.h"

#include <signal.h>

struct kill_options {
	bool all, regex;
};

static const struct option_row options[] = {
	{ "all", "a", FLAG_INTO (struct kill_options, all), NULL,
		"signal every process of the container" },
	{ "regex", "r", FLAG_INTO (struct kill_options, regex), NULL,
		"CONTAINER is a regular expression: all that match" },
	{ 0 },
};

/* For each_container_matching. */
struct killing {
	const char *root;
	int signal;
	enum kill_scope scope;
};

static int
kill_one (const char *id, void *data, struct error *err)
{
	const struct killing *killing = data;

	return container_kill (killing->root, id, killing->signal, killing->scope, err);
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct kill_options *kill = data;
	struct killing killing = { .root = globals->root,
		.scope = kill->all ? KILL_ALL : KILL_INIT };
	const struct each_container each = { globals->root, kill_one, &killing, cli_warn };
	int signal = arguments[1] ? signal_from_name (arguments[1]) : SIGTERM;

	if (signal < 0)
		return fail (err, 0, "unknown signal '%s'", arguments[1]);
	killing.signal = signal;
	return kill->regex ? each_container_matching (&each, arguments[0], err)
			   : kill_one (arguments[0], &killing, err);
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
