/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"
#include "plan/mount_options.h"

static const char *
resolve_destination (struct spec_context *c, const struct oci_mount *mount)
{
	const char *path = mount->destination;

	if (!path)
		return "/";
	if (!*path) {
		spec_problem (c, &mount->destination, "must not be empty");
		return "/";
	}
	if (path[0] == '/')
		return path;
	spec_warning (c, &mount->destination,
		"'%s' is relative, which is deprecated: taken as '/%s'", path, path);
	return arena_printf (&c->doc.arena, "/%s", path);
}

/* Only a bind mount's source is a path for certain. */
static const char *
resolve_source (
	struct spec_context *c, const struct oci_mount *mount, const struct mount_options *options)
{
	const char *source = spec_text (mount->source);

	if (!options->bind || options->remount)
		return source;
	if (!source)
		spec_problem (c, &mount->source, "is missing: a bind mount needs one");
	else if (source[0] != '/')
		return arena_printf (&c->doc.arena, "%s/%s", c->request->bundle, source);
	return source;
}

static void
check_type (
	struct spec_context *c, const struct oci_mount *mount, const struct mount_options *options)
{
	static const char hint[] = "add the option \"bind\" or \"rbind\"";
	const char *type = spec_text (mount->type);

	if (options->bind || options->remount)
		return;
	if (!type && options->n_propagations == 0)
		spec_problem_hint (
			c, &mount->type, hint, "is missing, and the options say of no bind mount");
	if (type && (str_equal (type, "bind") || str_equal (type, "rbind")))
		spec_problem_hint (c, &mount->type, hint,
			"'%s' is no file system: it is the options that make a bind mount", type);
}

/* Mappings of a mount are its wish to be idmapped, whether an option says so or not. */
static void
resolve_id_maps (struct spec_context *c, const struct oci_mount *mount, struct mount_plan *out)
{
	const struct namespaces_plan *namespaces = &c->plan.namespaces;
	struct spec_mappings mappings = {
		.uids = (void *) &mount->uid_mappings,
		.n_uids = mount->n_uid_mappings,
		.gids = (void *) &mount->gid_mappings,
		.n_gids = mount->n_gid_mappings,
	};

	spec_id_maps (c, &mappings, &out->id_maps);
	if (mappings.n_uids + mappings.n_gids > 0)
		out->options.idmap = true;
	if (out->options.idmap && !out->options.bind)
		spec_problem (c, mount, "only a bind mount can be idmapped");
	if (!out->options.idmap || mappings.n_uids + mappings.n_gids > 0)
		return;
	out->id_maps = namespaces->id_maps;
	if (namespaces->ns[NS_USER].how == NS_INHERIT)
		spec_problem (c, &mount->options,
			"an idmapped mount needs uidMappings and gidMappings, or a user namespace");
	else if (out->id_maps.n_uids == 0)
		spec_problem_hint (c, &mount->options,
			"say them in linux.uidMappings and gidMappings",
			"an idmapped mount needs the mappings of the joined user namespace");
}

static void
resolve_mount (struct spec_context *c, const struct oci_mount *mount, struct mount_plan *out)
{
	struct error cause;

	out->at = spec_at (c, mount->place);
	out->destination = resolve_destination (c, mount);
	out->type = spec_text (mount->type);
	if (mount_options_parse (
		    &c->doc.arena, mount->options, mount->n_options, &out->options, &cause) < 0) {
		spec_problem_cause (c, &mount->options, &cause);
		return;
	}
	check_type (c, mount, &out->options);
	out->source = resolve_source (c, mount, &out->options);
	resolve_id_maps (c, mount, out);
}

void
spec_mounts (
	struct spec_context *c, const struct oci_runtime_config *config, enum spec_mounts_use use)
{
	struct plan *plan = &c->plan;

	plan->n_mounts = config->n_mounts;
	plan->mounts = spec_alloc (c, plan->n_mounts, sizeof *plan->mounts);
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (use == SPEC_MOUNTS_TO_MAKE)
			resolve_mount (c, config->mounts[i], &plan->mounts[i]);
		else
			plan->mounts[i].destination = resolve_destination (c, config->mounts[i]);
}
