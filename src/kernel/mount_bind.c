/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/rooted.h"
#include "base/str.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>

static enum mount_clone_how
clone_how (const struct mount_options *options)
{
	enum mount_clone_how how = MOUNT_CLONE_ONE;

	if (options->bind_recursive)
		how |= MOUNT_CLONE_TREE;
	if (options->src_nofollow)
		how |= MOUNT_CLONE_NO_FOLLOW;
	return how;
}

/* The source's tree: the parent's fd when there is one. Returns a fd that the caller may not close. */
static int
open_source (struct rootfs *rootfs, size_t index, int *own, struct error *err)
{
	const struct mount_plan *mount = &rootfs->plan->mounts[index];
	const int *fds = rootfs->inputs->source_fds;

	if (fds && fds[index] >= 0)
		return fds[index];
	if (!mount->source)
		return fail (err, EINVAL, "a bind mount needs a source");
	if (mount->options.idmap)
		return fail (err, EINVAL, "an idmapped source was not opened");
	*own = mount_tree_clone (AT_FDCWD, mount->source, clone_how (&mount->options), err);
	return *own;
}

/* crun's copy-symlink: a symlink of the same text. Returns 1 when that is done, 0 when the source is
 * no symlink. */
static int
copy_symlink (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err)
{
	char text[PATH_MAX], there[PATH_MAX];
	const char *name;
	lazyfd parent = -1;
	ssize_t n, m;

	if (!mount->source)
		return 0;
	n = readlink (mount->source, text, sizeof text - 1);
	if (n < 0)
		return errno == EINVAL ? 0 : fail (err, errno, "look at '%s'", mount->source);
	text[n] = '\0';
	parent = rooted_open_parent (rootfs->root_fd, mount->destination, &name, err);
	if (parent < 0)
		return -1;
	if (symlinkat (text, parent, name) == 0)
		return 1;
	if (errno != EEXIST)
		return fail (err, errno, "make the symlink");
	m = readlinkat (parent, name, there, sizeof there);
	if (m == n && memcmp (text, there, (size_t) n) == 0)
		return 1;
	return fail (err, EEXIST, "copy the symlink '%s'", mount->source);
}

static enum mount_target_kind
kind_of (int tree)
{
	struct stat st;

	return fstat (tree, &st) == 0 && S_ISDIR (st.st_mode) ? MOUNT_TARGET_DIRECTORY
							      : MOUNT_TARGET_FILE;
}

static int
bind_tree (struct rootfs *rootfs, const struct mount_plan *mount, int tree,
	const struct mount_changes *changes, struct error *err)
{
	AUTO (mount_target_done) struct mount_target target = { .fd = -1 };

	if (mount_target_open (&target, rootfs, mount->destination, kind_of (tree),
		    mount->options.dest_nofollow ? MOUNT_TARGET_LAST_ITSELF : MOUNT_TARGET_FOLLOW,
		    err) < 0)
		return -1;
	if (mount_target_check_proc (&target, mount->type, tree, err) < 0)
		return -1;
	if (mount_place (rootfs, &target, tree, changes, err) < 0)
		return -1;
	if (str_equal (target.place, "/dev")) {
		rootfs->dev_fd = -1; /* the tree's fd may be the parent's to close */
		rootfs->dev_is_host = true;
		rootfs->dev_is_fresh = false;
	}
	return 0;
}

int
mount_bind (struct rootfs *rootfs, size_t index, struct error *err)
{
	const struct mount_plan *mount = &rootfs->plan->mounts[index];
	struct mount_changes changes;
	int copied = 0, tree;
	lazyfd own = -1;

	if (mount->options.copy_symlink)
		copied = copy_symlink (rootfs, mount, err);
	if (copied != 0)
		return copied < 0 ? -1 : 0;
	/* flags of the superblock and data are the source's business, as for mount(2) */
	if (mount_changes_of (&mount->options, mount->options.attr_set, &changes, err) < 0)
		return -1;
	tree = open_source (rootfs, index, &own, err);
	return tree < 0 ? -1 : bind_tree (rootfs, mount, tree, &changes, err);
}

int
mount_bind_instead (struct rootfs *rootfs, const struct mount_plan *mount, const char *source,
	uint64_t more, struct error *err)
{
	struct mount_changes changes = {
		.entries[0] = { .set = mount->options.attr_set | mount->options.rec_attr_set | more,
			.recursive = true },
		.n = 1,
	};
	lazyfd tree = mount_tree_clone (AT_FDCWD, source, MOUNT_CLONE_TREE, err);

	/* access times are the host's mounts' own */
	changes.entries[0].set &= ~(uint64_t) MOUNT_ATTR__ATIME;
	return tree < 0 ? -1 : bind_tree (rootfs, mount, tree, &changes, err);
}
