/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/rdt.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMATA_LIMIT (1u << 20)

int
rdt_find_mount (struct arena *arena, const char **out, struct error *err)
{
	FILE *mounts = setmntent ("/proc/self/mounts", "re");
	char strings[4096];
	struct mntent entry;

	*out = NULL;
	if (!mounts)
		return fail (err, errno, "open '/proc/self/mounts'");
	while (!*out && getmntent_r (mounts, &entry, strings, sizeof strings))
		if (str_equal (entry.mnt_type, "resctrl"))
			*out = arena_strdup (arena, entry.mnt_dir);
	endmntent (mounts);
	if (*out)
		return 0;
	return fail_hint (err, 0,
		"`mount -t resctrl resctrl /sys/fs/resctrl`, on a CPU that has resource control",
		"no resctrl file system is mounted");
}

/* ---- where */

static bool
has_schemata (const struct rdt_plan *plan)
{
	return plan->l3_cache || plan->memory_bandwidth || plan->n_schemata > 0;
}

static bool
is_root (const struct rdt_plan *plan)
{
	return plan->clos_id && str_equal (plan->clos_id, "/");
}

int
rdt_locate (struct arena *arena, const char *mount_point, const struct rdt_plan *plan,
	const char *id, struct rdt_place *out, struct error *err)
{
	const char *name = plan->clos_id ? plan->clos_id : id;
	bool exists;

	*out = (struct rdt_place){ 0 };
	out->group = is_root (plan) ? arena_strdup (arena, mount_point)
				    : arena_printf (arena, "%s/%s", mount_point, name);
	exists = access (out->group, F_OK) == 0;
	if (!exists && plan->clos_id && !has_schemata (plan))
		return fail_hint (err, 0,
			"with l3CacheSchema, memBwSchema or schemata it would be made",
			"there is no class of service '%s' in '%s'", name, mount_point);
	out->is_ours = !plan->clos_id && !exists;
	if (!plan->monitoring)
		return 0;
	out->monitor = arena_printf (arena, "%s/mon_groups/%s", out->group, id);
	if (access (out->monitor, F_OK) == 0)
		return fail (err, EEXIST, "the monitoring group '%s'", out->monitor);
	return 0;
}

/* ---- schemata */

/* Cuts the next part off *rest, which ends where it ends; blanks around it are left out. */
static char *
next_part (char **rest, const char *separators)
{
	char *part = strsep (rest, separators);
	char *end;

	if (!part)
		return NULL;
	part += strspn (part, " \t");
	end = part + strlen (part);
	while (end > part && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return part;
}

/* The bandwidths are decimal, all else is a mask. */
static bool
same_value (const char *resource, const char *a, const char *b)
{
	int base = str_starts (resource, "MB") ? 10 : 16;
	char *end_a, *end_b;
	unsigned long long number_a = strtoull (a, &end_a, base);
	unsigned long long number_b = strtoull (b, &end_b, base);

	return end_a != a && end_b != b && *end_a == '\0' && *end_b == '\0' && number_a == number_b;
}

/* Whether "0=f;1=3" has this domain with this value. */
static bool
has_domain (const char *resource, const char *domains, const char *domain, const char *value)
{
	autofree char *copy = xstrdup (domains);
	char *rest = copy;
	char *part;

	while ((part = next_part (&rest, ";"))) {
		char *its_domain = next_part (&part, "=");

		if (part && str_equal (its_domain, domain))
			return same_value (resource, next_part (&part, ""), value);
	}
	return false;
}

/* Whether text, as read from a schemata file, has all of this line: "L3:0=f;1=3". */
static bool
has_line (const char *text, char *line)
{
	autofree char *copy = xstrdup (text);
	char *rest = copy;
	const char *resource = next_part (&line, ":");
	char *its_line, *part;

	while ((its_line = next_part (&rest, "\n"))) {
		const char *its_resource = next_part (&its_line, ":");

		if (its_line && line && str_equal (its_resource, resource))
			break;
	}
	if (!its_line)
		return false;
	while ((part = next_part (&line, ";"))) {
		const char *domain = next_part (&part, "=");

		if (!part || !has_domain (resource, its_line, domain, next_part (&part, "")))
			return false;
	}
	return true;
}

static int
compare (const struct rdt_place *place, const char *text, const char *wanted, struct error *err)
{
	autofree char *copy = wanted ? xstrdup (wanted) : NULL;
	char *rest = copy;
	char *line;

	while ((line = next_part (&rest, "\n")))
		if (*line && !has_line (text, line))
			return fail_hint (err, 0, "who shares a class shares its schemata",
				"the class of service '%s' exists, and differs from '%s'",
				place->group, wanted);
	return 0;
}

static int
compare_group (const struct rdt_place *place, const struct rdt_plan *plan, struct error *err)
{
	autofree char *path = xasprintf ("%s/schemata", place->group);
	autofree char *text = NULL;

	if (!plan->l3_cache && !plan->memory_bandwidth)
		return 0;
	if (fd_read_file (AT_FDCWD, path, SCHEMATA_LIMIT, &text, NULL, err) < 0 ||
		compare (place, text, plan->l3_cache, err) < 0)
		return -1;
	return compare (place, text, plan->memory_bandwidth, err);
}

/* The kernel wants whole lines, and each resource and domain once in a write. */
static int
write_lines (const struct rdt_place *place, const char *lines, struct error *err)
{
	autofree char *path = xasprintf ("%s/schemata", place->group);
	autofree char *text = NULL;

	if (!lines)
		return 0;
	text = xasprintf ("%s\n", lines);
	if (fd_write_file (AT_FDCWD, path, text, err) == 0)
		return 0;
	return fail_hint (err, err->code,
		err->code == EINVAL ? "info/last_cmd_status of resctrl says what is wrong with it"
				    : NULL,
		"write '%s' to '%s'", lines, path);
}

static int
write_schemata (const struct rdt_place *place, const struct rdt_plan *plan, struct error *err)
{
	struct buffer lines = { 0 };
	int r;

	for (size_t i = 0; i < plan->n_schemata; i++)
		buffer_printf (&lines, "%s%s", i > 0 ? "\n" : "", plan->schemata[i]);
	r = write_lines (place, lines.data, err);
	buffer_done (&lines);
	return r;
}

int
rdt_change (const struct rdt_place *place, const char *l3_cache, const char *memory_bandwidth,
	struct error *err)
{
	if (write_lines (place, l3_cache, err) < 0)
		return -1;
	return write_lines (place, memory_bandwidth, err);
}

/* ---- groups */

static int
make_directory (const char *path, const char *what, struct error *err)
{
	if (mkdir (path, 0755) == 0)
		return 0;
	return fail_hint (err, errno, errno == ENOSPC ? "the CPU has no more of them" : NULL,
		"make the %s '%s'", what, path);
}

int
rdt_make_group (const struct rdt_place *place, const struct rdt_plan *plan, struct rdt_made *made,
	struct error *err)
{
	bool exists = !place->is_ours && access (place->group, F_OK) == 0;

	if (exists) {
		if (compare_group (place, plan, err) < 0)
			return -1;
		return write_schemata (place, plan, err);
	}
	if (make_directory (place->group, "class of service", err) < 0)
		return -1;
	made->group = true;
	if (rdt_change (place, plan->l3_cache, plan->memory_bandwidth, err) < 0)
		return -1;
	/* the spec: last */
	return write_schemata (place, plan, err);
}

int
rdt_make_monitor (const struct rdt_place *place, struct rdt_made *made, struct error *err)
{
	if (!place->monitor)
		return 0;
	if (make_directory (place->monitor, "monitoring group", err) < 0)
		return -1;
	made->monitor = true;
	return 0;
}

static int
add_to (const char *directory, pid_t pid, struct error *err)
{
	autofree char *path = xasprintf ("%s/tasks", directory);
	char text[16];

	snprintf (text, sizeof text, "%d", (int) pid);
	return fd_write_file (AT_FDCWD, path, text, err);
}

int
rdt_add_process (const struct rdt_place *place, pid_t pid, struct error *err)
{
	if (!place->group)
		return 0;
	if (add_to (place->group, pid, err) < 0)
		return -1;
	/* only one that is in the class can be in a monitoring group of it */
	return place->monitor ? add_to (place->monitor, pid, err) : 0;
}

void
rdt_unmake (const struct rdt_place *place, struct rdt_made *made)
{
	if (made->monitor)
		error_ignore (rmdir (place->monitor), "the first error is the news");
	if (made->group)
		error_ignore (rmdir (place->group), "the first error is the news");
	*made = (struct rdt_made){ 0 };
}

static int
remove_directory (const char *path, struct error *err)
{
	if (rmdir (path) < 0 && errno != ENOENT)
		return fail (err, errno, "remove '%s'", path);
	return 0;
}

int
rdt_remove (const struct rdt_place *place, struct error *err)
{
	if (place->monitor && remove_directory (place->monitor, err) < 0)
		return -1;
	return place->group && place->is_ours ? remove_directory (place->group, err) : 0;
}
