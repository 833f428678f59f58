/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "image/command.h"

struct tag_command_options {
	struct shared shared;
};

static const struct option_row options[] = {
	STORE_ROW (tag_command_options),
	REGISTRY_ROW (tag_command_options),
	{ 0 },
};

static int
run (void *data, char **arguments, struct error *err)
{
	struct tag_command_options *tag = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (reference_done) struct reference reference = { 0 };
	AUTO (image_done) struct image image = { 0 };
	struct store_name name = { 0 };
	autofree char *text = NULL;

	if (cmd_parse_reference (&tag->shared, arguments[1], &reference, err) < 0)
		return -1;
	if (reference.transport != TRANSPORT_REGISTRY || reference.digest)
		return fail (err, 0, "'%s' is no name for an image: it takes HOST/NAME[:TAG]",
			arguments[1]);
	if (cmd_open_store (&tag->shared, STORE_WRITE, &store, err) < 0 ||
		cmd_find_image (&tag->shared, &store, arguments[0], &image, err) < 0)
		return -1;
	text = cmd_store_name (&reference, NULL);
	name = (struct store_name){ text, image.document.media_type, image.document.digest,
		image.document.size };
	return store_set_name (&store, &name, err);
}

const struct command cmd_tag = {
	.name = "tag",
	.arguments = "REF NAME",
	.summary = "give an image in the store one more name",
	.options = options,
	.options_size = sizeof (struct tag_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 2,
	.max_arguments = 2,
	.run = run,
};
