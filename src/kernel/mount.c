/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/mem.h"
#include "base/rooted.h"
#include "base/str.h"
#include "kernel/mount_new.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* What the kernel refuses to mount for a namespace that does not own what it shows, and where the
 * host has one. */
static const struct {
	const char *type;
	const char *source;
	enum ns_kind shows; /* the namespace whose things it shows */
	bool only_when_shared; /* the host's would show another namespace's things as the container's */
	uint64_t attrs; /* of the whole tree, whatever the options say */
} instead[] = {
	{ "proc", "/proc", NS_PID, true, 0 },
	{ "mqueue", "/dev/mqueue", NS_IPC, true, 0 },
	/* Read-only, because what is below has control groups that the user may write to
	 * (CVE-2023-25809). */
	{ "sysfs", "/sys", NS_NETWORK, false, MOUNT_ATTR_RDONLY },
};

/* Types that SELinux labels by itself. */
static const char *const unlabeled_types[] = { "proc", "sysfs", "cgroup", "cgroup2", "mqueue" };

static bool
takes_label (const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE (unlabeled_types); i++)
		if (str_equal (unlabeled_types[i], type))
			return false;
	return true;
}

static bool
is_at (const struct mount_plan *mount, const char *place)
{
	autofree char *clean = mount_target_clean_path (mount->destination);

	return str_equal (clean, place);
}

bool
mount_is_readonly_later (const struct mount_plan *mount)
{
	return !mount->options.bind && !mount->options.remount &&
	       ((mount->options.attr_set | mount->options.rec_attr_set) & MOUNT_ATTR_RDONLY) &&
	       ((mount->type && str_equal (mount->type, "tmpfs")) || is_at (mount, "/dev"));
}

static int
copy_fd (int fd, int *out, struct error *err)
{
	int copy = fcntl (fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return fail (err, errno, "copy a file descriptor");
	if (*out >= 0)
		close (*out);
	*out = copy;
	return 0;
}

/* A fd that is left open anyway needs no copy. */
static int
keep_dev (struct rootfs *rootfs, int tree, struct error *err)
{
	if (tree >= LEAVE_OPEN_BELOW)
		return copy_fd (tree, &rootfs->dev_fd, err);
	auto_close_fd (&rootfs->dev_fd);
	rootfs->dev_fd = tree;
	return 0;
}

int
mount_place (struct rootfs *rootfs, const struct mount_target *target, int tree,
	const struct mount_changes *changes, struct error *err)
{
	if (mount_tree_attach (tree, target->fd, changes, err) < 0)
		return -1;
	if (str_equal (target->place, "/")) {
		/* what is below is looked up in the new root from now on */
		auto_close_fd (&rootfs->dev_fd);
		return copy_fd (tree, &rootfs->root_fd, err);
	}
	if (str_equal (target->place, "/dev"))
		return keep_dev (rootfs, tree, err);
	return 0;
}

static uint64_t
attrs_at_birth (const struct mount_plan *mount)
{
	const struct mount_options *options = &mount->options;
	uint64_t attrs = (options->attr_set & ~options->rec_attr_clear) | options->rec_attr_set;

	if (options->rec_attr_clear & MOUNT_ATTR__ATIME)
		attrs = (attrs & ~(uint64_t) MOUNT_ATTR__ATIME) |
			(options->rec_attr_set & MOUNT_ATTR__ATIME);
	return mount_is_readonly_later (mount) ? attrs & ~(uint64_t) MOUNT_ATTR_RDONLY : attrs;
}

/* A tmpfs gets the mode of the directory it covers, unless the config says otherwise: images mean
 * something by the mode of their /tmp. */
static bool
wants_mode (const struct mount_plan *mount, const struct mount_target *target)
{
	const char *data = mount->options.data;

	return str_equal (mount->type, "tmpfs") && target->existed &&
	       !(data && (str_starts (data, "mode=") || strstr (data, ",mode=")));
}

static int
copy_up (const struct mount_target *target, int tree, struct error *err)
{
	lazyfd from = openat (target->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!target->existed)
		return 0;
	if (from < 0)
		return fail (err, errno, "open the directory to copy");
	return tmpcopyup (from, tree, err);
}

/* SELinux gives a message queue file system no label of the mount's own; its root can have one. */
static bool
needs_root_label (const struct rootfs *rootfs, const struct mount_plan *mount)
{
	return rootfs->inputs->mount_label && str_equal (mount->type, "mqueue");
}

static int
label_root (
	const struct rootfs *rootfs, const struct mount_plan *mount, int tree, struct error *err)
{
	const char *label = rootfs->inputs->mount_label;
	char path[32];

	if (!needs_root_label (rootfs, mount))
		return 0;
	snprintf (path, sizeof path, "/proc/self/fd/%d", tree);
	if (setxattr (path, "security.selinux", label, strlen (label) + 1, 0) < 0)
		return fail (err, errno, "label it '%s'", label);
	return 0;
}

/* Through mount(2) the mount is attached from the start, so that its fd has to be looked up. */
static int
make_by_old_call (struct rootfs *rootfs, const struct mount_plan *mount,
	const struct mount_new *what, const struct mount_target *target, struct error *err)
{
	struct mount_changes changes;
	lazyfd tree = -1;

	if (mount_new_by_old_call (what, target->fd, err) < 0)
		return -1;
	tree = rooted_open (rootfs->root_fd, target->place, O_PATH | O_DIRECTORY, err);
	if (tree < 0)
		return -1;
	if (mount_changes_of (&mount->options, 0, &changes, err) < 0)
		return -1;
	for (size_t i = 0; i < changes.n; i++)
		if (changes.entries[i].propagation &&
			mount_tree_change (tree, &changes.entries[i], err) < 0)
			return -1;
	if (mount->options.tmpcopyup && copy_up (target, tree, err) < 0)
		return -1;
	return str_equal (target->place, "/dev") ? keep_dev (rootfs, tree, err) : 0;
}

/* Nothing is wanted but the mount itself, whose fd nobody will use: then mount(2) does in one call what
 * else takes six. It is no way to make only the mount read-only, and not the superblock. */
static bool
is_for_one_call (const struct mount_plan *mount, const struct mount_new *what,
	const struct mount_target *target, const struct mount_changes *changes)
{
	return changes->n == 0 && !what->label && !what->sb_flags && !mount->options.tmpcopyup &&
	       !(what->attrs & MOUNT_ATTR_RDONLY) && !str_equal (target->place, "/") &&
	       !str_equal (target->place, "/dev");
}

static int
make_file_system (struct rootfs *rootfs, const struct mount_plan *mount,
	const struct mount_target *target, struct error *err)
{
	struct mount_options propagation_only = mount->options;
	struct mount_new what = {
		.type = mount->type,
		.source = mount->source,
		.data = mount->options.data,
		.label = takes_label (mount->type) ? rootfs->inputs->mount_label : NULL,
		.label_type = rootfs->plan->mount_label_type,
		.sb_flags = mount->options.sb_flags,
		.attrs = attrs_at_birth (mount),
	};
	struct mount_changes changes;
	char mode[32];
	lazyfd tree = -1;
	struct stat st;

	if (wants_mode (mount, target) && fstat (target->fd, &st) == 0) {
		snprintf (mode, sizeof mode, "mode=%o", st.st_mode & 07777);
		what.more_data = mode;
	}
	if (mount_new_is_for_old_call (&what))
		return make_by_old_call (rootfs, mount, &what, target, err);
	propagation_only.attr_clear = propagation_only.rec_attr_clear =
		propagation_only.rec_attr_set = 0;
	if (mount_changes_of (&propagation_only, 0, &changes, err) < 0)
		return -1;
	/* where it fails, the others say why */
	if (!needs_root_label (rootfs, mount) && is_for_one_call (mount, &what, target, &changes) &&
		mount_new_by_old_call (&what, target->fd, err) == 0)
		return 0;
	tree = mount_new_tree (&what, err);
	if (tree < 0)
		return -1;
	if (label_root (rootfs, mount, tree, err) < 0)
		return -1;
	if (mount->options.tmpcopyup && copy_up (target, tree, err) < 0)
		return -1;
	return mount_place (rootfs, target, tree, &changes, err);
}

/* The kernel has refused; err says how. */
static int
make_instead (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err)
{
	const struct namespace_plan *namespaces = rootfs->plan->namespaces.ns;

	for (size_t i = 0; i < ARRAY_SIZE (instead); i++) {
		if (!str_equal (instead[i].type, mount->type))
			continue;
		if (instead[i].only_when_shared && namespaces[instead[i].shows].how != NS_INHERIT)
			return fail_hint (err, err->code,
				"the kernel gives a user namespace no file system that shows more "
				"than the one around it: something is mounted over parts of that",
				"make the file system '%s'", mount->type);
		return mount_bind_instead (rootfs, mount, instead[i].source, instead[i].attrs, err);
	}
	return -1;
}

static int
mount_file_system (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err)
{
	bool is_of_system = str_equal (mount->type, "proc") || str_equal (mount->type, "sysfs");
	AUTO (mount_target_done) struct mount_target target = { .fd = -1 };
	enum mount_target_links links = MOUNT_TARGET_FOLLOW;

	if (is_of_system)
		links = MOUNT_TARGET_NONE;
	else if (mount->options.dest_nofollow)
		links = MOUNT_TARGET_LAST_ITSELF;
	if (mount->options.tmpcopyup && !str_equal (mount->type, "tmpfs"))
		return fail (err, EINVAL, "tmpcopyup is for a tmpfs");
	if (mount_target_open (
		    &target, rootfs, mount->destination, MOUNT_TARGET_DIRECTORY, links, err) < 0)
		return -1;
	if (mount_target_check_proc (&target, mount->type, -1, err) < 0)
		return -1;
	if (make_file_system (rootfs, mount, &target, err) < 0)
		return rootfs->inputs->in_userns && (err->code == EPERM || err->code == EACCES)
			       ? make_instead (rootfs, mount, err)
			       : -1;
	if (str_equal (target.place, "/dev")) {
		rootfs->dev_is_fresh =
			str_equal (mount->type, "tmpfs") && !mount->options.tmpcopyup;
		rootfs->dev_is_host = false;
	}
	return 0;
}

/* Only what the options name is changed. The superblock of a shared kind stays as it is: its flags
 * are everybody's. */
static int
remount (struct rootfs *rootfs, const struct mount_plan *mount, struct error *err)
{
	const struct mount_options *options = &mount->options;
	struct mount_changes changes;
	struct mount_options superblock = *options;
	lazyfd fd = rooted_open (rootfs->root_fd, mount->destination, O_PATH, err);

	if (fd < 0)
		return -1;
	if (!mount->type || mount_new_is_shared (mount->type)) {
		superblock.sb_flags &= ~(unsigned long) MS_RDONLY;
		superblock.sb_flags_clear &= ~(unsigned long) MS_RDONLY;
	}
	if (!options->bind &&
		(superblock.sb_flags || superblock.sb_flags_clear || superblock.data) &&
		mount_new_reconfigure (fd, &superblock, err) < 0)
		return -1;
	if (mount_changes_of (options, options->attr_set, &changes, err) < 0)
		return -1;
	for (size_t i = 0; i < changes.n; i++)
		if (mount_tree_change (fd, &changes.entries[i], err) < 0)
			return -1;
	return 0;
}

int
mount_make (struct rootfs *rootfs, size_t index, struct error *err)
{
	const struct mount_plan *mount = &rootfs->plan->mounts[index];

	if (mount->options.remount)
		return remount (rootfs, mount, err);
	if (mount->options.bind || (mount->type && str_equal (mount->type, "bind")))
		return mount_bind (rootfs, index, err);
	if (!mount->type)
		return fail (err, EINVAL, "it has neither a type nor the option bind");
	if (mount->options.idmap)
		return fail (err, EINVAL, "the option idmap is for bind mounts");
	if (str_equal (mount->type, "cgroup") || str_equal (mount->type, "cgroup2"))
		return mount_cgroup (rootfs, mount, err);
	return mount_file_system (rootfs, mount, err);
}
