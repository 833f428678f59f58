/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/command.h"
#include "image/push.h"
#include "image/registry.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct push_options {
	struct shared shared;
	const char *digest_file;
};

static const struct option_row options[] = {
	STORE_ROW (push_options),
	QUIET_ROW (push_options),
	REMOTE_ROWS (push_options),
	{ "digestfile", NULL, STRING_INTO (struct push_options, digest_file), "FILE",
		"write the digest to it" },
	{ "jobs", "j", NUMBER_INTO (struct push_options, shared.jobs), "N",
		"blobs to send at once (default: 4)" },
	{ 0 },
};

/* What a push is about, from the two arguments. */
struct push_plan {
	char *name; /* owned; in the store */
	struct reference destination; /* owned */
};

static void
push_plan_done (struct push_plan *plan)
{
	free (plan->name);
	reference_done (&plan->destination);
}

static int
make_plan (
	const struct push_options *push, char **arguments, struct push_plan *out, struct error *err)
{
	AUTO (reference_done) struct reference image = { 0 };

	if (cmd_parse_reference (&push->shared, arguments[0], &image, err) < 0 ||
		cmd_parse_reference (&push->shared, arguments[1] ? arguments[1] : arguments[0],
			&out->destination, err) < 0)
		return -1;
	if (image.transport != TRANSPORT_REGISTRY)
		return fail_hint (err, 0, "for others there is `ctr-image copy`",
			"'%s' is no image of the store", arguments[0]);
	if (out->destination.transport != TRANSPORT_REGISTRY)
		return fail_hint (err, 0, "for others there is `ctr-image copy`",
			"'%s' is no image in a registry", arguments[1]);
	out->name = reference_print (&image);
	return 0;
}

static int
push_to (struct push_options *push, struct push_request *request,
	const struct reference *destination, struct error *err)
{
	AUTO (http_free) struct http *http = NULL;
	AUTO (registry_close) struct registry *registry = NULL;

	if (cmd_open_http (&push->shared, destination, &http, err) < 0 ||
		cmd_open_registry (&push->shared, destination, http, &registry, err) < 0)
		return -1;
	request->registry = registry;
	return push_image (request, err);
}

static int
report (const struct push_options *push, const struct push_plan *plan, const char *digest,
	struct error *err)
{
	const struct reference *to = &plan->destination;
	autofd fd = -1;

	if (push->digest_file) {
		fd = open (push->digest_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (fd < 0)
			return fail (err, errno, "create '%s'", push->digest_file);
		if (fd_write_all (fd, digest, strlen (digest), push->digest_file, err) < 0)
			return -1;
	}
	if (push->shared.quiet)
		return 0;
	return cmd_printf (err, "%s/%s@%s\n", to->host, to->repository, digest);
}

static int
push_from (const struct store *store, struct push_options *push, const struct push_plan *plan,
	struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	const struct reference *to = &plan->destination;
	struct oci_manifest_descriptor *found;
	struct push_request request = {
		.store = store,
		.host = to->host,
		.repository = to->repository,
		.jobs = (unsigned int) push->shared.jobs,
	};
	struct oci_image_index *index;

	if (store_read_index (store, &doc, &index, err) < 0)
		return -1;
	found = store_find_name (index, plan->name);
	if (!found)
		return fail (err, 0, "there is no image '%s' in the store", plan->name);
	request.digest = found->digest;
	request.media_type = found->media_type;
	request.object = reference_tag (to) ? reference_tag (to) : to->digest;
	if (to->digest && !str_equal (to->digest, found->digest))
		return fail (err, 0, "the image is %s, and can't be pushed as %s", found->digest,
			to->digest);
	if (push_to (push, &request, to, err) < 0)
		return -1;
	return report (push, plan, found->digest, err);
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct push_options *push = data;
	AUTO (push_plan_done) struct push_plan plan = { 0 };
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };

	if (make_plan (push, arguments, &plan, err) < 0 ||
		cmd_open_store (&push->shared, STORE_READ, &store, err) < 0)
		return -1;
	return push_from (&store, push, &plan, err);
}

const struct command cmd_push = {
	.name = "push",
	.arguments = "IMAGE [DESTINATION]",
	.summary = "send an image of the store to a registry",
	.details = "Without a DESTINATION the image goes where its name says.",
	.options = options,
	.options_size = sizeof (struct push_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 2,
	.run = run,
};
