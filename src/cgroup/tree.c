/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/tree.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PIDS_LIMIT (64 << 20) /* bytes of one cgroup.procs */

/* A growing list of paths below a place, or of names on the way down. */
struct names {
	char **entries; /* owned, the strings too */
	size_t n, room;
};

static void
names_push (struct names *names, char *name)
{
	if (names->n == names->room) {
		names->room = names->room ? names->room * 2 : 16;
		names->entries = xrealloc (names->entries, names->room * sizeof *names->entries);
	}
	names->entries[names->n++] = name;
}

static char *
names_pop (struct names *names)
{
	return names->entries[--names->n];
}

static void
names_done (struct names *names)
{
	while (names->n > 0)
		free (names_pop (names));
	free (names->entries);
}

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

/* A stream of its own: closing it leaves the fd open. NULL and errno. */
static DIR *
open_dir (int directory, const char *path)
{
	autofd fd = openat (directory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir (fd);

	if (dir)
		error_ignore (take_fd (&fd), "it is the stream's now");
	return dir;
}

/* The next directory, or NULL at the end. cgroupfs fills in d_type. */
static const char *
next_directory (DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir (dir)))
		if (entry->d_type == DT_DIR && !str_equal (entry->d_name, ".") &&
			!str_equal (entry->d_name, ".."))
			return entry->d_name;
	return NULL;
}

/* Adds the cgroups right below `path`. A directory's link count tells without reading it whether
 * there are any. */
static int
push_children (int top, const char *path, struct names *names)
{
	AUTO (close_dir) DIR *dir = NULL;
	struct stat st;
	const char *name;

	if (fstatat (top, path, &st, 0) < 0)
		return -1;
	if (st.st_nlink == 2)
		return 0;
	dir = open_dir (top, path);
	if (!dir)
		return -1;
	while ((name = next_directory (dir)))
		names_push (names,
			str_equal (path, ".") ? xstrdup (name) : xasprintf ("%s/%s", path, name));
	return 0;
}

struct pid_list {
	pid_t *pids; /* owned */
	size_t n, room;
};

/* Processes outside of our pid namespace are listed as 0. */
static void
add_pids (struct pid_list *list, char *text)
{
	char *line;

	while ((line = strsep (&text, "\n"))) {
		int64_t pid;

		if (!str_to_i64 (line, 1, INT32_MAX, &pid))
			continue;
		if (list->n == list->room) {
			list->room = list->room ? list->room * 2 : 64;
			list->pids = xrealloc (list->pids, list->room * sizeof *list->pids);
		}
		list->pids[list->n++] = (pid_t) pid;
	}
}

/* In a threaded cgroup cgroup.procs can't be read (EOPNOTSUPP); its threads are processes' too. */
static int
read_pids (int top, const char *path, struct pid_list *list, struct error *err)
{
	autofree char *procs = xasprintf ("%s/cgroup.procs", path);
	autofree char *text = NULL;
	int r = fd_read_file (top, procs, PIDS_LIMIT, &text, NULL, err);

	if (r < 0 && err->code == EOPNOTSUPP) {
		autofree char *threads = xasprintf ("%s/cgroup.threads", path);

		r = fd_read_file (top, threads, PIDS_LIMIT, &text, NULL, err);
	}
	if (r < 0)
		return err->code == ENOENT || err->code == ENODEV ? 0 : -1;
	add_pids (list, text);
	return 0;
}

int
tree_pids (struct place *place, enum cgroup_depth depth, pid_t **out_pids, size_t *out_n,
	struct error *err)
{
	AUTO (names_done) struct names names = { 0 };
	struct pid_list list = { 0 };
	int top = place_open (place, err);

	if (top < 0 && err->code != ENOENT)
		return -1;
	if (top >= 0)
		names_push (&names, xstrdup ("."));
	while (names.n > 0) {
		autofree char *path = names_pop (&names);

		if (read_pids (top, path, &list, err) < 0) {
			free (list.pids);
			return error_prefix (err, "cgroup '%s'", place->path);
		}
		if (depth == CGROUP_THIS || push_children (top, path, &names) == 0)
			continue;
		if (errno == ENOENT || errno == ENODEV)
			continue;
		free (list.pids);
		return fail (err, errno, "read '%s/%s'", place->path, path);
	}
	*out_pids = list.pids;
	*out_n = list.n;
	return 0;
}

/* Goes down from `fd` to a cgroup that has none below it; `names` is the way. Returns its fd, and
 * `fd` is closed. */
static int
descend (int fd, struct names *names)
{
	for (;;) {
		AUTO (close_dir) DIR *dir = open_dir (fd, ".");
		const char *name = dir ? next_directory (dir) : NULL;
		int next;

		if (!name)
			return fd;
		next = openat (fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return fd;
		names_push (names, xstrdup (name));
		close (fd);
		fd = next;
	}
}

/* Removes every cgroup below the place, the deepest first. -1 and errno. */
static int
remove_below (const struct place *place)
{
	AUTO (names_done) struct names names = { 0 };
	autofd fd = open (place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	for (;;) {
		autofree char *name = NULL;
		int up;

		fd = descend (take_fd (&fd), &names);
		if (names.n == 0)
			return 0;
		name = names_pop (&names);
		up = openat (fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return -1;
		close (take_fd (&fd));
		fd = up;
		if (unlinkat (fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return -1;
	}
}

/* One try. */
static int
remove_tree (const struct place *place)
{
	if (unlinkat (AT_FDCWD, place->path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -1;
	if (remove_below (place) < 0 && errno != ENOENT)
		return -1;
	if (unlinkat (AT_FDCWD, place->path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return -1;
}

int
tree_remove (struct place *place, struct wait *wait, struct error *err)
{
	place_close (place);
	while (remove_tree (place) < 0) {
		if (errno == EBUSY && wait_a_little (wait))
			continue;
		return fail_hint (err, errno, errno == EBUSY ? "it still holds processes" : NULL,
			"remove cgroup '%s'", place->path);
	}
	return 0;
}

/* The directories above the last one that came into being with it. */
static void
remove_parents (const struct place *place)
{
	autofree char *path = xstrdup (place->path);

	for (;;) {
		char *slash = strrchr (path, '/');

		if (!slash || (size_t) (slash - path) <= place->found_length)
			return;
		*slash = '\0';
		if (unlinkat (AT_FDCWD, path, AT_REMOVEDIR) < 0)
			return;
	}
}

void
tree_remove_made (struct place *place, struct wait *wait)
{
	struct error ignored;

	place_close (place);
	if (place->made)
		error_ignore (tree_remove (place, wait, &ignored), "the first error is the news");
	if (place->found_length > 0)
		remove_parents (place);
	place->made = place->is_there = false;
	place->found_length = 0;
}
