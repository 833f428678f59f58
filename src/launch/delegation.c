/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/delegation.h"
#include "base/str.h"

#include <sys/mount.h>

static bool
has_writable_cgroup_mount (const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *mount = &plan->mounts[i];
		const struct mount_options *options = &mount->options;

		if (mount->type && str_starts (mount->type, "cgroup") && !options->bind &&
			!((options->attr_set | options->rec_attr_set) & MOUNT_ATTR_RDONLY) &&
			!(options->sb_flags & MS_RDONLY))
			return true;
	}
	return false;
}

bool
delegation_user (const struct plan *plan, uid_t *out_uid)
{
	const struct namespaces_plan *namespaces = &plan->namespaces;
	const struct id_maps *maps = &namespaces->id_maps;
	uid_t uid = plan->process ? plan->process->uid : 0;

	*out_uid = uid;
	if (namespaces->ns[NS_USER].how == NS_INHERIT)
		return true;
	for (size_t i = 0; i < maps->n_uids; i++) {
		const struct id_map *map = &maps->uids[i];

		if (uid < map->container || uid - map->container >= map->size)
			continue;
		*out_uid = map->host + (uid - map->container);
		return true;
	}
	return false;
}

bool
delegation_owner (const struct plan *plan, uid_t *out_uid)
{
	return plan->namespaces.ns[NS_CGROUP].how == NS_NEW && has_writable_cgroup_mount (plan) &&
	       delegation_user (plan, out_uid);
}
