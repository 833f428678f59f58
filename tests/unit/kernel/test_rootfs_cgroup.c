/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Mounts of type "cgroup": with hierarchies that are directories here, as all that is done to them is to
 * bind them.
 */
#include "world.h"

static struct hierarchy hierarchies[4];

static void
add_hierarchy (const char *directory, const char *options, bool is_v2)
{
	struct hierarchy *hierarchy = &hierarchies[world.inputs.n_hierarchies];
	char path[256];

	snprintf (path, sizeof path, "%s/%s", world_host, directory);
	EXPECT (mkdir (path, 0755) == 0 && mount ("cg", path, "tmpfs", 0, NULL) == 0);
	*hierarchy = (struct hierarchy){
		.directory = directory,
		.mount_point = arena_strdup (&world.plan.arena, path),
		.options = options,
		.path = "/container",
		.is_v2 = is_v2,
	};
	strncat (path, "/container", sizeof path - strlen (path) - 1);
	EXPECT (mkdir (path, 0755) == 0);
	strncat (path, "/tasks", sizeof path - strlen (path) - 1);
	write_file (path, directory);
	world.inputs.hierarchies = hierarchies;
	world.inputs.n_hierarchies++;
}

static void
add_all (void)
{
	add_hierarchy ("memory", "memory", false);
	add_hierarchy ("cpu,cpuacct", "cpu,cpuacct", false);
	add_hierarchy ("systemd", "name=systemd", false);
	add_hierarchy ("unified", NULL, true);
}

static void
expect_all (void)
{
	EXPECT (file_says (in_root ("/sys/fs/cgroup/memory/tasks"), "memory"));
	EXPECT (file_says (in_root ("/sys/fs/cgroup/cpu/tasks"), "cpu,cpuacct"));
	EXPECT (file_says (in_root ("/sys/fs/cgroup/cpuacct/tasks"), "cpu,cpuacct"));
	EXPECT (S_ISLNK (mode_of (in_root ("/sys/fs/cgroup/cpu"))));
	EXPECT (file_says (in_root ("/sys/fs/cgroup/systemd/tasks"), "systemd"));
	EXPECT (file_says (in_root ("/sys/fs/cgroup/unified/tasks"), "unified"));
	EXPECT (!exists (in_root ("/sys/fs/cgroup/name=systemd")));
}

world_test (test_each_hierarchy_shows_the_containers_own_group)
{
	world_make ();
	add_all ();
	add_mount ("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro");
	begin_and_mount ();
	expect_all ();
	EXPECT (mount_has (in_root ("/sys/fs/cgroup"), "ro,nosuid,nodev,noexec,relatime - tmpfs"));
	EXPECT (mount_has (in_root ("/sys/fs/cgroup/memory"), "ro,nosuid,nodev,noexec,relatime"));
	EXPECT (mount_has (in_root ("/sys/fs/cgroup/unified"), "ro,nosuid,nodev,noexec,relatime"));
	/* SEC-26: nothing of the host's groups is above */
	EXPECT (!exists (in_root ("/sys/fs/cgroup/memory/container")));
}

world_test (test_without_ro_they_are_writable)
{
	world_make ();
	add_all ();
	add_mount ("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid");
	begin_and_mount ();
	expect_all ();
	EXPECT (mount_has (in_root ("/sys/fs/cgroup/memory"), "rw,nosuid,relatime"));
	EXPECT (mkdir (in_root ("/sys/fs/cgroup/memory/child"), 0755) == 0);
}

world_test (test_a_hierarchy_without_the_group_is_left_out)
{
	world_make ();
	add_all ();
	hierarchies[0].path = "/nobody/made/it";
	add_mount ("/sys/fs/cgroup", "cgroup", "cgroup", "ro");
	begin_and_mount ();
	EXPECT (!exists (in_root ("/sys/fs/cgroup/memory")));
	EXPECT (exists (in_root ("/sys/fs/cgroup/systemd/tasks")));
}

world_test (test_without_hierarchies_it_is_empty_and_read_only)
{
	world_make ();
	add_mount ("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/sys/fs/cgroup"), "ro,nosuid,relatime - tmpfs cgroup"));
}

world_test (test_on_a_v2_host_it_is_the_one_cgroup2)
{
	static const struct hierarchy unified = {
		.directory = "", .mount_point = "/sys/fs/cgroup", .path = "/", .is_v2 = true
	};

	world_make ();
	world.inputs.hierarchies = &unified;
	world.inputs.n_hierarchies = 1;
	add_mount ("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro");
	begin_and_mount ();
	EXPECT (mount_has (
		in_root ("/sys/fs/cgroup"), "ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw"));
}

world_test (test_propagation_is_as_asked)
{
	static const struct hierarchy unified = {
		.directory = "", .mount_point = "/sys/fs/cgroup", .path = "/", .is_v2 = true
	};

	world_make ();
	world.inputs.hierarchies = &unified;
	world.inputs.n_hierarchies = 1;
	/* what is new is private anyway (podman asks for it) */
	add_mount ("/sys/fs/cgroup", "cgroup", "cgroup", "ro,rprivate");
	add_mount ("/shared", "cgroup", "cgroup", "ro,rshared");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/sys/fs/cgroup"), "ro,relatime - cgroup2"));
	EXPECT (mount_has (in_root ("/shared"), "ro,relatime shared:"));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_each_hierarchy_shows_the_containers_own_group),
		cmocka_unit_test (test_without_ro_they_are_writable),
		cmocka_unit_test (test_a_hierarchy_without_the_group_is_left_out),
		cmocka_unit_test (test_without_hierarchies_it_is_empty_and_read_only),
		cmocka_unit_test (test_on_a_v2_host_it_is_the_one_cgroup2),
		cmocka_unit_test (test_propagation_is_as_asked),
	};

	return cmocka_run_group_tests (tests, world_setup, world_teardown);
}
