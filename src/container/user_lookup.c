/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/user_lookup.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/rooted.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ID_MAX (UINT32_MAX - 1) /* -1 means "leave it" to the kernel */
#define FILE_LIMIT (4u << 20) /* CVE-2026-47262 */
#define MAX_FIELDS 7

/* A line of passwd or group, taken apart. */
struct line {
	char *fields[MAX_FIELDS];
	size_t n;
};

static struct line
split (char *text)
{
	struct line line = { 0 };
	char *field;

	while (line.n < MAX_FIELDS && (field = strsep (&text, ":")))
		line.fields[line.n++] = field;
	return line;
}

/* A fifo is not waited for, a device not read (CVE-2024-9676). */
static int
read_database (int root_fd, const char *path, char **out, struct error *err)
{
	autofd fd = rooted_open (root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
		return fail (err, 0, "the container's '/%s' is not a regular file", path);
	return fd_read_all (fd, FILE_LIMIT, out, NULL, path, err);
}

/* The line whose first field is `name`. The text is cut into pieces. */
static bool
find_line (char *text, const char *name, size_t min_fields, struct line *out)
{
	char *next;

	while ((next = strsep (&text, "\n"))) {
		*out = split (next);
		if (out->n >= min_fields && str_equal (out->fields[0], name))
			return true;
	}
	return false;
}

static bool
to_id (const char *text, uint32_t *out)
{
	uint64_t value;

	if (!str_to_u64 (text, ID_MAX, &value))
		return false;
	*out = (uint32_t) value;
	return true;
}

static bool
is_number (const char *word)
{
	return *word && (word[strspn (word, "0123456789")] == '\0' || *word == '-' || *word == '+');
}

static int
look_up_name (int root_fd, const char *name, struct user_found *out, struct error *err)
{
	autofree char *text = NULL;
	struct line line;

	if (read_database (root_fd, "etc/passwd", &text, err) < 0)
		return error_prefix (err, "look up the user '%s'", name);
	if (!find_line (text, name, 4, &line))
		return fail (err, 0, "there is no user '%s' in the container's /etc/passwd", name);
	if (!to_id (line.fields[2], &out->uid) || !to_id (line.fields[3], &out->gid))
		return fail (err, 0, "the container's /etc/passwd has no valid ids for '%s'", name);
	out->has_gid = true;
	return 0;
}

static int
look_up_group (int root_fd, const char *name, struct user_found *out, struct error *err)
{
	autofree char *text = NULL;
	struct line line;

	out->has_gid = true;
	if (is_number (name))
		return to_id (name, &out->gid) ? 0 : fail (err, 0, "'%s' is no group id", name);
	if (read_database (root_fd, "etc/group", &text, err) < 0)
		return error_prefix (err, "look up the group '%s'", name);
	if (!find_line (text, name, 3, &line))
		return fail (err, 0, "there is no group '%s' in the container's /etc/group", name);
	if (!to_id (line.fields[2], &out->gid))
		return fail (err, 0, "the container's /etc/group has no valid id for '%s'", name);
	return 0;
}

int
user_lookup (int root_fd, const char *user, struct user_found *out, struct error *err)
{
	const char *colon = strchr (user, ':');
	autofree char *name = colon ? strndup (user, (size_t) (colon - user)) : xstrdup (user);

	*out = (struct user_found){ 0 };
	if (!*name || (colon && (!colon[1] || strchr (colon + 1, ':'))))
		return fail (err, 0, "'%s' is not UID[:GID] or NAME[:GROUP]", user);
	if (is_number (name)) {
		if (!to_id (name, &out->uid))
			return fail (err, 0, "'%s' is no user id", name);
	} else if (look_up_name (root_fd, name, out, err) < 0) {
		return -1;
	}
	return colon ? look_up_group (root_fd, colon + 1, out, err) : 0;
}
