/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On a v2 host a mount of type "cgroup" is the one cgroup2 file system. Elsewhere it is a tmpfs with
 * a directory a hierarchy, and in each the container's own control group: bound from the host, which
 * gives the same mount as a new instance within a cgroup namespace does, and shows nothing above the
 * container's group where there is no such namespace.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "kernel/mount_new.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static bool
has_own_namespace (const struct rootfs *rootfs)
{
	return rootfs->plan->namespaces.ns[NS_CGROUP].how != NS_INHERIT;
}

static uint64_t
wanted_attrs (const struct mount_plan *mount)
{
	return mount->options.attr_set | mount->options.rec_attr_set;
}

static int
mount_tmpfs (struct rootfs *rootfs, const struct mount_plan *mount,
	const struct mount_target *target, uint64_t attrs, struct error *err)
{
	struct mount_new what = {
		.type = "tmpfs",
		.source = "cgroup",
		.data = "mode=755",
		.label = rootfs->inputs->mount_label,
		.attrs = attrs,
	};
	int tree = mount_new_tree (&what, err);

	if (tree < 0)
		return -1;
	if (mount_place (rootfs, target, tree, NULL, err) < 0) {
		close (tree);
		return -1;
	}
	return tree;
}

/* cpu -> cpu,cpuacct, for programs that look for one controller. */
static int
link_controllers (int tmpfs, const struct hierarchy *hierarchy, struct error *err)
{
	autofree char *options = xstrdup (hierarchy->options);
	char *rest = options;

	for (char *name; (name = strsep (&rest, ","));) {
		if (*name == '\0' || strchr (name, '=') || str_equal (name, hierarchy->directory))
			continue;
		if (symlinkat (hierarchy->directory, tmpfs, name) < 0 && errno != EEXIST)
			return fail (err, errno, "make the symlink '%s'", name);
	}
	return 0;
}

/* Nobody but us has seen the tmpfs, so that names in it mean what we made. */
static int
mount_hierarchy (int tmpfs, const struct hierarchy *hierarchy, struct error *err)
{
	autofree char *path = xasprintf ("%s%s", hierarchy->mount_point, hierarchy->path);
	lazyfd tree = mount_tree_clone (AT_FDCWD, path, MOUNT_CLONE_ONE, err);

	/* rootless, where the user may not make a group in this hierarchy */
	if (tree < 0 && err->code == ENOENT)
		return 0;
	if (tree < 0)
		return -1;
	if (mkdirat (tmpfs, hierarchy->directory, 0755) < 0)
		return fail (err, errno, "make the directory '%s'", hierarchy->directory);
	if (move_mount (tree, "", tmpfs, hierarchy->directory, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail (err, errno, "attach the hierarchy '%s'", hierarchy->directory);
	return hierarchy->options ? link_controllers (tmpfs, hierarchy, err) : 0;
}

/* Kernels before 5.12 change one mount at a time. */
static int
change_one_by_one (const struct rootfs_inputs *inputs, int tmpfs, struct mount_change change,
	struct error *err)
{
	change.recursive = false;
	for (size_t i = 0; i < inputs->n_hierarchies; i++) {
		lazyfd fd = openat (tmpfs, inputs->hierarchies[i].directory,
			O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return fail (err, errno, "open '%s'", inputs->hierarchies[i].directory);
		if (mount_tree_change (fd, &change, err) < 0)
			return -1;
	}
	return mount_tree_change (tmpfs, &change, err);
}

/* With all that lies on it. What is new is private, so that private and slave ask for nothing. */
static int
set_propagation (int fd, const struct mount_options *options, struct error *err)
{
	for (size_t i = 0; i < options->n_propagations; i++) {
		struct mount_change change = {
			.propagation = options->propagations[i] & ~(unsigned long) MS_REC,
			.recursive = true,
		};

		if (change.propagation != MS_PRIVATE && change.propagation != MS_SLAVE &&
			mount_tree_change (fd, &change, err) < 0)
			return -1;
	}
	return 0;
}

static int
mount_hierarchies (struct rootfs *rootfs, const struct mount_plan *mount,
	const struct mount_target *target, struct error *err)
{
	const struct rootfs_inputs *inputs = rootfs->inputs;
	struct mount_change change = { .set = wanted_attrs (mount), .recursive = true };
	lazyfd tmpfs = mount_tmpfs (
		rootfs, mount, target, change.set & ~(uint64_t) MOUNT_ATTR_RDONLY, err);

	if (tmpfs < 0)
		return -1;
	for (size_t i = 0; i < inputs->n_hierarchies; i++)
		if (mount_hierarchy (tmpfs, &inputs->hierarchies[i], err) < 0)
			return error_prefix (
				err, "hierarchy '%s'", inputs->hierarchies[i].directory);
	/* access times mean nothing here, and are locked in a user namespace */
	change.set &= ~(uint64_t) MOUNT_ATTR__ATIME;
	if (change.set != 0 && mount_tree_change (tmpfs, &change, err) < 0 &&
		(err->code != ENOSYS || change_one_by_one (inputs, tmpfs, change, err) < 0))
		return -1;
	return set_propagation (tmpfs, &mount->options, err);
}

/* In a user namespace without a cgroup namespace of its own the kernel refuses cgroup2. What can be
 * had is the host's directory; the whole of it only to look at (CVE-2023-25809). */
static int
bind_unified (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err)
{
	const struct hierarchy *hierarchy =
		rootfs->inputs->n_hierarchies == 1 ? rootfs->inputs->hierarchies : NULL;
	autofree char *own = NULL;

	if (!hierarchy || !hierarchy->is_v2)
		return -1;
	if (!has_own_namespace (rootfs))
		return mount_bind_instead (
			rootfs, mount, hierarchy->mount_point, MOUNT_ATTR_RDONLY, err);
	own = xasprintf ("%s%s", hierarchy->mount_point, hierarchy->path);
	return mount_bind_instead (rootfs, mount, own, 0, err);
}

static int
mount_unified (struct rootfs *rootfs, const struct mount_plan *mount,
	const struct mount_target *target, struct error *err)
{
	struct mount_new what = {
		.type = "cgroup2",
		.source = mount->source,
		.data = mount->options.data,
		.attrs = wanted_attrs (mount),
	};
	lazyfd tree = mount_new_tree (&what, err);

	if (tree >= 0)
		return mount_place (rootfs, target, tree, NULL, err) < 0
			       ? -1
			       : set_propagation (tree, &mount->options, err);
	if (rootfs->inputs->in_userns &&
		(err->code == EPERM || err->code == EBUSY || err->code == EACCES))
		return bind_unified (rootfs, mount, err);
	return -1;
}

int
mount_cgroup (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err)
{
	const struct rootfs_inputs *inputs = rootfs->inputs;
	AUTO (mount_target_done) struct mount_target target = { .fd = -1 };
	bool is_v2_host = inputs->n_hierarchies == 1 && inputs->hierarchies[0].is_v2 &&
			  *inputs->hierarchies[0].directory == '\0';

	if (mount_target_open (&target, rootfs, mount->destination, MOUNT_TARGET_DIRECTORY,
		    MOUNT_TARGET_FOLLOW, err) < 0)
		return -1;
	if (mount_target_check_proc (&target, mount->type, -1, err) < 0)
		return -1;
	if (is_v2_host || str_equal (mount->type, "cgroup2"))
		return mount_unified (rootfs, mount, &target, err);
	if (inputs->n_hierarchies == 0) {
		lazyfd empty = mount_tmpfs (
			rootfs, mount, &target, wanted_attrs (mount) | MOUNT_ATTR_RDONLY, err);

		return empty < 0 ? -1 : 0;
	}
	return mount_hierarchies (rootfs, mount, &target, err);
}
