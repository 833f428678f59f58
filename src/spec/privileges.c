/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * privileges: who the process is and what it may do: user, capabilities, rlimits.
 */
#include "spec/context.h"
#include "base/auto.h"
#include "plan/capabilities.h"
#include "plan/rlimits.h"

#define UMASK_MAX 0777
#define NO_ID UINT32_MAX /* (uid_t) -1 means "leave as it is" to the kernel */

/* ---- user */

static void
check_id (struct spec_context *c, const uint32_t *member)
{
	if (*member == NO_ID)
		spec_problem (c, member, "%u is not an id", NO_ID);
}

/* With a new user namespace it is known already which ids there are. */
static void
check_is_mapped (struct spec_context *c, const uint32_t *member, const struct id_map *map, size_t n)
{
	if (n > 0 && !spec_maps_id (map, n, *member))
		spec_problem_hint (c, member, "map it in linux.uidMappings and linux.gidMappings",
			"id %u is not mapped in the container's user namespace", *member);
}

static void
add_user (struct spec_context *c, const struct oci_user *user, struct process_plan *out)
{
	const struct id_maps *maps = &c->plan.namespaces.id_maps;

	check_id (c, &user->uid);
	check_id (c, &user->gid);
	for (size_t i = 0; i < user->n_additional_gids; i++)
		check_id (c, &user->additional_gids[i]);
	if (c->plan.namespaces.ns[NS_USER].how == NS_NEW) {
		check_is_mapped (c, &user->uid, maps->uids, maps->n_uids);
		check_is_mapped (c, &user->gid, maps->gids, maps->n_gids);
	}
	if (user->umask > UMASK_MAX)
		spec_problem (
			c, &user->umask, "must be a number from 0 to %d (octal 777)", UMASK_MAX);
	out->uid = user->uid;
	out->gid = user->gid;
	out->groups = user->additional_gids;
	out->n_groups = user->n_additional_gids;
	out->has_umask = user->has_umask;
	out->umask = user->umask;
}

/* ---- capabilities */

static uint64_t
resolve_set (struct spec_context *c, char *const *names, size_t n)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		int number = capability_from_name (names[i]);

		if (number < 0)
			spec_warning (c, &names[i],
				"'%s' is not a capability that this build knows; it is left out",
				names[i]);
		else
			set |= CAPABILITY_BIT (number);
	}
	return set;
}

static struct capability_sets
resolve_capabilities (struct spec_context *c, const struct oci_capabilities *caps)
{
	return (struct capability_sets){
		.set = true,
		.bounding = resolve_set (c, caps->bounding, caps->n_bounding),
		.effective = resolve_set (c, caps->effective, caps->n_effective),
		.inheritable = resolve_set (c, caps->inheritable, caps->n_inheritable),
		.permitted = resolve_set (c, caps->permitted, caps->n_permitted),
		.ambient = resolve_set (c, caps->ambient, caps->n_ambient),
	};
}

/* ---- rlimits */

static void
add_rlimit (struct spec_context *c, const struct oci_rlimit *limit, struct process_plan *out)
{
	int resource;

	if (!limit->type)
		return;
	resource = rlimit_from_name (limit->type);
	if (resource < 0) {
		spec_problem (
			c, &limit->type, "'%s' is not a resource limit of Linux", limit->type);
		return;
	}
	if (limit->soft > limit->hard)
		spec_problem (c, limit, "soft limit %ju is above hard limit %ju",
			(uintmax_t) limit->soft, (uintmax_t) limit->hard);
	for (size_t i = 0; i < out->n_rlimits; i++)
		if (out->rlimits[i].resource == resource) {
			spec_problem (c, &limit->type, "%s is there twice", limit->type);
			return;
		}
	out->rlimits[out->n_rlimits++] = (struct rlimit_plan){
		.resource = resource,
		.name = rlimit_names[resource],
		.soft = limit->soft,
		.hard = limit->hard,
		.at = spec_at (c, limit->place),
	};
}

void
spec_privileges (
	struct spec_context *c, const struct oci_process *process, struct process_plan *out)
{
	if (process->user)
		add_user (c, process->user, out);
	if (process->capabilities)
		out->capabilities = resolve_capabilities (c, process->capabilities);
	out->rlimits = spec_alloc (c, process->n_rlimits, sizeof *out->rlimits);
	for (size_t i = 0; i < process->n_rlimits; i++)
		add_rlimit (c, process->rlimits[i], out);
}
