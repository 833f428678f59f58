/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "cli/command.h"
#include "container/mounts.h"

#include <fcntl.h>
#include <unistd.h>

#define MOUNTS_LIMIT (16u << 20) /* bytes of JSON */

static const struct option_row options[] = { { 0 } };

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const char *verb = arguments[0], *file = arguments[2];
	bool is_stdin = str_equal (file, "-");
	struct mounts_request request = {
		.root = globals->root,
		.id = arguments[1],
		.file = is_stdin ? "standard input" : file,
		.remove = str_equal (verb, "remove"),
		.warn = cli_warn,
	};
	autofree char *text = NULL;

	if (!request.remove && !str_equal (verb, "add"))
		return fail (err, 0, "mounts: '%s' is neither add nor remove", verb);
	if ((is_stdin ? fd_read_all (STDIN_FILENO, MOUNTS_LIMIT, &text, NULL, request.file, err)
		      : fd_read_file (AT_FDCWD, file, MOUNTS_LIMIT, &text, NULL, err)) < 0)
		return -1;
	request.text = text;
	return container_mounts (&request, err);
}

const struct command cmd_mounts = {
	.name = "mounts",
	.arguments = "add|remove CONTAINER FILE",
	.summary = "add mounts to a running container, or remove them",
	.details =
		"FILE is a JSON array of mounts as in config.json, or - for standard input. To remove\n"
		"some, their destinations are all that counts.",
	.options = options,
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 3,
	.max_arguments = 3,
	.enters_container = true,
	.run = run,
};
