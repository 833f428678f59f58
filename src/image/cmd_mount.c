/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mount and umount: the root file system of a bundle that is there already.
 */
#include "base/auto.h"
#include "image/bundle.h"
#include "image/cmd_bundle.h"

struct mount_command_options {
	struct shared shared;
	bool remove;
};

static const struct option_row mount_options[] = {
	{ 0 },
};

static const struct option_row umount_options[] = {
	{ "remove", NULL, FLAG_INTO (struct mount_command_options, remove), NULL,
		"remove the bundle too, with all that the container wrote" },
	{ 0 },
};

static int
run_mount (void *data, char **arguments, struct error *err)
{
	autofree char *path = NULL;

	if (cmd_absolute_path (arguments[0], &path, err) < 0 || bundle_mount (path, err) < 0)
		return -1;
	return 0;
}

static int
run_umount (void *data, char **arguments, struct error *err)
{
	struct mount_command_options *options = data;
	autofree char *path = NULL;

	if (cmd_absolute_path (arguments[0], &path, err) < 0)
		return -1;
	if (options->remove)
		return bundle_remove (path, err);
	return bundle_umount (path, err) < 0 ? -1 : 0;
}

const struct command cmd_mount = {
	.name = "mount",
	.arguments = "DIR",
	.summary = "mount the root file system of a bundle, as after a boot",
	.options = mount_options,
	.options_size = sizeof (struct mount_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run_mount,
};

const struct command cmd_umount = {
	.name = "umount",
	.arguments = "DIR",
	.summary = "unmount the root file system of a bundle",
	.options = umount_options,
	.options_size = sizeof (struct mount_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.touches_layers = true,
	.run = run_umount,
};
