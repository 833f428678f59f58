/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"

#include <limits.h>

static void
resolve_hook (struct spec_context *c, const struct oci_hook *hook, struct hook_plan *out)
{
	char **only_path = NULL;

	if (hook->path && hook->path[0] != '/')
		spec_problem (c, &hook->path, "'%s' is not an absolute path", hook->path);
	/* less than 1 is the schema's to complain of */
	if (hook->timeout > INT_MAX)
		spec_problem (c, &hook->timeout, "must not be more than %d seconds", INT_MAX);
	if (hook->n_args == 0) {
		only_path = spec_alloc (c, 2, sizeof *only_path);
		only_path[0] = (char *) hook->path;
	}
	*out = (struct hook_plan){
		.at = spec_at (c, hook->place),
		.path = hook->path,
		.args = only_path ? only_path : hook->args,
		.env = hook->env,
		.timeout = (int) hook->timeout,
	};
}

void
spec_hooks (struct spec_context *c, const struct oci_hooks *hooks)
{
	const struct {
		struct oci_hook **list;
		size_t n;
	} kinds[HOOK_KINDS] = {
		[HOOK_PRESTART] = { hooks->prestart, hooks->n_prestart },
		[HOOK_CREATE_RUNTIME] = { hooks->create_runtime, hooks->n_create_runtime },
		[HOOK_CREATE_CONTAINER] = { hooks->create_container, hooks->n_create_container },
		[HOOK_START_CONTAINER] = { hooks->start_container, hooks->n_start_container },
		[HOOK_POSTSTART] = { hooks->poststart, hooks->n_poststart },
		[HOOK_POSTSTOP] = { hooks->poststop, hooks->n_poststop },
	};

	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		struct hooks *out = &c->plan.hooks[kind];

		out->n = kinds[kind].n;
		out->entries = spec_alloc (c, out->n, sizeof *out->entries);
		for (size_t i = 0; i < out->n; i++)
			resolve_hook (c, kinds[kind].list[i], &out->entries[i]);
	}
}
