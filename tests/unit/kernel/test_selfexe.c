/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selfexe: the program's file is out of reach, whichever way was taken. The test executes itself:
 * with an argument it is the program that is protected.
 */
#include "unit.h"
#include "base/auto.h"
#include "base/fd.h"
#include "child.h"
#include "kernel/caps.h"
#include "kernel/selfexe.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define EXECUTABLE "/proc/self/exe"
#define KEPT_FD 57

static int variable = 41;
static int zeroed;
static const int constant = 17;
static const char *const relocated[] = { "made read-only by the linker, when it has put this in" };

static int
pid_in_text (void)
{
	return (int) getpid ();
}

static bool
is_mapped (const char *path)
{
	autofree char *maps = NULL;
	struct error err;

	EXPECT_OK (fd_read_file (AT_FDCWD, "/proc/self/maps", 1 << 20, &maps, NULL, &err));
	return strstr (maps, path) != NULL;
}

static void
own_path (char path[4096])
{
	ssize_t n = readlink (EXECUTABLE, path, 4095);

	EXPECT (n > 0);
	path[n] = '\0';
}

static bool
has_privilege (void)
{
	struct error err;
	uint64_t own;

	return caps_of_self (&own, &err) == 0 && (own & CAPABILITY_BIT (CAP_SYS_ADMIN));
}

static void
expect_out_of_reach (const char *path)
{
	char link[4096];
	int fd;

	own_path (link);
	EXPECT (strcmp (link, "/memfd:davit (deleted)") == 0);
	EXPECT (!is_mapped (path));
	fd = open (EXECUTABLE, O_RDONLY | O_CLOEXEC);
	EXPECT (fd >= 0 && selfexe_is_unwritable (fd));
	close (fd);
	/* busy as long as it is executed, and sealed for ever */
	fd = open (EXECUTABLE, O_RDWR | O_CLOEXEC);
	EXPECT (fd >= 0 || errno == ETXTBSY);
	EXPECT (fd < 0 || (write (fd, "x", 1) < 0 && errno == EPERM));
}

static void
move_out (void *data)
{
	char path[4096];
	struct error err;
	void *before = sbrk (0);
	struct stat st;

	own_path (path);
	variable++;
	zeroed--;
	EXPECT_OK (selfexe_move_out (&err));
	expect_out_of_reach (path);
	/* all that there was is there, and works */
	EXPECT (variable == 42 && zeroed == -1 && constant == 17);
	variable++;
	EXPECT (variable == 43 && pid_in_text () == getpid ());
	EXPECT (sbrk (0) >= before);
	for (int i = 0; i < 100; i++)
		free (malloc ((size_t) i * 5000));
	EXPECT (fstat (0, &st) == 0 || errno == EBADF);
	/* and for children, and once more */
	EXPECT (child_run ((void (*) (void *)) expect_out_of_reach, path) == 0);
	EXPECT_OK (selfexe_move_out (&err));
	expect_out_of_reach (path);
}

static size_t
read_whole (const char *path, char *buffer, size_t size)
{
	int fd = open (path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read (fd, buffer, size);

	EXPECT (n > 0);
	close (fd);
	return (size_t) n;
}

static void
move_out_and_look_the_same (void *data)
{
	static const char *const files[] = { "/proc/self/cmdline", "/proc/self/environ" };
	static char before[2][65536], after[65536];
	size_t sizes[2];
	struct error err;

	for (size_t i = 0; i < 2; i++)
		sizes[i] = read_whole (files[i], before[i], sizeof before[i]);
	EXPECT_OK (selfexe_move_out (&err));
	for (size_t i = 0; i < 2; i++)
		EXPECT (read_whole (files[i], after, sizeof after) == sizes[i] &&
			memcmp (before[i], after, sizes[i]) == 0);
}

static void
test_arguments_and_environment_are_seen_as_before (void **state)
{
	if (!has_privilege ())
		skip_because ("no CAP_SYS_ADMIN");
	assert_child_succeeds (move_out_and_look_the_same, NULL);
}

static void
test_the_program_moves_out_of_its_file (void **state)
{
	if (!has_privilege ())
		skip_because ("no CAP_SYS_ADMIN");
	assert_child_succeeds (move_out, NULL);
}

static void
read_only_data_stays_so (void *data)
{
	struct error err;

	signal (SIGSEGV, SIG_DFL); /* cmocka's would go on with the other tests */
	EXPECT_OK (selfexe_move_out (&err));
	*(volatile char *) data = 1;
}

static void
test_read_only_data_stays_read_only (void **state)
{
	void *places[] = { (void *) &constant, (void *) &relocated };

	if (!has_privilege ())
		skip_because ("no CAP_SYS_ADMIN");
	for (size_t i = 0; i < ARRAY_SIZE (places); i++) {
		int status = child_run (read_only_data_stays_so, places[i]);

		/* the sanitizers exit instead of dying */
		assert_true (WIFSIGNALED (status) ? WTERMSIG (status) == SIGSEGV
						  : WEXITSTATUS (status) > 1);
	}
}

static void
move_out_without_privilege (void *data)
{
	struct capability_sets none = { 0 };
	char path[4096];
	struct error err;

	own_path (path);
	EXPECT_OK (caps_apply (&none, &err));
	EXPECT_FAILS (selfexe_move_out (&err), "CAP_SYS_ADMIN");
	EXPECT (is_mapped (path));
}

static void
test_without_privilege_it_stays_where_it_is (void **state)
{
	assert_child_succeeds (move_out_without_privilege, NULL);
}

/* Started by `execute`: argv is { name, "copied" or "protected", path of the file, NULL }. */
static int
main_of_copy (char **argv)
{
	char name[17] = "", text[8] = "";
	struct error err;

	EXPECT (strcmp (argv[0], "/some/where/davit-test") == 0);
	EXPECT (argv[3] == NULL && strcmp (getenv ("DAVIT_TEST"), "kept") == 0);
	EXPECT (pread (KEPT_FD, text, sizeof text, 0) == 5 && strcmp (text, "fives") == 0);
	EXPECT_OK (selfexe_protect (argv, &err));
	expect_out_of_reach (argv[2]);
	EXPECT (prctl (PR_GET_NAME, name) == 0);
	EXPECT (strcmp (name, strcmp (argv[1], "copied") == 0 ? "davit-test" : argv[1]) == 0);
	return 0;
}

static void
prepare_execution (char path[4096])
{
	struct error err;
	int file = memfd_create ("kept", 0);

	own_path (path);
	EXPECT (file >= 0 && dup2 (file, KEPT_FD) == KEPT_FD && close (file) == 0);
	EXPECT_OK (fd_write_all (KEPT_FD, "fives", 5, "kept", &err));
	EXPECT (setenv ("DAVIT_TEST", "kept", 1) == 0);
}

static void
execute_a_copy (void *data)
{
	char path[4096];
	char *argv[] = { "/some/where/davit-test", "copied", path, NULL };
	struct error err;
	int executable = open (EXECUTABLE, O_RDONLY | O_CLOEXEC);

	EXPECT (executable >= 0);
	prepare_execution (path);
	EXPECT_OK (selfexe_execute_copy (executable, argv, &err));
}

static void
test_a_copy_gets_the_same_arguments_environment_fds_and_name (void **state)
{
	assert_child_succeeds (execute_a_copy, NULL);
}

static void
protect_without_privilege (void *data)
{
	struct capability_sets none = { 0 };
	char path[4096];
	char *argv[] = { "/some/where/davit-test", "copied", path, NULL };
	struct error err;

	prepare_execution (path);
	/* of another user, who gets no capabilities from an exec */
	EXPECT_OK (caps_apply (&none, &err));
	EXPECT (geteuid () != 0 || setresuid (1000, 1000, 1000) == 0 || errno == EPERM);
	EXPECT_OK (selfexe_protect (argv, &err));
	EXPECT (!"come here: it executes itself");
}

static void
test_without_privilege_a_copy_is_executed_and_that_once (void **state)
{
	assert_child_succeeds (protect_without_privilege, NULL);
}

static void
look_at_files (void *data)
{
	autofd memory = memfd_create ("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	autofd file = open (EXECUTABLE, O_RDONLY | O_CLOEXEC);

	EXPECT (memory >= 0 && file >= 0);
	EXPECT (!selfexe_is_unwritable (file));
	EXPECT (!selfexe_is_unwritable (memory));
	EXPECT (fcntl (memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0);
	/* the seals themselves have to be sealed; of these there is none that can go, but so is the rule */
	EXPECT (!selfexe_is_unwritable (memory));
	EXPECT (fcntl (memory, F_ADD_SEALS, F_SEAL_SEAL) == 0);
	EXPECT (selfexe_is_unwritable (memory));
}

static void
test_only_all_seals_are_enough (void **state)
{
	assert_child_succeeds (look_at_files, NULL);
}

/* A read-only mount of a writable file system says ST_RDONLY, and can be made writable again. */
static void
look_at_read_only_mount (void *data)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statfs fs;
	char path[64];
	autofd tree = open_tree (AT_FDCWD, EXECUTABLE, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	autofd file = -1;

	EXPECT (tree >= 0);
	EXPECT (mount_setattr (tree, "", AT_EMPTY_PATH, &read_only, sizeof read_only) == 0);
	snprintf (path, sizeof path, "/proc/self/fd/%d", tree);
	file = open (path, O_RDONLY | O_CLOEXEC);
	EXPECT (file >= 0 && fstatfs (file, &fs) == 0 && (fs.f_flags & ST_RDONLY));
	EXPECT (!selfexe_is_unwritable (file));
}

static void
test_a_read_only_mount_is_not_trusted (void **state)
{
	if (!has_privilege ())
		skip_because ("no CAP_SYS_ADMIN");
	assert_child_succeeds (look_at_read_only_mount, NULL);
}

int
main (int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_the_program_moves_out_of_its_file),
		cmocka_unit_test (test_arguments_and_environment_are_seen_as_before),
		cmocka_unit_test (test_read_only_data_stays_read_only),
		cmocka_unit_test (test_without_privilege_it_stays_where_it_is),
		cmocka_unit_test (test_a_copy_gets_the_same_arguments_environment_fds_and_name),
		cmocka_unit_test (test_without_privilege_a_copy_is_executed_and_that_once),
		cmocka_unit_test (test_only_all_seals_are_enough),
		cmocka_unit_test (test_a_read_only_mount_is_not_trusted),
	};

	if (argc > 1)
		return main_of_copy (argv);
	return cmocka_run_group_tests (tests, NULL, NULL);
}
