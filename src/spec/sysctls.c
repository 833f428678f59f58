/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "plan/sysctls.h"

void
spec_sysctls (struct spec_context *c, const struct oci_linux *linux)
{
	const struct oci_string_map *map = linux->sysctl;
	const struct ocispec_place *place = ocispec_child (linux->place, "sysctl", 0);
	struct plan *plan = &c->plan;

	if (!map)
		return;
	plan->sysctls = spec_alloc (c, map->n, sizeof *plan->sysctls);
	for (size_t i = 0; i < map->n; i++) {
		char path[SYSCTL_NAME_MAX];
		struct error cause;

		if (sysctl_check (map->keys[i], &plan->namespaces, &cause) < 0 ||
			sysctl_to_path (map->keys[i], path, &cause) < 0) {
			spec_problem_cause (c, &map->values[i], &cause);
			continue;
		}
		plan->sysctls[plan->n_sysctls++] = (struct sysctl_plan){
			.at = spec_at (c, ocispec_child (place, map->keys[i], 0)),
			.name = arena_strdup (&c->doc.arena, path),
			.value = map->values[i],
		};
	}
}
