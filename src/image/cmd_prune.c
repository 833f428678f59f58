/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * prune, remove and verify: what becomes of the store.
 */
#include "base/auto.h"
#include "base/json_writer.h"
#include "image/command.h"
#include "image/prune.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>

struct prune_command_options {
	struct shared shared;
	bool keep_partial, no_prune, repair;
};

static const struct option_row prune_options[] = {
	STORE_ROW (prune_command_options),
	FORMAT_ROW (prune_command_options),
	{ "keep-partial", NULL, FLAG_INTO (struct prune_command_options, keep_partial), NULL,
		"keep what has come of blobs that are not complete" },
	{ 0 },
};

static const struct option_row remove_options[] = {
	STORE_ROW (prune_command_options),
	REGISTRY_ROW (prune_command_options),
	{ "no-prune", NULL, FLAG_INTO (struct prune_command_options, no_prune), NULL,
		"only forget the name: `prune` frees the space" },
	{ 0 },
};

static const struct option_row verify_options[] = {
	STORE_ROW (prune_command_options),
	FORMAT_ROW (prune_command_options),
	{ "repair", NULL, FLAG_INTO (struct prune_command_options, repair), NULL,
		"remove damaged blobs, so that the next pull fetches them" },
	{ 0 },
};

/* ---- prune */

static int
print_report (const struct shared *shared, const struct prune_report *report, struct error *err)
{
	struct json_writer json = { .indent = 2 };

	if (shared->format != FORMAT_JSON)
		return cmd_printf (err, "removed %zu blobs (%.1f MB) and %zu unpacked layers\n",
			report->n_blobs, (double) report->bytes / 1e6, report->n_layers);
	json_open_object (&json, NULL);
	json_uint (&json, "blobs", report->n_blobs);
	json_uint (&json, "bytes", report->bytes);
	json_uint (&json, "layers", report->n_layers);
	json_close (&json);
	return cmd_write_json (&json, err);
}

static int
run_prune (void *data, char **arguments, struct error *err)
{
	struct prune_command_options *options = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	struct prune_report report;

	if (cmd_open_store (&options->shared, STORE_PRUNE, &store, err) < 0 ||
		prune (&store, options->keep_partial ? PRUNE_KEEP_PARTIAL : PRUNE_PARTIAL, &report,
			err) < 0)
		return -1;
	return print_report (&options->shared, &report, err);
}

/* ---- remove */

static int
remove_name (const struct shared *shared, const char *text, struct error *err)
{
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (reference_done) struct reference reference = { 0 };
	autofree char *name = NULL;
	int r;

	if (cmd_open_store (shared, STORE_WRITE, &store, err) < 0)
		return -1;
	r = store_remove_name (&store, text, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (cmd_parse_reference (shared, text, &reference, err) == 0) {
		name = cmd_store_name (&reference, NULL);
		r = store_remove_name (&store, name, err);
	}
	if (r == 0)
		return fail (err, 0, "there is no image '%s' in the store '%s'", text, store.path);
	return r < 0 ? -1 : 0;
}

static int
run_remove (void *data, char **arguments, struct error *err)
{
	struct prune_command_options *options = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	struct prune_report report;

	for (; *arguments; arguments++)
		if (remove_name (&options->shared, *arguments, err) < 0)
			return -1;
	if (options->no_prune)
		return 0;
	if (cmd_open_store (&options->shared, STORE_TRY_PRUNE, &store, err) < 0) {
		if (err->code != EWOULDBLOCK)
			return -1;
		cmd_warn (NULL, "somebody works in the store: `prune` will free the space later");
		return 0;
	}
	return prune (&store, PRUNE_KEEP_PARTIAL, &report, err);
}

/* ---- verify */

static void
tell_problem (void *data, const char *text)
{
	cmd_warn (data, text);
}

static int
run_verify (void *data, char **arguments, struct error *err)
{
	struct prune_command_options *options = data;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	struct verify_request request = {
		.store = &store, .repairs = options->repair, .problem = tell_problem
	};
	struct json_writer json = { .indent = 2 };
	struct verify_report report;
	int r;

	if (cmd_open_store (&options->shared, STORE_WRITE, &store, err) < 0 ||
		verify (&request, &report, err) < 0)
		return -1;
	if (options->shared.format == FORMAT_JSON) {
		json_open_object (&json, NULL);
		json_uint (&json, "blobs", report.n_blobs);
		json_uint (&json, "bytes", report.bytes);
		json_uint (&json, "problems", report.n_problems);
		json_close (&json);
		r = cmd_write_json (&json, err);
	} else {
		r = cmd_printf (err, "%zu blobs, %.1f MB: %zu problems\n", report.n_blobs,
			(double) report.bytes / 1e6, report.n_problems);
	}
	return r < 0 ? -1 : report.n_problems > 0;
}

const struct command cmd_prune = {
	.name = "prune",
	.arguments = "",
	.summary = "remove what no image in the store and no bundle needs",
	.options = prune_options,
	.options_size = sizeof (struct prune_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.touches_layers = true,
	.run = run_prune,
};

const struct command cmd_remove = {
	.name = "remove",
	.arguments = "REF...",
	.summary = "remove images from the store",
	.options = remove_options,
	.options_size = sizeof (struct prune_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = INT_MAX,
	.touches_layers = true,
	.run = run_remove,
};

const struct command cmd_verify = {
	.name = "verify",
	.arguments = "",
	.summary = "hash everything in the store again",
	.details = "Exits with 1 when something is damaged or missing.",
	.options = verify_options,
	.options_size = sizeof (struct prune_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.run = run_verify,
};
