/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What many commands do: open the store, find out what a reference means, get an image.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/command.h"
#include "image/http.h"
#include "image/layers.h"
#include "image/layout.h"
#include "image/registry_source.h"

#include <errno.h>
#include <unistd.h>

#define STORE_OF_ROOT "/var/lib/ctr-image"

static const char *const certs_d[] = {
	"/etc/containers/certs.d",
	"/etc/docker/certs.d",
	NULL,
};

/* ---- the store */

int
cmd_store_path (const struct shared *shared, char **out, struct error *err)
{
	const struct environment *environment = shared->environment;
	const char *path = shared->store ? shared->store : environment->store;
	autofree char *here = NULL;

	if (path && *path == '\0')
		return fail (err, 0, "--store '' can't hold images");
	if (path && *path != '/') {
		here = getcwd (NULL, 0);
		if (!here)
			return fail (err, errno, "look up the current directory");
		*out = xasprintf ("%s/%s", here, path);
	} else if (path) {
		*out = xstrdup (path);
	} else if (overlay_kind_of_process () == OVERLAY_TRUSTED) {
		*out = xstrdup (STORE_OF_ROOT);
	} else if (environment->data_home && *environment->data_home == '/') {
		*out = xasprintf ("%s/ctr-image", environment->data_home);
	} else if (environment->files.home && *environment->files.home == '/') {
		*out = xasprintf ("%s/.local/share/ctr-image", environment->files.home);
	} else {
		return fail (err, 0, "where are the images kept? HOME is not set: give --store");
	}
	return 0;
}

int
cmd_open_store (
	const struct shared *shared, enum store_mode mode, struct store *out, struct error *err)
{
	autofree char *path = NULL;

	if (cmd_store_path (shared, &path, err) < 0)
		return -1;
	return store_open (path, mode, out, err);
}

/* ---- references */

static const char *
default_registry (const struct shared *shared)
{
	return shared->registry ? shared->registry : shared->environment->registry;
}

int
cmd_parse_reference (
	const struct shared *shared, const char *text, struct reference *out, struct error *err)
{
	*out = (struct reference){ 0 };
	return reference_parse (out, text, default_registry (shared), err);
}

/* The last part of a path, with nothing in it that a name may not have. */
static char *
name_of_path (const char *path)
{
	size_t n = strlen (path), start;
	char *name;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (start = n; start > 0 && path[start - 1] != '/'; start--)
		;
	name = strndup (path + start, n - start);
	for (char *p = name; p && *p; p++) {
		bool is_lower = *p >= 'a' && *p <= 'z', is_digit = *p >= '0' && *p <= '9';

		if (*p >= 'A' && *p <= 'Z')
			*p = (char) (*p - 'A' + 'a');
		else if (!is_lower && !is_digit)
			*p = '-';
	}
	return name;
}

char *
cmd_store_name (const struct reference *reference, const struct source *source)
{
	AUTO (reference_done) struct reference inner = { 0 };
	autofree char *base = NULL;
	struct error ignored;

	if (reference->transport == TRANSPORT_REGISTRY)
		return reference_print (reference);
	if (reference->name &&
		reference_parse (&inner, reference->name, "docker.io", &ignored) == 0)
		return reference_print (&inner);
	if (!reference->name && !reference->tag && source && source->only_name)
		return xstrdup (source->only_name);
	/* another store's name for it is as good here */
	if (reference->tag && strchr (reference->tag, '/'))
		return xstrdup (reference->tag);
	base = name_of_path (reference->path);
	return xasprintf ("localhost/%s:%s", base && *base ? base : "image",
		reference->tag ? reference->tag : REFERENCE_DEFAULT_TAG);
}

/* ---- sources */

void
cmd_credential_files (const struct shared *shared, struct credential_files *out)
{
	*out = shared->environment->files;
	if (shared->authfile)
		out->authfile = shared->authfile;
}

int
cmd_open_http (struct shared *shared, const struct reference *reference, struct http **out,
	struct error *err)
{
	const struct environment *environment = shared->environment;
	struct http_settings settings = {
		.skip_tls_verify = !shared->tls_verify,
		.cert_dir = shared->cert_dir,
		.cert_host = reference->host,
		.certs_d = certs_d,
		.http_proxy = environment->http_proxy,
		.https_proxy = environment->https_proxy,
		.no_proxy = environment->no_proxy,
		.retries = shared->retry,
		.user_agent = "ctr-image/" PACKAGE_VERSION,
		.cancelled = &shared->cancelled,
		.notice = cmd_warn,
	};

	*out = http_new (&settings, err);
	return *out ? 0 : -1;
}

const char *const *
cmd_end_list (struct option_list *list)
{
	list->values = xrealloc (list->values, (list->n + 1) * sizeof *list->values);
	list->values[list->n] = NULL;
	return list->values;
}

int
cmd_open_registry (struct shared *shared, const struct reference *reference, struct http *http,
	struct registry **out, struct error *err)
{
	struct registry_settings settings = {
		.http = http,
		.host = reference->host,
		.repository = reference->repository,
		.may_be_plain_http = !shared->tls_verify,
		.files = &shared->files,
		.creds = shared->creds,
		.realm_hosts = cmd_end_list (&shared->realm_hosts),
	};

	cmd_credential_files (shared, &shared->files);
	return registry_open (&settings, out, err);
}

static int
open_registry (struct shared *shared, const struct reference *reference, struct cmd_source *out,
	struct error *err)
{
	struct credential_files *files = xmalloc (sizeof *files);
	struct registry_source_settings settings = {
		.may_be_plain_http = !shared->tls_verify,
		.files = files,
		.creds = shared->creds,
		.realm_hosts = cmd_end_list (&shared->realm_hosts),
		.mirrors = cmd_end_list (&shared->mirrors),
		.notice = cmd_warn,
	};

	out->files = files;
	cmd_credential_files (shared, files);
	if (cmd_open_http (shared, reference, &out->http, err) < 0)
		return -1;
	settings.http = out->http;
	out->object = reference_object (reference);
	return registry_source_open (&settings, reference, &out->source, err);
}

int
cmd_open_source (struct shared *shared, const struct reference *reference, struct cmd_source *out,
	struct error *err)
{
	AUTO (cmd_close_source) struct cmd_source source = { 0 };
	int r = -1;

	source.object = reference->digest ? reference->digest : reference->tag;
	switch (reference->transport) {
	case TRANSPORT_REGISTRY:
		r = open_registry (shared, reference, &source, err);
		break;
	case TRANSPORT_OCI:
		r = layout_open_dir (reference->path, &source.source, err);
		break;
	case TRANSPORT_OCI_ARCHIVE:
		r = layout_open_archive (reference->path, &source.source, err);
		break;
	case TRANSPORT_DOCKER_ARCHIVE:
		source.object = reference->name;
		r = docker_archive_open (reference->path, &source.source, err);
		break;
	}
	if (r < 0)
		return -1;
	*out = source;
	source = (struct cmd_source){ 0 };
	return 0;
}

void
cmd_close_source (struct cmd_source *source)
{
	source_close (&source->source);
	if (source->http)
		http_free (&source->http);
	free (source->files);
	source->files = NULL;
}

/* ---- pulling */

int
cmd_parse_size (const char *text, uint64_t *out, struct error *err)
{
	static const char units[] = "KMGT";
	autofree char *number = xstrdup (text);
	size_t n = strlen (number);
	const char *unit;
	int shift = 0;

	if (n > 1 && (number[n - 1] == 'B' || number[n - 1] == 'b'))
		number[--n] = '\0';
	if (n > 1 && number[n - 1] == 'i')
		number[--n] = '\0';
	unit = n > 0 ? strchr (units, number[n - 1] & ~0x20) : NULL;
	if (unit && *unit) {
		shift = 10 * (int) (unit - units + 1);
		number[n - 1] = '\0';
	}
	if (!str_to_u64 (number, (uint64_t) INT64_MAX >> shift, out))
		return fail (err, 0, "'%s' is no size: it takes a number, and K, M, G or T", text);
	*out <<= shift;
	return 0;
}

int
cmd_pull_options (struct shared *shared, struct pull_options *out, struct error *err)
{
	*out = (struct pull_options){
		.jobs = shared->jobs,
		.max_size = PULL_DEFAULT_MAX_SIZE,
		.max_entries = PULL_DEFAULT_MAX_ENTRIES,
		.warn = cmd_warn,
		.cancelled = &shared->cancelled,
	};
	if (shared->jobs < 1)
		return fail (err, 0, "--jobs has to be at least 1");
	if (shared->max_size && cmd_parse_size (shared->max_size, &out->max_size, err) < 0)
		return error_prefix (err, "--max-size");
	if (shared->max_entries && !str_to_u64 (shared->max_entries, INT64_MAX, &out->max_entries))
		return fail (err, 0, "--max-entries '%s' is no number", shared->max_entries);
	return platform_parse (shared->platform, &out->platform, err);
}

int
cmd_find_image (const struct shared *shared, const struct store *store, const char *text,
	struct image *out, struct error *err)
{
	AUTO (reference_done) struct reference reference = { 0 };
	autofree char *name = NULL;
	struct error ignored;
	int r = image_find (store, text, out, err);

	if (r == 0 || err->code != ENOENT)
		return r;
	if (cmd_parse_reference (shared, text, &reference, &ignored) < 0)
		return -1;
	name = cmd_store_name (&reference, NULL);
	return str_equal (name, text) ? -1 : image_find (store, name, out, err);
}

/* What a bundle needs of it is there. */
static bool
is_unpacked (const struct store *store, const struct image *image)
{
	struct layer_stack stack;
	struct error ignored;

	if (layers_open_stack (store, image, &stack, &ignored) < 0)
		return false;
	layer_stack_done (&stack);
	return true;
}

static int
pull_now (struct shared *shared, const struct store *store, const char *text,
	struct pull_options *options, struct image *out, struct error *err)
{
	AUTO (reference_done) struct reference reference = { 0 };
	AUTO (cmd_close_source) struct cmd_source source = { 0 };
	autofree char *name = NULL;
	struct pull_request request = { 0 };

	if (cmd_parse_reference (shared, text, &reference, err) < 0 ||
		cmd_open_source (shared, &reference, &source, err) < 0)
		return -1;
	name = cmd_store_name (&reference, source.source);
	request = (struct pull_request){ source.source, source.object, name };
	return pull_image (store, &request, options, out, err);
}

/* What is there may be for another platform than the one asked for. */
static bool
fits (const struct shared *shared, const struct image *image, const struct pull_options *options)
{
	const struct oci_image_config *config = image->config;

	return !shared->platform || platform_rank (&options->platform, config->os,
					    config->architecture, config->variant) > 0;
}

/* Returns 1 when it is there as it is wanted. */
static int
find_fitting (struct shared *shared, const struct store *store, const char *text,
	struct pull_options *options, struct image *out, struct error *err)
{
	if (cmd_find_image (shared, store, text, out, err) < 0)
		return err->code == ENOENT ? 0 : -1;
	if (!fits (shared, out, options)) {
		fail (err, 0, "'%s' is in the store for another platform", text);
		image_done (out);
		return 0;
	}
	if (is_unpacked (store, out) || pull_unpack (store, out, options, err) == 0)
		return 1;
	image_done (out);
	/* its blobs are gone, which a pull mends */
	return err->code == ENOENT ? 0 : -1;
}

/* What is on this machine is looked at each time: nothing has to be fetched when nothing has changed. */
static bool
is_local (const struct shared *shared, const char *text)
{
	AUTO (reference_done) struct reference reference = { 0 };
	struct error ignored;

	return cmd_parse_reference (shared, text, &reference, &ignored) == 0 &&
	       reference.transport != TRANSPORT_REGISTRY;
}

int
cmd_get_image (struct shared *shared, const struct store *store, const char *text,
	enum cmd_pull_when when, struct image *out, struct error *err)
{
	struct cmd_progress *progress = cmd_progress_new (shared);
	struct pull_options options;
	int r = cmd_pull_options (shared, &options, err);

	options.show = cmd_progress_show;
	options.show_milliseconds = cmd_progress_interval (progress);
	options.data = progress;
	if (when == CMD_PULL_MISSING && is_local (shared, text))
		when = CMD_PULL_ALWAYS;
	if (r == 0 && when != CMD_PULL_ALWAYS)
		r = find_fitting (shared, store, text, &options, out, err);
	if (r == 0 && when == CMD_PULL_NEVER)
		r = -1;
	if (r == 0)
		r = pull_now (shared, store, text, &options, out, err);
	cmd_progress_free (&progress);
	return r < 0 ? -1 : 0;
}
