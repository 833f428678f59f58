/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

#define NANOSECONDS 1000000000

static void
add_namespace (struct spec_context *c, const struct oci_linux_namespace *ns)
{
	int kind = ns->type ? ns_kind_from_name (ns->type) : -1;
	const char *path = spec_text (ns->path);
	struct namespace_plan *out;

	if (kind < 0)
		return;
	out = &c->plan.namespaces.ns[kind];
	if (out->how != NS_INHERIT) {
		spec_problem (c, ns, "the %s namespace is asked for twice", ns->type);
		return;
	}
	if (path && path[0] != '/')
		spec_problem (c, &ns->path, "'%s' is not an absolute path", path);
	*out = (struct namespace_plan){
		.how = path ? NS_JOIN : NS_NEW,
		.path = path,
		.at = spec_at (c, ns->place),
	};
}

static void
add_id_maps (struct spec_context *c, const struct oci_linux *linux)
{
	struct id_maps *maps = &c->plan.namespaces.id_maps;
	enum ns_how how = c->plan.namespaces.ns[NS_USER].how;
	struct spec_mappings mappings = {
		.uids = (void *) &linux->uid_mappings,
		.n_uids = linux->n_uid_mappings,
		.gids = (void *) &linux->gid_mappings,
		.n_gids = linux->n_gid_mappings,
	};

	spec_id_maps (c, &mappings, maps);
	if (how == NS_INHERIT && maps->n_uids + maps->n_gids > 0)
		spec_problem_hint (c,
			maps->n_uids > 0 ? (void *) &linux->uid_mappings
					 : (void *) &linux->gid_mappings,
			"add { \"type\": \"user\" } to linux.namespaces",
			"maps ids of a user namespace, and there is none");
	if (how != NS_NEW)
		return;
	if (maps->n_uids + maps->n_gids == 0)
		spec_problem (c, &linux->uid_mappings,
			"is missing: a new user namespace needs uidMappings and gidMappings");
	/* who sets the container up is root in there */
	if (maps->n_uids > 0 && !spec_maps_id (maps->uids, maps->n_uids, 0))
		spec_problem (c, &linux->uid_mappings, "must map the container's id 0");
	if (maps->n_gids > 0 && !spec_maps_id (maps->gids, maps->n_gids, 0))
		spec_problem (c, &linux->gid_mappings, "must map the container's id 0");
}

static struct time_offset
resolve_offset (struct spec_context *c, const struct oci_time_offset *offset)
{
	if (!offset)
		return (struct time_offset){ 0 };
	if (offset->nanosecs >= NANOSECONDS)
		spec_problem (c, &offset->nanosecs, "must be less than %d", NANOSECONDS);
	return (struct time_offset){ true, offset->secs, offset->nanosecs };
}

static void
add_time_offsets (struct spec_context *c, const struct oci_linux *linux)
{
	struct namespaces_plan *plan = &c->plan.namespaces;
	const struct oci_time_offsets *offsets = linux->time_offsets;

	if (!offsets)
		return;
	plan->monotonic = resolve_offset (c, offsets->monotonic);
	plan->boottime = resolve_offset (c, offsets->boottime);
	if (!plan->monotonic.set && !plan->boottime.set)
		return;
	if (plan->ns[NS_TIME].how == NS_INHERIT)
		spec_problem_hint (c, offsets, "add { \"type\": \"time\" } to linux.namespaces",
			"is for a new time namespace, and there is none");
	if (plan->ns[NS_TIME].how == NS_JOIN)
		spec_problem (c, offsets,
			"is for a new time namespace, and the one at '%s' has its offsets already",
			plan->ns[NS_TIME].path);
}

void
spec_namespaces (struct spec_context *c, const struct oci_linux *linux)
{
	for (size_t i = 0; i < linux->n_namespaces; i++)
		add_namespace (c, linux->namespaces[i]);
	add_id_maps (c, linux);
	add_time_offsets (c, linux);
}
