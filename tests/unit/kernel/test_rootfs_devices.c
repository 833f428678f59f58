/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Device nodes, the links of /dev, and what is bound over them.
 */
#include "world.h"

#include <sys/sysmacros.h>

static const struct device_plan defaults[] = {
	{ NULL, "/dev/null", S_IFCHR, 1, 3, 0666, 0, 0 },
	{ NULL, "/dev/zero", S_IFCHR, 1, 5, 0666, 0, 0 },
	{ NULL, "/dev/full", S_IFCHR, 1, 7, 0666, 0, 0 },
	{ NULL, "/dev/random", S_IFCHR, 1, 8, 0666, 0, 0 },
	{ NULL, "/dev/urandom", S_IFCHR, 1, 9, 0666, 0, 0 },
	{ NULL, "/dev/tty", S_IFCHR, 5, 0, 0666, 0, 0 },
};

static void
use_devices (const struct device_plan *devices, size_t n)
{
	world.plan.devices = (struct device_plan *) devices;
	world.plan.n_devices = n;
}

static void
expect_node (const char *path, mode_t mode, dev_t number, uid_t uid, gid_t gid)
{
	struct stat st;

	EXPECT (lstat (path, &st) == 0);
	EXPECT (st.st_mode == mode);
	EXPECT (S_ISFIFO (mode) || st.st_rdev == number);
	EXPECT (st.st_uid == uid && st.st_gid == gid);
}

static void
expect_link (const char *path, const char *target)
{
	char text[64];
	ssize_t n = readlink (path, text, sizeof text - 1);

	EXPECT (n > 0);
	text[n] = '\0';
	EXPECT (str_equal (text, target));
}

static int
make_devices (void)
{
	return rootfs_make_devices (&world.rootfs, &err);
}

world_test (test_default_devices_and_links)
{
	world_make ();
	add_mount ("/dev", "tmpfs", "tmpfs", "nosuid,mode=755");
	use_devices (defaults, ARRAY_SIZE (defaults));
	begin_and_mount ();
	EXPECT_OK (make_devices ());
	for (size_t i = 0; i < ARRAY_SIZE (defaults); i++)
		expect_node (in_root (defaults[i].path), S_IFCHR | 0666,
			makedev (defaults[i].major, defaults[i].minor), 0, 0);
	expect_link (in_root ("/dev/fd"), "/proc/self/fd");
	expect_link (in_root ("/dev/stdin"), "/proc/self/fd/0");
	expect_link (in_root ("/dev/stdout"), "/proc/self/fd/1");
	expect_link (in_root ("/dev/stderr"), "/proc/self/fd/2");
	expect_link (in_root ("/dev/core"), "/proc/kcore");
	expect_link (in_root ("/dev/ptmx"), "pts/ptmx");
}

world_test (test_devices_of_the_config_have_exact_mode_and_owner)
{
	static const struct device_plan devices[] = {
		{ "c", "/dev/fuse", S_IFCHR, 10, 229, 0622, 3, 4 },
		{ "c", "/dev/net/deep/tun", S_IFCHR, 10, 200, 0666, 0, 0 },
		{ "c", "/dev/disk", S_IFBLK, 7, 0, 0660, 0, 6 },
		{ "c", "/run/fifo", S_IFIFO, 0, 0, 0604, 5, 0 },
	};

	world_make ();
	use_devices (devices, ARRAY_SIZE (devices));
	begin ();
	EXPECT_OK (make_devices ());
	expect_node (in_root ("/dev/fuse"), S_IFCHR | 0622, makedev (10, 229), 3, 4);
	expect_node (in_root ("/dev/net/deep/tun"), S_IFCHR | 0666, makedev (10, 200), 0, 0);
	expect_node (in_root ("/dev/disk"), S_IFBLK | 0660, makedev (7, 0), 0, 6);
	expect_node (in_root ("/run/fifo"), S_IFIFO | 0604, 0, 5, 0);
}

world_test (test_a_matching_node_is_left_alone)
{
	world_make ();
	umask (0);
	EXPECT (mknod (in_root ("/dev/null"), S_IFCHR | 0600, makedev (1, 3)) == 0);
	EXPECT (chown (in_root ("/dev/null"), 7, 7) == 0);
	EXPECT (symlink ("pts/ptmx", in_root ("/dev/ptmx")) == 0);
	EXPECT (symlink ("elsewhere", in_root ("/dev/fd")) == 0);
	use_devices (defaults, 1);
	begin ();
	EXPECT_OK (make_devices ());
	expect_node (in_root ("/dev/null"), S_IFCHR | 0600, makedev (1, 3), 7, 7);
	expect_link (in_root ("/dev/fd"), "elsewhere");
}

world_test (test_another_file_in_its_place_is_an_error)
{
	static const struct device_plan zero = { "config.json:9: /linux/devices/0", "/dev/zero",
		S_IFCHR, 1, 5, 0666, 0, 0 };

	world_make ();
	begin ();
	use_devices (&zero, 1);
	write_file (in_root ("/dev/zero"), "");
	EXPECT_FAILS (make_devices (), "config.json:9: /linux/devices/0: device '/dev/zero': "
				       "something that is not the character device 1:5 is there");
	EXPECT (unlink (in_root ("/dev/zero")) == 0);
	EXPECT (mknod (in_root ("/dev/zero"), S_IFBLK | 0600, makedev (1, 5)) == 0);
	EXPECT_FAILS (make_devices (), "is there");
	EXPECT (unlink (in_root ("/dev/zero")) == 0);
	EXPECT (mknod (in_root ("/dev/zero"), S_IFCHR | 0600, makedev (1, 3)) == 0);
	EXPECT_FAILS (make_devices (), "is there");
	EXPECT (unlink (in_root ("/dev/zero")) == 0);
	/* SEC-23: not even one that leads to the right device */
	EXPECT (symlink ("/dev/zero", in_root ("/dev/zero")) == 0);
	EXPECT_FAILS (make_devices (), "is there");
}

/* SEC-21: CVE-2026-41579, CVE-2026-47766 */
world_test (test_a_dev_that_is_a_symlink_is_refused)
{
	world_make ();
	EXPECT (mkdir (in_root ("/volume"), 0755) == 0 && rmdir (in_root ("/dev")) == 0);
	write_file (in_root ("/volume/ptmx"), "precious");
	EXPECT (symlink ("volume", in_root ("/dev")) == 0);
	use_devices (defaults, ARRAY_SIZE (defaults));
	begin ();
	EXPECT_FAILS (make_devices (), "'/dev' of the image may not be a symlink");
	EXPECT (file_says (in_root ("/volume/ptmx"), "precious"));
	EXPECT (!exists (in_root ("/volume/null")) && !exists (in_root ("/volume/fd")));
}

world_test (test_a_missing_dev_is_made_and_ptmx_replaced)
{
	world_make ();
	umask (0);
	use_devices (defaults, 1);
	EXPECT (mknod (in_root ("/dev/ptmx"), S_IFCHR | 0666, makedev (5, 2)) == 0);
	begin ();
	EXPECT_OK (make_devices ());
	expect_link (in_root ("/dev/ptmx"), "pts/ptmx");
}

world_test (test_without_the_right_to_make_nodes_the_hosts_are_bound)
{
	static const struct device_plan other[] = { { "c", "/dev/null", S_IFCHR, 1, 5, 0666 } };

	world_make ();
	add_mount ("/dev", "tmpfs", "tmpfs", "mode=755");
	use_devices (defaults, ARRAY_SIZE (defaults));
	world.inputs.in_userns = true;
	begin_and_mount ();
	EXPECT_OK (make_devices ());
	for (size_t i = 0; i < ARRAY_SIZE (defaults); i++) {
		EXPECT (!str_equal (mount_at (in_root (defaults[i].path)), ""));
		EXPECT (S_ISCHR (mode_of (in_root (defaults[i].path))));
	}
	/* again: they are there */
	EXPECT_OK (make_devices ());
	EXPECT (umount2 (in_root ("/dev/null"), MNT_DETACH) == 0);
	EXPECT (unlink (in_root ("/dev/null")) == 0);
	use_devices (other, 1);
	EXPECT_FAILS (make_devices (), "the host's '/dev/null' is not the character device 1:5");
}

world_test (test_bind_fd_over_makes_an_empty_file)
{
	int fd;

	world_make ();
	begin ();
	fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
	EXPECT_OK (rootfs_bind_fd_over (world.rootfs.root_fd, "dev/console", fd, &err));
	EXPECT (S_ISCHR (mode_of (in_root ("/dev/console"))));
	EXPECT (umount2 (in_root ("/dev/console"), MNT_DETACH) == 0);
	EXPECT (S_ISREG (mode_of (in_root ("/dev/console"))));
	EXPECT_OK (rootfs_bind_fd_over (world.rootfs.root_fd, "/dev/console", fd, &err));
	EXPECT (S_ISCHR (mode_of (in_root ("/dev/console"))));
}

/* SEC-18, SEC-22: CVE-2025-52565, CVE-2026-88264 */
world_test (test_bind_fd_over_follows_no_symlink)
{
	int fd;

	world_make ();
	EXPECT (symlink (on_host ("/made"), in_root ("/dev/console")) == 0);
	EXPECT (symlink ("dev", in_root ("/alias")) == 0);
	EXPECT (mkdir (in_root ("/dev/dir"), 0755) == 0);
	begin ();
	fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
	EXPECT_FAILS (rootfs_bind_fd_over (world.rootfs.root_fd, "dev/console", fd, &err),
		"'dev/console' may not be a symlink");
	EXPECT_FAILS (rootfs_bind_fd_over (world.rootfs.root_fd, "alias/x", fd, &err), "symbolic");
	EXPECT_FAILS (rootfs_bind_fd_over (world.rootfs.root_fd, "dev/dir", fd, &err),
		"may not be a directory");
	EXPECT (!exists (on_host ("/made")));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_default_devices_and_links),
		cmocka_unit_test (test_devices_of_the_config_have_exact_mode_and_owner),
		cmocka_unit_test (test_a_matching_node_is_left_alone),
		cmocka_unit_test (test_another_file_in_its_place_is_an_error),
		cmocka_unit_test (test_a_dev_that_is_a_symlink_is_refused),
		cmocka_unit_test (test_a_missing_dev_is_made_and_ptmx_replaced),
		cmocka_unit_test (test_without_the_right_to_make_nodes_the_hosts_are_bound),
		cmocka_unit_test (test_bind_fd_over_makes_an_empty_file),
		cmocka_unit_test (test_bind_fd_over_follows_no_symlink),
	};

	return cmocka_run_group_tests (tests, world_setup, world_teardown);
}
