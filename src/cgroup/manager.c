/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/manager.h"
#include "base/str.h"
#include "cgroup/driver.h"
#include "cgroup/tree.h"

#include <string.h>
#include <unistd.h>

const struct cgroup_capabilities cgroup_capabilities = {
	.v1 = true,
	.v2 = true,
#ifdef HAVE_SYSTEMD
	.systemd = true,
	.systemd_user = true,
#endif
	.rdma = true,
};

/* By enum cgroup_driver; NULL: does nothing. */
static const struct cgroup_ops *const drivers[] = {
	[CGROUP_CGROUPFS] = &cgroupfs_ops,
	[CGROUP_SYSTEMD] = &systemd_ops,
	[CGROUP_DISABLED] = NULL,
};

struct place *
cgroup_place_v2 (struct cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->n; i++)
		if (cgroup->places[i].is_v2)
			return &cgroup->places[i];
	return NULL;
}

struct place *
cgroup_place_v1 (struct cgroup *cgroup, const char *controller)
{
	for (size_t i = 0; i < cgroup->n; i++)
		if (place_has (&cgroup->places[i], controller))
			return &cgroup->places[i];
	return NULL;
}

struct place *
cgroup_place_of_processes (struct cgroup *cgroup)
{
	struct place *found = NULL;

	for (size_t i = 0; i < cgroup->n; i++) {
		struct place *place = &cgroup->places[i];

		if (place->is_there && (!found || place->is_v2))
			found = place;
	}
	return found;
}

int
cgroup_blame (const struct cgroup *cgroup, struct error *err)
{
	if (cgroup->plan && cgroup->plan->at)
		return error_prefix (err, "%s", cgroup->plan->at);
	return -1;
}

static struct cgroup *
make (struct arena *arena, enum cgroup_driver driver)
{
	struct cgroup *cgroup = arena_alloc (arena, sizeof *cgroup);

	cgroup->arena = arena;
	cgroup->driver = driver;
	cgroup->ops = drivers[driver];
	return cgroup;
}

int
cgroup_new (struct arena *arena, const struct cgroup_plan *plan, const char *container_id,
	bool rootless, struct cgroup **out, struct error *err)
{
	struct cgroup *cgroup = make (arena, plan->driver);

	cgroup->plan = plan;
	cgroup->rootless = rootless;
	if (cgroup->ops && cgroup_detect (arena, &cgroup->hierarchies, err) < 0)
		return -1;
	if ((cgroup->ops && cgroup->ops->find_places (cgroup, container_id, err) < 0) ||
		delegate_check (cgroup, err) < 0) {
		cgroup_free (cgroup);
		return -1;
	}
	*out = cgroup;
	return 0;
}

int
cgroup_prepare_birth (struct cgroup *cgroup, struct error *err)
{
	if (!cgroup->ops || cgroup->ops->prepare_birth (cgroup, err) == 0)
		return 0;
	cgroup_undo (cgroup);
	return cgroup_blame (cgroup, err);
}

int
cgroup_create (struct cgroup *cgroup, struct error *err)
{
	if (!cgroup->ops || cgroup->ops->create (cgroup, err) == 0)
		return 0;
	cgroup_undo (cgroup);
	return cgroup_blame (cgroup, err);
}

int
cgroup_settle (struct cgroup *cgroup, pid_t pid, enum cgroup_birth *birth, struct error *err)
{
	if (!cgroup->ops || !cgroup->ops->settle)
		return 0;
	return cgroup->ops->settle (cgroup, pid, birth, err);
}

int
cgroup_apply (struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	if (!cgroup->ops)
		return 0;
	if (cgroup->ops->apply (cgroup, resources, err) < 0)
		return -1;
	return cgroup->ops->apply_devices (cgroup, resources, err);
}

int
cgroup_update (struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	if (!cgroup->ops)
		return 0;
	if (cgroup->ops->apply (cgroup, resources, err) < 0)
		return -1;
	return resources->n_devices > 0 ? cgroup->ops->apply_devices (cgroup, resources, err) : 0;
}

int
cgroup_destroy (struct cgroup *cgroup, struct error *err)
{
	return cgroup->ops ? cgroup->ops->destroy (cgroup, err) : 0;
}

void
cgroup_undo (struct cgroup *cgroup)
{
	if (cgroup->ops)
		cgroup->ops->undo (cgroup);
}

bool
cgroup_tells_processes (struct cgroup *cgroup)
{
	return cgroup_place_of_processes (cgroup) != NULL;
}

int
cgroup_pids (struct cgroup *cgroup, enum cgroup_depth depth, pid_t **out_pids, size_t *out_n,
	struct error *err)
{
	struct place *place = cgroup_place_of_processes (cgroup);

	if (place)
		return tree_pids (place, depth, out_pids, out_n, err);
	*out_pids = NULL;
	*out_n = 0;
	return 0;
}

enum cgroup_driver
cgroup_driver (const struct cgroup *cgroup)
{
	return cgroup->driver;
}

size_t
cgroup_save (const struct cgroup *cgroup, struct arena *arena, struct cgroup_saved **out)
{
	struct cgroup_saved *saved = arena_alloc (arena, (cgroup->n + 1) * sizeof *saved);
	size_t n = 0;

	for (size_t i = 0; i < cgroup->n; i++) {
		const struct place *place = &cgroup->places[i];

		if (!place->is_there)
			continue;
		saved[n].hierarchy = arena_strdup (arena, place->hierarchy);
		saved[n].path = arena_strdup (arena, place->path);
		saved[n++].made = place->made;
	}
	*out = saved;
	return n;
}

size_t
cgroup_save_intent (const struct cgroup *cgroup, const char *name, struct arena *arena,
	struct cgroup_saved **out)
{
	struct cgroup_saved *saved = arena_alloc (arena, (cgroup->n + 1) * sizeof *saved);

	for (size_t i = 0; i < cgroup->n; i++) {
		const char *path = cgroup->places[i].path;
		const char *last = strrchr (path, '/');

		saved[i].hierarchy = arena_strdup (arena, cgroup->places[i].hierarchy);
		saved[i].path = arena_strdup (arena, path);
		saved[i].made = (last && strstr (last, name)) || access (path, F_OK) < 0;
	}
	*out = saved;
	return cgroup->n;
}

int
cgroup_load (struct arena *arena, enum cgroup_driver driver, const struct cgroup_saved *saved,
	size_t n, struct cgroup **out, struct error *err)
{
	struct cgroup *cgroup = make (arena, driver);

	cgroup->places = arena_alloc (arena, (n + 1) * sizeof *cgroup->places);
	cgroup->n = cgroup->ops ? n : 0;
	for (size_t i = 0; i < cgroup->n; i++) {
		if (*saved[i].path != '/' || str_path_has_dotdot (saved[i].path))
			return fail (
				err, 0, "'%s' is not where a cgroup of ours is", saved[i].path);
		cgroup->places[i] = (struct place){
			.hierarchy = arena_strdup (arena, saved[i].hierarchy),
			.path = arena_strdup (arena, saved[i].path),
			.is_v2 = str_equal (saved[i].hierarchy, CGROUP2),
			.made = saved[i].made,
			.has_rules = true,
			.is_there = true,
			.fd = -1,
		};
	}
	*out = cgroup;
	return 0;
}

size_t
cgroup_list_hierarchies (struct cgroup *cgroup, struct hierarchy **out)
{
	struct cgroup_hierarchies *all = cgroup->hierarchies;
	struct error ignored;
	struct hierarchy *list;

	/* without cgroups of its own the container still sees the host's, from where davit is */
	if (!all && !cgroup->ops && cgroup_detect (cgroup->arena, &all, &ignored) == 0 &&
		cgroup_find_own (cgroup->arena, all, &ignored) == 0)
		cgroup->hierarchies = all;
	if (!cgroup->hierarchies)
		return 0;
	list = arena_alloc (cgroup->arena, (all->n + 1) * sizeof *list);
	for (size_t i = 0; i < all->n; i++) {
		const struct cgroup_hierarchy *entry = &all->entries[i];
		const char *path = entry->own ? entry->own : "/";

		if (i < cgroup->n)
			path = cgroup->places[i].path + strlen (entry->mount_point);
		list[i] = (struct hierarchy){
			.directory = entry->directory,
			.mount_point = entry->mount_point,
			.options = entry->controllers,
			.path = *path ? path : "/",
			.is_v2 = entry->is_v2,
		};
	}
	*out = list;
	return all->n;
}

void
cgroup_free (struct cgroup *cgroup)
{
	for (size_t i = 0; cgroup && i < cgroup->n; i++)
		place_close (&cgroup->places[i]);
	if (cgroup && cgroup->ops && cgroup->ops->release)
		cgroup->ops->release (cgroup);
}
