/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/subtree.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LIST_SIZE 256 /* the names of all controllers there are, several times over */

/* Why the kernel refuses, in words of the one who has to do something about it. */
static const struct reason {
	int code;
	const char *hint;
} reasons[] = {
	{ EBUSY, "a cgroup above it holds processes, so that those below it can't have limits" },
	{ EOPNOTSUPP, "a cgroup above it is threaded" },
	{ EACCES, "it is not delegated to this user" },
	{ EPERM, "it is not delegated to this user" },
	{ EROFS, "cgroups are mounted read-only" },
	{ EINVAL, "the kernel won't enable it while real-time processes run" },
};

static void
remember (struct place *place, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE (reasons) && !place->hint; i++)
		if (reasons[i].code == code)
			place->hint = reasons[i].hint;
}

/* "+cpu +memory ": the words of `all` that are in `some`, or that are not. False if there are none. */
static bool
list_choose (const char *all, const char *some, bool wanted, char out[2 * LIST_SIZE])
{
	size_t n_out = 0;

	out[0] = '\0';
	while (*all) {
		size_t n = strcspn (all, " ");
		char word[LIST_SIZE];

		snprintf (word, sizeof word, "%.*s", (int) n, all);
		if (n > 0 && cgroup_list_has (some, ' ', word) == wanted)
			n_out += (size_t) snprintf (
				out + n_out, 2 * LIST_SIZE - n_out, "+%s ", word);
		all += n;
		all += strspn (all, " ");
	}
	return n_out > 0;
}

static int
try_write (const char *file, const char *text)
{
	struct error err;

	return fd_write_file (AT_FDCWD, file, text, &err) < 0 ? err.code : 0;
}

/* Each by itself: what can be enabled is. */
static void
enable_singly (struct place *place, const char *file, const char *list)
{
	while (*list) {
		size_t n = strcspn (list, " ");
		char word[LIST_SIZE];
		int code;

		snprintf (word, sizeof word, "%.*s", (int) n, list);
		code = n > 0 ? try_write (file, word) : 0;
		if (code != 0)
			remember (place, code);
		list += n;
		list += strspn (list, " ");
	}
}

/* In one directory on the way down; `names` are without the '+'. */
static void
enable_in (struct place *place, size_t length, const char *names)
{
	autofree char *file = xasprintf ("%.*s/cgroup.subtree_control", (int) length, place->path);
	autofree char *controllers =
		xasprintf ("%.*s/cgroup.controllers", (int) length, place->path);
	char list[2 * LIST_SIZE], here[LIST_SIZE];
	struct error ignored;
	int code;

	if (!list_choose (names, "", false, list))
		return;
	code = try_write (file, list);
	/* some were not to be enabled one above */
	if (code == ENOENT &&
		fd_read_line (AT_FDCWD, controllers, here, sizeof here, &ignored) >= 0) {
		if (!list_choose (names, here, true, list))
			return;
		code = try_write (file, list);
	}
	if (code == 0)
		return;
	/* Of those that are busy not even those controllers are enabled that would be: "threaded"
	 * ones turn the cgroup into the domain of a threaded subtree, in which no process can be
	 * but threads. */
	if (code == EOPNOTSUPP || code == EINVAL)
		enable_singly (place, file, list);
	else
		remember (place, code);
}

/* The names without those of `some`. */
static bool
list_missing (const char *all, const char *some, char out[LIST_SIZE])
{
	char chosen[2 * LIST_SIZE];
	char *end = out;

	if (!list_choose (all, some, false, chosen))
		return false;
	for (const char *p = chosen; *p && end < out + LIST_SIZE - 1; p++)
		if (*p != '+')
			*end++ = *p;
	*end = '\0';
	return true;
}

int
subtree_enable_controllers (struct place *place, struct error *err)
{
	autofree char *root =
		xasprintf ("%.*s/cgroup.controllers", (int) place->mount_length, place->path);
	char all[LIST_SIZE], have[LIST_SIZE], missing[LIST_SIZE];
	size_t length = place->mount_length, whole = strlen (place->path);

	if (fd_read_line (AT_FDCWD, root, all, sizeof all, err) < 0)
		return -1;
	/* as on most hybrid hosts */
	if (all[0] == '\0')
		return 0;
	if (place_read (place, "cgroup.controllers", have, sizeof have, err) < 0)
		return -1;
	if (!list_missing (all, have, missing))
		return 0;
	while (length < whole) {
		enable_in (place, length, missing);
		length += strspn (place->path + length, "/");
		length += strcspn (place->path + length, "/");
	}
	return 0;
}

int
subtree_settle_type (struct place *place, struct error *err)
{
	char type[32];

	if (place_read (place, "cgroup.type", type, sizeof type, err) < 0)
		return err->code == ENOENT ? 0 : -1; /* the root has none */
	if (!str_equal (type, "domain invalid"))
		return 0;
	return place_write (place, "cgroup.type", "threaded", err);
}
