/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/create_options.h"
#include "cli/criu_options.h"
#include "container/restore.h"

struct restore_options {
	struct create_options create;
	struct criu_options criu;
	const char *lsm_profile, *lsm_mount_context;
	bool tcp_close;
};

#define CREATE(kind, member) kind (struct restore_options, create.member)

static const struct option_row options[] = {
	{ "bundle", "b", CREATE (STRING_INTO, bundle), "DIR",
		"the bundle's directory (default: the current one)" },
	{ "config", "f", CREATE (STRING_INTO, config), "FILE",
		"the config, instead of config.json in the bundle" },
	{ "console-socket", NULL, CREATE (STRING_INTO, console_socket), "PATH",
		"a unix socket that gets the master of the terminal" },
	{ "pid-file", NULL, CREATE (STRING_INTO, pid_file), "FILE",
		"write the pid of the container's init to it" },
	{ "detach", "d", CREATE (FLAG_INTO, detach), NULL, "return once the program runs" },
	{ "keep", NULL, CREATE (FLAG_INTO, keep), NULL,
		"don't delete the container when its program has ended" },
	{ "no-subreaper", NULL, CREATE (FLAG_INTO, no_subreaper), NULL,
		"don't take over the processes that outlive their parent" },
	{ "no-pivot", NULL, CREATE (FLAG_INTO, no_pivot), NULL,
		"has no effect: CRIU changes the root" },
	CRIU_OPTION_ROWS (struct restore_options),
	{ "tcp-close", NULL, FLAG_INTO (struct restore_options, tcp_close), NULL,
		"TCP connections that were open are closed" },
	{ "lsm-profile", NULL, STRING_INTO (struct restore_options, lsm_profile), "TYPE:NAME",
		"the profile (apparmor) or label (selinux) of its processes,\ninstead of the one they had" },
	{ "lsm-mount-context", NULL, STRING_INTO (struct restore_options, lsm_mount_context),
		"CONTEXT", "the SELinux context of its mounts, instead of the one they had" },
	{ 0 },
};

static int
restore (const struct globals *globals, const struct restore_options *chosen,
	struct restore_request *request, struct error *err)
{
	struct criu_settings *settings = &request->settings;
	int status;

	if (criu_options_settings (globals, &chosen->criu, settings, err) < 0)
		return -1;
	settings->tcp_close = chosen->tcp_close;
	settings->lsm_profile = chosen->lsm_profile;
	settings->lsm_mount_context = chosen->lsm_mount_context;
	request->images = chosen->criu.image_path;
	request->work = chosen->criu.work_path;
	/* it was told that the program is ready when that was first started */
	request->create.notify_socket = NULL;
	/* a program that goes on gets no new descriptors */
	request->create.preserve_fds = 0;
	return container_restore (request, &status, err) < 0 ? -1 : status;
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct restore_options *chosen = data;
	struct restore_request request = { 0 };
	int r;

	create_options_request (globals, &chosen->create, arguments[0], &request.create);
	r = restore (globals, chosen, &request, err);
	listen_environment_done (request.create.extra_environment);
	option_list_done (&chosen->criu.empty_ns);
	return r;
}

const struct command cmd_restore = {
	.name = "restore",
	.arguments = "CONTAINER",
	.summary = "bring a container back that `davit checkpoint` has written",
	.options = options,
	.options_size = sizeof (struct restore_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
