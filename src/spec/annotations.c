/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

/* crun's way to have another program than the kernel run the container. */
#define HANDLER "run.oci.handler"

void
spec_annotations (struct spec_context *c, const struct oci_string_map *map)
{
	struct plan *plan = &c->plan;

	plan->annotations = spec_alloc (c, map->n, sizeof *plan->annotations);
	for (size_t i = 0; i < map->n; i++) {
		const char *key = map->keys[i], *value = map->values[i];

		if (!*key)
			spec_problem (c, &map->values[i], "a key must not be empty");
		if (str_equal (key, HANDLER) && *value)
			spec_problem (c, &map->values[i],
				"asks for the handler '%s', and this build has none", value);
		plan->annotations[plan->n_annotations++] = (struct annotation){ key, value };
	}
}
