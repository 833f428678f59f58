/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Entering the root, and what is hidden or read-only in it; also on kernels without mount_setattr.
 */
#include "world.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define PATHS 8
static struct path_plan masked[PATHS], readonly[PATHS];

static void
mask (const char *path)
{
	world.plan.masked_paths = masked;
	masked[world.plan.n_masked_paths++] = (struct path_plan){ "at", path };
}

static void
make_readonly (const char *path)
{
	world.plan.readonly_paths = readonly;
	readonly[world.plan.n_readonly_paths++] = (struct path_plan){ "at", path };
}

static bool
is_null (const char *path)
{
	struct stat st;

	return stat (path, &st) == 0 && S_ISCHR (st.st_mode) && st.st_rdev == makedev (1, 3);
}

static unsigned long
flags_of (const char *path)
{
	struct statvfs fs;

	EXPECT (statvfs (path, &fs) == 0);
	return fs.f_flag;
}

static size_t
links_of (const char *path)
{
	struct stat st;

	EXPECT (stat (path, &st) == 0);
	return st.st_nlink;
}

static dev_t
device_of (const char *path)
{
	struct stat st;

	EXPECT (stat (path, &st) == 0);
	return st.st_dev;
}

/* What a masked world is like inside, whatever the way there. */
static void
mask_everything (void)
{
	EXPECT (mkdir (in_root ("/secrets"), 0755) == 0);
	EXPECT (mkdir (in_root ("/more"), 0755) == 0 && mkdir (in_root ("/even"), 0755) == 0);
	write_file (in_root ("/secrets/key"), "secret");
	write_file (in_root ("/tmp/file"), "secret");
	write_file (in_root ("/tmp/other"), "secret");
	EXPECT (symlink ("/tmp/other", in_root ("/link")) == 0);
	mask ("/secrets");
	mask ("/more");
	mask ("/even");
	mask ("/tmp/file");
	mask ("/link");
	mask ("/missing/path");
	mask ("/tmp/file/below");
}

static void
expect_everything_masked (void)
{
	EXPECT (!exists ("/secrets/key") && links_of ("/secrets") == 2);
	EXPECT (flags_of ("/secrets") & ST_RDONLY && flags_of ("/secrets") & ST_NOEXEC);
	EXPECT (device_of ("/secrets") == device_of ("/more") &&
		device_of ("/more") == device_of ("/even"));
	EXPECT (mkdir ("/secrets/x", 0755) < 0 && errno == EROFS);
	EXPECT (is_null ("/tmp/file") && is_null ("/tmp/other"));
	EXPECT (!exists ("/missing"));
}

world_test (test_masked_paths)
{
	world_make ();
	mask_everything ();
	begin ();
	enter_and_finish ();
	expect_everything_masked ();
}

/* Its name alone must not decide, and a first try that fails not spoil the mask of the next. */
world_test (test_a_directory_with_the_name_of_a_usual_file_is_masked)
{
	world_make ();
	EXPECT (mkdir (in_root ("/proc"), 0755) == 0 || errno == EEXIST);
	EXPECT (mkdir (in_root ("/proc/keys"), 0755) == 0);
	write_file (in_root ("/proc/keys/key"), "secret");
	write_file (in_root ("/proc/timer_list"), "secret");
	write_file (in_root ("/proc/kcore"), "secret");
	mask ("/proc/keys");
	mask ("/proc/timer_list");
	mask ("/proc/kcore");
	mask ("/proc/latency_stats");
	begin ();
	enter_and_finish ();
	EXPECT (!exists ("/proc/keys/key") && links_of ("/proc/keys") == 2);
	EXPECT (is_null ("/proc/timer_list") && is_null ("/proc/kcore"));
}

/* SEC-17: CVE-2025-31133 */
world_test (test_the_containers_null_is_not_trusted)
{
	world_make ();
	write_file (in_root ("/tmp/target"), "precious");
	write_file (in_root ("/tmp/file"), "secret");
	EXPECT (symlink ("/tmp/target", in_root ("/dev/null")) == 0);
	mask ("/tmp/file");
	begin ();
	enter_and_finish ();
	EXPECT (is_null ("/tmp/file"));
	EXPECT (file_says ("/tmp/target", "precious"));
}

/* While the container waits, /proc/1/fd must be no way around. */
world_test (test_no_fd_of_what_is_hidden_or_read_only_stays_open)
{
	struct stat secret, writable, st;

	world_make ();
	mask_everything ();
	make_readonly ("/dev");
	make_readonly ("/proc");
	EXPECT (stat (in_root ("/tmp/file"), &secret) == 0);
	EXPECT (stat (in_root ("/dev"), &writable) == 0);
	begin ();
	enter_and_finish ();
	expect_everything_masked ();
	for (int fd = 3; fd < 256; fd++) {
		if (fstat (fd, &st) < 0 || st.st_dev != secret.st_dev)
			continue;
		EXPECT (st.st_ino != secret.st_ino);
		EXPECT (st.st_ino != writable.st_ino);
	}
}

world_test (test_readonly_paths_keep_what_they_had)
{
	world_make ();
	add_mount ("/data", "tmpfs", "tmpfs", "nosuid,nodev,noexec,mode=755");
	add_mount ("/data/sub", "tmpfs", "tmpfs", "nosuid");
	make_readonly ("/data");
	make_readonly ("/tmp/file");
	make_readonly ("/missing");
	write_file (in_root ("/tmp/file"), "text");
	begin_and_mount ();
	write_file (in_root ("/data/file"), "text");
	enter_and_finish ();
	EXPECT (file_says ("/data/file", "text") && file_says ("/tmp/file", "text"));
	EXPECT (open ("/data/file", O_WRONLY) < 0 && errno == EROFS);
	EXPECT (open ("/tmp/file", O_WRONLY) < 0 && errno == EROFS);
	EXPECT (mkdir ("/data/sub/x", 0755) < 0 && errno == EROFS);
	EXPECT ((flags_of ("/data") & (ST_NOSUID | ST_NODEV | ST_NOEXEC)) ==
		(ST_NOSUID | ST_NODEV | ST_NOEXEC));
	EXPECT (mkdir ("/tmp/x", 0755) == 0);
}

world_test (test_entering_leaves_nothing_of_the_host)
{
	char cwd[256];

	world_make ();
	write_file (in_root ("/tmp/here"), "text");
	begin ();
	enter_and_finish ();
	EXPECT (getcwd (cwd, sizeof cwd) && str_equal (cwd, "/"));
	EXPECT (exists ("/tmp/here") && !exists ("/usr") && !exists (world_top));
	EXPECT (chdir ("..") == 0 && exists ("tmp/here"));
	EXPECT (mount ("proc", "/proc", "proc", 0, NULL) == 0);
	/* one line of mountinfo for the root, and none above it */
	EXPECT (mount_has ("/", "tmpfs world"));
	EXPECT (str_equal (mount_at ("/proc/.."), ""));
}

/* How many mounts of type proc there are in what an open mountinfo has. */
static size_t
count_procs (FILE *mountinfo)
{
	char line[4096];
	size_t n = 0;

	while (fgets (line, sizeof line, mountinfo))
		n += strstr (line, " - proc ") != NULL;
	return n;
}

world_test (test_without_pivot_the_hosts_proc_is_gone_too)
{
	/* as long as it is open it goes on telling of all that is below the old root */
	FILE *mountinfo;
	char cwd[256];

	world_make ();
	write_file (in_root ("/tmp/here"), "text");
	mask_everything ();
	add_mount ("/proc", "proc", "proc", "");
	world.inputs.no_pivot = true;
	begin_and_mount ();
	mountinfo = fopen ("/proc/self/mountinfo", "re");
	EXPECT (mountinfo && count_procs (mountinfo) >= 2);
	rewind (mountinfo);
	enter_and_finish ();
	EXPECT (count_procs (mountinfo) == 1);
	EXPECT (getcwd (cwd, sizeof cwd) && str_equal (cwd, "/"));
	EXPECT (exists ("/tmp/here") && !exists ("/usr"));
	EXPECT (exists ("/proc/self"));
	expect_everything_masked ();
}

world_test (test_root_is_read_only_but_not_what_is_mounted_in_it)
{
	struct process_plan process = { .cwd = "/job/dir" };

	world_make ();
	add_mount ("/tmp", "tmpfs", "tmpfs", "");
	world.plan.root.readonly = true;
	world.plan.process = &process;
	begin_and_mount ();
	enter_and_finish ();
	EXPECT (mkdir ("/x", 0755) < 0 && errno == EROFS);
	EXPECT (mkdir ("/tmp/x", 0755) == 0);
	/* it was made before the root became read-only */
	EXPECT (S_ISDIR (mode_of ("/job/dir")));
}

static void
expect_root_propagation (unsigned long flag, const char *part, bool is_there)
{
	EXPECT (mount (NULL, world_top, NULL, MS_SHARED, NULL) == 0);
	/* a fd keeps the outer namespace, and with it what a slave is a slave of */
	EXPECT (open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC) >= 0);
	EXPECT (unshare (CLONE_NEWNS) == 0);
	world.plan.root.propagation = flag;
	world.plan.root.readonly = true;
	begin ();
	enter_and_finish ();
	EXPECT (mount ("proc", "/proc", "proc", 0, NULL) == 0);
	EXPECT ((strstr (mount_at ("/"), part) != NULL) == is_there);
	EXPECT (flags_of ("/") & ST_RDONLY);
}

world_test (test_root_propagation_shared)
{
	world_make ();
	expect_root_propagation (MS_SHARED | MS_REC, "shared:", true);
}

world_test (test_root_propagation_private)
{
	world_make ();
	expect_root_propagation (MS_PRIVATE | MS_REC, "master:", false);
}

world_test (test_root_propagation_slave)
{
	world_make ();
	expect_root_propagation (MS_SLAVE, "master:", true);
}

world_test (test_root_propagation_unbindable)
{
	world_make ();
	expect_root_propagation (MS_UNBINDABLE, "unbindable", true);
}

/* SEC-14: CVE-2024-21626 */
world_test (test_cwd_is_inside)
{
	char path[64];
	int fd;

	world_make ();
	EXPECT (mkdir (in_root ("/tmp/dir"), 0755) == 0);
	EXPECT (symlink ("/tmp/dir", in_root ("/link")) == 0);
	add_mount ("/proc", "proc", "proc", "");
	begin_and_mount ();
	fd = open ("/usr", O_RDONLY | O_DIRECTORY);
	enter_and_finish ();
	EXPECT_OK (rootfs_enter_cwd ("/tmp/dir", &err));
	EXPECT_OK (rootfs_enter_cwd ("/link", &err));
	EXPECT (getcwd (path, sizeof path) && str_equal (path, "/tmp/dir"));
	EXPECT_OK (rootfs_enter_cwd ("/", &err));
	EXPECT_FAILS (rootfs_enter_cwd ("/proc/self/cwd", &err), "/proc/self/cwd");
	snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
	EXPECT_FAILS (rootfs_enter_cwd (path, &err), path);
	snprintf (path, sizeof path, "/proc/self/fd/%d/..", fd);
	EXPECT_FAILS (rootfs_enter_cwd (path, &err), path);
	EXPECT_FAILS (rootfs_enter_cwd ("tmp", &err), "is not absolute");
	EXPECT_FAILS (rootfs_enter_cwd ("/missing", &err), "no such file");
	EXPECT (err.code == ENOENT);
}

/* Linux 5.11 and before, or a sandbox that does not know the call. */
static void
hide_mount_setattr (void)
{
	struct sock_filter code[] = {
		BPF_STMT (BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_mount_setattr, 1, 0),
		BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 467 /* open_tree_attr */, 0, 1),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE (code), code };

	EXPECT (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

world_test (test_before_linux_5_12_all_this_works_but_recursion)
{
	world_make ();
	mask_everything ();
	EXPECT (mkdir (on_host ("/dir"), 0755) == 0);
	write_file (on_host ("/file"), "text");
	write_file (in_root ("/etc"), "text");
	add_mount ("/ro", "none", on_host ("/dir"), "rbind,ro,nosuid,rprivate");
	add_mount ("/file", "none", on_host ("/file"), "bind,ro");
	add_mount ("/run", "tmpfs", "tmpfs", "ro,rshared");
	make_readonly ("/etc");
	make_readonly ("/dev");
	world.plan.root.readonly = true;
	hide_mount_setattr ();
	begin_and_mount ();
	EXPECT (mount_has (in_root ("/ro"), "ro,nosuid,relatime"));
	EXPECT (mount_has (in_root ("/run"), "shared:"));
	EXPECT_OK (rootfs_enter (&world.rootfs, &err));
	EXPECT_OK (rootfs_finish (&world.rootfs, &err));
	expect_everything_masked ();
	EXPECT (open ("/file", O_WRONLY) < 0 && errno == EROFS);
	EXPECT (open ("/etc", O_WRONLY) < 0 && errno == EROFS);
	EXPECT (mkdir ("/dev/x", 0755) < 0 && errno == EROFS);
	EXPECT (mkdir ("/run/x", 0755) < 0 && errno == EROFS);
	EXPECT (mkdir ("/x", 0755) < 0 && errno == EROFS);
}

/* Linux 5.12 to 6.14 */
static void
hide_open_tree_attr (void)
{
	struct sock_filter code[] = {
		BPF_STMT (BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 467, 0, 1),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE (code), code };

	EXPECT (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

world_test (test_before_linux_6_15_readonly_paths_are_made_in_two_calls)
{
	world_make ();
	add_mount ("/data", "tmpfs", "tmpfs", "mode=755");
	add_mount ("/data/sub", "tmpfs", "tmpfs", "");
	make_readonly ("/data");
	make_readonly ("/tmp");
	hide_open_tree_attr ();
	begin_and_mount ();
	enter_and_finish ();
	EXPECT (mkdir ("/data/sub/x", 0755) < 0 && errno == EROFS);
	EXPECT (mkdir ("/tmp/x", 0755) < 0 && errno == EROFS);
}

world_test (test_before_linux_5_12_recursion_is_an_error)
{
	world_make ();
	add_mount ("/ro", "none", world_host, "rbind,rro");
	hide_mount_setattr ();
	begin ();
	EXPECT_FAILS (mount_all (), "mount_setattr came with Linux 5.12");
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_masked_paths),
		cmocka_unit_test (test_a_directory_with_the_name_of_a_usual_file_is_masked),
		cmocka_unit_test (test_the_containers_null_is_not_trusted),
		cmocka_unit_test (test_no_fd_of_what_is_hidden_or_read_only_stays_open),
		cmocka_unit_test (test_readonly_paths_keep_what_they_had),
		cmocka_unit_test (test_entering_leaves_nothing_of_the_host),
		cmocka_unit_test (test_without_pivot_the_hosts_proc_is_gone_too),
		cmocka_unit_test (test_root_is_read_only_but_not_what_is_mounted_in_it),
		cmocka_unit_test (test_root_propagation_shared),
		cmocka_unit_test (test_root_propagation_private),
		cmocka_unit_test (test_root_propagation_slave),
		cmocka_unit_test (test_root_propagation_unbindable),
		cmocka_unit_test (test_cwd_is_inside),
		cmocka_unit_test (test_before_linux_5_12_all_this_works_but_recursion),
		cmocka_unit_test (test_before_linux_6_15_readonly_paths_are_made_in_two_calls),
		cmocka_unit_test (test_before_linux_5_12_recursion_is_an_error),
	};

	return cmocka_run_group_tests (tests, world_setup, world_teardown);
}
