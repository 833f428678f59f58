/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * import and export: between images and plain trees.
 */
#include "base/auto.h"
#include "image/command.h"
#include "image/import.h"
#include "image/layers.h"
#include "image/tar_write.h"
#include "base/str.h"
#include "base/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct import_command_options {
	struct shared shared;
	struct option_list env, entrypoint, cmd, labels;
	const char *user, *cwd, *created;
};

static const struct option_row import_options[] = {
	STORE_ROW (import_command_options),
	QUIET_ROW (import_command_options),
	REGISTRY_ROW (import_command_options),
	{ "platform", NULL, STRING_INTO (struct import_command_options, shared.platform),
		"OS/ARCH[/VARIANT]", "what the image is for (default: this machine)" },
	{ "env", "e", LIST_INTO (struct import_command_options, env), "NAME=VALUE",
		"a variable of the environment" },
	{ "entrypoint", NULL, LIST_INTO (struct import_command_options, entrypoint), "WORD",
		"a word of the Entrypoint" },
	{ "cmd", NULL, LIST_INTO (struct import_command_options, cmd), "WORD",
		"a word of the Cmd" },
	{ "label", NULL, LIST_INTO (struct import_command_options, labels), "NAME=VALUE",
		"a label" },
	{ "user", "u", STRING_INTO (struct import_command_options, user), "USER[:GROUP]",
		"who it runs as" },
	{ "cwd", "w", STRING_INTO (struct import_command_options, cwd), "DIR",
		"the directory that it starts in" },
	{ "created", NULL, STRING_INTO (struct import_command_options, created), "TIME",
		"when it was made, RFC 3339; '' says nothing\n(default: now)" },
	{ 0 },
};

static const struct option_row export_options[] = {
	PULL_ROWS (import_command_options),
	{ 0 },
};

static int
run_import (void *data, char **arguments, struct error *err)
{
	struct import_command_options *options = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (reference_done) struct reference reference = { 0 };
	AUTO (image_done) struct image image = { 0 };
	autofree char *name = NULL;
	char now[TIMESTAMP_SIZE];
	struct import_request request = {
		.store = &store,
		.path = arguments[0],
		.created = options->created,
		.env = &options->env,
		.entrypoint = &options->entrypoint,
		.cmd = &options->cmd,
		.labels = &options->labels,
		.user = options->user,
		.cwd = options->cwd,
	};

	timestamp_now (0, now);
	if (!request.created)
		request.created = now;
	else if (*request.created == '\0')
		request.created = NULL;
	if (platform_parse (options->shared.platform, &request.platform, err) < 0 ||
		cmd_parse_reference (&options->shared, arguments[1], &reference, err) < 0)
		return -1;
	if (reference.transport != TRANSPORT_REGISTRY || reference.digest)
		return fail (err, 0, "'%s' is no name for an image: it takes HOST/NAME[:TAG]",
			arguments[1]);
	name = cmd_store_name (&reference, NULL);
	request.name = name;
	if (cmd_open_store (&options->shared, STORE_WRITE, &store, err) < 0 ||
		import_image (&request, &image, err) < 0)
		return -1;
	return cmd_printf (err, "%s\n", image.document.digest);
}

static int
write_tree (const struct store *store, const struct image *image, int fd, const char *name,
	struct error *err)
{
	AUTO (layer_stack_done) struct layer_stack stack = { 0 };
	struct tar_writer writer;
	struct fd_sink sink;
	int r;

	if (layers_open_stack (store, image, &stack, err) < 0)
		return -1;
	fd_sink_init (&sink, fd, name);
	tar_writer_init (&writer, &sink.sink);
	r = tar_write_view (&writer, &stack.view, err);
	if (r == 0)
		r = tar_write_end (&writer, err);
	tar_writer_done (&writer);
	return r;
}

static int
run_export (void *data, char **arguments, struct error *err)
{
	struct import_command_options *options = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (image_done) struct image image = { 0 };
	bool is_standard = str_equal (arguments[1], "-");
	autofd fd = -1;

	if (cmd_open_store (&options->shared, STORE_WRITE, &store, err) < 0 ||
		cmd_get_image (
			&options->shared, &store, arguments[0], CMD_PULL_MISSING, &image, err) < 0)
		return -1;
	if (is_standard)
		return write_tree (&store, &image, STDOUT_FILENO, "standard output", err);
	fd = open (arguments[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail (err, errno, "create '%s'", arguments[1]);
	return write_tree (&store, &image, fd, arguments[1], err);
}

const struct command cmd_import = {
	.name = "import",
	.arguments = "DIR|FILE|- NAME",
	.summary = "make an image of a directory or of a tar",
	.options = import_options,
	.options_size = sizeof (struct import_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 2,
	.max_arguments = 2,
	.run = run_import,
};

const struct command cmd_export = {
	.name = "export",
	.arguments = "REF FILE|-",
	.summary = "write an image's whole tree as one tar",
	.details = "The layers are put together. `copy` writes the image itself to a file.",
	.options = export_options,
	.options_size = sizeof (struct import_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 2,
	.max_arguments = 2,
	.touches_layers = true,
	.run = run_export,
};
