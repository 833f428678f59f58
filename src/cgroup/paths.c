/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/paths.h"

#include <string.h>

char *
cgroup_path_clean (struct arena *arena, const char *path)
{
	char *clean = arena_alloc (arena, strlen (path) + 2);
	char *end = clean;

	while (*path) {
		size_t n = strcspn (path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (end > clean && *--end != '/')
				;
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			*end++ = '/';
			memcpy (end, path, n);
			end += n;
		}
		path += n;
		path += strspn (path, "/");
	}
	if (end == clean)
		*end++ = '/';
	*end = '\0';
	return clean;
}

/* Both start with '/'; what comes out does too, unless both are "/" and top is "". */
static char *
join (struct arena *arena, const char *top, const char *path)
{
	size_t n = strlen (top);

	while (n > 0 && top[n - 1] == '/')
		n--;
	return arena_printf (arena, "%.*s%s", (int) n, top, path[1] == '\0' ? "" : path);
}

/* The one above; that of "/" is itself. */
static char *
parent_of (struct arena *arena, const char *path)
{
	const char *slash = strrchr (path, '/');

	if (!slash || slash == path)
		return arena_strdup (arena, "/");
	return arena_strndup (arena, path, (size_t) (slash - path));
}

char *
cgroup_path_in (struct arena *arena, const struct cgroup_hierarchy *hierarchy, const char *path,
	const char *container_id)
{
	const char *base = hierarchy->own ? hierarchy->own : "/";
	const char *name = path && *path ? path : container_id;

	if (*name == '/')
		return join (arena, hierarchy->mount_point, cgroup_path_clean (arena, name));
	if (hierarchy->is_v2)
		base = parent_of (arena, base);
	base = join (arena, hierarchy->mount_point, base);
	return join (arena, base, cgroup_path_clean (arena, name));
}
