/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/registry_source.h"
#include "base/auto.h"
#include "base/mem.h"

#include <stdlib.h>

struct registry_source {
	struct source source;
	struct registry_source_settings settings;
	struct registry *
		*places; /* owned, each too; the mirrors, and the registry itself at the end */
	size_t n_places;
};

static void
pass_over (
	const struct registry_source_settings *settings, const char *place, const struct error *why)
{
	autofree char *text = NULL;

	if (!settings->notice)
		return;
	text = xasprintf ("mirror '%s' is passed over: %s", place, why->text);
	settings->notice (settings->notice_data, text);
}

static int
get_manifest (
	struct source *source, const char *object, struct source_manifest *out, struct error *err)
{
	struct registry_source *from = (struct registry_source *) source;

	for (size_t i = 0; i < from->n_places; i++) {
		if (registry_get_manifest (from->places[i], object ? object : REFERENCE_DEFAULT_TAG,
			    out, err) == 0)
			return 0;
		if (i + 1 < from->n_places)
			pass_over (&from->settings, registry_name (from->places[i]), err);
	}
	return -1;
}

static int
write_to_sink (void *data, const void *bytes, size_t size, struct error *err)
{
	struct blob_sink *sink = data;

	return sink->write (sink, bytes, size, err);
}

static int
get_blob (struct source *source, const struct source_blob *wanted, struct blob_sink *sink,
	struct error *err)
{
	struct registry_source *from = (struct registry_source *) source;
	struct registry_blob blob = {
		.digest = wanted->digest,
		.size = wanted->size,
		.at = wanted->offset,
		.urls = wanted->urls,
		.n_urls = wanted->n_urls,
		.write = write_to_sink,
		.data = sink,
	};

	for (size_t i = 0; i < from->n_places; i++) {
		if (registry_get_blob (from->places[i], &blob, err) == 0)
			return 0;
		if (blob.is_refused)
			return -1;
		/* What has come from this one stays: the next one goes on behind it. */
		if (i + 1 < from->n_places)
			pass_over (&from->settings, registry_name (from->places[i]), err);
	}
	return -1;
}

static void
close_source (struct source *source)
{
	struct registry_source *from = (struct registry_source *) source;

	for (size_t i = 0; i < from->n_places; i++)
		registry_close (&from->places[i]);
	free (from->places);
	free (from->source.name);
	free (from);
}

static const struct source_driver driver = { get_manifest, get_blob, close_source };

static int
open_mirror (struct registry_source *from, const char *text, const char *repository,
	struct registry **out, struct error *err)
{
	const struct registry_source_settings *settings = &from->settings;
	autofree char *host = NULL, *prefix = NULL, *name = NULL;
	struct registry_settings mirror = {
		.http = settings->http,
		.may_be_plain_http = settings->may_be_plain_http,
		.files = settings->files,
		.realm_hosts = settings->realm_hosts,
	};

	if (reference_parse_registry (text, &host, &prefix, err) < 0)
		return -1;
	name = prefix ? xasprintf ("%s/%s", prefix, repository) : xstrdup (repository);
	mirror.host = host;
	mirror.repository = name;
	return registry_open (&mirror, out, err);
}

static int
open_places (struct registry_source *from, const struct reference *reference, struct error *err)
{
	const struct registry_source_settings *settings = &from->settings;
	struct registry_settings itself = {
		.http = settings->http,
		.host = reference->host,
		.repository = reference->repository,
		.may_be_plain_http = settings->may_be_plain_http,
		.files = settings->files,
		.creds = settings->creds,
		.realm_hosts = settings->realm_hosts,
	};
	size_t n = 0;

	while (settings->mirrors && settings->mirrors[n])
		n++;
	from->places = xcalloc (n + 1, sizeof *from->places);
	for (size_t i = 0; i < n; i++) {
		struct registry **place = &from->places[from->n_places];

		if (open_mirror (from, settings->mirrors[i], reference->repository, place, err) < 0)
			pass_over (settings, settings->mirrors[i], err);
		else
			from->n_places++;
	}
	if (registry_open (&itself, &from->places[from->n_places], err) < 0)
		return -1;
	from->n_places++;
	return 0;
}

int
registry_source_open (const struct registry_source_settings *settings,
	const struct reference *reference, struct source **out_source, struct error *err)
{
	struct registry_source *from = xcalloc (1, sizeof *from);

	from->source.driver = &driver;
	from->source.name = xasprintf ("%s/%s", reference->host, reference->repository);
	from->settings = *settings;
	if (open_places (from, reference, err) < 0) {
		close_source (&from->source);
		return -1;
	}
	*out_source = &from->source;
	return 0;
}
