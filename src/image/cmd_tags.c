/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/command.h"
#include "image/registry.h"
#include "base/auto.h"
#include "base/json_writer.h"
#include "base/mem.h"

struct tags_options {
	struct shared shared;
};

static const struct option_row options[] = {
	FORMAT_ROW (tags_options),
	REMOTE_ROWS (tags_options),
	{ 0 },
};

static int
print_tags (const struct registry_tags *tags, const char *name, bool as_json, struct error *err)
{
	AUTO (buffer_done) struct buffer text = { 0 };
	struct json_writer json = { .indent = 2 };

	if (!as_json) {
		buffer_add_text (&text, "");
		for (size_t i = 0; i < tags->n; i++)
			buffer_printf (&text, "%s\n", tags->tags[i]);
		return cmd_write (text.data, err);
	}
	json_open_object (&json, NULL);
	json_string (&json, "name", name);
	json_open_array (&json, "tags");
	for (size_t i = 0; i < tags->n; i++)
		json_string (&json, NULL, tags->tags[i]);
	json_close (&json);
	json_close (&json);
	return cmd_write_json (&json, err);
}

static int
get_tags (struct shared *shared, const struct reference *reference, struct registry_tags *out,
	struct error *err)
{
	AUTO (http_free) struct http *http = NULL;
	AUTO (registry_close) struct registry *registry = NULL;

	if (cmd_open_http (shared, reference, &http, err) < 0)
		return -1;
	if (cmd_open_registry (shared, reference, http, &registry, err) < 0)
		return -1;
	return registry_list_tags (registry, out, err);
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct tags_options *tags_options = data;
	AUTO (reference_done) struct reference reference = { 0 };
	AUTO (registry_tags_done) struct registry_tags tags = { 0 };
	autofree char *name = NULL;

	if (cmd_parse_reference (&tags_options->shared, arguments[0], &reference, err) < 0)
		return -1;
	if (reference.transport != TRANSPORT_REGISTRY || reference.tag || reference.digest)
		return fail (
			err, 0, "'%s' is no repository: expected HOST[:PORT]/NAME", arguments[0]);
	if (get_tags (&tags_options->shared, &reference, &tags, err) < 0)
		return -1;
	name = xasprintf ("%s/%s", reference.host, reference.repository);
	return print_tags (&tags, name, tags_options->shared.format == FORMAT_JSON, err);
}

const struct command cmd_tags = {
	.name = "tags",
	.arguments = "REPOSITORY",
	.summary = "list the tags of a repository in a registry",
	.options = options,
	.options_size = sizeof (struct tags_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
