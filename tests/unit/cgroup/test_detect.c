/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "cgroup/detect.h"
#include "cgroup/paths.h"

#include <string.h>

static const char hybrid_mounts[] =
	"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"24 22 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw\n"
	"30 24 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755\n"
	"31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw,nsdelegate\n"
	"32 30 0:28 / /sys/fs/cgroup/systemd rw shared:11 - cgroup cgroup "
	"rw,xattr,release_agent=/lib/systemd/systemd-cgroups-agent,name=systemd\n"
	"36 30 0:32 / /sys/fs/cgroup/cpu,cpuacct rw shared:15 - cgroup cgroup rw,cpu,cpuacct\n"
	"37 30 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,seclabel,memory,clone_children\n";

static const char hybrid_own[] = "4:memory:/user.slice/a\n"
				 "3:cpu,cpuacct:/user.slice\n"
				 "1:name=systemd:/user.slice/user-0.slice/session-1.scope\n"
				 "0::/user.slice/user-0.slice/session-1.scope\n";

static const struct cgroup_hierarchy *
find (const struct cgroup_hierarchies *all, const char *directory)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp (all->entries[i].directory, directory) == 0)
			return &all->entries[i];
	print_error ("no hierarchy '%s'\n", directory);
	return NULL;
}

static void
a_hybrid_host_has_v1_hierarchies_and_a_cgroup2 (void **state)
{
	struct arena arena = { 0 };
	struct cgroup_hierarchies *all = cgroup_parse_mountinfo (&arena, hybrid_mounts);

	assert_int_equal (all->mode, CGROUP_MODE_HYBRID);
	assert_int_equal (all->n, 4);
	assert_true (find (all, "unified")->is_v2);
	assert_null (find (all, "unified")->controllers);
	assert_string_equal (find (all, "systemd")->controllers, "name=systemd");
	assert_string_equal (find (all, "cpu,cpuacct")->controllers, "cpu,cpuacct");
	assert_string_equal (find (all, "memory")->controllers, "memory");
	assert_string_equal (find (all, "memory")->mount_point, "/sys/fs/cgroup/memory");
	assert_string_equal (find (all, "memory")->root, "/");
	assert_null (find (all, "memory")->own);
	arena_done (&arena);
}

static void
each_hierarchy_has_an_own_cgroup (void **state)
{
	struct arena arena = { 0 };
	struct cgroup_hierarchies *all = cgroup_parse_mountinfo (&arena, hybrid_mounts);

	cgroup_parse_own (&arena, all, hybrid_own);
	assert_string_equal (find (all, "memory")->own, "/user.slice/a");
	assert_string_equal (find (all, "cpu,cpuacct")->own, "/user.slice");
	assert_string_equal (
		find (all, "systemd")->own, "/user.slice/user-0.slice/session-1.scope");
	assert_string_equal (
		find (all, "unified")->own, "/user.slice/user-0.slice/session-1.scope");
	arena_done (&arena);
}

static void
without_cgroup2_the_host_is_v1_and_without_v1_it_is_v2 (void **state)
{
	struct arena arena = { 0 };

	assert_int_equal (cgroup_parse_mountinfo (&arena,
				  "37 30 0:33 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n")
				  ->mode,
		CGROUP_MODE_V1);
	assert_int_equal (
		cgroup_parse_mountinfo (&arena, "37 30 0:33 / /mnt/cg rw - cgroup2 none rw\n")
			->mode,
		CGROUP_MODE_V2);
	assert_int_equal (
		cgroup_parse_mountinfo (&arena, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")->mode,
		CGROUP_MODE_NONE);
	assert_int_equal (cgroup_parse_mountinfo (&arena, "")->n, 0);
	arena_done (&arena);
}

static void
what_only_looks_like_a_cgroup_mount_is_none (void **state)
{
	struct arena arena = { 0 };
	const char *text = "1 1 0:1 / /a\\040-\\040cgroup rw - tmpfs tmpfs rw\n"
			   "2 1 0:2 / /b rw - cgroupfoo none rw,cpu\n"
			   "3 1 0:3 / /c rw - cgroup\n"
			   "4 - cgroup cgroup rw,cpu\n"
			   "5 1 0:5 / /d rw - cgroup none rw,xattr\n"
			   "6 1 0:6 / /e rw - cgroup none rw,cpu";
	struct cgroup_hierarchies *all = cgroup_parse_mountinfo (&arena, text);

	assert_int_equal (all->n, 1);
	assert_string_equal (all->entries[0].mount_point, "/e");
	arena_done (&arena);
}

static void
a_hierarchy_mounted_twice_is_here_once_and_where_it_usually_is (void **state)
{
	struct arena arena = { 0 };
	const char *text = "1 1 0:1 / /mnt/memory rw - cgroup cgroup rw,memory\n"
			   "2 1 0:2 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
			   "3 1 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
			   "4 1 0:2 / /mnt/pids rw - cgroup cgroup rw,pids\n";
	struct cgroup_hierarchies *all = cgroup_parse_mountinfo (&arena, text);

	assert_int_equal (all->n, 2);
	assert_string_equal (all->entries[0].mount_point, "/sys/fs/cgroup/memory");
	assert_string_equal (all->entries[1].mount_point, "/sys/fs/cgroup/pids");
	arena_done (&arena);
}

static void
a_mount_point_may_have_blanks (void **state)
{
	struct arena arena = { 0 };
	struct cgroup_hierarchies *all = cgroup_parse_mountinfo (
		&arena, "1 1 0:1 /a\\134b /my\\040cg rw - cgroup cgroup rw,pids\n");

	assert_string_equal (all->entries[0].mount_point, "/my cg");
	assert_string_equal (all->entries[0].root, "/a\\b");
	arena_done (&arena);
}

static void
in_a_nested_container_own_is_below_what_is_mounted (void **state)
{
	struct arena arena = { 0 };
	struct cgroup_hierarchies *all = cgroup_parse_mountinfo (&arena,
		"1 1 0:1 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
		"2 1 0:2 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
		"3 1 0:3 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
		"4 1 0:4 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n");

	cgroup_parse_own (&arena, all,
		"1:memory:/docker/abc/inner\n2:pids:/docker/abc\n3:cpu:/docker/abcdef\n"
		"4:blkio:/../other\n");
	assert_string_equal (all->entries[0].own, "/inner");
	assert_string_equal (all->entries[1].own, "/");
	assert_string_equal (all->entries[2].own, "/");
	assert_string_equal (all->entries[3].own, "/");
	arena_done (&arena);
}

static void
lines_of_other_hierarchies_and_nonsense_change_nothing (void **state)
{
	struct arena arena = { 0 };
	struct cgroup_hierarchies *all = cgroup_parse_mountinfo (
		&arena, "1 1 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");

	cgroup_parse_own (&arena, all, "7:pids:/x\n0::/y\n\n:\nmemory\n3:memory:relative\n");
	assert_null (all->entries[0].own);
	arena_done (&arena);
}

static void
words_of_a_list_are_whole (void **state)
{
	assert_true (cgroup_list_has ("cpu,cpuacct", ',', "cpu"));
	assert_true (cgroup_list_has ("cpu,cpuacct", ',', "cpuacct"));
	assert_false (cgroup_list_has ("cpuacct", ',', "cpu"));
	assert_false (cgroup_list_has ("cpu", ',', "cpuacct"));
	assert_false (cgroup_list_has ("", ',', "cpu"));
	assert_false (cgroup_list_has ("cpu,", ',', ""));
	assert_true (cgroup_list_has ("io memory", ' ', "memory"));
}

static const struct {
	const char *path, *clean;
} cleanings[] = {
	{ "/a/b", "/a/b" },
	{ "a//b/", "/a/b" },
	{ "", "/" },
	{ "/", "/" },
	{ "///", "/" },
	{ ".", "/" },
	{ "./a/./b/.", "/a/b" },
	{ "a/..", "/" },
	{ "a/../b", "/b" },
	{ "../../etc", "/etc" },
	{ "/a/b/../../../../c", "/c" },
	{ "/a/..b/...", "/a/..b/..." },
};

static void
dots_are_resolved_within_the_path (void **state)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof cleanings / sizeof *cleanings; i++) {
		print_message ("'%s'\n", cleanings[i].path);
		assert_string_equal (
			cgroup_path_clean (&arena, cleanings[i].path), cleanings[i].clean);
	}
	arena_done (&arena);
}

static const struct {
	const char *what;
	bool is_v2;
	const char *mount_point, *own, *path, *expected;
} places[] = {
	{ "v1: the id below davit's own", false, "/sys/fs/cgroup/pids", "/user", NULL,
		"/sys/fs/cgroup/pids/user/id" },
	{ "v2: the id beside davit's own", true, "/sys/fs/cgroup", "/user/session", NULL,
		"/sys/fs/cgroup/user/id" },
	{ "v2: in the root there is nothing beside", true, "/sys/fs/cgroup", "/", NULL,
		"/sys/fs/cgroup/id" },
	{ "v2: beside one that is in the root", true, "/sys/fs/cgroup", "/session", NULL,
		"/sys/fs/cgroup/id" },
	{ "an empty path is none", false, "/sys/fs/cgroup/pids", "/user", "",
		"/sys/fs/cgroup/pids/user/id" },
	{ "own is not known", false, "/sys/fs/cgroup/pids", NULL, NULL, "/sys/fs/cgroup/pids/id" },
	{ "v1: relative", false, "/sys/fs/cgroup/pids", "/user", "a/b",
		"/sys/fs/cgroup/pids/user/a/b" },
	{ "v2: relative", true, "/sys/fs/cgroup", "/user/session", "a/b",
		"/sys/fs/cgroup/user/a/b" },
	{ "v1: absolute", false, "/sys/fs/cgroup/pids", "/user", "/a/b",
		"/sys/fs/cgroup/pids/a/b" },
	{ "v2: absolute", true, "/sys/fs/cgroup", "/user/session", "/a/b", "/sys/fs/cgroup/a/b" },
	{ "absolute does not lead out", true, "/sys/fs/cgroup", "/x", "/../../a",
		"/sys/fs/cgroup/a" },
	{ "relative does not lead out of davit's own", false, "/sys/fs/cgroup/pids", "/user",
		"../../a", "/sys/fs/cgroup/pids/user/a" },
	{ "the root itself", true, "/sys/fs/cgroup", "/x", "/", "/sys/fs/cgroup" },
};

static void
a_container_has_its_place (void **state)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct cgroup_hierarchy hierarchy = {
			.mount_point = places[i].mount_point,
			.own = places[i].own,
			.is_v2 = places[i].is_v2,
		};

		print_message ("%s\n", places[i].what);
		assert_string_equal (cgroup_path_in (&arena, &hierarchy, places[i].path, "id"),
			places[i].expected);
	}
	arena_done (&arena);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (a_hybrid_host_has_v1_hierarchies_and_a_cgroup2),
		cmocka_unit_test (each_hierarchy_has_an_own_cgroup),
		cmocka_unit_test (without_cgroup2_the_host_is_v1_and_without_v1_it_is_v2),
		cmocka_unit_test (what_only_looks_like_a_cgroup_mount_is_none),
		cmocka_unit_test (a_hierarchy_mounted_twice_is_here_once_and_where_it_usually_is),
		cmocka_unit_test (a_mount_point_may_have_blanks),
		cmocka_unit_test (in_a_nested_container_own_is_below_what_is_mounted),
		cmocka_unit_test (lines_of_other_hierarchies_and_nonsense_change_nothing),
		cmocka_unit_test (words_of_a_list_are_whole),
		cmocka_unit_test (dots_are_resolved_within_the_path),
		cmocka_unit_test (a_container_has_its_place),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
