/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/json_writer.h"
#include "cli/command.h"
#include "launch/describe_plan.h"
#include "spec/spec.h"

#include <errno.h>
#include <stdlib.h>

struct plan_options {
	const char *bundle, *config;
	int format; /* a choice: 1 text, 2 json */
};

static const struct option_row options[] = {
	{ "bundle", "b", STRING_INTO (struct plan_options, bundle), "DIR",
		"the bundle's directory (default: the argument, or the current one)" },
	{ "config", NULL, STRING_INTO (struct plan_options, config), "FILE",
		"the config, instead of config.json in the bundle" },
	{ "format", "f", CHOICE_INTO (struct plan_options, format), "text|json",
		"how to show it (default: text)" },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct plan_options *options = data;
	const char *bundle = arguments[0] ? arguments[0] : options->bundle;
	autofree char *absolute = realpath (bundle ? bundle : ".", NULL);
	const struct spec_request request = {
		.bundle = absolute, .config = options->config, .driver = globals->driver
	};
	AUTO (plan_done) struct plan plan = { 0 };
	struct buffer text = { 0 };
	int r;

	if (!absolute)
		return fail (err, errno, "bundle '%s'", bundle ? bundle : ".");
	if (spec_read_plan (&request, &plan, err) < 0)
		return -1;
	if (options->format == 2)
		describe_plan_json (&plan, &text);
	else
		describe_plan_text (&plan, &text);
	r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

const struct command cmd_plan = {
	.name = "plan",
	.arguments = "[BUNDLE]",
	.summary = "show the steps that would be taken to create a container",
	.options = options,
	.options_size = sizeof (struct plan_options),
	.stop_after = OPTIONS_ANYWHERE,
	.max_arguments = 1,
	.run = run,
};
