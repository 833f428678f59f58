/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/saved_config.h"
#include "base/auto.h"
#include "base/fd.h"
#include "spec/spec.h"

int
saved_config_plan (struct container *container, struct plan *out, struct error *err)
{
	const struct spec_request request = { .bundle = container->record->bundle };
	struct spec_document document = { .file = "config.json" };
	autofree char *text = NULL;

	if (fd_read_file (
		    container->dir_fd, "config.json", CONFIG_LIMIT, &text, &document.size, err) < 0)
		return error_prefix (err, "container '%s'", container->id);
	document.text = text;
	return spec_parse_plan (&request, &document, out, err);
}
