/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/command.h"
#include "container/features.h"

static const struct option_row options[] = {
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct json_writer json = { .indent = 4 };
	int r;

	features_write (&json);
	buffer_add_char (&json.text, '\n');
	r = cli_write (json.text.data, err);
	json_writer_done (&json);
	return r;
}

const struct command cmd_features = {
	.name = "features",
	.arguments = "",
	.summary = "show what this davit can do, as JSON",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.run = run,
};
