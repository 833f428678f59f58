/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * world: a root file system to mount on, in namespaces of its own, and a plan made by hand. For the
 * children of child.h, as root; what they do ends with them.
 */
#pragma once

#include "unit.h"

#include "child.h"

#include "base/auto.h"
#include "base/str.h"
#include "kernel/rootfs.h"
#include "plan/mount_options.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define WORLD_MOUNTS 16

/* In a tmpfs at TOP: TOP/bundle/root is the root, TOP/host the host's. */
static char world_top[] = "/tmp/test_rootfs.XXXXXX";
static char world_root[64], world_host[64];

struct world {
	struct plan plan;
	struct mount_plan mounts[WORLD_MOUNTS];
	struct rootfs_inputs inputs;
	struct rootfs rootfs;
};
static struct world world;
static struct error err;

static inline int
world_setup (void **state)
{
	return mkdtemp (world_top) ? 0 : -1;
}

static inline int
world_teardown (void **state)
{
	return rmdir (world_top);
}

/* A path below the root, from the host's side; static, four at a time. */
static inline const char *
in_root (const char *path)
{
	static char paths[4][512];
	static int next;
	char *out = paths[next++ % 4];

	snprintf (out, sizeof paths[0], "%s%s", world_root, path);
	return out;
}

static inline const char *
on_host (const char *path)
{
	static char paths[4][512];
	static int next;
	char *out = paths[next++ % 4];

	snprintf (out, sizeof paths[0], "%s%s", world_host, path);
	return out;
}

static inline void
write_file (const char *path, const char *text)
{
	int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	EXPECT (fd >= 0);
	EXPECT (write (fd, text, strlen (text)) == (ssize_t) strlen (text));
	close (fd);
}

static inline bool
file_says (const char *path, const char *text)
{
	char buffer[256];
	int fd = open (path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read (fd, buffer, sizeof buffer - 1);

	if (fd >= 0)
		close (fd);
	if (n < 0)
		return false;
	buffer[n] = '\0';
	return str_equal (buffer, text);
}

static inline bool
exists (const char *path)
{
	struct stat st;

	return lstat (path, &st) == 0;
}

static inline mode_t
mode_of (const char *path)
{
	struct stat st;

	EXPECT (lstat (path, &st) == 0);
	return st.st_mode;
}

/* The words of the last mount at path in mountinfo from its options on: "rw,nosuid shared:1 - tmpfs
 * tmpfs rw". "" when there is no such mount. */
static inline const char *
mount_at (const char *path)
{
	static char found[1024];
	char line[4096], place[512];
	FILE *file = fopen ("/proc/self/mountinfo", "re");

	EXPECT (file);
	found[0] = '\0';
	while (fgets (line, sizeof line, file)) {
		int n = 0;

		line[strcspn (line, "\n")] = '\0';
		if (sscanf (line, "%*s %*s %*s %*s %511s %n", place, &n) == 1 && n > 0 &&
			str_equal (place, path))
			snprintf (found, sizeof found, "%s", line + n);
	}
	fclose (file);
	return found;
}

static inline bool
mount_has (const char *path, const char *part)
{
	const char *line = mount_at (path);

	if (strstr (line, part))
		return true;
	fprintf (stderr, "mount at '%s': '%s' is not in '%s'\n", path, part, line);
	return false;
}

/* The child's first call. */
static inline void
world_make (void)
{
	char path[128];

	EXPECT (unshare (CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET) == 0);
	EXPECT (mount (NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
	EXPECT (mount ("world", world_top, "tmpfs", 0, "mode=755") == 0);
	umask (022);
	snprintf (path, sizeof path, "%s/bundle", world_top);
	EXPECT (mkdir (path, 0755) == 0);
	snprintf (world_root, sizeof world_root, "%s/bundle/root", world_top);
	snprintf (world_host, sizeof world_host, "%s/host", world_top);
	EXPECT (mkdir (world_root, 0755) == 0 && mkdir (world_host, 0755) == 0);
	EXPECT (mkdir (in_root ("/proc"), 0755) == 0 && mkdir (in_root ("/dev"), 0755) == 0 &&
		mkdir (in_root ("/sys"), 0755) == 0 && mkdir (in_root ("/tmp"), 0755) == 0);
	world.plan.root.path = world_root;
	world.plan.bundle = world_top;
	world.plan.mounts = world.mounts;
}

/* options: words with commas between. */
static inline struct mount_plan *
add_mount (const char *destination, const char *type, const char *source, const char *options)
{
	struct mount_plan *mount = &world.mounts[world.plan.n_mounts];
	char *words[32], *rest = arena_strdup (&world.plan.arena, options);
	size_t n = 0;

	for (char *word; (word = strsep (&rest, ","));)
		words[n++] = word;
	*mount = (struct mount_plan){
		.at = arena_printf (&world.plan.arena, "config.json:%zu: /mounts/%zu",
			41 + world.plan.n_mounts, world.plan.n_mounts),
		.destination = destination,
		.type = type,
		.source = source ? arena_strdup (&world.plan.arena, source) : NULL,
	};
	EXPECT_OK (mount_options_parse (&world.plan.arena, words, n, &mount->options, &err));
	world.plan.n_mounts++;
	return mount;
}

static inline void
begin (void)
{
	EXPECT_OK (rootfs_begin (&world.rootfs, &world.plan, &world.inputs, &err));
}

static inline int
mount_all (void)
{
	return rootfs_mount_range (&world.rootfs, 0, world.plan.n_mounts, &err);
}

static inline void
begin_and_mount (void)
{
	begin ();
	EXPECT_OK (mount_all ());
}

static inline void
enter_and_finish (void)
{
	EXPECT_OK (rootfs_enter (&world.rootfs, &err));
	EXPECT_OK (rootfs_finish (&world.rootfs, &err));
}

/* A test is a child in a world. */
#define world_test(name)                                 \
	static void in_##name (void *data);              \
	static void name (void **state)                  \
	{                                                \
		skip_unless_root ();                     \
		assert_child_succeeds (in_##name, NULL); \
	}                                                \
	static void in_##name (void *data)
