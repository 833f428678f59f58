/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/str.h"
#include "cli/criu_options.h"
#include "container/checkpoint.h"

struct checkpoint_options {
	struct criu_options criu;
	const char *parent_path, *page_server, *status_fd;
	bool leave_running, pre_dump, tcp_skip_in_flight, link_remap;
};

static const struct option_row options[] = {
	CRIU_OPTION_ROWS (struct checkpoint_options),
	{ "leave-running", NULL, FLAG_INTO (struct checkpoint_options, leave_running), NULL,
		"let the container go on" },
	{ "pre-dump", NULL, FLAG_INTO (struct checkpoint_options, pre_dump), NULL,
		"memory alone, of a container that goes on" },
	{ "parent-path", NULL, STRING_INTO (struct checkpoint_options, parent_path), "DIR",
		"the images before, whose memory is not written again;\nrelative to the image path" },
	{ "page-server", NULL, STRING_INTO (struct checkpoint_options, page_server), "ADDRESS:PORT",
		"send memory to CRIU's page server there; with --lazy-pages be it" },
	{ "status-fd", NULL, STRING_INTO (struct checkpoint_options, status_fd), "FD",
		"write a 0 byte to it when the page server is ready" },
	{ "tcp-skip-in-flight", NULL, FLAG_INTO (struct checkpoint_options, tcp_skip_in_flight),
		NULL, "without TCP connections that are being made" },
	{ "link-remap", NULL, FLAG_INTO (struct checkpoint_options, link_remap), NULL,
		"with files that are open and have no name any more" },
	{ 0 },
};

static int
parse_fd (const char *text, int *out, struct error *err)
{
	uint64_t fd = 0;

	if (text && !str_to_u64 (text, INT32_MAX, &fd))
		return fail (err, 0, "--status-fd takes a file descriptor, not '%s'", text);
	*out = text ? (int) fd : -1;
	return 0;
}

static int
checkpoint (const struct globals *globals, const struct checkpoint_options *chosen, const char *id,
	struct error *err)
{
	struct checkpoint_request request = {
		.root = globals->root,
		.id = id,
		.images = chosen->criu.image_path,
		.work = chosen->criu.work_path,
		.parent = chosen->parent_path,
		.pre_dump = chosen->pre_dump,
		.warn = cli_warn,
	};
	struct criu_settings *settings = &request.settings;

	if (parse_fd (chosen->status_fd, &request.status_fd, err) < 0 ||
		criu_options_settings (globals, &chosen->criu, settings, err) < 0)
		return -1;
	settings->leave_running = chosen->leave_running;
	settings->tcp_skip_in_flight = chosen->tcp_skip_in_flight;
	settings->link_remap = chosen->link_remap;
	settings->page_server = chosen->page_server;
	settings->tracks_memory = chosen->pre_dump || chosen->parent_path;
	return container_checkpoint (&request, err);
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct checkpoint_options *chosen = data;
	int r = checkpoint (globals, chosen, arguments[0], err);

	option_list_done (&chosen->criu.empty_ns);
	return r;
}

const struct command cmd_checkpoint = {
	.name = "checkpoint",
	.arguments = "CONTAINER",
	.summary = "write a running container to disk",
	.details =
		"The container is deleted then, unless it is to go on. `davit restore` brings it back.",
	.options = options,
	.options_size = sizeof (struct checkpoint_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
