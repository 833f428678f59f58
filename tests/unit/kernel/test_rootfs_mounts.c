/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The config's mounts, as the host sees them below the root before it is entered.
 */
#include "world.h"

world_test (test_the_default_mounts)
{
	world_make ();
	add_mount ("/proc", "proc", "proc", "");
	add_mount ("/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k");
	add_mount ("/dev/pts", "devpts", "devpts",
		"nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
	add_mount ("/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k");
	add_mount ("/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
	add_mount ("/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/proc"), "rw,relatime - proc proc rw"));
	EXPECT (mount_has (in_root ("/dev"), "rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755"));
	EXPECT (mount_has (in_root ("/dev/pts"),
		"rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666"));
	EXPECT (mount_has (in_root ("/dev/shm"),
		"rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k"));
	EXPECT (mode_of (in_root ("/dev/shm")) == (S_IFDIR | 01777));
	EXPECT (mount_has (
		in_root ("/dev/mqueue"), "rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw"));
	EXPECT (mount_has (in_root ("/sys"), "ro,nosuid,nodev,noexec,relatime - sysfs sysfs rw"));
	EXPECT (world.rootfs.dev_fd >= 0 && world.rootfs.dev_is_fresh);
}

world_test (test_missing_mount_points_are_made_and_only_inside)
{
	world_make ();
	EXPECT (symlink (world_host, in_root ("/out")) == 0);
	EXPECT (mkdir (on_host ("/dir"), 0755) == 0);
	write_file (on_host ("/file"), "text");
	add_mount ("/out/a/b", "tmpfs", "tmpfs", "");
	add_mount ("/new/dir", "bind", on_host ("/dir"), "bind");
	add_mount ("/new/file", "bind", on_host ("/file"), "bind");
	add_mount ("/out/file2", "bind", on_host ("/file"), "bind");
	add_mount ("/../../up", "tmpfs", "tmpfs", "");
	begin_and_mount ();
	EXPECT (!exists (on_host ("/a")) && !exists (on_host ("/file2")));
	EXPECT (file_says (in_root ("/new/file"), "text"));
	EXPECT (S_ISDIR (mode_of (in_root ("/new/dir"))));
	EXPECT (mount_has (in_root ("/up"), "tmpfs"));
}

world_test (test_a_tmpfs_gets_the_mode_of_what_it_covers)
{
	world_make ();
	EXPECT (chmod (in_root ("/tmp"), 01770) == 0);
	add_mount ("/tmp", "tmpfs", "tmpfs", "");
	add_mount ("/sys", "tmpfs", "tmpfs", "size=64k,mode=711");
	add_mount ("/new", "tmpfs", "tmpfs", "size=64k");
	begin_and_mount ();
	EXPECT (mode_of (in_root ("/tmp")) == (S_IFDIR | 01770));
	EXPECT (mode_of (in_root ("/sys")) == (S_IFDIR | 0711));
	EXPECT (mode_of (in_root ("/new")) == (S_IFDIR | 01777));
}

world_test (test_a_bind_mount_has_the_attributes_asked_for)
{
	char sub[128];

	world_make ();
	EXPECT (mkdir (on_host ("/dir"), 0755) == 0 && mkdir (on_host ("/dir/sub"), 0755) == 0);
	EXPECT (mount ("sub", on_host ("/dir/sub"), "tmpfs", MS_NOSUID, NULL) == 0);
	add_mount ("/ro", "none", on_host ("/dir"), "rbind,ro,nodev,noatime");
	add_mount ("/rro", "none", on_host ("/dir"), "rbind,rro,rprivate");
	add_mount ("/top", "none", on_host ("/dir"), "bind,ro");
	add_mount ("/mixed", "none", on_host ("/dir"), "rbind,rro,rw");
	add_mount ("/suid", "none", on_host ("/dir/sub"), "bind,suid");
	add_mount ("/asis", "none", on_host ("/dir/sub"), "bind");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/ro"), "ro,nodev,noatime"));
	EXPECT (mount_has (in_root ("/ro/sub"), "rw,nosuid,relatime"));
	EXPECT (mount_has (in_root ("/rro"), "ro,relatime"));
	EXPECT (mount_has (in_root ("/rro/sub"), "ro,nosuid,relatime"));
	EXPECT (mount_has (in_root ("/top"), "ro,relatime"));
	EXPECT (str_equal (mount_at (in_root ("/top/sub")), ""));
	EXPECT (mount_has (in_root ("/mixed"), "rw,relatime"));
	EXPECT (mount_has (in_root ("/mixed/sub"), "ro,nosuid,relatime"));
	EXPECT (mount_has (in_root ("/suid"), "rw,relatime"));
	EXPECT (mount_has (in_root ("/asis"), "rw,nosuid,relatime"));
	/* the host's own mount is as it was */
	snprintf (sub, sizeof sub, "%s/dir/sub", world_host);
	EXPECT (mount_has (sub, "rw,nosuid,relatime"));
}

world_test (test_propagation_is_set_in_order)
{
	world_make ();
	add_mount ("/shared", "tmpfs", "tmpfs", "shared");
	add_mount ("/private", "tmpfs", "tmpfs", "shared,private");
	add_mount ("/slave", "none", in_root ("/tmp"), "rbind,rshared,rslave,rshared");
	add_mount ("/unbindable", "tmpfs", "tmpfs", "unbindable");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/shared"), "shared:"));
	EXPECT (!strstr (mount_at (in_root ("/private")), "shared:"));
	EXPECT (mount_has (in_root ("/slave"), "shared:"));
	EXPECT (mount_has (in_root ("/unbindable"), "unbindable"));
}

world_test (test_nothing_propagates_to_the_host)
{
	pid_t pid;
	int status;

	world_make ();
	EXPECT (mount (NULL, world_top, NULL, MS_SHARED, NULL) == 0);
	add_mount ("/tmp", "tmpfs", "tmpfs", "");
	pid = fork ();
	if (pid == 0) {
		EXPECT (unshare (CLONE_NEWNS) == 0);
		begin_and_mount ();
		enter_and_finish ();
		_exit (0);
	}
	EXPECT (waitpid (pid, &status, 0) == pid && status == 0);
	EXPECT (str_equal (mount_at (world_root), ""));
	EXPECT (str_equal (mount_at (in_root ("/tmp")), ""));
}

world_test (test_a_shared_root_keeps_volumes_shared_and_itself_private)
{
	pid_t pid;
	int status;

	world_make ();
	EXPECT (mount (NULL, world_top, NULL, MS_SHARED, NULL) == 0);
	EXPECT (mkdir (on_host ("/volume"), 0755) == 0);
	EXPECT (mkdir (on_host ("/volume/sub"), 0755) == 0);
	EXPECT (mount ("v", on_host ("/volume"), "tmpfs", 0, NULL) == 0);
	EXPECT (mount (NULL, on_host ("/volume"), NULL, MS_SHARED, NULL) == 0);
	EXPECT (mkdir (on_host ("/volume/sub"), 0755) == 0);
	EXPECT (mkdir (on_host ("/other"), 0755) == 0);
	EXPECT (mount ("o", on_host ("/other"), "tmpfs", 0, NULL) == 0);
	EXPECT (mount (NULL, on_host ("/other"), NULL, MS_SHARED, NULL) == 0);
	EXPECT (mkdir (on_host ("/other/sub"), 0755) == 0);
	EXPECT (mount ("s", on_host ("/other/sub"), "tmpfs", 0, NULL) == 0);
	world.plan.root.propagation = MS_SHARED | MS_REC;
	add_mount ("/volume", "none", on_host ("/volume"), "rbind,rshared");
	pid = fork ();
	if (pid == 0) {
		EXPECT (unshare (CLONE_NEWNS) == 0);
		begin_and_mount ();
		enter_and_finish ();
		EXPECT (mount ("deep", "/volume/sub", "tmpfs", 0, NULL) == 0);
		EXPECT (mount ("deep", "/tmp", "tmpfs", 0, NULL) == 0);
		_exit (0);
	}
	EXPECT (waitpid (pid, &status, 0) == pid && status == 0);
	EXPECT (str_equal (mount_at (world_root), ""));
	EXPECT (str_equal (mount_at (in_root ("/tmp")), ""));
	EXPECT (mount_has (on_host ("/volume"), "shared:"));
	/* and detaching the old root has not detached the host's mounts */
	EXPECT (mount_has (on_host ("/other/sub"), "tmpfs s"));
	EXPECT (mount_has (on_host ("/volume/sub"), "tmpfs deep"));
}

world_test (test_a_remount_changes_what_it_names)
{
	world_make ();
	add_mount ("/tmp", "tmpfs", "tmpfs", "nosuid,size=64k");
	add_mount ("/tmp", "none", NULL, "remount,bind,ro");
	add_mount ("/dev", "tmpfs", "tmpfs", "nosuid,size=64k");
	add_mount ("/dev", "tmpfs", "tmpfs", "remount,noexec,size=128k");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/tmp"), "ro,nosuid,relatime - tmpfs tmpfs rw,size=64k"));
	EXPECT (mount_has (
		in_root ("/dev"), "rw,nosuid,noexec,relatime - tmpfs tmpfs rw,size=128k"));
}

world_test (test_superblock_flags_reach_the_file_system)
{
	world_make ();
	add_mount ("/tmp", "tmpfs", "tmpfs", "sync,dirsync");
	add_mount ("/dev", "tmpfs", "tmpfs", "silent,iversion,noexec,nodev,sync,slave");
	add_mount ("/sys", "sysfs", "sysfs", "ro,loud,noiversion,async");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/tmp"), "tmpfs tmpfs rw,sync,dirsync"));
	EXPECT (mount_has (in_root ("/dev"), "rw,nodev,noexec,relatime - tmpfs tmpfs rw,sync"));
	/* a sysfs is shared with the host: only the mount becomes read-only */
	EXPECT (mount_has (in_root ("/sys"), "ro,relatime - sysfs sysfs rw"));
	EXPECT (world.rootfs.dev_fd >= 0 && world.rootfs.dev_is_fresh);
}

world_test (test_an_overlay_with_a_long_lowerdir)
{
	char options[2048] = "lowerdir=";

	world_make ();
	for (int i = 0; i < 12; i++) {
		char name[128];

		snprintf (name, sizeof name, "%s/a-layer-with-a-name-of-some-length-%d", world_host,
			i);
		EXPECT (mkdir (name, 0755) == 0);
		snprintf (options + strlen (options), sizeof options - strlen (options), "%s%s",
			i ? ":" : "", name);
		strncat (name, "/file", sizeof name - strlen (name) - 1);
		write_file (name, "lower");
	}
	EXPECT (strlen (options) > 512);
	add_mount ("/data", "overlay", "overlay", options);
	begin_and_mount ();
	EXPECT (file_says (in_root ("/data/file"), "lower"));
	EXPECT (mount_has (in_root ("/data"), "overlay overlay"));
}

world_test (test_tmpcopyup_copies_all_kinds_of_files)
{
	struct stat st;
	char target[64];

	world_make ();
	EXPECT (mkdir (in_root ("/data"), 0755) == 0 && mkdir (in_root ("/data/d"), 0755) == 0);
	EXPECT (chown (in_root ("/data"), 5, 6) == 0 && chmod (in_root ("/data"), 02775) == 0);
	write_file (in_root ("/data/d/file"), "text");
	EXPECT (chown (in_root ("/data/d/file"), 7, 8) == 0);
	EXPECT (chmod (in_root ("/data/d/file"), 04711) == 0);
	EXPECT (symlink ("/etc/shadow", in_root ("/data/link")) == 0);
	EXPECT (mkfifo (in_root ("/data/fifo"), 0640) == 0);
	add_mount ("/data", "tmpfs", "tmpfs", "tmpcopyup,size=1m,ro");
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/data"), "tmpfs"));
	EXPECT (mode_of (in_root ("/data")) == (S_IFDIR | 02775));
	EXPECT (stat (in_root ("/data"), &st) == 0 && st.st_uid == 5 && st.st_gid == 6);
	EXPECT (file_says (in_root ("/data/d/file"), "text"));
	EXPECT (stat (in_root ("/data/d/file"), &st) == 0 && st.st_uid == 7 && st.st_gid == 8);
	EXPECT (st.st_mode == (S_IFREG | 04711));
	EXPECT (readlink (in_root ("/data/link"), target, sizeof target) == 11);
	EXPECT (mode_of (in_root ("/data/fifo")) == (S_IFIFO | 0640));
	enter_and_finish ();
	EXPECT (mkdir ("/data/new", 0755) < 0 && errno == EROFS);
}

world_test (test_a_read_only_tmpfs_takes_mount_points_first)
{
	world_make ();
	add_mount ("/run", "tmpfs", "tmpfs", "ro");
	add_mount ("/run/inner", "tmpfs", "tmpfs", "");
	add_mount ("/covered", "tmpfs", "tmpfs", "ro");
	add_mount ("/covered", "tmpfs", "tmpfs", "");
	begin_and_mount ();
	enter_and_finish ();
	EXPECT (mkdir ("/run/x", 0755) < 0 && errno == EROFS);
	EXPECT (mkdir ("/run/inner/x", 0755) == 0);
	EXPECT (mkdir ("/covered/x", 0755) == 0);
}

world_test (test_symlinks_of_crun)
{
	char text[64];

	world_make ();
	write_file (on_host ("/target"), "text");
	EXPECT (symlink ("target", on_host ("/link")) == 0);
	EXPECT (mkdir (in_root ("/real"), 0755) == 0 && symlink ("real", in_root ("/there")) == 0);
	add_mount ("/copied", "none", on_host ("/link"), "bind,copy-symlink");
	add_mount ("/copied", "none", on_host ("/link"), "bind,copy-symlink");
	add_mount ("/plain", "none", on_host ("/target"), "bind,copy-symlink");
	add_mount ("/there", "none", on_host ("/link"), "bind,src-nofollow,dest-nofollow");
	begin_and_mount ();
	EXPECT (readlink (in_root ("/copied"), text, sizeof text) == 6);
	EXPECT (file_says (in_root ("/plain"), "text"));
	EXPECT (readlink (in_root ("/there"), text, sizeof text) == 6 &&
		memcmp (text, "target", 6) == 0);
	EXPECT (S_ISDIR (mode_of (in_root ("/real"))));
}

world_test (test_only_proc_goes_on_proc)
{
	world_make ();
	EXPECT (mkdir (on_host ("/fake"), 0755) == 0);
	write_file (on_host ("/cpuinfo"), "none");
	EXPECT (symlink ("/proc", in_root ("/alias")) == 0);
	begin ();
	add_mount ("/proc", "tmpfs", "tmpfs", "");
	EXPECT_FAILS (mount_all (), "config.json:41: /mounts/0: mount 'tmpfs' at '/proc': only a "
				    "proc file system");
	world.plan.n_mounts = 0;
	add_mount ("/./tmp/..//proc/", "none", on_host ("/fake"), "bind");
	EXPECT_FAILS (mount_all (), "only a proc file system");
	world.plan.n_mounts = 0;
	add_mount ("/alias", "none", on_host ("/fake"), "bind");
	EXPECT_FAILS (mount_all (), "only a proc file system");
	world.plan.n_mounts = 0;
	add_mount ("/alias", "none", "/proc/self", "rbind");
	EXPECT_FAILS (mount_all (), "only a proc file system");
	world.plan.n_mounts = 0;
	add_mount ("/proc", "none", "/proc", "rbind");
	EXPECT_OK (mount_all ());
	world.plan.n_mounts = 0;
	add_mount ("/proc", "proc", "proc", "");
	add_mount ("/proc/cpuinfo", "none", on_host ("/cpuinfo"), "bind");
	EXPECT_OK (mount_all ());
	EXPECT (file_says (in_root ("/proc/cpuinfo"), "none"));
	world.plan.n_mounts = 0;
	add_mount ("/alias/version", "none", on_host ("/cpuinfo"), "bind");
	EXPECT_FAILS (mount_all (), "inside '/proc'");
	world.plan.n_mounts = 0;
	add_mount ("/proc/self/attr", "tmpfs", "tmpfs", "");
	EXPECT_FAILS (mount_all (), "inside '/proc'");
	world.plan.n_mounts = 0;
	add_mount ("/proc/fs", "proc", "proc", "");
	EXPECT_FAILS (mount_all (), "inside '/proc'");
	/* names that only begin so are others */
	world.plan.n_mounts = 0;
	add_mount ("/process", "tmpfs", "tmpfs", "");
	EXPECT_OK (mount_all ());
}

world_test (test_proc_and_sysfs_go_through_no_symlink)
{
	world_make ();
	EXPECT (mkdir (in_root ("/victim"), 0755) == 0);
	EXPECT (rmdir (in_root ("/proc")) == 0 && rmdir (in_root ("/sys")) == 0);
	EXPECT (symlink ("victim", in_root ("/proc")) == 0);
	EXPECT (symlink ("/victim", in_root ("/sys")) == 0);
	begin ();
	add_mount ("/proc", "proc", "proc", "");
	EXPECT_FAILS (mount_all (), "may not be a symlink");
	world.plan.n_mounts = 0;
	add_mount ("/sys", "sysfs", "sysfs", "");
	EXPECT_FAILS (mount_all (), "may not be a symlink");
	world.plan.n_mounts = 0;
	add_mount ("/sys/deeper", "sysfs", "sysfs", "");
	EXPECT_FAILS (mount_all (), "may not be a symlink");
	world.plan.n_mounts = 0;
	add_mount ("/new/sys", "sysfs", "sysfs", "");
	EXPECT_OK (mount_all ());
}

world_test (test_errors_name_place_type_and_cause)
{
	world_make ();
	write_file (on_host ("/file"), "text");
	begin ();
	add_mount ("/data", "tmpfs", "tmpfs", "size=much");
	EXPECT_FAILS (mount_all (),
		"config.json:41: /mounts/0: mount 'tmpfs' at '/data': set the "
		"option 'size': Invalid argument (tmpfs: Bad value for 'size')");
	world.plan.n_mounts = 0;
	add_mount ("/data", "nosuchfs", "none", "");
	EXPECT_FAILS (mount_all (), "this kernel has no such file system");
	world.plan.n_mounts = 0;
	add_mount ("/data", "none", on_host ("/missing"), "bind");
	EXPECT_FAILS (mount_all (), "/host/missing': no such file");
	world.plan.n_mounts = 0;
	add_mount ("/tmp", "none", on_host ("/file"), "bind");
	EXPECT_FAILS (mount_all (), "Not a directory");
	world.plan.n_mounts = 0;
	add_mount ("/data", NULL, NULL, "");
	EXPECT_FAILS (mount_all (), "neither a type nor the option bind");
	world.plan.n_mounts = 0;
	add_mount ("/tmp", "none", NULL, "remount,ro");
	EXPECT_FAILS (mount_all (), "is it a mount point?");
}

world_test (test_a_mount_on_the_root_is_the_root)
{
	world_make ();
	add_mount ("/", "tmpfs", "tmpfs", "mode=755");
	add_mount ("/data", "tmpfs", "tmpfs", "");
	begin_and_mount ();
	enter_and_finish ();
	EXPECT (exists ("/data") && !exists ("/tmp"));
}

world_test (test_a_bound_dev_is_the_hosts)
{
	world_make ();
	add_mount ("/dev", "none", "/dev", "rbind");
	begin_and_mount ();
	EXPECT (world.rootfs.dev_is_host && !world.rootfs.dev_is_fresh);
	EXPECT_OK (rootfs_make_devices (&world.rootfs, &err));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_the_default_mounts),
		cmocka_unit_test (test_missing_mount_points_are_made_and_only_inside),
		cmocka_unit_test (test_a_tmpfs_gets_the_mode_of_what_it_covers),
		cmocka_unit_test (test_a_bind_mount_has_the_attributes_asked_for),
		cmocka_unit_test (test_propagation_is_set_in_order),
		cmocka_unit_test (test_nothing_propagates_to_the_host),
		cmocka_unit_test (test_a_shared_root_keeps_volumes_shared_and_itself_private),
		cmocka_unit_test (test_a_remount_changes_what_it_names),
		cmocka_unit_test (test_superblock_flags_reach_the_file_system),
		cmocka_unit_test (test_an_overlay_with_a_long_lowerdir),
		cmocka_unit_test (test_tmpcopyup_copies_all_kinds_of_files),
		cmocka_unit_test (test_a_read_only_tmpfs_takes_mount_points_first),
		cmocka_unit_test (test_symlinks_of_crun),
		cmocka_unit_test (test_only_proc_goes_on_proc),
		cmocka_unit_test (test_proc_and_sysfs_go_through_no_symlink),
		cmocka_unit_test (test_errors_name_place_type_and_cause),
		cmocka_unit_test (test_a_mount_on_the_root_is_the_root),
		cmocka_unit_test (test_a_bound_dev_is_the_hosts),
	};

	return cmocka_run_group_tests (tests, world_setup, world_teardown);
}
