/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/passwd.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define MAX_FIELDS 7

/* A file's lines; NULL: there is none. */
struct lines {
	char *text; /* owned */
	char *next;
};

/* Returns 1, or 0 when it isn't there or is no regular file: then nobody is in it. */
static int
read_lines (const struct view *view, const char *path, struct lines *out, struct error *err)
{
	autofree char *resolved = NULL;
	struct view_node node;
	autofd fd = -1;
	struct stat st;
	int r = view_resolve (view, path, VIEW_FOLLOW, &resolved, &node, err);

	*out = (struct lines){ 0 };
	if (r <= 0 || !S_ISREG (node.st.st_mode))
		return r < 0 && err->code != ELOOP ? -1 : 0;
	fd = view_open (view, resolved, &node, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, err);
	if (fd < 0)
		return -1;
	if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
		return 0;
	if (fd_read_all (fd, PASSWD_MAX_FILE, &out->text, NULL, path, err) < 0)
		return error_prefix (err, "the image's %s", path);
	out->next = out->text;
	return 1;
}

static void
lines_done (struct lines *lines)
{
	free (lines->text);
}

/* The next line, cut into its fields; missing ones are "". Returns false at the end. */
static bool
next_line (struct lines *lines, char *fields[MAX_FIELDS])
{
	while (lines->next && *lines->next) {
		char *line = lines->next, *end = strchr (line, '\n');
		size_t n = 0;

		lines->next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		if (strlen (line) > PASSWD_MAX_LINE || *line == '\0' || *line == '#')
			continue;
		while (n < MAX_FIELDS) {
			char *colon = strchr (line, ':');

			fields[n++] = line;
			if (!colon)
				break;
			*colon = '\0';
			line = colon + 1;
		}
		while (n < MAX_FIELDS)
			fields[n++] = (char *) "";
		return true;
	}
	return false;
}

static bool
is_id (const char *text, uint32_t *out)
{
	uint64_t n;

	/* the biggest one stands for no id at all */
	if (!str_to_u64 (text, UINT32_MAX - 1, &n))
		return false;
	*out = (uint32_t) n;
	return true;
}

static bool
is_number (const char *text)
{
	return *text && text[strspn (text, "0123456789")] == '\0';
}

static int
parse_id (const char *text, const char *what, uint32_t *out, struct error *err)
{
	if (is_id (text, out))
		return 0;
	return fail (err, 0, "%s '%s' is no id: they go from 0 to 4294967294", what, text);
}

/* ---- users */

/* Looks for a name, or for an id when name is NULL; fills name_of, which is the caller's, and so on. */
static int
find_user (const struct view *view, const char *name, struct passwd_user *user, char **name_of,
	struct error *err)
{
	AUTO (lines_done) struct lines lines;
	char *fields[MAX_FIELDS];
	uint32_t uid, gid;
	int r = read_lines (view, "etc/passwd", &lines, err);

	if (r <= 0)
		return r;
	while (next_line (&lines, fields)) {
		if (!is_id (fields[2], &uid) || !is_id (fields[3], &gid))
			continue;
		if (name ? !str_equal (fields[0], name) : uid != user->uid)
			continue;
		user->uid = uid;
		user->gid = gid;
		user->home = *fields[5] ? xstrdup (fields[5]) : NULL;
		*name_of = xstrdup (fields[0]);
		return 1;
	}
	return 0;
}

/* *name_of stays NULL for an id that nobody has a name for. */
static int
resolve_user (const struct view *view, const char *text, struct passwd_user *user, char **name_of,
	struct error *err)
{
	int r;

	if (is_number (text)) {
		if (parse_id (text, "the user", &user->uid, err) < 0)
			return -1;
		r = find_user (view, NULL, user, name_of, err);
		/* it is only for the group and the home that one would like to know */
		return r < 0 && err->code != EFBIG ? -1 : 0;
	}
	r = find_user (view, text, user, name_of, err);
	if (r == 0)
		return fail (err, 0, "the image has no user '%s' in its etc/passwd", text);
	return r < 0 ? -1 : 0;
}

/* ---- groups */

static int
resolve_group (const struct view *view, const char *text, uint32_t *out, struct error *err)
{
	AUTO (lines_done) struct lines lines = { 0 };
	char *fields[MAX_FIELDS];
	uint32_t gid;

	if (is_number (text))
		return parse_id (text, "the group", out, err);
	if (read_lines (view, "etc/group", &lines, err) < 0)
		return -1;
	while (next_line (&lines, fields)) {
		if (!str_equal (fields[0], text) || !is_id (fields[2], &gid))
			continue;
		*out = gid;
		return 0;
	}
	return fail (err, 0, "the image has no group '%s' in its etc/group", text);
}

static bool
is_member (const char *members, const char *name)
{
	size_t n = strlen (name);

	while (*members) {
		size_t length = strcspn (members, ",");

		if (length == n && strncmp (members, name, n) == 0)
			return true;
		members += length + (members[length] == ',');
	}
	return false;
}

static int
add_group (struct passwd_user *user, uint32_t gid, struct error *err)
{
	if (gid == user->gid)
		return 0;
	for (size_t i = 0; i < user->n_groups; i++)
		if (user->groups[i] == gid)
			return 0;
	if (user->n_groups == PASSWD_MAX_GROUPS)
		return fail_as (
			err, E2BIG, "the user is in more than %u groups", PASSWD_MAX_GROUPS);
	if (!user->groups)
		user->groups = xmalloc (PASSWD_MAX_GROUPS * sizeof *user->groups);
	user->groups[user->n_groups++] = gid;
	return 0;
}

static int
find_groups (const struct view *view, const char *name, struct passwd_user *user, struct error *err)
{
	AUTO (lines_done) struct lines lines;
	char *fields[MAX_FIELDS];
	uint32_t gid;
	int r = read_lines (view, "etc/group", &lines, err);

	if (r <= 0)
		return r;
	while (next_line (&lines, fields))
		if (is_id (fields[2], &gid) && is_member (fields[3], name) &&
			add_group (user, gid, err) < 0)
			return -1;
	return 0;
}

int
passwd_find (const struct view *view, const char *user, struct passwd_user *out, struct error *err)
{
	AUTO (passwd_user_done) struct passwd_user found = { 0 };
	autofree char *first = xstrdup (user && *user ? user : "0"), *name = NULL;
	char *group = strchr (first, ':');

	if (group) {
		*group++ = '\0';
		if (strchr (group, ':') || *group == '\0')
			return fail (err, 0, "'%s' is no user: it takes USER[:GROUP]", user);
	}
	/* ":group" is root in that group */
	if (resolve_user (view, *first ? first : "0", &found, &name, err) < 0)
		return -1;
	if (group && resolve_group (view, group, &found.gid, err) < 0)
		return -1;
	if (!group && name && find_groups (view, name, &found, err) < 0)
		return -1;
	*out = found;
	found = (struct passwd_user){ 0 };
	return 0;
}

void
passwd_user_done (struct passwd_user *user)
{
	free (user->groups);
	free (user->home);
	*user = (struct passwd_user){ 0 };
}
