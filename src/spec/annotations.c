/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

/* crun's way to have another program than the kernel run the container. */
#define HANDLER "run.oci.handler"

/* Properties of the container's unit of systemd. What is a name and a value is the driver's business: with
 * another one they have no effect. */
#define PROPERTY_PREFIX "org.systemd.property."

static void
add_unit_property (struct spec_context *c, const struct oci_runtime_config *config, size_t i)
{
	const struct oci_string_map *map = config->annotations;
	const struct ocispec_place *place = ocispec_child (config->place, "annotations", 0);
	struct cgroup_plan *cgroup = &c->plan.cgroup;

	if (!cgroup->properties)
		cgroup->properties = spec_alloc (c, map->n, sizeof *cgroup->properties);
	cgroup->properties[cgroup->n_properties++] = (struct unit_property_plan){
		.name = map->keys[i] + sizeof PROPERTY_PREFIX - 1,
		.value = map->values[i],
		.at = spec_at (c, ocispec_child (place, map->keys[i], 0)),
	};
}

void
spec_annotations (struct spec_context *c, const struct oci_runtime_config *config)
{
	const struct oci_string_map *map = config->annotations;
	struct plan *plan = &c->plan;

	plan->annotations = spec_alloc (c, map->n, sizeof *plan->annotations);
	for (size_t i = 0; i < map->n; i++) {
		const char *key = map->keys[i], *value = map->values[i];

		if (!*key)
			spec_problem (c, &map->values[i], "a key must not be empty");
		if (str_equal (key, HANDLER) && *value)
			spec_problem (c, &map->values[i],
				"asks for the handler '%s', and this build has none", value);
		if (str_starts (key, PROPERTY_PREFIX))
			add_unit_property (c, config, i);
		plan->annotations[plan->n_annotations++] = (struct annotation){ key, value };
	}
}
