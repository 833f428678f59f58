/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rdt on a directory that plays resctrl: directories that are made get the files that the kernel would
 * put there, as fifos, so that it can be seen what was written and in which order.
 */
#include "unit.h"

#include "base/auto.h"
#include "kernel/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- a resctrl of our own */

static char mount_point[] = "/tmp/davit-rdt-XXXXXX";

int __real_mkdir (const char *path, mode_t mode);
int __real_rmdir (const char *path);
int __wrap_mkdir (const char *path, mode_t mode);
int __wrap_rmdir (const char *path);

static struct arena paths;

static const char *
in (const char *directory, const char *name)
{
	return arena_printf (&paths, "%s/%s", directory, name);
}

int
__wrap_mkdir (const char *path, mode_t mode)
{
	if (__real_mkdir (path, mode) < 0)
		return -1;
	assert_int_equal (mkfifo (in (path, "schemata"), 0600), 0);
	assert_int_equal (mkfifo (in (path, "tasks"), 0600), 0);
	/* with a reader that is there, a writer doesn't wait for one */
	assert_true (open (in (path, "schemata"), O_RDWR | O_CLOEXEC) >= 0);
	assert_true (open (in (path, "tasks"), O_RDWR | O_CLOEXEC) >= 0);
	assert_int_equal (__real_mkdir (in (path, "mon_groups"), 0700), 0);
	return 0;
}

int
__wrap_rmdir (const char *path)
{
	unlink (in (path, "schemata"));
	unlink (in (path, "tasks"));
	__real_rmdir (in (path, "mon_groups"));
	return __real_rmdir (path);
}

/* What was written to a file of a group. */
static const char *
written (const char *group, const char *name)
{
	static char text[256];
	autofd fd = open (in (group, name), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = read (fd, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int
set_up (void **state)
{
	return mkdtemp (mount_point) ? 0 : -1;
}

static int
tear_down (void **state)
{
	char command[64];

	arena_done (&paths);
	snprintf (command, sizeof command, "rm -rf %s", mount_point);
	return system (command);
}

/* A class that somebody else has made: as the kernel writes it. */
static const char *
make_class (const char *name)
{
	const char *path = in (mount_point, name);
	FILE *f;

	assert_int_equal (__real_mkdir (path, 0700), 0);
	assert_int_equal (__real_mkdir (in (path, "mon_groups"), 0700), 0);
	f = fopen (in (path, "schemata"), "w");
	assert_non_null (f);
	fputs ("    MB:0= 20;1=100\n    L3:0=00f;1=7f0\n", f);
	assert_int_equal (fclose (f), 0);
	f = fopen (in (path, "tasks"), "w");
	assert_non_null (f);
	assert_int_equal (fclose (f), 0);
	return path;
}

struct result {
	struct arena arena;
	struct rdt_place place;
	struct rdt_made made;
	struct error err;
};

static void
result_done (struct result *result)
{
	arena_done (&result->arena);
}

/* What a create does. */
static int
take (struct result *result, const struct rdt_plan *plan, const char *id)
{
	struct error *err = &result->err;

	if (rdt_locate (&result->arena, mount_point, plan, id, &result->place, err) < 0 ||
		rdt_make_group (&result->place, plan, &result->made, err) < 0 ||
		rdt_make_monitor (&result->place, &result->made, err) < 0)
		return -1;
	return rdt_add_process (&result->place, 4711, err);
}

static int
exists (const char *path)
{
	return access (path, F_OK) == 0;
}

/* ---- the container's own class */

static void
test_without_closid_the_class_is_named_by_the_id_and_goes_with_the_container (void **state)
{
	AUTO (result_done) struct result result = { 0 };
	const struct rdt_plan plan = { .at = "" };

	assert_int_equal (take (&result, &plan, "own"), 0);
	assert_string_equal (result.place.group, in (mount_point, "own"));
	assert_null (result.place.monitor);
	assert_true (result.place.is_ours);
	assert_string_equal (written (result.place.group, "schemata"), "");
	assert_string_equal (written (result.place.group, "tasks"), "4711");
	assert_int_equal (rdt_remove (&result.place, &result.err), 0);
	assert_false (exists (in (mount_point, "own")));
	/* what is gone is fine */
	assert_int_equal (rdt_remove (&result.place, &result.err), 0);
}

static void
test_schemata_are_written_in_the_order_of_the_spec (void **state)
{
	char *lines[] = { "L2:0=f", "MB:0=30" };
	const struct rdt_plan plan = { .at = "",
		.l3_cache = "L3:0=ff",
		.memory_bandwidth = "MB:0=20",
		.schemata = lines,
		.n_schemata = 2 };
	AUTO (result_done) struct result result = { 0 };

	assert_int_equal (take (&result, &plan, "order"), 0);
	assert_string_equal (
		written (result.place.group, "schemata"), "L3:0=ff\nMB:0=20\nL2:0=f\nMB:0=30\n");
	assert_int_equal (rdt_change (&result.place, "L3:0=1", NULL, &result.err), 0);
	assert_string_equal (written (result.place.group, "schemata"), "L3:0=1\n");
	assert_int_equal (rdt_remove (&result.place, &result.err), 0);
}

static void
test_a_class_of_the_containers_name_that_exists_is_taken_and_stays (void **state)
{
	const char *path = make_class ("old");
	const struct rdt_plan plan = { .at = "" };
	AUTO (result_done) struct result result = { 0 };

	assert_int_equal (take (&result, &plan, "old"), 0);
	assert_false (result.place.is_ours || result.made.group);
	assert_string_equal (written (path, "tasks"), "4711");
	assert_int_equal (rdt_remove (&result.place, &result.err), 0);
	assert_true (exists (in (mount_point, "old")));
}

/* ---- a class with a name */

static void
test_a_named_class_is_made_when_it_has_schemata_and_stays (void **state)
{
	const struct rdt_plan plan = { .at = "", .clos_id = "gold", .l3_cache = "L3:0=ff" };
	AUTO (result_done) struct result result = { 0 };

	assert_int_equal (take (&result, &plan, "c1"), 0);
	assert_string_equal (written (in (mount_point, "gold"), "schemata"), "L3:0=ff\n");
	assert_int_equal (rdt_remove (&result.place, &result.err), 0);
	assert_true (exists (in (mount_point, "gold")));
	/* unless the create itself comes to nothing */
	rdt_unmake (&result.place, &result.made);
	assert_false (exists (in (mount_point, "gold")));
}

static void
test_a_named_class_without_schemata_must_be_there (void **state)
{
	const struct rdt_plan plan = { .at = "", .clos_id = "none" };
	AUTO (result_done) struct result result = { 0 };
	autofree char *message = xasprintf ("there is no class of service 'none' in '%s' (with "
					    "l3CacheSchema, memBwSchema or schemata it would be "
					    "made)",
		mount_point);

	assert_int_equal (take (&result, &plan, "c1"), -1);
	assert_string_equal (result.err.text, message);
	assert_false (exists (in (mount_point, "none")));
}

static void
test_a_class_that_exists_must_have_the_same_schemata (void **state)
{
	static const struct {
		const char *l3, *mb;
		bool same;
	} rows[] = {
		{ "L3:0=f;1=7f0", "MB:0=20;1=100", true },
		{ "L3:1=7F0;0=000f", NULL, true },
		{ "L3:1=7f0", NULL, true }, /* what is not named may be anything */
		{ NULL, "MB:1=100", true },
		{ "L3:0=f;1=7f1", NULL, false },
		{ "L3:0=f;1=7f0;2=1", NULL, false },
		{ NULL, "MB:0=0x20", false }, /* bandwidths are decimal */
		{ NULL, "MB:0=20;1=10", false },
		{ "L2:0=f", NULL, false },
		{ "L3:", NULL, false },
		{ "L3", NULL, false },
		{ "L3:0", NULL, false },
		{ "L3:0=", NULL, false },
		{ "L3:0=f\nMB:0=21", NULL, false },
		{ "L3:0=f\nMB:0=20", NULL, true },
	};

	make_class ("shared");
	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		const struct rdt_plan plan = { .at = "",
			.clos_id = "shared",
			.l3_cache = rows[i].l3,
			.memory_bandwidth = rows[i].mb };
		AUTO (result_done) struct result result = { 0 };
		int r = take (&result, &plan, "c1");

		if (r != (rows[i].same ? 0 : -1))
			print_message ("row %zu: %s\n", i, result.err.text);
		assert_int_equal (r, rows[i].same ? 0 : -1);
		if (!rows[i].same)
			assert_non_null (strstr (result.err.text, "exists, and differs from"));
		assert_false (result.made.group);
	}
}

static void
test_the_root_class_is_the_root_directory (void **state)
{
	const struct rdt_plan plan = { .at = "", .clos_id = "/" };
	AUTO (result_done) struct result result = { 0 };
	FILE *f = fopen (in (mount_point, "tasks"), "w");

	assert_int_equal (fclose (f), 0);
	assert_int_equal (take (&result, &plan, "c1"), 0);
	assert_string_equal (result.place.group, mount_point);
	assert_string_equal (written (mount_point, "tasks"), "4711");
	assert_int_equal (rdt_remove (&result.place, &result.err), 0);
	assert_true (exists (mount_point));
}

/* ---- monitoring */

static void
test_a_monitoring_group_is_named_by_the_id_and_goes_with_the_container (void **state)
{
	const char *path = make_class ("silver");
	const struct rdt_plan plan = { .at = "", .clos_id = "silver", .monitoring = true };
	AUTO (result_done) struct result result = { 0 }, again = { 0 };
	autofree char *monitor = xasprintf ("%s/silver/mon_groups/c1", mount_point);

	assert_int_equal (take (&result, &plan, "c1"), 0);
	assert_string_equal (result.place.monitor, monitor);
	assert_string_equal (written (path, "tasks"), "4711");
	assert_string_equal (written (monitor, "tasks"), "4711");
	/* one that exists is somebody's */
	assert_int_equal (take (&again, &plan, "c1"), -1);
	assert_int_equal (again.err.code, EEXIST);
	assert_true (exists (monitor));
	assert_int_equal (rdt_remove (&result.place, &result.err), 0);
	assert_false (exists (monitor));
	assert_true (exists (in (mount_point, "silver")));
}

static void
test_what_was_made_is_taken_back (void **state)
{
	const struct rdt_plan plan = { .at = "", .monitoring = true };
	AUTO (result_done) struct result result = { 0 };

	assert_int_equal (take (&result, &plan, "c2"), 0);
	assert_true (result.made.group && result.made.monitor);
	rdt_unmake (&result.place, &result.made);
	assert_false (exists (in (mount_point, "c2")));
	rdt_unmake (&result.place, &result.made);
}

static void
test_nowhere_there_is_nothing_to_do (void **state)
{
	const struct rdt_place nowhere = { 0 };
	struct error err;

	assert_int_equal (rdt_add_process (&nowhere, 1, &err), 0);
	assert_int_equal (rdt_remove (&nowhere, &err), 0);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (
			test_without_closid_the_class_is_named_by_the_id_and_goes_with_the_container),
		cmocka_unit_test (test_schemata_are_written_in_the_order_of_the_spec),
		cmocka_unit_test (
			test_a_class_of_the_containers_name_that_exists_is_taken_and_stays),
		cmocka_unit_test (test_a_named_class_is_made_when_it_has_schemata_and_stays),
		cmocka_unit_test (test_a_named_class_without_schemata_must_be_there),
		cmocka_unit_test (test_a_class_that_exists_must_have_the_same_schemata),
		cmocka_unit_test (test_the_root_class_is_the_root_directory),
		cmocka_unit_test (
			test_a_monitoring_group_is_named_by_the_id_and_goes_with_the_container),
		cmocka_unit_test (test_what_was_made_is_taken_back),
		cmocka_unit_test (test_nowhere_there_is_nothing_to_do),
	};

	return cmocka_run_group_tests (tests, set_up, tear_down);
}
