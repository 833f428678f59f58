/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/devices.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/devices_bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIST_LIMIT (4 << 20)
#define LINE_SIZE 64

/* What every container has: the devices that the spec supplies, ptys, and what a VPN needs. To make a
 * node is no access to the device. */
static const struct device_entry default_entries[] = {
	{ true, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD, NULL },
	{ true, 'b', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD, NULL },
	{ true, 'c', 1, 3, DEVICE_ALL, NULL }, /* null */
	{ true, 'c', 1, 5, DEVICE_ALL, NULL }, /* zero */
	{ true, 'c', 1, 7, DEVICE_ALL, NULL }, /* full */
	{ true, 'c', 1, 8, DEVICE_ALL, NULL }, /* random */
	{ true, 'c', 1, 9, DEVICE_ALL, NULL }, /* urandom */
	{ true, 'c', 5, 0, DEVICE_ALL, NULL }, /* tty */
	{ true, 'c', 5, 1, DEVICE_ALL, NULL }, /* console */
	{ true, 'c', 5, 2, DEVICE_ALL, NULL }, /* ptmx */
	{ true, 'c', 136, DEVICE_ANY, DEVICE_ALL, NULL }, /* pts/0 and on */
	{ true, 'c', 10, 200, DEVICE_ALL, NULL }, /* net/tun */
};

static bool
number_covers (int64_t a, int64_t b)
{
	return a == DEVICE_ANY || a == b;
}

static bool
number_meets (int64_t a, int64_t b)
{
	return a == DEVICE_ANY || b == DEVICE_ANY || a == b;
}

/* Every device that b is about is one that a is about. */
static bool
entry_covers (const struct device_entry *a, const struct device_entry *b)
{
	return a->type == b->type && number_covers (a->major, b->major) &&
	       number_covers (a->minor, b->minor);
}

/* There is a device, and an access to it, that both are about. */
static bool
entry_meets (const struct device_entry *a, const struct device_entry *b)
{
	return a->type == b->type && number_meets (a->major, b->major) &&
	       number_meets (a->minor, b->minor) && (a->access & b->access) != 0;
}

static void
remove_entry (struct device_list *list, size_t i)
{
	memmove (&list->entries[i], &list->entries[i + 1],
		(list->n - i - 1) * sizeof *list->entries);
	list->n--;
}

/* Drops an entry when later ones decide all that it does. What later ones decide otherwise is taken
 * from it; what they only repeat is not, so that "all" remains to be seen as such. */
static void
drop_overruled (struct device_list *list)
{
	for (size_t i = list->n; i-- > 0;) {
		struct device_entry *entry = &list->entries[i];
		unsigned int decided = 0, contradicted = 0;

		for (size_t k = i + 1; k < list->n; k++) {
			const struct device_entry *later = &list->entries[k];

			if (!entry_covers (later, entry))
				continue;
			contradicted |= later->allow != entry->allow ? later->access & ~decided : 0;
			decided |= later->access;
		}
		entry->access &= ~contradicted;
		if ((entry->access & ~decided) == 0)
			remove_entry (list, i);
	}
}

/* An entry that allows all devices of its type; there is none of that type before it then. */
static bool
allows_all (const struct device_entry *entry, char type)
{
	return entry->allow && entry->type == type && entry->major == DEVICE_ANY &&
	       entry->minor == DEVICE_ANY && entry->access == DEVICE_ALL;
}

static void
find_default (struct device_list *list)
{
	size_t b = list->n, c = list->n;

	for (size_t i = 0; i < list->n; i++) {
		if (allows_all (&list->entries[i], 'b'))
			b = i;
		if (allows_all (&list->entries[i], 'c'))
			c = i;
	}
	if (b == list->n || c == list->n)
		return;
	remove_entry (list, b > c ? b : c);
	remove_entry (list, b > c ? c : b);
	list->default_allow = true;
}

/* Drops what says the same as the default, when nothing before says otherwise. */
static void
drop_usual (struct device_list *list)
{
	for (size_t i = 0; i < list->n;) {
		bool is_usual = list->entries[i].allow == list->default_allow;

		for (size_t k = 0; k < i && is_usual; k++)
			is_usual = list->entries[k].allow == list->default_allow ||
				   !entry_meets (&list->entries[k], &list->entries[i]);
		if (is_usual)
			remove_entry (list, i);
		else
			i++;
	}
}

static unsigned int
access_of (const struct device_rule *rule)
{
	return (rule->read ? DEVICE_READ : 0) | (rule->write ? DEVICE_WRITE : 0) |
	       (rule->mknod ? DEVICE_MKNOD : 0);
}

static void
add_entry (struct device_list *list, const struct device_rule *rule, char type)
{
	if (rule->type != 'a' && rule->type != type)
		return;
	list->entries[list->n++] = (struct device_entry){
		.allow = rule->allow,
		.type = type,
		.major = rule->major,
		.minor = rule->minor,
		.access = access_of (rule),
		.at = rule->at,
	};
}

void
device_list_make (
	struct arena *arena, const struct device_rule *rules, size_t n, struct device_list *out)
{
	*out = (struct device_list){ 0 };
	out->entries =
		arena_alloc (arena, (2 * n + ARRAY_SIZE (default_entries)) * sizeof *out->entries);
	for (size_t i = 0; i < n; i++) {
		add_entry (out, &rules[i], 'b');
		add_entry (out, &rules[i], 'c');
	}
	for (size_t i = 0; i < ARRAY_SIZE (default_entries); i++)
		out->entries[out->n++] = default_entries[i];
	drop_overruled (out);
	find_default (out);
	drop_usual (out);
}

/* "c 1:3 rwm" */
static void
format_entry (const struct device_entry *entry, char out[LINE_SIZE])
{
	char major[24] = "*", minor[24] = "*";

	if (entry->major != DEVICE_ANY)
		snprintf (major, sizeof major, "%" PRId64, entry->major);
	if (entry->minor != DEVICE_ANY)
		snprintf (minor, sizeof minor, "%" PRId64, entry->minor);
	snprintf (out, LINE_SIZE, "%c %s:%s %s%s%s", entry->type, major, minor,
		entry->access & DEVICE_READ ? "r" : "", entry->access & DEVICE_WRITE ? "w" : "",
		entry->access & DEVICE_MKNOD ? "m" : "");
}

static void
add_exception (struct device_list *list, const struct device_entry *entry)
{
	for (size_t i = 0; i < list->n; i++) {
		struct device_entry *other = &list->entries[i];

		if (entry_covers (other, entry) && entry_covers (entry, other)) {
			other->access |= entry->access;
			return;
		}
	}
	list->entries[list->n++] = *entry;
}

static int
remove_exception (struct device_list *list, const struct device_entry *entry, struct error *err)
{
	char line[LINE_SIZE], other[LINE_SIZE];

	for (size_t i = 0; i < list->n;) {
		if (!entry_meets (&list->entries[i], entry)) {
			i++;
			continue;
		}
		if (!entry_covers (entry, &list->entries[i])) {
			format_entry (entry, line);
			format_entry (&list->entries[i], other);
			fail (err, 0, "cgroup v1 can't make '%s' an exception from '%s'", line,
				other);
			return entry->at ? error_prefix (err, "%s", entry->at) : -1;
		}
		list->entries[i].access &= ~entry->access;
		if (list->entries[i].access == 0)
			remove_entry (list, i);
		else
			i++;
	}
	return 0;
}

static int
flatten (const struct device_list *list, struct device_list *out, struct error *err)
{
	out->n = 0;
	out->default_allow = list->default_allow;
	for (size_t i = 0; i < list->n; i++) {
		if (list->entries[i].allow != list->default_allow)
			add_exception (out, &list->entries[i]);
		else if (remove_exception (out, &list->entries[i], err) < 0)
			return -1;
	}
	return 0;
}

int
device_list_flatten (struct arena *arena, const struct device_list *list, struct device_list *out,
	struct error *err)
{
	struct device_list other = { 0 };

	*out = (struct device_list){ 0 };
	out->entries = arena_alloc (arena, (list->n + 2) * sizeof *out->entries);
	if (flatten (list, out, err) == 0)
		return 0;
	if (!list->default_allow)
		return -1;
	/* "all but all character devices, and then some" is easier said from the other end */
	other.entries = arena_alloc (arena, (list->n + 2) * sizeof *other.entries);
	other.entries[other.n++] =
		(struct device_entry){ true, 'b', DEVICE_ANY, DEVICE_ANY, DEVICE_ALL, NULL };
	other.entries[other.n++] =
		(struct device_entry){ true, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_ALL, NULL };
	for (size_t i = 0; i < list->n; i++)
		other.entries[other.n++] = list->entries[i];
	drop_overruled (&other);
	drop_usual (&other);
	return flatten (&other, out, err);
}

/* ---- v1 */

static int
write_entries (
	struct place *place, const char *file, const struct device_list *list, struct error *err)
{
	autofd fd = -1;

	if (list->n == 0)
		return 0;
	fd = place_open_file (place, file, O_WRONLY, err);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		char line[LINE_SIZE];

		format_entry (&list->entries[i], line);
		if (write (fd, line, strlen (line)) >= 0)
			continue;
		fail (err, errno, "write '%s' to '%s/%s'", line, place->path, file);
		return list->entries[i].at ? error_prefix (err, "%s", list->entries[i].at) : -1;
	}
	return 0;
}

/* From scratch. */
static int
set_all (struct place *place, const struct device_list *list, struct error *err)
{
	if (place_write (place, list->default_allow ? "devices.allow" : "devices.deny", "a", err) <
		0)
		return -1;
	return write_entries (
		place, list->default_allow ? "devices.deny" : "devices.allow", list, err);
}

static bool
parse_number (const char *text, int64_t *out)
{
	*out = DEVICE_ANY;
	return str_equal (text, "*") || str_to_i64 (text, 0, INT64_MAX, out);
}

/* A line of devices.list, "c 1:3 rwm". */
static bool
parse_entry (char *line, struct device_entry *out)
{
	char *major, *minor, *type = strsep (&line, " ");

	major = strsep (&line, ":");
	minor = strsep (&line, " ");
	if (!type || !major || !minor || !line || !parse_number (major, &out->major) ||
		!parse_number (minor, &out->minor))
		return false;
	out->allow = true;
	out->type = *type;
	out->at = NULL;
	out->access = (strchr (line, 'r') ? DEVICE_READ : 0) |
		      (strchr (line, 'w') ? DEVICE_WRITE : 0) |
		      (strchr (line, 'm') ? DEVICE_MKNOD : 0);
	return true;
}

/* What is in `a` and not in `b`, by exact numbers, as the kernel keeps them. */
static void
subtract (const struct device_list *a, const struct device_list *b, struct device_list *out)
{
	out->n = 0;
	for (size_t i = 0; i < a->n; i++) {
		struct device_entry entry = a->entries[i];

		for (size_t k = 0; k < b->n; k++)
			if (entry_covers (&b->entries[k], &entry) &&
				entry_covers (&entry, &b->entries[k]))
				entry.access &= ~b->entries[k].access;
		if (entry.access != 0)
			out->entries[out->n++] = entry;
	}
}

/* The exceptions a cgroup has now. A default of "allow" shows as one line, and its exceptions not. */
static int
read_current (struct arena *arena, struct place *place, struct device_list *out, struct error *err)
{
	autofree char *text = NULL;
	autofd fd = place_open_file (place, "devices.list", O_RDONLY, err);
	char *rest, *line;
	size_t n_lines = 1;

	if (fd < 0 || fd_read_all (fd, LIST_LIMIT, &text, NULL, "devices.list", err) < 0)
		return -1;
	for (const char *p = text; *p; p++)
		n_lines += *p == '\n';
	*out = (struct device_list){ 0 };
	out->entries = arena_alloc (arena, n_lines * sizeof *out->entries);
	rest = text;
	while ((line = strsep (&rest, "\n")))
		if (*line && parse_entry (line, &out->entries[out->n]))
			out->n++;
	out->default_allow = out->n > 0 && out->entries[0].type == 'a';
	return 0;
}

/* Rules of a cgroup in use are changed one by one: with a moment of denying everything its processes
 * would see their open(2) fail. What is new comes first. */
static int
set_changes (
	struct arena *arena, struct place *place, const struct device_list *list, struct error *err)
{
	struct device_list now, difference = { 0 };

	if (read_current (arena, place, &now, err) < 0)
		return -1;
	if (now.default_allow != list->default_allow)
		return set_all (place, list, err);
	if (list->default_allow)
		return write_entries (place, "devices.deny", list, err);
	difference.entries = arena_alloc (arena, (now.n + list->n + 1) * sizeof *list->entries);
	subtract (list, &now, &difference);
	if (write_entries (place, "devices.allow", &difference, err) < 0)
		return -1;
	subtract (&now, list, &difference);
	return write_entries (place, "devices.deny", &difference, err);
}

static int
apply_v1 (struct cgroup *cgroup, struct place *place, const struct device_list *list,
	struct error *err)
{
	struct device_list flat;

	if (device_list_flatten (cgroup->arena, list, &flat, err) < 0)
		return -1;
	if (place->made && !place->has_rules) {
		place->has_rules = true;
		return set_all (place, &flat, err);
	}
	return set_changes (cgroup->arena, place, &flat, err);
}

/* ---- both */

/* Nobody but the initial user namespace's root may set device rules, and without privileges there a
 * container can't make nodes that work anyway. Of a loaded cgroup it is not known who made it. */
static bool
may_fail (const struct cgroup *cgroup, const struct error *err)
{
	return (cgroup->rootless || !cgroup->plan) && (err->code == EPERM || err->code == EACCES);
}

int
devices_apply (struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	struct place *place = cgroup_place_v1 (cgroup, "devices");
	struct device_list list;
	int r;

	if (cgroup->rootless)
		return 0;
	if (!place)
		place = cgroup_place_v2 (cgroup);
	if (!place || !place->is_there) {
		if (resources->n_devices == 0 || (place && !cgroup->plan))
			return 0;
		fail_hint (err, 0, "neither the devices controller nor cgroup2 is mounted",
			"there is nothing to set device rules with");
		return error_prefix (
			err, "%s/devices", resources->at ? resources->at : "/linux/resources");
	}
	device_list_make (cgroup->arena, resources->devices, resources->n_devices, &list);
	r = place->is_v2 ? devices_bpf_apply (place, &list, err)
			 : apply_v1 (cgroup, place, &list, err);
	if (r < 0 && may_fail (cgroup, err))
		return 0;
	return r;
}
