/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/str.h"
#include "cli/command.h"
#include "container/events.h"

#define DEFAULT_INTERVAL UINT64_C (5000000000) /* ns */

struct events_options {
	const char *interval;
	bool stats;
};

static const struct option_row options[] = {
	{ "interval", NULL, STRING_INTO (struct events_options, interval), "TIME",
		"how often, like 500ms or 1m30s (default: 5s)" },
	{ "stats", NULL, FLAG_INTO (struct events_options, stats), NULL,
		"show what it uses now, and end" },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct events_options *events = data;
	struct events_request request = {
		.root = globals->root,
		.id = arguments[0],
		.once = events->stats,
		.interval = DEFAULT_INTERVAL,
		.write = cli_write,
	};

	if (events->interval &&
		(!str_to_duration (events->interval, &request.interval) || request.interval == 0))
		return fail (err, 0, "--interval takes a time like 500ms or 1m30s, not '%s'",
			events->interval);
	return container_events (&request, err);
}

const struct command cmd_events = {
	.name = "events",
	.arguments = "CONTAINER",
	.summary = "show what a container uses, and when memory runs out, as JSON",
	.details = "A line for each event, until the container ends.",
	.options = options,
	.options_size = sizeof (struct events_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
