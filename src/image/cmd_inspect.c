/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"
#include "image/command.h"

#include <errno.h>
#include <unistd.h>

struct inspect_command_options {
	struct shared shared;
	bool raw, config, remote;
};

static const struct option_row options[] = {
	STORE_ROW (inspect_command_options),
	REMOTE_ROWS (inspect_command_options),
	{ "platform", NULL, STRING_INTO (struct inspect_command_options, shared.platform),
		"OS/ARCH[/VARIANT]", "the platform to take of an image for several" },
	{ "mirror", NULL, LIST_INTO (struct inspect_command_options, shared.mirrors),
		"HOST[/PREFIX]", "a registry to ask first" },
	{ "raw", NULL, FLAG_INTO (struct inspect_command_options, raw), NULL,
		"the manifest itself, byte for byte" },
	{ "config", NULL, FLAG_INTO (struct inspect_command_options, config), NULL,
		"the image's config itself, byte for byte" },
	{ "remote", NULL, FLAG_INTO (struct inspect_command_options, remote), NULL,
		"ask the registry, layout or archive, even if the store\nhas the image" },
	{ 0 },
};

static int
print_summary (const struct image *image, struct error *err)
{
	struct json_writer json = { .indent = 2 };

	json_open_object (&json, NULL);
	json_string (&json, "digest", image->document.digest);
	json_string (&json, "mediaType", image->document.media_type);
	json_uint (&json, "size", image_size (image));
	json_open_array (&json, "layers");
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct oci_descriptor *descriptor = image->layers[i].descriptor;

		json_open_object (&json, NULL);
		json_string (&json, "digest", descriptor->digest);
		json_string (&json, "mediaType", descriptor->media_type);
		json_int (&json, "size", descriptor->size);
		json_string (&json, "diffID", image->layers[i].diff_id);
		json_string (&json, "chainID", image->layers[i].chain_id);
		json_close (&json);
	}
	json_close (&json);
	json_raw (&json, "manifest", image->document.data);
	json_raw (&json, "config", image->config_text);
	json_close (&json);
	return cmd_write_json (&json, err);
}

static int
find (struct inspect_command_options *inspect, const char *text, struct image *out,
	struct error *err)
{
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (reference_done) struct reference reference = { 0 };
	AUTO (cmd_close_source) struct cmd_source source = { 0 };
	struct pull_options how;

	if (!inspect->remote) {
		if (cmd_open_store (&inspect->shared, STORE_WRITE, &store, err) < 0)
			return -1;
		if (cmd_find_image (&inspect->shared, &store, text, out, err) == 0)
			return 0;
		if (err->code != ENOENT)
			return -1;
	}
	if (cmd_pull_options (&inspect->shared, &how, err) < 0 ||
		cmd_parse_reference (&inspect->shared, text, &reference, err) < 0 ||
		cmd_open_source (&inspect->shared, &reference, &source, err) < 0)
		return -1;
	return image_fetch (source.source, source.object, &how.platform, out, err);
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct inspect_command_options *inspect = data;
	AUTO (image_done) struct image image = { 0 };

	if (find (inspect, arguments[0], &image, err) < 0)
		return -1;
	if (inspect->raw)
		return fd_write_all (STDOUT_FILENO, image.document.data, image.document.size,
			"standard output", err);
	if (inspect->config)
		return fd_write_all (STDOUT_FILENO, image.config_text, image.config_size,
			"standard output", err);
	return print_summary (&image, err);
}

const struct command cmd_inspect = {
	.name = "inspect",
	.arguments = "REF",
	.summary = "show an image's manifest and config as JSON",
	.details =
		"Of an image in the store, or else of one elsewhere; its layers are not fetched.",
	.options = options,
	.options_size = sizeof (struct inspect_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
