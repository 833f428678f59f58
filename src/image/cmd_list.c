/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/json_writer.h"
#include "image/command.h"

#include <inttypes.h>

struct list_command_options {
	struct shared shared;
};

static const struct option_row options[] = {
	STORE_ROW (list_command_options),
	{ "quiet", "q", FLAG_INTO (struct list_command_options, shared.quiet), NULL, "only names" },
	FORMAT_ROW (list_command_options),
	{ 0 },
};

#define NAME_WIDTH 48
#define PLATFORM_WIDTH 16

static void
add_row (struct buffer *text, const char *name, const struct image *image)
{
	const struct oci_image_config *config = image->config;
	size_t line = text->size;

	buffer_add_text (text, name);
	buffer_add_text (text, "  ");
	buffer_pad (text, line + NAME_WIDTH);
	buffer_printf (text, "%.12s  ", digest_hex (image->document.digest));
	line = text->size;
	buffer_printf (text, "%s/%s%s%s  ", config->os, config->architecture,
		config->variant ? "/" : "", config->variant ? config->variant : "");
	buffer_pad (text, line + PLATFORM_WIDTH);
	buffer_printf (text, "%8.1f MB  %s\n", (double) image_size (image) / 1e6,
		config->created ? config->created : "");
}

static void
add_object (struct json_writer *json, const char *name, const struct image *image)
{
	json_open_object (json, NULL);
	json_string (json, "name", name);
	json_string (json, "digest", image->document.digest);
	json_string (json, "mediaType", image->document.media_type);
	json_string (json, "os", image->config->os);
	json_string (json, "architecture", image->config->architecture);
	if (image->config->variant)
		json_string (json, "variant", image->config->variant);
	if (image->config->created)
		json_string (json, "created", image->config->created);
	json_uint (json, "size", image_size (image));
	json_uint (json, "layers", image->n_layers);
	json_close (json);
}

/* What can't be read is told and passed over: the rest is still there. */
static void
list_one (const struct store *store, const struct oci_manifest_descriptor *descriptor,
	struct buffer *text, struct json_writer *json)
{
	const char *name = store_name_of (descriptor);
	AUTO (image_done) struct image image = { 0 };
	struct error err;

	if (image_load (store, descriptor->digest, &image, &err) < 0) {
		error_prefix (&err, "%s", name ? name : descriptor->digest);
		cmd_warn (NULL, err.text);
		return;
	}
	if (json)
		add_object (json, name, &image);
	else
		add_row (text, name ? name : "<no name>", &image);
}

static int
print_names (const struct oci_image_index *index, struct error *err)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *name = store_name_of (index->manifests[i]);

		if (name && cmd_printf (err, "%s\n", name) < 0)
			return -1;
	}
	return 0;
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct list_command_options *list = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct json_writer json = { .indent = 2 };
	bool is_json = list->shared.format == FORMAT_JSON;
	struct oci_image_index *index;
	struct buffer text = { 0 };
	int r;

	if (cmd_open_store (&list->shared, STORE_WRITE, &store, err) < 0 ||
		store_read_index (&store, &doc, &index, err) < 0)
		return -1;
	if (list->shared.quiet && !is_json)
		return print_names (index, err);
	json_open_array (&json, NULL);
	for (size_t i = 0; i < index->n_manifests; i++)
		list_one (&store, index->manifests[i], &text, is_json ? &json : NULL);
	json_close (&json);
	r = is_json ? cmd_write_json (&json, err) : text.size ? cmd_write (text.data, err) : 0;
	if (!is_json)
		json_writer_done (&json);
	buffer_done (&text);
	return r;
}

const struct command cmd_list = {
	.name = "list",
	.arguments = "",
	.summary = "list the images in the store",
	.options = options,
	.options_size = sizeof (struct list_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.run = run,
};
