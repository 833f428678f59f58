/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/json_writer.h"
#include "image/command.h"

struct pull_command_options {
	struct shared shared;
	const char *name;
	bool no_unpack;
};

static const struct option_row options[] = {
	PULL_ROWS (pull_command_options),
	FORMAT_ROW (pull_command_options),
	{ "name", NULL, STRING_INTO (struct pull_command_options, name), "NAME",
		"what it is to be called in the store\n(default: the reference, written out)" },
	{ "no-unpack", NULL, FLAG_INTO (struct pull_command_options, no_unpack), NULL,
		"only fetch the blobs: `bundle` unpacks them" },
	{ 0 },
};

static int
print (const struct pull_command_options *pull, const struct image *image, const char *name,
	struct error *err)
{
	struct json_writer json = { .indent = 2 };

	if (pull->shared.format != FORMAT_JSON)
		return cmd_printf (err, "%s\n", image->document.digest);
	json_open_object (&json, NULL);
	json_string (&json, "name", name);
	json_string (&json, "digest", image->document.digest);
	json_string (&json, "mediaType", image->document.media_type);
	json_string (&json, "config", image->manifest->config->digest);
	json_uint (&json, "size", image_size (image));
	json_close (&json);
	return cmd_write_json (&json, err);
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct pull_command_options *pull = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (reference_done) struct reference reference = { 0 };
	AUTO (cmd_close_source) struct cmd_source source = { 0 };
	AUTO (cmd_progress_free) struct cmd_progress *progress = cmd_progress_new (&pull->shared);
	AUTO (image_done) struct image image = { 0 };
	autofree char *name = NULL;
	struct pull_request request;
	struct pull_options how;

	if (cmd_pull_options (&pull->shared, &how, err) < 0 ||
		cmd_parse_reference (&pull->shared, arguments[0], &reference, err) < 0 ||
		cmd_open_source (&pull->shared, &reference, &source, err) < 0 ||
		cmd_open_store (&pull->shared, STORE_WRITE, &store, err) < 0)
		return -1;
	name = pull->name ? xstrdup (pull->name) : cmd_store_name (&reference, source.source);
	how.blobs_only = pull->no_unpack;
	how.show = cmd_progress_show;
	how.show_milliseconds = cmd_progress_interval (progress);
	how.data = progress;
	request = (struct pull_request){ source.source, source.object, name };
	if (pull_image (&store, &request, &how, &image, err) < 0)
		return -1;
	return print (pull, &image, name, err);
}

const struct command cmd_pull = {
	.name = "pull",
	.arguments = "REF",
	.summary = "fetch an image into the store, verify it and unpack its layers",
	.details =
		"REF is [docker://]HOST[:PORT]/NAME[:TAG][@DIGEST], oci:DIR[:TAG],\n"
		"oci-archive:FILE[:TAG] or docker-archive:FILE[:NAME]. A pull that was cut short\n"
		"goes on where it stopped. Prints the manifest's digest.",
	.options = options,
	.options_size = sizeof (struct pull_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.touches_layers = true,
	.run = run,
};
