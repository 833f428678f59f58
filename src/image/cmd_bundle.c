/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * bundle, and what it shares with run.
 */
#include "image/cmd_bundle.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

struct bundle_command_options {
	struct bundle_options bundle;
	struct option_list args;
};

static const struct option_row options[] = {
	BUNDLE_ROWS (bundle_command_options),
	{ "args", NULL, LIST_INTO (struct bundle_command_options, args), "WORD",
		"a word of the command, in place of the image's Cmd;\nrepeated for each one" },
	{ 0 },
};

/* INSIDE:OUTSIDE:COUNT */
static int
parse_range (const char *option, const char *text, struct tree_id_range *out, struct error *err)
{
	autofree char *copy = xstrdup (text);
	char *rest = copy;
	uint64_t numbers[3] = { 0, 0, 1 };
	size_t n = 0;

	for (char *word; n < 3 && (word = strtok_r (rest, ":", &rest)); n++)
		if (!str_to_u64 (word, UINT32_MAX, &numbers[n]))
			n = 3;
	if (n < 2 || n > 3 || (rest && *rest) || numbers[2] == 0 ||
		numbers[0] + numbers[2] > UINT32_MAX || numbers[1] + numbers[2] > UINT32_MAX)
		return fail (err, 0, "%s '%s': it takes INSIDE:OUTSIDE:COUNT", option, text);
	*out = (struct tree_id_range){ (uint32_t) numbers[0], (uint32_t) numbers[1],
		(uint32_t) numbers[2] };
	return 0;
}

static int
parse_ranges (const char *option, const struct option_list *list, struct userns *ids, bool is_gid,
	struct error *err)
{
	struct tree_id_range *ranges = is_gid ? ids->gids : ids->uids;

	if (list->n == 0)
		return 0;
	if (list->n > USERNS_MAX_RANGES)
		return fail_as (err, E2BIG, "%s: more than %d ranges", option, USERNS_MAX_RANGES);
	for (size_t i = 0; i < list->n; i++)
		if (parse_range (option, list->values[i], &ranges[i], err) < 0)
			return -1;
	*(is_gid ? &ids->n_gids : &ids->n_uids) = list->n;
	return 0;
}

int
cmd_bundle_begin (struct bundle_options *options, struct error *err)
{
	struct userns *ids = &options->ids;

	*ids = *options->shared.userns;
	options->is_rootless = options->rootless || overlay_kind_of_process () == OVERLAY_USER;
	if (ids->n_uids > 0 && options->uid_maps.n + options->gid_maps.n > 0)
		return fail (err, 0, "--uidmap and --gidmap: only root may choose the ids");
	if (parse_ranges ("--uidmap", &options->uid_maps, ids, false, err) < 0 ||
		parse_ranges ("--gidmap", &options->gid_maps, ids, true, err) < 0)
		return -1;
	/* one stands for both */
	if (ids->n_gids == 0) {
		memcpy (ids->gids, ids->uids, sizeof ids->uids);
		ids->n_gids = ids->n_uids;
	} else if (ids->n_uids == 0) {
		memcpy (ids->uids, ids->gids, sizeof ids->gids);
		ids->n_uids = ids->n_gids;
	}
	if (options->is_rootless && ids->n_uids == 0) {
		ids->uids[0] = (struct tree_id_range){ 0, getuid (), 1 };
		ids->gids[0] = (struct tree_id_range){ 0, getgid (), 1 };
		ids->n_uids = ids->n_gids = 1;
	}
	return 0;
}

static int
choose_rootfs (const struct bundle_options *options, const struct image *image,
	enum bundle_rootfs *out, struct error *err)
{
	bool has_ids = options->ids.n_uids > 0;

	if (options->rootfs == ROOTFS_OVERLAY && has_ids)
		return fail_as (err, ENOTSUP,
			"--rootfs overlay with other ids: the layers' files have their own owners");
	if (options->rootfs)
		*out = options->rootfs == ROOTFS_OVERLAY ? BUNDLE_OVERLAY : BUNDLE_COPY;
	else
		*out = options->is_rootless || has_ids ? BUNDLE_COPY : BUNDLE_OVERLAY;
	/* nothing to lay it over */
	if (image->n_layers == 0)
		*out = BUNDLE_COPY;
	return 0;
}

int
cmd_bundle_make (
	struct bundle_options *options, const struct cmd_bundle_input *input, struct error *err)
{
	struct bundle_request request = {
		.store = input->store,
		.image = input->image,
		.name = input->name,
		.path = input->path,
		.not_mounted = options->no_mount,
		.overrides = {
			.env = &options->env,
			.labels = &options->annotations,
			.entrypoint = options->entrypoint,
			.args = input->args,
			.n_args = input->n_args,
			.user = options->user,
			.cwd = options->cwd,
			.hostname = options->hostname,
			.tty = options->tty,
			.read_only = options->read_only,
			.host_network = options->network == NETWORK_HOST,
			.no_seccomp = options->no_seccomp,
		},
		.uids = { options->ids.uids, options->ids.n_uids },
		.gids = { options->ids.gids, options->ids.n_gids },
		.is_rootless = options->is_rootless,
	};

	if (choose_rootfs (options, input->image, &request.rootfs, err) < 0)
		return -1;
	return bundle_make (&request, err);
}

int
cmd_absolute_path (const char *path, char **out, struct error *err)
{
	autofree char *here = NULL;
	size_t n;

	if (*path == '\0')
		return fail (err, ENOENT, "a path of ''");
	if (*path != '/') {
		here = getcwd (NULL, 0);
		if (!here)
			return fail (err, errno, "look up the current directory");
	}
	*out = here ? xasprintf ("%s/%s", here, path) : xstrdup (path);
	for (n = strlen (*out); n > 1 && (*out)[n - 1] == '/'; n--)
		(*out)[n - 1] = '\0';
	return 0;
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct bundle_command_options *command = data;
	struct bundle_options *bundle = &command->bundle;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (image_done) struct image image = { 0 };
	autofree char *path = NULL;
	struct cmd_bundle_input input = {
		.store = &store,
		.image = &image,
		.name = arguments[0],
		.args = command->args.values,
		.n_args = command->args.n,
	};

	if (cmd_absolute_path (arguments[1], &path, err) < 0 ||
		cmd_bundle_begin (bundle, err) < 0 ||
		cmd_open_store (&bundle->shared, STORE_WRITE, &store, err) < 0 ||
		cmd_get_image (&bundle->shared, &store, arguments[0], cmd_pull_when (bundle),
			&image, err) < 0)
		return -1;
	input.path = path;
	if (cmd_bundle_make (bundle, &input, err) < 0)
		return -1;
	return bundle->shared.quiet ? 0 : cmd_printf (err, "%s\n", path);
}

const struct command cmd_bundle = {
	.name = "bundle",
	.arguments = "REF DIR",
	.summary = "make a bundle of an image, and pull that if it is missing",
	.details =
		"DIR is made, or is empty. What is in it runs with davit, runc and crun as it is:\n"
		"config.json and rootfs, an overlay over the store's layers, which is mounted\n"
		"(after a boot: `ctr-image mount DIR`), or a copy.",
	.options = options,
	.options_size = sizeof (struct bundle_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 2,
	.max_arguments = 2,
	.touches_layers = true,
	.run = run,
};
