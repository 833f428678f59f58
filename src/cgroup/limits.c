/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine that walks the tables of limits.
 */
#include "cgroup/limits.h"
#include "base/auto.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define MAX_ORDERED 16 /* rows with LIMIT_ORDERED in one table */

struct engine {
	struct cgroup *cgroup;
	const struct resources_plan *resources;
	bool is_v2;
	const struct limit_row *pending[MAX_ORDERED]; /* what the kernel would not have yet */
	size_t n_pending;
};

/* Says before the error where the config asks for it. */
static int
blame (const struct resources_plan *resources, const char *field, const char *at, struct error *err)
{
	const char *whole = resources->at ? resources->at : "/linux/resources";
	/* of an update the resources are the whole document: its place is without a pointer */
	bool has_pointer = strchr (whole, '/') != NULL;

	if (at)
		return error_prefix (err, "%s", at);
	return error_prefix (err, "%s%s/%s", whole, has_pointer ? "" : ": ", field);
}

/* A file that is not there, in words: what is it that is missing? */
static int
fail_missing (struct place *place, const char *controller, const char *file, struct error *err)
{
	char controllers[LIMIT_TEXT], hint[LIMIT_TEXT];
	struct error ignored;
	bool has = place_has (place, controller);

	if (place->is_v2 && place_read (place, "cgroup.controllers", controllers,
				    sizeof controllers, &ignored) >= 0)
		has = cgroup_list_has (controllers, ' ', controller);
	snprintf (hint, sizeof hint, "the controller '%s' is not enabled there%s%s", controller,
		place->hint ? ": " : "", place->hint ? place->hint : "");
	return fail_hint (err, ENOENT, has ? "this kernel does not have that limit" : hint,
		"open '%s/%s'", place->path, file);
}

static bool
is_no_limit (const char *text)
{
	return str_equal (text, "max") || str_equal (text, "-1");
}

/* Who is not limited by a file that is not there has no limit. */
static bool
may_be_missing (const struct limit_row *row, const struct limit_write *write)
{
	return write->may_miss || is_no_limit (write->text) ||
	       ((row->flags & LIMIT_ZERO_MAY_MISS) && str_equal (write->text, "0"));
}

static int
write_limit (const struct limit_row *row, struct place *place, const struct limit_write *write,
	struct error *err)
{
	uint64_t used;
	struct error ignored;

	if (place_write (place, write->file, write->text, err) == 0)
		return 0;
	if (err->code == ENOENT && write->other_file[0] &&
		(place_write (place, write->other_file, write->other_text, err) == 0))
		return 0;
	if (err->code == ENOENT)
		return may_be_missing (row, write)
			       ? 0
			       : fail_missing (place, row->controller,
					 write->other_file[0] ? write->other_file : write->file,
					 err);
	if (err->code == EBUSY && row->usage &&
		place_read_u64 (place, row->usage, &used, &ignored) == 0)
		return fail_hint (err, EBUSY, "more is in use and can't be freed",
			"write '%s' to '%s/%s': %llu bytes are in use", write->text, place->path,
			write->file, (unsigned long long) used);
	return -1;
}

/* The row's place; NULL when it is no row for this host. *out_missing: it would be, but for a cgroup. */
static struct place *
place_of (struct engine *engine, const struct limit_row *row, bool *out_missing)
{
	bool is_io = str_equal (row->controller, "io");
	struct place *v1 = cgroup_place_v1 (engine->cgroup, is_io ? "blkio" : row->controller);
	struct place *v2 = cgroup_place_v2 (engine->cgroup);
	struct place *place = v1 ? v1 : v2;

	*out_missing = false;
	if (place && place->is_v2 != engine->is_v2)
		return NULL;
	*out_missing = place ? !place->is_there : !engine->is_v2;
	return *out_missing ? NULL : place;
}

/* Something is asked for that nobody here can do. */
static int
fail_impossible (struct engine *engine, const struct limit_row *row, struct error *err)
{
	if (row->flags & LIMIT_REFUSED)
		return fail (err, 0, "cgroup v%d has no such limit", engine->is_v2 ? 2 : 1);
	if (engine->cgroup->n == 0)
		return fail_hint (err, 0, "no cgroup is mounted", "there is no controller '%s'",
			row->controller);
	return fail_hint (err, 0,
		engine->cgroup->rootless
			? "this user may not make a cgroup for it, or it is not mounted"
			: "it is not mounted",
		"there is no controller '%s'", row->controller);
}

static int
write_or_defer (struct engine *engine, const struct limit_row *row, struct place *place,
	const struct limit_write *write, struct error *err)
{
	if (write_limit (row, place, write, err) == 0)
		return 0;
	if (!(row->flags & LIMIT_ORDERED) || err->code != EINVAL ||
		engine->n_pending == MAX_ORDERED)
		return blame (engine->resources, row->field, write->at, err);
	engine->pending[engine->n_pending++] = row;
	return 0;
}

int
limits_next (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, size_t i, struct limit_write *out, struct error *err)
{
	int r;

	out->text = out->room;
	out->room[0] = out->other_file[0] = '\0';
	out->may_miss = false;
	out->at = NULL;
	if (row->item)
		return (int) row->item (resources, i, out);
	if (i > 0)
		return LIMIT_END;
	snprintf (out->file, sizeof out->file, "%s", row->file ? row->file : "");
	r = row->value (row, resources, place, out, err);
	if (r == LIMIT_WRITE && (row->flags & LIMIT_ZERO_IS_UNSET) && str_equal (out->text, "0"))
		return LIMIT_SKIP;
	return r < 0 ? blame (resources, row->field, NULL, err) : r;
}

static int
apply_row (struct engine *engine, const struct limit_row *row, struct error *err)
{
	struct limit_write write;
	bool missing;
	struct place *place;
	int r;

	if (row->flags & (LIMIT_IGNORED | LIMIT_ELSEWHERE))
		return 0;
	place = place_of (engine, row, &missing);
	if (!place && !missing)
		return 0;
	for (size_t i = 0;
		(r = limits_next (row, engine->resources, place, i, &write, err)) != LIMIT_END;
		i++) {
		if (r < 0)
			return -1;
		if (r == LIMIT_SKIP)
			continue;
		if (place && !(row->flags & LIMIT_REFUSED)) {
			if (write_or_defer (engine, row, place, &write, err) < 0)
				return -1;
		} else if (!may_be_missing (row, &write)) {
			fail_impossible (engine, row, err);
			return blame (engine->resources, row->field, write.at, err);
		}
	}
	return 0;
}

static int
write_again (struct engine *engine, const struct limit_row *row, struct error *err)
{
	struct limit_write write;
	bool missing;
	struct place *place = place_of (engine, row, &missing);

	if (!place || limits_next (row, engine->resources, place, 0, &write, err) != LIMIT_WRITE)
		return -1;
	return write_limit (row, place, &write, err);
}

/* Until none is left or none gets in any more. */
static int
retry_pending (struct engine *engine, struct error *err)
{
	while (engine->n_pending > 0) {
		size_t n = 0;

		for (size_t i = 0; i < engine->n_pending; i++)
			if (write_again (engine, engine->pending[i], err) < 0)
				engine->pending[n++] = engine->pending[i];
		if (n == engine->n_pending)
			return blame (engine->resources, engine->pending[n - 1]->field, NULL, err);
		engine->n_pending = n;
	}
	return 0;
}

static int
apply_table (struct engine *engine, const struct limit_row *table, struct error *err)
{
	for (const struct limit_row *row = table; row->field; row++)
		if (apply_row (engine, row, err) < 0)
			return -1;
	return retry_pending (engine, err);
}

/* The kernel takes one line at a time of the files that have many (io.max). */
static int
write_lines (struct place *place, const char *file, const char *text, struct error *err)
{
	while (*text) {
		size_t n = strcspn (text, "\n");
		autofree char *line = xasprintf ("%.*s", (int) n, text);

		if (n > 0 && place_write (place, file, line, err) < 0)
			return -1;
		text += n;
		text += *text == '\n';
	}
	return 0;
}

static int
apply_unified_setting (
	struct place *place, const struct unified_setting *setting, struct error *err)
{
	char controller[LIMIT_FILE];

	if (!place)
		return fail (err, 0, "set '%s': there is no cgroup2 here", setting->file);
	if (strchr (setting->file, '/'))
		return fail (err, 0, "'%s' is not the name of a cgroup's file", setting->file);
	if (write_lines (place, setting->file, setting->value, err) == 0)
		return 0;
	if (err->code != ENOENT)
		return -1;
	snprintf (controller, sizeof controller, "%.*s", (int) strcspn (setting->file, "."),
		setting->file);
	return fail_missing (place, controller, setting->file, err);
}

static int
apply_unified (struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	struct place *place = cgroup_place_v2 (cgroup);

	if (place && !place->is_there)
		place = NULL;
	for (size_t i = 0; i < resources->n_unified; i++)
		if (apply_unified_setting (place, &resources->unified[i], err) < 0)
			return blame (resources, "unified", resources->unified[i].at, err);
	return 0;
}

int
limits_apply (struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	struct engine v1 = { .cgroup = cgroup, .resources = resources };
	struct engine v2 = { .cgroup = cgroup, .resources = resources, .is_v2 = true };

	if (apply_table (&v1, limits_v1, err) < 0 || apply_table (&v2, limits_v2, err) < 0)
		return -1;
	return apply_unified (cgroup, resources, err);
}
