/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/systemd_properties.h"
#include "base/auto.h"
#include "base/str.h"
#include "cgroup/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1000000u /* microseconds */
#define PERCENT (SECOND / 100)
#define DEFAULT_PERIOD 100000 /* the kernel's, microseconds */
#define LIST_MAX 8192 /* processors that a kernel may be built for */
#define FEW_TASKS 32 /* more than davit itself ever has inside */
#define INFINITE UINT64_MAX

void
properties_add (struct unit_properties *properties, const struct unit_property *property)
{
	if (properties->n == properties->room) {
		struct unit_property *old = properties->entries;

		properties->room = properties->room ? 2 * properties->room : 32;
		properties->entries = arena_alloc (
			properties->arena, properties->room * sizeof *properties->entries);
		if (old)
			memcpy (properties->entries, old, properties->n * sizeof *old);
	}
	properties->entries[properties->n++] = *property;
}

/* ---- limits */

/* A row of the table. */
struct property_row {
	const char *file; /* of cgroup2 */
	const char *name;
	/* Adds what the file's text says; what it can't be made of is left out. */
	void (*add) (struct unit_properties *properties, const struct property_row *row,
		const char *text, struct place *place);
	uint64_t min, max; /* of numbers, as systemd takes them */
	bool is_share; /* of which v1 has another */
};

static void
add_number (struct unit_properties *properties, const char *name, uint64_t number)
{
	properties_add (properties,
		&(struct unit_property){ .name = name, .signature = "t", .number = number });
}

/* A number or "max". */
static void
add_limit (struct unit_properties *properties, const struct property_row *row, const char *text,
	struct place *place)
{
	uint64_t number = INFINITE;

	if (!str_equal (text, "max") && (!str_to_u64 (text, UINT64_MAX - 1, &number) ||
						number < row->min || number > row->max))
		return;
	add_number (properties, row->name, number);
}

/* No task at all is a limit to the kernel; to systemd one is the least. */
static void
add_tasks (struct unit_properties *properties, const struct property_row *row, const char *text,
	struct place *place)
{
	size_t n = properties->n;

	add_limit (properties, row, str_equal (text, "0") ? "1" : text, place);
	if (properties->n > n && properties->entries[n].number < FEW_TASKS)
		properties->entries[n].is_late = true;
}

/* "100", or "default 100" and lines of devices, which systemd knows by other properties. */
static void
add_weight (struct unit_properties *properties, const struct property_row *row, const char *text,
	struct place *place)
{
	char number[32];

	if (str_starts (text, "default "))
		text += strlen ("default ");
	snprintf (number, sizeof number, "%.*s", (int) strcspn (text, "\n"), text);
	if (!str_equal (number, "max"))
		add_limit (properties, row, number, place);
}

#define IDLE_SINCE 252 /* systemd */

/* A weight of 0 is what systemd calls it. Who is idle has no other weight, and who ceases to be has the
 * usual one unless he is given another. */
static void
add_idle (struct unit_properties *properties, const struct property_row *row, const char *text,
	struct place *place)
{
	uint64_t weight = str_equal (text, "1") ? 0 : INFINITE;

	for (size_t i = 0; i < properties->n && weight == INFINITE; i++)
		if (str_equal (properties->entries[i].name, row->name))
			return;
	properties_add (properties, &(struct unit_property){ .name = row->name,
					    .signature = "t",
					    .number = weight,
					    .since = weight == 0 ? IDLE_SINCE : 0 });
}

/* The period that is in force, for a quota that comes without. */
static uint64_t
current_period (struct place *place)
{
	char text[64], *period;
	struct error ignored;
	uint64_t number;

	if (!place || place_read (place, "cpu.max", text, sizeof text, &ignored) < 0)
		return DEFAULT_PERIOD;
	period = strchr (text, ' ');
	return period && str_to_u64 (period + 1, SECOND, &number) && number ? number
									    : DEFAULT_PERIOD;
}

/* "QUOTA PERIOD", the latter if it is to be changed. systemd keeps whole percents, and a quota must not
 * be less than what was asked for. */
static void
add_quota (struct unit_properties *properties, const struct property_row *row, const char *text,
	struct place *place)
{
	uint64_t period = 0, quota = INFINITE;
	const char *blank = strchr (text, ' ');
	char number[32];

	snprintf (number, sizeof number, "%.*s", (int) strcspn (text, " "), text);
	if (blank && (!str_to_u64 (blank + 1, SECOND, &period) || period == 0))
		return;
	if (!str_equal (number, "max") && !str_to_u64 (number, INT64_MAX / SECOND, &quota))
		return;
	if (period)
		add_number (properties, "CPUQuotaPeriodUSec", period);
	if (quota != INFINITE) {
		quota = quota * SECOND / (period ? period : current_period (place));
		quota = (quota + PERCENT - 1) / PERCENT * PERCENT;
	}
	if (quota != 0)
		add_number (properties, row->name, quota);
}

static void
add_list (struct unit_properties *properties, const struct property_row *row, const char *text,
	struct place *place)
{
	size_t n = 0;
	uint8_t *mask = properties_parse_list (properties->arena, text, &n);

	if (mask)
		properties_add (properties,
			&(struct unit_property){
				.name = row->name, .signature = "ay", .entries = mask, .n = n });
}

#define ANY 0, UINT64_MAX
static const struct property_row rows[] = {
	{ "memory.max", "MemoryMax", add_limit, 1, UINT64_MAX },
	{ "memory.high", "MemoryHigh", add_limit, 1, UINT64_MAX },
	{ "memory.low", "MemoryLow", add_limit, ANY },
	{ "memory.min", "MemoryMin", add_limit, ANY },
	{ "memory.swap.max", "MemorySwapMax", add_limit, ANY },
	{ "cpu.weight", "CPUWeight", add_weight, 1, 10000, true },
	{ "cpu.idle", "CPUWeight", add_idle, ANY, true },
	{ "cpu.max", "CPUQuotaPerSecUSec", add_quota, ANY },
	{ "cpuset.cpus", "AllowedCPUs", add_list, ANY },
	{ "cpuset.mems", "AllowedMemoryNodes", add_list, ANY },
	{ "io.weight", "IOWeight", add_weight, 1, 10000, true },
	{ "pids.max", "TasksMax", add_tasks, ANY },
};

static void
add_file (
	struct unit_properties *properties, const char *file, const char *text, struct place *place)
{
	for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
		if (str_equal (rows[i].file, file) &&
			!(rows[i].is_share && properties->has_v1_shares))
			rows[i].add (properties, &rows[i], text, place);
}

static void
add_v1_shares (struct unit_properties *properties, const struct resources_plan *resources)
{
	const struct opt_u64 *shares = &resources->cpu.shares, *weight = &resources->block.weight;

	if (shares->set && shares->value >= 2 && shares->value <= 262144)
		add_number (properties, "CPUShares", shares->value);
	if (weight->set && weight->value >= 10 && weight->value <= 1000)
		add_number (properties, "BlockIOWeight", weight->value);
}

int
properties_add_limits (struct unit_properties *properties, const struct resources_plan *resources,
	struct place *place, struct error *err)
{
	struct limit_write write;
	int r;

	for (const struct limit_row *row = limits_v2; row->field; row++) {
		if (row->flags & (LIMIT_IGNORED | LIMIT_ELSEWHERE | LIMIT_REFUSED))
			continue;
		for (size_t i = 0;
			(r = limits_next (row, resources, place, i, &write, err)) != LIMIT_END;
			i++) {
			/* without a file to look at it may just be unknown; limits_apply will see */
			if (r < 0 && !place)
				break;
			if (r < 0)
				return -1;
			if (r != LIMIT_WRITE)
				continue;
			add_file (properties, write.file, write.text, place);
			if (write.other_file[0])
				add_file (properties, write.other_file, write.other_text, place);
		}
	}
	if (properties->has_v1_shares)
		add_v1_shares (properties, resources);
	for (size_t i = 0; i < resources->n_unified; i++)
		add_file (
			properties, resources->unified[i].file, resources->unified[i].value, place);
	return 0;
}

/* ---- lists of processors */

static bool
parse_range (const char *text, uint64_t *out_first, uint64_t *out_last)
{
	char first[16];
	const char *dash = strchr (text, '-');

	snprintf (first, sizeof first, "%.*s", (int) strcspn (text, "-"), text);
	if (!str_to_u64 (first, LIST_MAX - 1, out_first))
		return false;
	*out_last = *out_first;
	return (!dash || str_to_u64 (dash + 1, LIST_MAX - 1, out_last)) && *out_first <= *out_last;
}

uint8_t *
properties_parse_list (struct arena *arena, const char *list, size_t *out_n)
{
	uint8_t *mask = arena_alloc (arena, LIST_MAX / 8);
	char *rest = arena_strdup (arena, list), *word;

	*out_n = 0;
	while ((word = strsep (&rest, ",\n"))) {
		uint64_t first, last;

		word += strspn (word, " ");
		word[strcspn (word, " ")] = '\0';
		if (!*word)
			continue;
		if (!parse_range (word, &first, &last))
			return NULL;
		for (uint64_t i = first; i <= last; i++)
			mask[i / 8] |= (uint8_t) (1u << (i % 8));
		if (last / 8 + 1 > *out_n)
			*out_n = last / 8 + 1;
	}
	return *out_n > 0 ? mask : NULL;
}

/* ---- devices */

/* Of two for the same device systemd takes the last; so it gets one, for what both allow. */
static struct device_list
merge_allowed (struct arena *arena, const struct device_list *list)
{
	struct device_list merged = { .entries = arena_alloc (
					      arena, (list->n + 1) * sizeof *merged.entries) };

	for (size_t i = 0; i < list->n; i++) {
		const struct device_entry *entry = &list->entries[i];
		size_t k = 0;

		if (!entry->allow)
			continue;
		while (k < merged.n && !(merged.entries[k].type == entry->type &&
					       merged.entries[k].major == entry->major &&
					       merged.entries[k].minor == entry->minor))
			k++;
		if (k == merged.n)
			merged.entries[merged.n++] = *entry;
		merged.entries[k].access |= entry->access;
	}
	return merged;
}

/* False for what systemd has no words for: one minor of every major. */
static bool
describe_device (struct arena *arena, const struct device_entry *entry, struct unit_device *out)
{
	const char *type = entry->type == 'b' ? "block" : "char";

	if (entry->major == DEVICE_ANY && entry->minor != DEVICE_ANY)
		return false;
	if (entry->major == DEVICE_ANY)
		out->node = arena_printf (arena, "%s-*", type);
	else if (entry->minor == DEVICE_ANY)
		out->node = arena_printf (arena, "%s-%" PRId64, type, entry->major);
	else
		out->node = arena_printf (
			arena, "/dev/%s/%" PRId64 ":%" PRId64, type, entry->major, entry->minor);
	snprintf (out->access, sizeof out->access, "%s%s%s", entry->access & DEVICE_READ ? "r" : "",
		entry->access & DEVICE_WRITE ? "w" : "", entry->access & DEVICE_MKNOD ? "m" : "");
	return true;
}

static void
add_policy (struct unit_properties *properties, const char *policy,
	const struct unit_device *devices, size_t n)
{
	static const struct unit_device none[1];
	const struct unit_property policy_property = {
		.name = "DevicePolicy", .signature = "s", .text = policy
	};
	struct unit_property allow = {
		.name = "DeviceAllow", .signature = "a(ss)", .entries = none
	};

	properties_add (properties, &policy_property);
	/* an empty list takes away what was there; one with entries adds them */
	properties_add (properties, &allow);
	if (n == 0)
		return;
	allow.entries = devices;
	allow.n = n;
	properties_add (properties, &allow);
}

void
properties_add_devices (struct unit_properties *properties, const struct device_list *list)
{
	struct device_list allowed = merge_allowed (properties->arena, list);
	struct unit_device *devices =
		arena_alloc (properties->arena, (allowed.n + 1) * sizeof *devices);

	/* exceptions from "everything" are beyond systemd */
	if (list->default_allow) {
		add_policy (properties, "auto", NULL, 0);
		return;
	}
	for (size_t i = 0; i < allowed.n; i++)
		if (!describe_device (properties->arena, &allowed.entries[i], &devices[i])) {
			add_policy (properties, "auto", NULL, 0);
			return;
		}
	add_policy (properties, "strict", devices, allowed.n);
}
