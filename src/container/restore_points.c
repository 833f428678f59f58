/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/checkpoint_mounts.h"
#include "base/auto.h"
#include "base/rooted.h"
#include "base/str.h"
#include "kernel/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* CRIU fills these itself, mount points and all. */
static bool
is_filled_by_criu (const struct mount_plan *mount)
{
	static const char *const types[] = { "tmpfs", "proc", "sysfs", "devpts", "mqueue" };

	for (size_t i = 0; !mount->options.bind && mount->type && i < ARRAY_SIZE (types); i++)
		if (str_equal (mount->type, types[i]))
			return true;
	return false;
}

static bool
is_below (const char *path, const char *directory)
{
	size_t n = strlen (directory);

	return strncmp (path, directory, n) == 0 && path[n] == '/';
}

static bool
is_on_criu_mount (const struct plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_filled_by_criu (&plan->mounts[k]) &&
			is_below (plan->mounts[i].destination, plan->mounts[k].destination))
			return true;
	return false;
}

/* Bound here too, as mount points of others may lie in it. */
static int
make_bind_point (int root, const struct mount_plan *mount, struct error *err)
{
	autofd source = mount_tree_clone (AT_FDCWD, mount->source, MOUNT_CLONE_TREE, err);
	autofd target = -1;
	struct stat st;

	if (source < 0)
		return -1;
	if (fstat (source, &st) < 0)
		return fail (err, errno, "look at '%s'", mount->source);
	target = S_ISDIR (st.st_mode) ? rooted_mkdir_all (root, mount->destination, 0755, err)
				      : rooted_create_file (root, mount->destination, 0644, err);
	return target < 0 ? -1 : mount_tree_attach (source, target, NULL, err);
}

static int
make_point (int root, const struct mount_plan *mount, struct error *err)
{
	autofd target = -1;

	if (mount->options.bind)
		return make_bind_point (root, mount, err);
	target = rooted_mkdir_all (root, mount->destination, 0755, err);
	return target < 0 ? -1 : 0;
}

static int
make_points (const struct plan *plan, struct error *err)
{
	autofd root = open (plan->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return fail (err, errno, "open '%s'", plan->root.path);
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *mount = &plan->mounts[i];

		if (mount->options.remount || is_on_criu_mount (plan, i))
			continue;
		if (make_point (root, mount, err) < 0)
			return error_prefix (err, "%s: make the mount point '%s'",
				mount->at ? mount->at : "mounts", mount->destination);
	}
	return 0;
}

/* In a process that goes, and its mounts with it. */
static int
make_points_aside (const struct plan *plan, struct error *err)
{
	if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail (err, errno, "make a mount namespace");
	return make_points (plan, err);
}

int
restore_mount_points (const struct plan *plan, struct error *err)
{
	struct error *shared = mmap (
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t pid;

	if (shared == MAP_FAILED)
		return fail (err, errno, "map memory");
	fail (shared, 0, "the process that makes mount points was killed");
	pid = fork ();
	if (pid == 0)
		_exit (make_points_aside (plan, shared) < 0);
	if (pid < 0)
		fail (shared, errno, "start a process");
	while (pid > 0 && waitpid (pid, &status, 0) < 0 && errno == EINTR)
		;
	*err = *shared;
	munmap (shared, sizeof *shared);
	return pid > 0 && status == 0 ? 0 : -1;
}
