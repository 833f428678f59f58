/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The same in a user namespace, where mounts are locked, some file systems refused, and sources
 * opened by the parent; and idmapped mounts.
 */
#include "world.h"

#include "kernel/idmap.h"
#include "kernel/mount_source.h"

#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define HOST_ID 100000

static struct id_map one_map[] = { { 0, HOST_ID, 65536 } };
static const struct id_maps maps = { one_map, 1, one_map, 1 };

/* The rest of the child happens in a new user namespace (and others), as its root. */
static void
enter_userns (int other_namespaces)
{
	int fd = mount_source_userns (&maps, &err);

	if (fd < 0)
		fprintf (stderr, "%s\n", err.text);
	EXPECT (fd >= 0);
	EXPECT (setns (fd, CLONE_NEWUSER) == 0);
	EXPECT (setresgid (0, 0, 0) == 0 && setresuid (0, 0, 0) == 0);
	EXPECT (prctl (PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
	EXPECT (unshare (CLONE_NEWNS | other_namespaces) == 0);
	world.inputs.in_userns = true;
}

/* The root belongs to the container's root, as engines make it. */
static void
give_root (void)
{
	static const char *const all[] = { "", "/proc", "/dev", "/sys", "/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE (all); i++)
		EXPECT (chown (in_root (all[i]), HOST_ID, HOST_ID) == 0);
}

world_test (test_locked_flags_are_kept)
{
	world_make ();
	give_root ();
	EXPECT (mkdir (on_host ("/locked"), 0755) == 0);
	EXPECT (mount ("l", on_host ("/locked"), "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, NULL) ==
		0);
	add_mount ("/a", "none", on_host ("/locked"), "rbind,noexec");
	add_mount ("/b", "none", on_host ("/locked"), "rbind,rw,suid,relatime");
	enter_userns (0);
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/a"), "ro,nosuid,nodev,noexec,relatime"));
	EXPECT (mount_has (in_root ("/b"), "ro,nosuid,nodev,relatime"));
}

world_test (test_what_the_kernel_refuses_is_bound_where_that_is_right)
{
	world_make ();
	give_root ();
	add_mount ("/sys", "sysfs", "sysfs", "nosuid,noexec,nodev");
	enter_userns (0);
	begin_and_mount ();
	/* read-only through and through: SEC-12, CVE-2023-25809 */
	EXPECT (mount_has (in_root ("/sys"), "ro,nosuid,nodev,noexec"));
	EXPECT (exists (in_root ("/sys/kernel")));
}

world_test (test_proc_of_another_pid_namespace_is_no_substitute)
{
	world_make ();
	give_root ();
	world.plan.namespaces.ns[NS_PID].how = NS_NEW;
	add_mount ("/proc", "proc", "proc", "");
	enter_userns (0);
	begin ();
	EXPECT_FAILS (mount_all (), "mount 'proc' at '/proc': make the file system 'proc'");
	world.plan.namespaces.ns[NS_PID].how = NS_INHERIT;
	EXPECT_OK (mount_all ());
	EXPECT (exists (in_root ("/proc/self/status")));
}

world_test (test_devices_are_bound)
{
	static const struct device_plan null = { NULL, "/dev/null", S_IFCHR, 1, 3, 0666, 0, 0 };

	world_make ();
	give_root ();
	add_mount ("/dev", "tmpfs", "tmpfs", "nosuid,mode=755");
	world.plan.devices = (struct device_plan *) &null;
	world.plan.n_devices = 1;
	enter_userns (0);
	begin_and_mount ();
	EXPECT_OK (rootfs_make_devices (&world.rootfs, &err));
	EXPECT (S_ISCHR (mode_of (in_root ("/dev/null"))));
	EXPECT (open (in_root ("/dev/null"), O_RDWR) >= 0);
}

world_test (test_the_parent_opens_what_the_child_may_not_reach)
{
	int fd;

	world_make ();
	give_root ();
	EXPECT (mkdir (on_host ("/closed"), 0700) == 0);
	EXPECT (mkdir (on_host ("/closed/dir"), 0755) == 0);
	write_file (on_host ("/closed/dir/file"), "text");
	add_mount ("/data", "none", on_host ("/closed/dir"), "rbind,ro,rprivate");
	EXPECT (mount_source_is_needed (&world.mounts[0], true));
	EXPECT (!mount_source_is_needed (&world.mounts[0], false));
	fd = mount_source_open (&world.mounts[0], &err);
	EXPECT (fd >= 0);
	enter_userns (0);
	begin ();
	EXPECT_FAILS (mount_all (), "Permission denied");
	world.inputs.source_fds = &fd;
	EXPECT_OK (mount_all ());
	EXPECT (file_says (in_root ("/data/file"), "text"));
	EXPECT (mount_has (in_root ("/data"), "ro,"));
}

world_test (test_an_idmapped_mount_shows_other_owners)
{
	struct mount_plan *planned;
	struct stat st;
	int fd;

	world_make ();
	EXPECT (mkdir (on_host ("/volume"), 0755) == 0);
	write_file (on_host ("/volume/file"), "text");
	planned = add_mount ("/data", "none", on_host ("/volume"), "bind,idmap");
	planned->id_maps = maps;
	EXPECT (mount_source_is_needed (planned, false));
	fd = mount_source_open (planned, &err);
	if (fd < 0)
		fprintf (stderr, "%s\n", err.text);
	EXPECT (fd >= 0);
	world.inputs.source_fds = &fd;
	begin_and_mount ();
	EXPECT (stat (in_root ("/data/file"), &st) == 0);
	EXPECT (st.st_uid == HOST_ID && st.st_gid == HOST_ID);
	EXPECT (stat (on_host ("/volume/file"), &st) == 0 && st.st_uid == 0);
}

world_test (test_idmap_errors_name_the_file_system)
{
	struct mount_plan *planned;

	world_make ();
	planned = add_mount ("/data", "none", "/proc", "bind,idmap");
	EXPECT (mount_source_open (planned, &err) < 0);
	EXPECT (strstr (err.text, "needs both uidMappings and gidMappings"));
	planned->id_maps = maps;
	EXPECT (mount_source_open (planned, &err) < 0);
	EXPECT (strstr (
		err.text, "config.json:41: /mounts/0: mount '/proc' at '/data': map the ids"));
	EXPECT (strstr (err.text, "proc supports it never"));
	planned->source = "/nowhere";
	EXPECT (mount_source_open (planned, &err) < 0);
	EXPECT (strstr (err.text, "open the source '/nowhere': no such file"));
	begin ();
	EXPECT_FAILS (mount_all (), "was not opened");
}

world_test (test_a_recursive_idmap_covers_the_tree)
{
	struct mount_plan *planned;
	struct stat st;
	int fds[2];

	world_make ();
	EXPECT (mkdir (on_host ("/volume"), 0755) == 0 &&
		mkdir (on_host ("/volume/sub"), 0755) == 0);
	EXPECT (mount ("s", on_host ("/volume/sub"), "tmpfs", 0, NULL) == 0);
	planned = add_mount ("/one", "none", on_host ("/volume"), "rbind,idmap");
	planned->id_maps = maps;
	planned = add_mount ("/all", "none", on_host ("/volume"), "rbind,ridmap");
	planned->id_maps = maps;
	for (int i = 0; i < 2; i++)
		EXPECT ((fds[i] = mount_source_open (&world.mounts[i], &err)) >= 0);
	world.inputs.source_fds = fds;
	begin_and_mount ();
	EXPECT (stat (in_root ("/one"), &st) == 0 && st.st_uid == HOST_ID);
	EXPECT (stat (in_root ("/one/sub"), &st) == 0 && st.st_uid == 0);
	EXPECT (stat (in_root ("/all/sub"), &st) == 0 && st.st_uid == HOST_ID);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_locked_flags_are_kept),
		cmocka_unit_test (test_what_the_kernel_refuses_is_bound_where_that_is_right),
		cmocka_unit_test (test_proc_of_another_pid_namespace_is_no_substitute),
		cmocka_unit_test (test_devices_are_bound),
		cmocka_unit_test (test_the_parent_opens_what_the_child_may_not_reach),
		cmocka_unit_test (test_an_idmapped_mount_shows_other_owners),
		cmocka_unit_test (test_idmap_errors_name_the_file_system),
		cmocka_unit_test (test_a_recursive_idmap_covers_the_tree),
	};

	return cmocka_run_group_tests (tests, world_setup, world_teardown);
}
