/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "container/container.h"
#include "container/user_lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[64];
static char root[80];

static int
set_up (void **state)
{
	snprintf (directory, sizeof directory, "/tmp/davit-container-XXXXXX");
	if (!mkdtemp (directory))
		return -1;
	snprintf (root, sizeof root, "%s/state", directory);
	return 0;
}

static int
tear_down (void **state)
{
	char command[80];

	snprintf (command, sizeof command, "rm -rf %s", directory);
	return system (command);
}

static void
test_ids_are_plain_names (void **state)
{
	char longest[257] = "";

	assert_true (container_id_is_valid ("a"));
	assert_true (container_id_is_valid ("A_b+c-d.9"));
	assert_true (container_id_is_valid ("-x"));
	assert_false (container_id_is_valid (""));
	assert_false (container_id_is_valid ("."));
	assert_false (container_id_is_valid (".."));
	assert_false (container_id_is_valid (".a"));
	assert_false (container_id_is_valid ("a/b"));
	assert_false (container_id_is_valid ("a b"));
	assert_false (container_id_is_valid ("a\n"));
	assert_false (container_id_is_valid ("\303\244"));
	memset (longest, 'a', 255);
	assert_true (container_id_is_valid (longest));
	longest[255] = 'a';
	assert_false (container_id_is_valid (longest));
}

static void
test_an_id_is_taken_once (void **state)
{
	struct container first, second;
	struct error err;

	assert_int_equal (container_make (root, "one", &first, &err), 0);
	assert_int_equal (container_make (root, "one", &second, &err), -1);
	assert_int_equal (err.code, EEXIST);
	assert_string_equal (err.text, "container with given ID already exists: 'one'");
	assert_int_equal (container_forget (&first, &err), 0);
	container_done (&first);
	assert_int_equal (container_make (root, "one", &first, &err), 0);
	assert_int_equal (container_forget (&first, &err), 0);
	container_done (&first);
}

static void
test_what_is_not_there_does_not_exist (void **state)
{
	struct container container;
	struct error err;

	assert_int_equal (container_open (root, "none", CONTAINER_LOOK, &container, &err), -1);
	assert_int_equal (err.code, ENOENT);
	assert_string_equal (err.text, "container does not exist: 'none'");
}

static void
test_a_record_comes_back_as_it_was_saved (void **state)
{
	struct oci_davit_record record = { .id = "two",
		.oci_version = "1.0.2",
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.created = "2026-01-02T03:04:05Z",
		.pid = getpid (),
		.pid_start = 1,
		.startable = true,
		.cgroup_driver = "disabled" };
	struct container made, read;
	struct error err;

	assert_int_equal (container_make (root, "two", &made, &err), 0);
	made.record = &record;
	assert_int_equal (container_save (&made, &err), 0);
	assert_int_equal (container_open (root, "two", CONTAINER_LOOK, &read, &err), 0);
	assert_string_equal (read.record->bundle, "/b");
	assert_int_equal (read.record->pid, getpid ());
	assert_true (read.record->startable);
	container_done (&read);
	assert_int_equal (container_forget (&made, &err), 0);
	container_done (&made);
}

static void
test_a_pid_that_was_used_again_is_not_the_container (void **state)
{
	/* it is alive, but did not start at tick 1 */
	struct oci_davit_record record = { .id = "three",
		.oci_version = "1.0.2",
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.created = "2026-01-02T03:04:05Z",
		.pid = getpid (),
		.pid_start = 1,
		.cgroup_driver = "disabled" };
	enum container_status status;
	struct container container;
	struct error err;

	assert_int_equal (container_make (root, "three", &container, &err), 0);
	container.record = &record;
	assert_int_equal (container_status (&container, &status, &err), 0);
	assert_int_equal (status, CONTAINER_STOPPED);
	assert_int_equal (container_forget (&container, &err), 0);
	container_done (&container);
}

/* One without a record is being made as long as its maker lives, and a leftover afterwards. */
static void
test_half_made_ones_are_told_by_their_lock (void **state)
{
	enum container_status status;
	struct container made, seen;
	struct error err;

	assert_int_equal (container_make (root, "four", &made, &err), 0);
	assert_int_equal (container_open (root, "four", CONTAINER_LOOK, &seen, &err), 0);
	assert_int_equal (container_status (&seen, &status, &err), 0);
	assert_int_equal (status, CONTAINER_CREATING);
	container_done (&made);
	assert_int_equal (container_status (&seen, &status, &err), 0);
	assert_int_equal (status, CONTAINER_STOPPED);
	assert_int_equal (container_forget (&seen, &err), 0);
	container_done (&seen);
}

static void
write_file (int dir, const char *name, const char *text)
{
	autofd fd = openat (dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true (fd >= 0);
	assert_int_equal (write (fd, text, strlen (text)), (ssize_t) strlen (text));
}

static const struct lookup {
	const char *user;
	uid_t uid;
	gid_t gid;
	bool has_gid;
	const char *error; /* a part of it; NULL: it is found */
} lookups[] = {
	{ "0", 0, 0, false, NULL },
	{ "1000", 1000, 0, false, NULL },
	{ "1000:50", 1000, 50, true, NULL },
	{ "4294967294", 4294967294u, 0, false, NULL },
	{ "mate", 7, 8, true, NULL },
	{ "mate:crew", 7, 99, true, NULL },
	{ "mate:3", 7, 3, true, NULL },
	{ "5:crew", 5, 99, true, NULL },
	/* a user whose name is a number is never meant (CVE-2016-3697) */
	{ "1234", 1234, 0, false, NULL },
	{ "", 0, 0, false, "is not UID[:GID]" },
	{ "1000:", 0, 0, false, "is not UID[:GID]" },
	{ ":5", 0, 0, false, "is not UID[:GID]" },
	{ "1:2:3", 0, 0, false, "is not UID[:GID]" },
	{ "4294967295", 0, 0, false, "is no user id" },
	{ "4294967296", 0, 0, false, "is no user id" },
	{ "99999999999999999999", 0, 0, false, "is no user id" },
	{ "-1", 0, 0, false, "is no user id" },
	{ "+1", 0, 0, false, "is no user id" },
	{ "1:-1", 0, 0, false, "is no group id" },
	{ "1:4294967296", 0, 0, false, "is no group id" },
	{ "0x0", 0, 0, false, "there is no user '0x0'" },
	{ "nobody", 0, 0, false, "there is no user 'nobody'" },
	{ "mate:pirates", 0, 0, false, "there is no group 'pirates'" },
	{ "broken", 0, 0, false, "no valid ids" },
};

static void
test_users_are_numbers_or_names_and_nothing_between (void **state)
{
	autofd dir = open (directory, O_PATH | O_DIRECTORY);

	mkdirat (dir, "etc", 0755);
	write_file (dir, "etc/passwd",
		"root:x:0:0::/:/bin/sh\nmate:x:7:8:::\n1234:x:0:0:::\nbroken:x:-1:99999999999:::\nshort\n");
	write_file (dir, "etc/group", "root:x:0:\ncrew:x:99:mate\n");
	for (size_t i = 0; i < ARRAY_SIZE (lookups); i++) {
		struct user_found found;
		struct error err;
		int r = user_lookup (dir, lookups[i].user, &found, &err);

		if ((r < 0) != (lookups[i].error != NULL))
			print_error ("'%s': %s\n", lookups[i].user, r < 0 ? err.text : "found");
		assert_int_equal (r, lookups[i].error ? -1 : 0);
		if (r < 0) {
			assert_non_null (strstr (err.text, lookups[i].error));
			continue;
		}
		assert_int_equal (found.uid, lookups[i].uid);
		assert_int_equal (found.has_gid, lookups[i].has_gid);
		if (found.has_gid)
			assert_int_equal (found.gid, lookups[i].gid);
	}
}

static void
test_a_passwd_that_leads_outside_or_blocks_is_refused (void **state)
{
	autofd dir = open (directory, O_PATH | O_DIRECTORY);
	struct user_found found;
	struct error err;

	mkdirat (dir, "etc", 0755);
	unlinkat (dir, "etc/passwd", 0);
	assert_int_equal (symlinkat ("/proc/self/fd/0", dir, "etc/passwd"), 0);
	assert_int_equal (user_lookup (dir, "root", &found, &err), -1);
	unlinkat (dir, "etc/passwd", 0);
	assert_int_equal (mkfifoat (dir, "etc/passwd", 0644), 0);
	assert_int_equal (user_lookup (dir, "root", &found, &err), -1);
	assert_non_null (strstr (err.text, "not a regular file"));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_ids_are_plain_names),
		cmocka_unit_test_setup_teardown (test_an_id_is_taken_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown (
			test_what_is_not_there_does_not_exist, set_up, tear_down),
		cmocka_unit_test_setup_teardown (
			test_a_record_comes_back_as_it_was_saved, set_up, tear_down),
		cmocka_unit_test_setup_teardown (
			test_a_pid_that_was_used_again_is_not_the_container, set_up, tear_down),
		cmocka_unit_test_setup_teardown (
			test_half_made_ones_are_told_by_their_lock, set_up, tear_down),
		cmocka_unit_test_setup_teardown (
			test_users_are_numbers_or_names_and_nothing_between, set_up, tear_down),
		cmocka_unit_test_setup_teardown (
			test_a_passwd_that_leads_outside_or_blocks_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
