/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/systemd_path.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define UNIT_NAME_MAX 255 /* systemd's */
#define SLICE_SUFFIX ".slice"
#define SCOPE_SUFFIX ".scope"

static bool
is_unit_char (char c)
{
	return isalnum ((unsigned char) c) || (c && strchr (":-_.", c));
}

static void
add_escaped (struct buffer *out, const char *text)
{
	for (; *text; text++)
		if (is_unit_char (*text))
			buffer_add_char (out, *text);
		else
			buffer_printf (out, "\\x%02x", (unsigned char) *text);
}

/* Without its suffix: words between single dashes. */
static bool
is_slice_stem (const char *stem, size_t n)
{
	if (n == 0 || stem[0] == '.' || stem[0] == '-' || stem[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_unit_char (stem[i]) && stem[i] != '\\')
			return false;
		if (stem[i] == '-' && stem[i + 1] == '-')
			return false;
	}
	return true;
}

int
systemd_slice_path (struct arena *arena, const char *slice, const char **out, struct error *err)
{
	AUTO (buffer_done) struct buffer path = { 0 };
	const size_t suffix = sizeof SLICE_SUFFIX - 1;
	size_t n = strlen (slice);

	if (str_equal (slice, "-" SLICE_SUFFIX)) {
		*out = "";
		return 0;
	}
	if (n <= suffix || n > UNIT_NAME_MAX || !str_equal (slice + n - suffix, SLICE_SUFFIX) ||
		!is_slice_stem (slice, n - suffix))
		return fail_hint (err, 0,
			"slices are called like \"a-b.slice\", which is in a.slice",
			"'%s' is not the name of a slice", slice);
	n -= suffix;
	for (size_t i = 1; i <= n; i++)
		if (i == n || slice[i] == '-')
			buffer_printf (&path, "/%.*s" SLICE_SUFFIX, (int) i, slice);
	*out = arena_strdup (arena, path.data);
	return 0;
}

/* Three parts, the last of which may have colons of its own. */
static int
split (struct arena *arena, const char *text, const char *parts[3], struct error *err)
{
	char *rest = arena_strdup (arena, text);

	parts[0] = strsep (&rest, ":");
	parts[1] = strsep (&rest, ":");
	parts[2] = rest;
	if (!parts[1] || !rest || !*rest)
		return fail_hint (err, 0, "with systemd's control groups it is slice:prefix:name",
			"'%s' does not name a scope", text);
	return 0;
}

int
systemd_unit_find (struct arena *arena, const char *cgroups_path, const char *container_id,
	bool is_user, struct systemd_unit *out, struct error *err)
{
	AUTO (buffer_done) struct buffer name = { 0 };
	const char *parts[3] = { "", "davit", container_id };
	const char *path;

	if (cgroups_path && *cgroups_path && split (arena, cgroups_path, parts, err) < 0)
		return -1;
	if (!*parts[0])
		parts[0] = is_user ? "user" SLICE_SUFFIX : "system" SLICE_SUFFIX;
	if (systemd_slice_path (arena, parts[0], &path, err) < 0)
		return -1;
	add_escaped (&name, parts[1]);
	if (*parts[1])
		buffer_add_char (&name, '-');
	add_escaped (&name, parts[2]);
	buffer_add_text (&name, SCOPE_SUFFIX);
	if (name.size > UNIT_NAME_MAX)
		return fail (err, 0, "'%s' is longer than the %d bytes that a unit's name may have",
			name.data, UNIT_NAME_MAX);
	*out = (struct systemd_unit){
		.slice = arena_strdup (arena, parts[0]),
		.name = arena_strdup (arena, name.data),
		.path = arena_printf (arena, "%s/%s", path, name.data),
	};
	return 0;
}
