/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"

/* One of maskedPaths and readonlyPaths. */
struct path_list {
	const char *member;
	char *const *paths;
	size_t n;
};

static size_t
add_paths (struct spec_context *c, const struct ocispec_place *linux, const struct path_list *list,
	struct path_plan **out)
{
	const struct ocispec_place *array = ocispec_child (linux, list->member, 0);

	if (list->n == 0)
		return 0;
	*out = spec_alloc (c, list->n, sizeof **out);
	for (size_t i = 0; i < list->n; i++) {
		const char *path = list->paths[i];

		if (path[0] != '/')
			spec_problem (c, &list->paths[i], "'%s' is not an absolute path", path);
		(*out)[i] = (struct path_plan){
			.at = spec_at (c, ocispec_child (array, NULL, i)),
			.path = path,
		};
	}
	return list->n;
}

void
spec_hidden_paths (struct spec_context *c, const struct oci_linux *linux)
{
	struct path_list masked = { "maskedPaths", linux->masked_paths, linux->n_masked_paths };
	struct path_list readonly = { "readonlyPaths", linux->readonly_paths,
		linux->n_readonly_paths };
	struct plan *plan = &c->plan;

	plan->n_masked_paths = add_paths (c, linux->place, &masked, &plan->masked_paths);
	plan->n_readonly_paths = add_paths (c, linux->place, &readonly, &plan->readonly_paths);
}
