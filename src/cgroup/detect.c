/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/detect.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#define MOUNT_POINT "/sys/fs/cgroup"
#define TEXT_LIMIT (64 << 20)

/* What a v1 mount's options may name, apart from "name=...". The others (xattr, clone_children,
 * release_agent=..., seclabel) say how it is mounted. "files" is of openEuler's kernels. */
static const char *const v1_controllers[] = { "cpuset", "cpu", "cpuacct", "blkio", "memory",
	"devices", "freezer", "net_cls", "perf_event", "net_prio", "hugetlb", "pids", "rdma",
	"misc", "debug", "files", NULL };

static bool
is_controller (const char *word, size_t n)
{
	if (n > 5 && strncmp (word, "name=", 5) == 0)
		return true;
	for (const char *const *c = v1_controllers; *c; c++)
		if (strlen (*c) == n && strncmp (*c, word, n) == 0)
			return true;
	return false;
}

bool
cgroup_list_has (const char *list, char separator, const char *word)
{
	size_t length = strlen (word);

	while (length > 0) {
		const char *end = strchr (list, separator);
		size_t n = end ? (size_t) (end - list) : strlen (list);

		if (n == length && strncmp (list, word, n) == 0)
			return true;
		if (!end)
			return false;
		list = end + 1;
	}
	return false;
}

/* The words of a v1 mount's options that say which hierarchy it is. */
static char *
controllers_of (struct arena *arena, const char *options)
{
	char *list = arena_alloc (arena, strlen (options) + 1);
	char *end = list;

	while (*options) {
		size_t n = strcspn (options, ",");

		if (is_controller (options, n)) {
			if (end > list)
				*end++ = ',';
			memcpy (end, options, n);
			end += n;
		}
		options += n;
		options += *options == ',';
	}
	*end = '\0';
	return list;
}

/* mountinfo writes blanks, newlines and backslashes as three octal digits. */
static void
unescape (char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && strspn (text + 1, "01234567") >= 3) {
			*out++ = (char) ((text[1] - '0') << 6 | (text[2] - '0') << 3 |
					 (text[3] - '0'));
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

/* Cuts one word off a line; NULL when there is none. */
static char *
next_word (char **line)
{
	char *word;

	do
		word = strsep (line, " ");
	while (word && *word == '\0');
	return word;
}

/* "36 31 0:33 /root /mount/point rw,relatime shared:4 - cgroup cgroup rw,memory", proc(5). */
static bool
parse_mount (struct arena *arena, char *line, struct cgroup_hierarchy *out)
{
	char *words[5] = { 0 };
	char *tail = strstr (line, " - ");
	const char *type, *options;

	if (!tail)
		return false;
	*tail = '\0';
	tail += 3;
	for (int i = 0; i < 5; i++) {
		words[i] = next_word (&line);
		if (!words[i])
			return false;
	}
	type = next_word (&tail);
	error_ignore (next_word (&tail) ? 0 : -1, "the source may be empty");
	options = next_word (&tail);
	if (!type || !options)
		return false;
	out->is_v2 = str_equal (type, "cgroup2");
	if (!out->is_v2 && !str_equal (type, "cgroup"))
		return false;
	unescape (words[3]);
	unescape (words[4]);
	out->root = words[3];
	out->mount_point = words[4];
	out->directory = strrchr (words[4], '/') ? strrchr (words[4], '/') + 1 : words[4];
	if (out->is_v2)
		return true;
	out->controllers = controllers_of (arena, options);
	return *out->controllers != '\0';
}

static bool
is_usual_place (const struct cgroup_hierarchy *hierarchy)
{
	return str_starts (hierarchy->mount_point, MOUNT_POINT "/") ||
	       str_equal (hierarchy->mount_point, MOUNT_POINT);
}

static bool
is_same_hierarchy (const struct cgroup_hierarchy *a, const struct cgroup_hierarchy *b)
{
	if (a->is_v2 || b->is_v2)
		return a->is_v2 == b->is_v2;
	return str_equal (a->controllers, b->controllers);
}

/* Of two mounts of one hierarchy the first counts, but for one that lies where all do. */
static void
add (struct cgroup_hierarchies *all, const struct cgroup_hierarchy *hierarchy)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!is_same_hierarchy (&all->entries[i], hierarchy))
			continue;
		if (is_usual_place (hierarchy) && !is_usual_place (&all->entries[i]))
			all->entries[i] = *hierarchy;
		return;
	}
	all->entries[all->n++] = *hierarchy;
}

static enum cgroup_mode
mode_of (const struct cgroup_hierarchies *all)
{
	size_t n_v2 = 0;

	for (size_t i = 0; i < all->n; i++)
		n_v2 += all->entries[i].is_v2;
	if (all->n == 0)
		return CGROUP_MODE_NONE;
	if (n_v2 == 0)
		return CGROUP_MODE_V1;
	return n_v2 == all->n ? CGROUP_MODE_V2 : CGROUP_MODE_HYBRID;
}

struct cgroup_hierarchies *
cgroup_parse_mountinfo (struct arena *arena, const char *text)
{
	struct cgroup_hierarchies *all = arena_alloc (arena, sizeof *all);
	size_t n_lines = 0;

	for (const char *at = strstr (text, " - cgroup"); at; at = strstr (at + 1, " - cgroup"))
		n_lines++;
	all->entries = arena_alloc (arena, (n_lines + 1) * sizeof *all->entries);
	while (*text && n_lines > 0) {
		size_t n = strcspn (text, "\n");

		if (memmem (text, n, " - cgroup", 9)) {
			struct cgroup_hierarchy hierarchy = { 0 };
			char *line = arena_strndup (arena, text, n);

			n_lines--;
			if (parse_mount (arena, line, &hierarchy))
				add (all, &hierarchy);
		}
		text += n;
		text += *text == '\n';
	}
	all->mode = mode_of (all);
	return all;
}

/* The path in the hierarchy as a path below what is mounted of it. */
static const char *
below_root (const char *path, const char *root)
{
	size_t n = strlen (root);

	/* outside of our cgroup namespace; what is above its root has no name here */
	if (str_starts (path, "/.."))
		return "/";
	if (str_equal (root, "/"))
		return path;
	if (str_starts (path, root) && path[n] == '/')
		return path + n;
	return "/";
}

static bool
is_of (const struct cgroup_hierarchy *hierarchy, const char *controllers)
{
	const char *list = hierarchy->controllers;
	size_t n;

	if (hierarchy->is_v2)
		return *controllers == '\0';
	n = strcspn (list, ",");
	while (*controllers) {
		size_t m = strcspn (controllers, ",");

		if (m == n && strncmp (controllers, list, n) == 0)
			return true;
		controllers += m;
		controllers += *controllers == ',';
	}
	return false;
}

/* Lines "4:memory:/path", and "0::/path" for cgroup2; cgroups(7). */
void
cgroup_parse_own (struct arena *arena, struct cgroup_hierarchies *hierarchies, const char *text)
{
	char *copy = arena_strdup (arena, text);
	char *line;

	while ((line = strsep (&copy, "\n"))) {
		const char *controllers, *number = strsep (&line, ":");

		controllers = strsep (&line, ":");
		if (!number || !controllers || !line || *line != '/')
			continue;
		for (size_t i = 0; i < hierarchies->n; i++) {
			struct cgroup_hierarchy *hierarchy = &hierarchies->entries[i];

			if (is_of (hierarchy, controllers))
				hierarchy->own = below_root (line, hierarchy->root);
		}
	}
}

int
cgroup_detect (struct arena *arena, struct cgroup_hierarchies **out, struct error *err)
{
	autofree char *text = NULL;
	struct statfs fs;

	if (statfs (MOUNT_POINT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) {
		struct cgroup_hierarchies *all = arena_alloc (arena, sizeof *all);

		all->entries = arena_alloc (arena, sizeof *all->entries);
		all->entries[all->n++] = (struct cgroup_hierarchy){
			.directory = "",
			.mount_point = MOUNT_POINT,
			.root = "/",
			.is_v2 = true,
		};
		all->mode = CGROUP_MODE_V2;
		*out = all;
		return 0;
	}
	if (fd_read_file (AT_FDCWD, "/proc/self/mountinfo", TEXT_LIMIT, &text, NULL, err) < 0)
		return -1;
	*out = cgroup_parse_mountinfo (arena, text);
	return 0;
}

int
cgroup_find_own (struct arena *arena, struct cgroup_hierarchies *hierarchies, struct error *err)
{
	static const char file[] = "/proc/self/cgroup";
	autofree char *text = NULL;
	char small[4096];
	/* the kernel gives all of it at once, as far as there is room */
	int n = fd_read_line (AT_FDCWD, file, small, sizeof small, err);

	if (n < 0)
		return -1;
	if ((size_t) n >= sizeof small - 2 &&
		fd_read_file (AT_FDCWD, file, TEXT_LIMIT, &text, NULL, err) < 0)
		return -1;
	cgroup_parse_own (arena, hierarchies, text ? text : small);
	return 0;
}
