/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/mem.h"
#include "base/rooted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* TOP/root is the root, TOP/outside is what must never be touched. */
static char top[] = "/tmp/test_rooted.XXXXXX";
static int top_fd, root_fd;
static struct error err;

static int
setup (void **state)
{
	strcpy (top, "/tmp/test_rooted.XXXXXX");
	if (!mkdtemp (top))
		return -1;
	umask (022);
	top_fd = open (top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat (top_fd, "root", 0755) < 0 || mkdirat (top_fd, "outside", 0755) < 0)
		return -1;
	root_fd = openat (top_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : 0;
}

static void
remove_tree (int dirfd, const char *name)
{
	int fd = openat (dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir (fd);
	struct dirent *entry;

	while (dir && (entry = readdir (dir)))
		if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0 &&
			unlinkat (fd, entry->d_name, 0) < 0)
			remove_tree (fd, entry->d_name);
	if (dir)
		closedir (dir);
	unlinkat (dirfd, name, AT_REMOVEDIR);
}

static size_t
count_entries (const char *name)
{
	int fd = openat (top_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir (fd);
	size_t n = 0;

	while (readdir (dir))
		n++;
	closedir (dir);
	return n - 2;
}

static int
teardown (void **state)
{
	size_t n = count_entries ("outside");

	close (root_fd);
	close (top_fd);
	remove_tree (AT_FDCWD, top);
	return n == 0 ? 0 : -1;
}

static void
make_dir (const char *path)
{
	assert_int_equal (mkdirat (root_fd, path, 0755), 0);
}

static void
make_link (const char *path, const char *target)
{
	assert_int_equal (symlinkat (target, root_fd, path), 0);
}

static void
make_file (const char *path)
{
	autofd fd = openat (root_fd, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	assert_true (fd >= 0);
}

/* That fd is what lies at `path` below the root, seen without following anything. */
static void
assert_is (int fd, const char *path)
{
	struct stat a, b;

	if (fd < 0)
		print_error ("%s\n", err.text);
	assert_true (fd >= 0);
	assert_int_equal (fcntl (fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal (fstat (fd, &a), 0);
	assert_int_equal (fstatat (root_fd, path, &b, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal (a.st_dev, b.st_dev);
	assert_int_equal (a.st_ino, b.st_ino);
	close (fd);
}

static void
assert_fails (int result, int code)
{
	assert_int_equal (result, -1);
	assert_int_equal (err.code, code);
}

static void
test_open_stays_in_the_root (void **state)
{
	make_dir ("a");
	make_dir ("a/b");
	make_link ("absolute", "/a/b");
	make_link ("a/relative", "b");
	make_link ("up", "../../../../a");
	make_link ("chain", "absolute/../relative");
	assert_is (rooted_open (root_fd, "/a/b", O_PATH, &err), "a/b");
	assert_is (rooted_open (root_fd, "a//b/", O_PATH, &err), "a/b");
	assert_is (rooted_open (root_fd, "/", O_PATH, &err), ".");
	assert_is (rooted_open (root_fd, "", O_PATH, &err), ".");
	assert_is (rooted_open (root_fd, "../../a/../../a", O_PATH, &err), "a");
	assert_is (rooted_open (root_fd, "absolute", O_PATH, &err), "a/b");
	assert_is (rooted_open (root_fd, "a/relative", O_PATH, &err), "a/b");
	assert_is (rooted_open (root_fd, "up", O_PATH, &err), "a");
	assert_is (rooted_open (root_fd, "chain", O_PATH, &err), "a/b");
	assert_is (rooted_open (root_fd, "chain", O_PATH | O_NOFOLLOW, &err), "chain");
	assert_fails (rooted_open (root_fd, "missing/x", O_PATH, &err), ENOENT);
	assert_non_null (strstr (err.text, "'missing/x'"));
	assert_fails (rooted_open (root_fd, "new", O_CREAT | O_RDWR, &err), EINVAL);
}

static void
test_no_symlinks_means_none (void **state)
{
	make_dir ("a");
	make_dir ("a/b");
	make_link ("link", "a");
	make_link ("a/last", "b");
	assert_is (rooted_open_no_symlinks (root_fd, "/a/b", O_PATH, &err), "a/b");
	assert_fails (rooted_open_no_symlinks (root_fd, "link/b", O_PATH, &err), ELOOP);
	assert_fails (rooted_open_no_symlinks (root_fd, "a/last", O_PATH, &err), ELOOP);
}

static void
test_loops_and_magic_links_are_refused (void **state)
{
	autofd proc = open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];

	make_link ("one", "two/x");
	make_link ("two", "one");
	assert_fails (rooted_open (root_fd, "one", O_PATH, &err), ELOOP);
	assert_fails (rooted_mkdir_all (root_fd, "one/a", 0755, &err), ELOOP);
	assert_fails (rooted_create_file (root_fd, "one", 0644, &err), ELOOP);
	snprintf (path, sizeof path, "%d/fd/%d", (int) getpid (), top_fd);
	assert_fails (rooted_open (proc, path, O_PATH, &err), ELOOP);
	assert_fails (rooted_mkdir_all (proc, path, 0755, &err), ELOOP);
	assert_fails (rooted_mkdir_all (proc, "not/there", 0755, &err), ENOENT);
	assert_fails (rooted_create_file (proc, "not_there", 0755, &err), ENOENT);
	snprintf (path, sizeof path, "%d/fd/%d/outside/x", (int) getpid (), top_fd);
	assert_fails (rooted_mkdir_all (proc, path, 0755, &err), ELOOP);
	assert_fails (rooted_create_file (proc, path, 0644, &err), ELOOP);
}

static void
test_mkdir_all_makes_what_is_missing (void **state)
{
	struct stat st;

	make_dir ("a");
	make_link ("to_a", "/a");
	assert_is (rooted_mkdir_all (root_fd, "/to_a/b/c", 0700, &err), "a/b/c");
	assert_int_equal (fstatat (root_fd, "a/b", &st, 0), 0);
	assert_int_equal (st.st_mode, S_IFDIR | 0700);
	assert_is (rooted_mkdir_all (root_fd, "a/b/c//d/./e//", 0755, &err), "a/b/c/d/e");
	assert_is (rooted_mkdir_all (root_fd, "new/../../other/x/../y", 0755, &err), "other/y");
	assert_is (rooted_open (root_fd, "new", O_PATH, &err), "new");
	assert_is (rooted_open (root_fd, "other/x", O_PATH, &err), "other/x");
	assert_is (rooted_mkdir_all (root_fd, "/", 0755, &err), ".");
}

static void
test_mkdir_all_makes_the_target_of_a_dangling_symlink (void **state)
{
	autofree char *outside = xasprintf ("%s/outside/x", top);
	autofree char *inside = xasprintf ("%s/z", outside);

	make_dir ("d");
	make_link ("dangling", outside);
	make_link ("d/up", "../../outside/y");
	make_link ("d/chain", "up/more");
	make_link ("d/slash", "/made/../also//");
	assert_is (rooted_mkdir_all (root_fd, "dangling/z", 0755, &err), inside + 1);
	assert_is (rooted_mkdir_all (root_fd, "d/chain/z", 0755, &err), "outside/y/more/z");
	assert_is (rooted_mkdir_all (root_fd, "d/slash/z", 0755, &err), "also/z");
	/* only because mkdir and ".." are taken one after the other, as mkdir -p does */
	assert_is (rooted_open (root_fd, "made", O_PATH, &err), "made");
}

static void
test_a_file_where_a_directory_should_be (void **state)
{
	make_file ("file");
	make_link ("link", "file");
	assert_fails (rooted_mkdir_all (root_fd, "file", 0755, &err), ENOTDIR);
	assert_fails (rooted_mkdir_all (root_fd, "link/x/y", 0755, &err), ENOTDIR);
	assert_fails (rooted_create_file (root_fd, "file/x", 0755, &err), ENOTDIR);
}

static void
test_create_file_makes_it_or_finds_it (void **state)
{
	autofree char *outside = xasprintf ("%s/outside/file", top);
	struct stat st;

	make_dir ("a");
	make_file ("a/file");
	make_link ("to_file", "/a/file");
	make_link ("dangling", "/../b/c/new");
	make_link ("a/next", "beside");
	make_link ("out", outside);
	assert_is (rooted_create_file (root_fd, "a/file", 0600, &err), "a/file");
	assert_is (rooted_create_file (root_fd, "to_file", 0600, &err), "a/file");
	assert_is (rooted_create_file (root_fd, "dangling", 0600, &err), "b/c/new");
	assert_is (rooted_create_file (root_fd, "a/next", 0600, &err), "a/beside");
	assert_is (rooted_create_file (root_fd, "out", 0600, &err), outside + 1);
	assert_is (rooted_create_file (root_fd, "x/y/../z/f", 0600, &err), "x/z/f");
	assert_is (rooted_create_file (root_fd, "trailing//", 0600, &err), "trailing");
	assert_int_equal (fstatat (root_fd, "b/c/new", &st, 0), 0);
	assert_int_equal (st.st_mode, S_IFREG | 0600);
	assert_int_equal (fstatat (root_fd, "b/c", &st, 0), 0);
	assert_int_equal (st.st_mode, S_IFDIR | 0755);
	assert_fails (rooted_create_file (root_fd, "a", 0600, &err), EISDIR);
	assert_fails (rooted_create_file (root_fd, "/", 0600, &err), EISDIR);
	assert_fails (rooted_create_file (root_fd, "new/..", 0600, &err), EISDIR);
}

static void
test_create_file_leaves_special_files_alone (void **state)
{
	assert_int_equal (mkfifoat (root_fd, "fifo", 0600), 0);
	/* an open that is not O_PATH would wait for a writer here */
	assert_is (rooted_create_file (root_fd, "fifo", 0600, &err), "fifo");
}

static void
test_open_parent (void **state)
{
	const char *name = NULL;

	make_dir ("a");
	make_link ("link", "/a");
	assert_is (rooted_open_parent (root_fd, "/link/b/name", &name, &err), "a/b");
	assert_string_equal (name, "name");
	assert_is (rooted_open_parent (root_fd, "name", &name, &err), ".");
	assert_is (rooted_open_parent (root_fd, "/link", &name, &err), ".");
	assert_string_equal (name, "link");
	assert_fails (rooted_open_parent (root_fd, "", &name, &err), EINVAL);
	assert_fails (rooted_open_parent (root_fd, "/", &name, &err), EINVAL);
	assert_fails (rooted_open_parent (root_fd, "a/..", &name, &err), EINVAL);
	assert_fails (rooted_open_parent (root_fd, "a/.", &name, &err), EINVAL);
	assert_fails (rooted_open_parent (root_fd, "a/", &name, &err), EINVAL);
}

static void
test_paths_too_long_are_errors (void **state)
{
	autofree char *path = xmalloc (3 * PATH_MAX);
	char component[NAME_MAX + 2];

	memset (component, 'n', sizeof component - 1);
	component[sizeof component - 1] = '\0';
	assert_fails (rooted_mkdir_all (root_fd, component, 0755, &err), ENAMETOOLONG);
	assert_fails (rooted_create_file (root_fd, component, 0755, &err), ENAMETOOLONG);
	for (size_t i = 0; i + 2 < 3 * PATH_MAX; i += 2)
		memcpy (path + i, "d/", 3);
	assert_fails (rooted_open (root_fd, path, O_PATH, &err), ENAMETOOLONG);
	assert_fails (rooted_mkdir_all (root_fd, path, 0755, &err), ENAMETOOLONG);
	assert_fails (rooted_create_file (root_fd, path, 0644, &err), ENAMETOOLONG);
	assert_non_null (strstr (err.text, error_errno_text (ENAMETOOLONG)));
	/* symlinks that are short each, and longer than PATH_MAX when put together */
	memset (path, '/', 3000);
	memcpy (path + 3000, "to", 3);
	make_link ("long1", path);
	make_link ("to", path + 1);
	path[PATH_MAX - 1] = '\0';
	memset (path, '/', PATH_MAX - 1);
	memcpy (path, "long1/x", 7);
	assert_fails (rooted_mkdir_all (root_fd, path, 0755, &err), ELOOP);
}

static void *
exchange (void *data)
{
	atomic_bool *stop = data;

	while (!atomic_load (stop))
		renameat2 (root_fd, "volume/dir", root_fd, "volume/link", RENAME_EXCHANGE);
	return NULL;
}

/* CVE-2021-30465, CVE-2024-45310: the fast exchange of a directory and a symlink. */
static void
race (const char *target)
{
	atomic_bool stop = false;
	pthread_t racer;
	size_t made = 0;

	make_dir ("volume");
	make_dir ("volume/dir");
	make_link ("volume/link", target);
	assert_int_equal (pthread_create (&racer, NULL, exchange, &stop), 0);
	for (int i = 0; i < 400; i++) {
		char path[64];
		int fd;

		snprintf (path, sizeof path, "volume/dir/%d/x", i);
		fd = i % 2 ? rooted_mkdir_all (root_fd, path, 0755, &err)
			   : rooted_create_file (root_fd, path, 0644, &err);
		if (fd >= 0) {
			close (fd);
			made++;
		}
		snprintf (path, sizeof path, "volume/dir/../dir/%d", i % 100);
		fd = rooted_mkdir_all (root_fd, path, 0755, &err);
		if (fd >= 0) {
			close (fd);
			made++;
		}
	}
	atomic_store (&stop, true);
	pthread_join (racer, NULL);
	assert_int_equal (count_entries ("outside"), 0);
	/* and it is not by failing always */
	assert_true (made > 400);
}

static void
test_a_racer_with_an_absolute_symlink_leads_nowhere (void **state)
{
	autofree char *outside = xasprintf ("%s/outside", top);

	race (outside);
}

static void
test_a_racer_with_a_relative_symlink_leads_nowhere (void **state)
{
	race ("../../outside");
}

static void *
exchange_new (void *data)
{
	atomic_bool *stop = data;

	while (!atomic_load (stop))
		renameat2 (root_fd, "new", root_fd, "link", RENAME_EXCHANGE);
	return NULL;
}

static void
test_a_directory_just_made_may_become_a_symlink (void **state)
{
	autofree char *outside = xasprintf ("%s/outside", top);
	atomic_bool stop = false;
	pthread_t racer;

	assert_int_equal (pthread_create (&racer, NULL, exchange_new, &stop), 0);
	for (int i = 0; i < 2000; i++) {
		int fd;

		make_link ("link", outside);
		fd = rooted_mkdir_all (root_fd, "new/x/y", 0755, &err);
		if (fd >= 0)
			close (fd);
		while (unlinkat (root_fd, "link", 0) < 0 && errno != ENOENT)
			remove_tree (root_fd, "link");
		while (unlinkat (root_fd, "new", 0) < 0 && errno != ENOENT)
			remove_tree (root_fd, "new");
		remove_tree (root_fd, "link");
	}
	atomic_store (&stop, true);
	pthread_join (racer, NULL);
	assert_int_equal (count_entries ("outside"), 0);
}

/* A kernel or a sandbox without the call. */
static void
hide_openat2 (void)
{
	struct sock_filter code[] = {
		BPF_STMT (BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE (code), code };

	if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit (2);
}

static void
test_without_openat2_the_error_says_so (void **state)
{
	pid_t pid = fork ();
	int status;

	if (pid == 0) {
		hide_openat2 ();
		if (rooted_mkdir_all (root_fd, "a", 0755, &err) >= 0 || err.code != ENOSYS ||
			!strstr (err.text, "openat2, which Linux has since 5.6"))
			_exit (1);
		_exit (0);
	}
	assert_int_equal (waitpid (pid, &status, 0), pid);
	assert_int_equal (status, 0);
}

#define test_in_root(f) cmocka_unit_test_setup_teardown (f, setup, teardown)

int
main (void)
{
	const struct CMUnitTest tests[] = {
		test_in_root (test_open_stays_in_the_root),
		test_in_root (test_no_symlinks_means_none),
		test_in_root (test_loops_and_magic_links_are_refused),
		test_in_root (test_mkdir_all_makes_what_is_missing),
		test_in_root (test_mkdir_all_makes_the_target_of_a_dangling_symlink),
		test_in_root (test_a_file_where_a_directory_should_be),
		test_in_root (test_create_file_makes_it_or_finds_it),
		test_in_root (test_create_file_leaves_special_files_alone),
		test_in_root (test_open_parent),
		test_in_root (test_paths_too_long_are_errors),
		test_in_root (test_a_racer_with_an_absolute_symlink_leads_nowhere),
		test_in_root (test_a_racer_with_a_relative_symlink_leads_nowhere),
		test_in_root (test_a_directory_just_made_may_become_a_symlink),
		test_in_root (test_without_openat2_the_error_says_so),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
