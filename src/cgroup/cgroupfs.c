/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The cgroupfs driver: directories made and removed by davit itself.
 */
#include "base/auto.h"
#include "base/str.h"
#include "cgroup/cpuset.h"
#include "cgroup/devices.h"
#include "cgroup/driver.h"
#include "cgroup/freeze.h"
#include "cgroup/limits.h"
#include "cgroup/paths.h"
#include "cgroup/subtree.h"
#include "cgroup/tree.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int
find_places (struct cgroup *cgroup, const char *container_id, struct error *err)
{
	const char *path = cgroup->plan->path;
	struct cgroup_hierarchies *all = cgroup->hierarchies;

	if (!(path && *path == '/') && cgroup_find_own (cgroup->arena, all, err) < 0)
		return -1;
	cgroup->places = arena_alloc (cgroup->arena, (all->n + 1) * sizeof *cgroup->places);
	for (size_t i = 0; i < all->n; i++) {
		const struct cgroup_hierarchy *hierarchy = &all->entries[i];

		cgroup->places[i] = (struct place){
			.hierarchy = hierarchy->is_v2 ? CGROUP2 : hierarchy->controllers,
			.path = cgroup_path_in (cgroup->arena, hierarchy, path, container_id),
			.mount_length = strlen (hierarchy->mount_point),
			.is_v2 = hierarchy->is_v2,
			.fd = -1,
		};
	}
	cgroup->n = all->n;
	return 0;
}

/* The length of path up to the end of the component behind `length`. */
static size_t
next_component (const char *path, size_t length)
{
	length += strspn (path + length, "/");
	return length + strcspn (path + length, "/");
}

/* The parents are missing as well. Ends with errno as of the last directory. */
static int
make_from_mount_point (struct place *place, struct error *err)
{
	size_t whole = strlen (place->path);
	bool found = true;

	place->found_length = place->mount_length;
	for (size_t length = place->mount_length; length < whole;) {
		autofree char *part = NULL;

		length = next_component (place->path, length);
		part = xasprintf ("%.*s", (int) length, place->path);
		place->made = mkdir (part, 0755) == 0;
		if (!place->made && errno != EEXIST)
			return fail (err, errno, "make cgroup '%s'", part);
		found &= !place->made;
		if (found)
			place->found_length = length;
	}
	return 0;
}

int
cgroupfs_make_directories (struct place *place, struct error *err)
{
	if (mkdir (place->path, 0755) == 0) {
		place->found_length = (size_t) (strrchr (place->path, '/') - place->path);
		place->made = true;
		return 0;
	}
	if (errno == ENOENT)
		return make_from_mount_point (place, err);
	place->found_length = strlen (place->path);
	if (errno != EEXIST)
		return fail (err, errno, "make cgroup '%s'", place->path);
	return 0;
}

/* Whether it is one that is not for us to make, and nobody asked for it to be made. */
static bool
may_be_left_out (const struct cgroup *cgroup, int code)
{
	return cgroup->rootless && !(cgroup->plan->path && *cgroup->plan->path) &&
	       (code == EACCES || code == EPERM || code == EROFS);
}

static int
check_is_unused (struct place *place, struct error *err)
{
	autofree pid_t *pids = NULL;
	int is_frozen;
	size_t n = 0;

	if (tree_pids (place, CGROUP_BELOW, &pids, &n, err) < 0)
		return -1;
	if (n > 0)
		return fail_hint (err, EBUSY, "a container needs one of its own",
			"cgroup '%s' holds %zu process%s", place->path, n, n == 1 ? "" : "es");
	is_frozen = freeze_is_frozen (place, err);
	if (is_frozen < 0)
		return -1;
	if (is_frozen)
		return fail (err, EBUSY, "cgroup '%s' is frozen", place->path);
	return 0;
}

static int
make_place (struct cgroup *cgroup, struct place *place, struct error *err)
{
	if (place->is_there)
		return 0;
	if (cgroupfs_make_directories (place, err) < 0) {
		struct wait wait = wait_begin (0);
		int code = err->code;

		tree_remove_made (place, &wait);
		return may_be_left_out (cgroup, code) ? 0 : -1;
	}
	/* before that it must not count as ours: what a failed create leaves is killed */
	if (!place->made && check_is_unused (place, err) < 0)
		return -1;
	place->is_there = true;
	if (place->is_v2)
		return subtree_enable_controllers (place, err);
	if (place_has (place, "cpuset"))
		return cpuset_inherit (place, err);
	return 0;
}

static int
prepare_birth (struct cgroup *cgroup, struct error *err)
{
	struct place *place = cgroup_place_v2 (cgroup);

	return place ? make_place (cgroup, place, err) : 0;
}

static int
create (struct cgroup *cgroup, struct error *err)
{
	for (size_t i = 0; i < cgroup->n; i++)
		if (make_place (cgroup, &cgroup->places[i], err) < 0)
			return -1;
	return 0;
}

static int
destroy (struct cgroup *cgroup, struct error *err)
{
	struct wait wait = wait_begin (TREE_REMOVE_MS);
	struct error ignored;
	int r = 0;

	for (size_t i = 0; i < cgroup->n; i++) {
		struct place *place = &cgroup->places[i];

		if (!place->made)
			continue;
		/* the others are removed all the same: one that is stuck is trouble enough */
		if (tree_remove (place, &wait, r < 0 ? &ignored : err) < 0)
			r = -1;
		else
			place->made = place->is_there = false;
	}
	return r;
}

static void
undo (struct cgroup *cgroup)
{
	struct wait wait = wait_begin (TREE_REMOVE_MS);

	for (size_t i = 0; i < cgroup->n; i++)
		tree_remove_made (&cgroup->places[i], &wait);
}

const struct cgroup_ops cgroupfs_ops = {
	.find_places = find_places,
	.prepare_birth = prepare_birth,
	.create = create,
	.apply = limits_apply,
	.apply_devices = devices_apply,
	.destroy = destroy,
	.undo = undo,
};
