/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * copy: an image from anywhere to anywhere, by way of the store unless it goes into a layout.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "image/archive_write.h"
#include "image/cmd_bundle.h"
#include "image/push.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct copy_command_options {
	struct shared shared;
};

static const struct option_row options[] = {
	PULL_ROWS (copy_command_options),
	{ 0 },
};

/* Fetches blobs and documents into a store, which may be the destination's own layout. */
static int
fetch (struct shared *shared, const struct store *store, const char *source_text, const char *name,
	struct image *out, struct error *err)
{
	AUTO (cmd_progress_free) struct cmd_progress *progress = cmd_progress_new (shared);
	AUTO (reference_done) struct reference reference = { 0 };
	AUTO (cmd_close_source) struct cmd_source source = { 0 };
	struct pull_request request = { .name = name };
	struct pull_options how;

	if (cmd_pull_options (shared, &how, err) < 0 ||
		cmd_parse_reference (shared, source_text, &reference, err) < 0 ||
		cmd_open_source (shared, &reference, &source, err) < 0)
		return -1;
	how.blobs_only = true;
	how.show = cmd_progress_show;
	how.show_milliseconds = cmd_progress_interval (progress);
	how.data = progress;
	request.source = source.source;
	request.object = source.object;
	return pull_image (store, &request, &how, out, err);
}

/* An image of our store is a layout's as well. */
static int
source_in_store (const struct store *store, const char *text, const struct shared *shared,
	char **out, struct error *err)
{
	AUTO (image_done) struct image image = { 0 };

	if (cmd_find_image (shared, store, text, &image, err) < 0)
		return err->code == ENOENT ? 0 : -1;
	*out = xasprintf ("oci:%s@%s", store->path, image.document.digest);
	return 1;
}

static int
to_layout (struct shared *shared, const char *source, const struct reference *to, struct error *err)
{
	AUTO (store_close) struct store layout = { .fd = -1, .lock = -1 };
	AUTO (image_done) struct image image = { 0 };
	autofree char *path = NULL;
	const char *tag = to->tag ? to->tag : REFERENCE_DEFAULT_TAG;

	if (to->digest)
		return fail (err, 0, "a layout takes a tag, not a digest");
	if (cmd_absolute_path (to->path, &path, err) < 0 ||
		store_open (path, STORE_LAYOUT, &layout, err) < 0 ||
		fetch (shared, &layout, source, tag, &image, err) < 0)
		return -1;
	return shared->quiet ? 0 : cmd_printf (err, "%s\n", image.document.digest);
}

static int
to_registry (struct shared *shared, const struct store *store, const struct image *image,
	const struct reference *to, struct error *err)
{
	AUTO (http_free) struct http *http = NULL;
	AUTO (registry_close) struct registry *registry = NULL;
	struct push_request request = {
		.store = store,
		.host = to->host,
		.repository = to->repository,
		.digest = image->document.digest,
		.media_type = image->document.media_type,
		.object = reference_object (to),
		.jobs = (unsigned int) shared->jobs,
	};

	if (cmd_open_http (shared, to, &http, err) < 0 ||
		cmd_open_registry (shared, to, http, &registry, err) < 0)
		return -1;
	request.registry = registry;
	return push_image (&request, err);
}

static int
write_archive (const struct store *store, const struct image *image, const struct reference *to,
	int fd, struct error *err)
{
	struct fd_sink sink;

	fd_sink_init (&sink, fd, to->path);
	if (to->transport == TRANSPORT_OCI_ARCHIVE)
		return archive_write_oci (store, image, to->tag, &sink.sink, err);
	return archive_write_docker (store, image, to->name, &sink.sink, err);
}

/* Under another name until it is whole. */
static int
to_archive (const struct store *store, const struct image *image, const struct reference *to,
	struct error *err)
{
	autofree char *draft = xasprintf ("%s.%d.new", to->path, (int) getpid ());
	autofd fd = open (draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return fail (err, errno, "create '%s'", draft);
	if (write_archive (store, image, to, fd, err) < 0) {
		error_ignore (unlink (draft), "the first error is the news");
		return -1;
	}
	if (rename (draft, to->path) < 0) {
		fail (err, errno, "rename '%s' to '%s'", draft, to->path);
		error_ignore (unlink (draft), "the first error is the news");
		return -1;
	}
	return 0;
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct shared *shared = &((struct copy_command_options *) data)->shared;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (reference_done) struct reference to = { 0 };
	AUTO (image_done) struct image image = { 0 };
	autofree char *stored = NULL;
	const char *source;

	if (cmd_parse_reference (shared, arguments[1], &to, err) < 0 ||
		cmd_open_store (shared, STORE_WRITE, &store, err) < 0 ||
		source_in_store (&store, arguments[0], shared, &stored, err) < 0)
		return -1;
	source = stored ? stored : arguments[0];
	if (to.transport == TRANSPORT_OCI)
		return to_layout (shared, source, &to, err);
	if (fetch (shared, &store, source, NULL, &image, err) < 0)
		return -1;
	if ((to.transport == TRANSPORT_REGISTRY ? to_registry (shared, &store, &image, &to, err)
						: to_archive (&store, &image, &to, err)) < 0)
		return -1;
	return shared->quiet ? 0 : cmd_printf (err, "%s\n", image.document.digest);
}

const struct command cmd_copy = {
	.name = "copy",
	.arguments = "SOURCE DESTINATION",
	.summary = "copy an image between registries, layouts and archives",
	.details = "Both are [docker://]HOST/NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG] or\n"
		   "docker-archive:FILE[:NAME]; the source may be an image of the store.",
	.options = options,
	.options_size = sizeof (struct copy_command_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 2,
	.max_arguments = 2,
	.run = run,
};
