/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan.h"

#include <string.h>

const char *const hook_names[HOOK_KINDS] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

const char *
plan_annotation (const struct plan *plan, const char *key)
{
	for (size_t i = 0; i < plan->n_annotations; i++)
		if (strcmp (plan->annotations[i].key, key) == 0)
			return plan->annotations[i].value;
	return NULL;
}

void
plan_adopt (struct plan *plan, struct plan *other)
{
	arena_adopt (&plan->arena, &other->arena);
	memset (other, 0, sizeof *other);
}

void
plan_done (struct plan *plan)
{
	arena_done (&plan->arena);
	memset (plan, 0, sizeof *plan);
}
