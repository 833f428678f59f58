/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/source.h"

#include <stdlib.h>

int
source_get_manifest (
	struct source *source, const char *object, struct source_manifest *out, struct error *err)
{
	return source->driver->get_manifest (source, object, out, err);
}

int
source_get_blob (struct source *source, const struct source_blob *blob, struct blob_sink *sink,
	struct error *err)
{
	return source->driver->get_blob (source, blob, sink, err);
}

void
source_close (struct source **source)
{
	if (!*source)
		return;
	free ((*source)->name);
	free ((*source)->only_name);
	(*source)->name = (*source)->only_name = NULL;
	(*source)->driver->close (*source);
	*source = NULL;
}

void
source_manifest_done (struct source_manifest *manifest)
{
	free (manifest->data);
	free (manifest->media_type);
	free (manifest->digest);
	*manifest = (struct source_manifest){ 0 };
}
