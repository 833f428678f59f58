/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp_cache: the cache of filters is used, and only when it can be trusted.
 */
#include "unit.h"
#include "base/auto.h"
#include "base/mem.h"
#include "child.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RET_ERRNO(n) (SECCOMP_RET_ERRNO | (n))

struct cache {
	char parent[64], directory[80], file[352];
	struct seccomp_rule rule;
	struct seccomp_plan plan;
	struct seccomp_filter good;
};

static void
find_file (struct cache *cache)
{
	DIR *stream = opendir (cache->directory);
	struct dirent *entry;
	int n = 0;

	assert_non_null (stream);
	while ((entry = readdir (stream)))
		if (entry->d_name[0] != '.' && ++n)
			snprintf (cache->file, sizeof cache->file, "%s/%s", cache->directory,
				entry->d_name);
	closedir (stream);
	assert_int_equal (n, 1);
}

static int
set_up_cache (void **state)
{
	static const char *names[] = { "getppid", NULL };
	struct cache *cache = xcalloc (1, sizeof *cache);
	struct error err;

	*state = cache;
	snprintf (cache->parent, sizeof cache->parent, "/tmp/davit-test-XXXXXX");
	assert_non_null (mkdtemp (cache->parent));
	snprintf (cache->directory, sizeof cache->directory, "%s/seccomp", cache->parent);
	cache->rule = (struct seccomp_rule){
		.at = "config.json:9: /linux/seccomp/syscalls/0",
		.names = names,
		.n_names = 1,
		.action = RET_ERRNO (EDOM),
	};
	cache->plan = (struct seccomp_plan){
		.at = "config.json:7: /linux/seccomp",
		.default_action = SECCOMP_RET_ALLOW,
		.rules = &cache->rule,
		.n_rules = 1,
	};
	assert_int_equal (seccomp_compile (&cache->plan, cache->directory, &cache->good, &err), 0);
	find_file (cache);
	return 0;
}

static int
tear_down_cache (void **state)
{
	struct cache *cache = *state;
	DIR *stream = opendir (cache->directory);
	struct dirent *entry;

	while (stream && (entry = readdir (stream)))
		unlinkat (dirfd (stream), entry->d_name, 0);
	if (stream)
		closedir (stream);
	rmdir (cache->directory);
	assert_int_equal (rmdir (cache->parent), 0);
	seccomp_filter_done (&cache->good);
	free (cache);
	return 0;
}

static ino_t
inode_of (const char *path)
{
	struct stat st;

	return stat (path, &st) < 0 ? 0 : st.st_ino;
}

/* Compiles again, and tells whether it came from the cache, which else has a new file after that. In
 * both cases it must be the same filter. A link keeps the old inode from being used again. */
static bool
is_hit (struct cache *cache)
{
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	ino_t before = inode_of (cache->file);
	char keep[160];
	struct error err;

	snprintf (keep, sizeof keep, "%s/keep", cache->parent);
	assert_int_equal (link (cache->file, keep), 0);
	assert_int_equal (seccomp_compile (&cache->plan, cache->directory, &filter, &err), 0);
	assert_int_equal (unlink (keep), 0);
	assert_int_equal (filter.length, cache->good.length);
	assert_int_equal (filter.flags, cache->good.flags);
	assert_memory_equal (
		filter.program, cache->good.program, filter.length * sizeof *filter.program);
	return inode_of (cache->file) == before;
}

static void
test_a_filter_comes_from_the_cache_the_second_time (void **state)
{
	struct cache *cache = *state;
	struct stat st;

	assert_int_equal (stat (cache->directory, &st), 0);
	assert_int_equal (st.st_mode & 07777, 0700);
	assert_int_equal (stat (cache->file, &st), 0);
	assert_int_equal (st.st_mode & 07777, 0600);
	assert_true (is_hit (cache));
}

static void
test_another_plan_is_another_filter (void **state)
{
	struct cache *cache = *state;
	struct seccomp_argument argument = { 1, SECCOMP_EQ, 3, 0 };
	const char *architectures[] = { "SCMP_ARCH_X86" }, *names[] = { "getpgid" };
	struct seccomp_rule rules[3] = { cache->rule, cache->rule, cache->rule };
	struct seccomp_plan plans[9];
	struct buffer base = { 0 };

	rules[0].action = RET_ERRNO (EXDEV);
	rules[1].names = names;
	rules[2].arguments = &argument;
	rules[2].n_arguments = 1;
	for (size_t i = 0; i < ARRAY_SIZE (plans); i++)
		plans[i] = cache->plan;
	for (size_t i = 0; i < ARRAY_SIZE (rules); i++)
		plans[i].rules = &rules[i];
	plans[3].default_action = SECCOMP_RET_LOG;
	plans[4].has_flags = true;
	plans[5].flags = SECCOMP_FILTER_FLAG_LOG;
	plans[6].notifies = true;
	plans[7].architectures = architectures;
	plans[7].n_architectures = 1;
	plans[8].n_rules = 0;
	seccomp_cache_key (&cache->plan, &base);
	for (size_t i = 0; i < ARRAY_SIZE (plans); i++) {
		struct buffer key = { 0 };

		seccomp_cache_key (&plans[i], &key);
		assert_true (key.size != base.size || memcmp (key.data, base.data, key.size) != 0);
		buffer_done (&key);
	}
	/* where it is written makes no difference */
	cache->rule.at = "elsewhere.json:1: ";
	assert_true (is_hit (cache));
	buffer_done (&base);
}

static void
change_byte (const char *path, off_t at, int from_end)
{
	int fd = open (path, O_RDWR | O_CLOEXEC);
	unsigned char byte;

	assert_true (fd >= 0);
	if (from_end)
		at = lseek (fd, 0, SEEK_END) - at;
	assert_int_equal (pread (fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal (pwrite (fd, &byte, 1, at), 1);
	close (fd);
}

#define CHECKSUM_AT 120

/* Makes the checksum right again: FNV-1a over the file with 0 in its place. */
static void
seal (const char *path)
{
	int fd = open (path, O_RDWR | O_CLOEXEC);
	uint64_t sum = UINT64_C (0xcbf29ce484222325);
	unsigned char data[4096];
	ssize_t n = pread (fd, data, sizeof data, 0);

	assert_true (n > CHECKSUM_AT + 8 && n < (ssize_t) sizeof data);
	memset (data + CHECKSUM_AT, 0, 8);
	for (ssize_t i = 0; i < n; i++)
		sum = (sum ^ data[i]) * UINT64_C (0x100000001b3);
	assert_int_equal (pwrite (fd, &sum, sizeof sum, CHECKSUM_AT), sizeof sum);
	close (fd);
}

static void
test_a_file_of_another_version_or_library_is_not_used (void **state)
{
	struct cache *cache = *state;
	/* format, davit, and device, inode, size and times of libseccomp */
	const off_t places[] = { 0, 20, 80, 88, 96, 104, 112 };

	seal (cache->file);
	assert_true (is_hit (cache));
	for (size_t i = 0; i < ARRAY_SIZE (places); i++) {
		change_byte (cache->file, places[i], false);
		seal (cache->file);
		assert_false (is_hit (cache));
		assert_true (is_hit (cache));
	}
}

static void
test_a_damaged_file_is_not_used (void **state)
{
	struct cache *cache = *state;
	struct stat st;

	assert_int_equal (stat (cache->file, &st), 0);
	for (off_t at = 120; at < st.st_size; at += 7) {
		change_byte (cache->file, at, false);
		assert_false (is_hit (cache));
	}
	change_byte (cache->file, 1, true);
	assert_false (is_hit (cache));
	for (off_t size = 0; size < st.st_size; size += 11) {
		assert_int_equal (truncate (cache->file, size), 0);
		assert_false (is_hit (cache));
	}
	assert_int_equal (truncate (cache->file, st.st_size + 8), 0);
	assert_false (is_hit (cache));
	assert_true (is_hit (cache));
}

static void
test_a_file_that_others_can_touch_is_not_used (void **state)
{
	struct cache *cache = *state;
	const mode_t modes[] = { 0644, 0620, 0602, 0640 };
	char real[160];

	for (size_t i = 0; i < ARRAY_SIZE (modes); i++) {
		assert_int_equal (chmod (cache->file, modes[i]), 0);
		assert_false (is_hit (cache));
	}
	if (geteuid () == 0) {
		assert_int_equal (chown (cache->file, 1000, 0), 0);
		assert_false (is_hit (cache));
	}
	snprintf (real, sizeof real, "%s/real", cache->parent);
	assert_int_equal (rename (cache->file, real), 0);
	assert_int_equal (symlink (real, cache->file), 0);
	assert_false (is_hit (cache));
	assert_int_equal (unlink (real), 0);
	assert_true (is_hit (cache));
}

static void
test_a_directory_that_others_can_touch_is_not_used (void **state)
{
	struct cache *cache = *state;
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	char real[160];
	struct error err;

	assert_int_equal (unlink (cache->file), 0);
	assert_int_equal (chmod (cache->directory, 0777), 0);
	assert_int_equal (seccomp_compile (&cache->plan, cache->directory, &filter, &err), 0);
	assert_int_equal (access (cache->file, F_OK), -1);
	assert_int_equal (chmod (cache->directory, 0700), 0);
	snprintf (real, sizeof real, "%s/real", cache->parent);
	assert_int_equal (rename (cache->directory, real), 0);
	assert_int_equal (symlink (real, cache->directory), 0);
	seccomp_filter_done (&filter);
	assert_int_equal (seccomp_compile (&cache->plan, cache->directory, &filter, &err), 0);
	assert_int_equal (access (cache->file, F_OK), -1);
	assert_int_equal (unlink (cache->directory), 0);
	assert_int_equal (rename (real, cache->directory), 0);
}

/* As if both plans had the same hash. */
static void
test_the_file_of_another_plan_is_not_used (void **state)
{
	struct cache *cache = *state;
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	char mine[352];
	struct error err;

	memcpy (mine, cache->file, sizeof mine);
	assert_int_equal (unlink (cache->file), 0);
	cache->rule.action = RET_ERRNO (EXDEV);
	assert_int_equal (seccomp_compile (&cache->plan, cache->directory, &filter, &err), 0);
	find_file (cache);
	assert_int_equal (rename (cache->file, mine), 0);
	memcpy (cache->file, mine, sizeof mine);
	cache->rule.action = RET_ERRNO (EDOM);
	assert_false (is_hit (cache));
}

static void
test_no_cache_is_no_error (void **state)
{
	struct cache *cache = *state;
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	struct error err;

	assert_int_equal (seccomp_compile (&cache->plan, "/nowhere/at/all", &filter, &err), 0);
	assert_int_equal (filter.length, cache->good.length);
	seccomp_filter_done (&filter);
	assert_int_equal (seccomp_compile (&cache->plan, NULL, &filter, &err), 0);
	assert_int_equal (filter.length, cache->good.length);
}

static size_t
count_files (const char *directory)
{
	DIR *stream = opendir (directory);
	struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir (stream)))
		n += entry->d_name[0] != '.';
	closedir (stream);
	return n;
}

static void
test_the_cache_does_not_grow_without_end (void **state)
{
	struct cache *cache = *state;
	struct error err;

	for (uint32_t i = 1; i <= SECCOMP_CACHE_ENTRIES + 10; i++) {
		AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };

		cache->rule.action = RET_ERRNO (i);
		assert_int_equal (
			seccomp_compile (&cache->plan, cache->directory, &filter, &err), 0);
		assert_true (count_files (cache->directory) <= SECCOMP_CACHE_ENTRIES);
	}
	assert_true (count_files (cache->directory) >= 5);
}

#define test(f) cmocka_unit_test_setup_teardown (f, set_up_cache, tear_down_cache)

int
main (void)
{
	const struct CMUnitTest tests[] = {
		test (test_a_filter_comes_from_the_cache_the_second_time),
		test (test_another_plan_is_another_filter),
		test (test_a_file_of_another_version_or_library_is_not_used),
		test (test_a_damaged_file_is_not_used),
		test (test_a_file_that_others_can_touch_is_not_used),
		test (test_a_directory_that_others_can_touch_is_not_used),
		test (test_the_file_of_another_plan_is_not_used),
		test (test_no_cache_is_no_error),
		test (test_the_cache_does_not_grow_without_end),
	};

	/* nothing comes into the cache then */
	if (!seccomp_is_built_in ())
		return 0;
	return cmocka_run_group_tests (tests, NULL, NULL);
}
