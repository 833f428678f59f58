/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/fd.h"
#include "cli/command.h"
#include "spec/template.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct spec_options {
	const char *bundle, *file;
	bool rootless;
};

static const struct option_row options[] = {
	{ "bundle", "b", STRING_INTO (struct spec_options, bundle), "DIR",
		"where to write it (default: the current directory)" },
	{ "file", "f", STRING_INTO (struct spec_options, file), "FILE",
		"write it to FILE instead of config.json" },
	{ "rootless", NULL, FLAG_INTO (struct spec_options, rootless), NULL,
		"for a container that an ordinary user runs" },
	{ 0 },
};

static int
write_new (int dir, const char *path, const char *text, struct error *err)
{
	autofd fd = openat (dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0 && errno == EEXIST)
		return fail_hint (
			err, 0, "remove it first", "file %s exists and is not written over", path);
	if (fd < 0)
		return fail (err, errno, "create '%s'", path);
	if (fd_write_all (fd, text, strlen (text), path, err) == 0)
		return 0;
	error_ignore (unlinkat (dir, path, 0), "the write's error is the news");
	return -1;
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct spec_options *spec = data;
	struct template_options options = {
		.rootless = spec->rootless, .uid = geteuid (), .gid = getegid ()
	};
	struct json_writer json = { .indent = JSON_TABS };
	autofd dir = open (spec->bundle ? spec->bundle : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (dir < 0)
		return fail (err, errno, "open '%s'", spec->bundle ? spec->bundle : ".");
	template_write (&json, &options);
	buffer_add_char (&json.text, '\n');
	r = write_new (dir, spec->file ? spec->file : "config.json", json.text.data, err);
	json_writer_done (&json);
	return r;
}

const struct command cmd_spec = {
	.name = "spec",
	.arguments = "",
	.summary = "write a config.json to begin with",
	.options = options,
	.options_size = sizeof (struct spec_options),
	.stop_after = OPTIONS_ANYWHERE,
	.run = run,
};
