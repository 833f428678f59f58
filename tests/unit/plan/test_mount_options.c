/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/str.h"
#include "plan/mount_options.h"

#include <sys/mount.h>

#define MAX_WORDS 8

static struct arena arena;
static struct error err;

/* The options of a comma separated list of words. */
static struct mount_options
parse (const char *list)
{
	char *words[MAX_WORDS] = { NULL }, *rest = arena_strdup (&arena, list);
	struct mount_options options;
	size_t n = 0;

	memset (&options, 0xff, sizeof options);
	for (char *word; (word = strsep (&rest, ",")); n++)
		words[n] = word;
	if (mount_options_parse (&arena, words, n, &options, &err) < 0)
		print_error ("%s\n", err.text);
	assert_int_equal (mount_options_parse (&arena, words, n, &options, &err), 0);
	return options;
}

static int
teardown (void **state)
{
	arena_done (&arena);
	return 0;
}

static void
assert_attr (const char *words, uint64_t set, uint64_t clear)
{
	struct mount_options options = parse (words);

	assert_int_equal (options.attr_set, set);
	assert_int_equal (options.attr_clear, clear);
	assert_int_equal (options.rec_attr_set, 0);
	assert_int_equal (options.rec_attr_clear, 0);
	assert_null (options.data);
}

static void
assert_rec_attr (const char *words, uint64_t set, uint64_t clear)
{
	struct mount_options options = parse (words);

	assert_int_equal (options.rec_attr_set, set);
	assert_int_equal (options.rec_attr_clear, clear);
	assert_int_equal (options.attr_set, 0);
	assert_int_equal (options.attr_clear, 0);
	assert_null (options.data);
}

static void
assert_sb (const char *words, unsigned long set, unsigned long clear)
{
	struct mount_options options = parse (words);

	assert_int_equal (options.sb_flags, set);
	assert_int_equal (options.sb_flags_clear, clear);
	assert_null (options.data);
}

static bool
is_known (const char *word)
{
	for (size_t i = 0; i < mount_options_count (); i++)
		if (str_equal (mount_options_name (i), word))
			return true;
	return false;
}

/* runtime-spec 1.3, config.md, "Linux mount options", in its order; then crun's. */
static const char *const spec_words[] = { "async", "atime", "bind", "defaults", "dev", "diratime",
	"dirsync", "exec", "iversion", "lazytime", "loud", "mand", "noatime", "nodev", "nodiratime",
	"noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid",
	"nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount",
	"rexec", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime",
	"rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave",
	"rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared", "silent", "slave",
	"strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable", "idmap", "ridmap" };
static const char *const crun_words[] = { "copy-symlink", "dest-nofollow", "src-nofollow", "rsync",
	"rasync", "rdirsync", "rmand", "rnomand" };

static void
test_the_table_is_the_specs_list_and_cruns (void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE (spec_words); i++)
		if (!is_known (spec_words[i]))
			assert_string_equal (spec_words[i], "known");
	for (size_t i = 0; i < ARRAY_SIZE (crun_words); i++)
		if (!is_known (crun_words[i]))
			assert_string_equal (crun_words[i], "known");
	assert_int_equal (
		mount_options_count (), ARRAY_SIZE (spec_words) + ARRAY_SIZE (crun_words));
}

static void
test_the_table_is_sorted_and_no_word_is_data (void **state)
{
	for (size_t i = 0; i < mount_options_count (); i++) {
		if (i > 0)
			assert_true (
				strcmp (mount_options_name (i - 1), mount_options_name (i)) < 0);
		assert_null (parse (mount_options_name (i)).data);
	}
}

static void
test_attributes (void **state)
{
	assert_attr (
		"nosuid,nodev,noexec", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0);
	assert_attr ("suid,dev,exec", 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	assert_attr ("ro", MOUNT_ATTR_RDONLY, 0);
	assert_attr ("rw", 0, MOUNT_ATTR_RDONLY);
	assert_attr ("nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0);
	assert_attr ("symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW);
	assert_attr ("nodiratime", MOUNT_ATTR_NODIRATIME, 0);
	assert_attr ("diratime", 0, MOUNT_ATTR_NODIRATIME);
	assert_attr ("defaults", 0, 0);
	assert_attr ("", 0, 0);
}

static void
test_the_last_word_wins (void **state)
{
	assert_attr ("ro,rw", 0, MOUNT_ATTR_RDONLY);
	assert_attr ("rw,ro", MOUNT_ATTR_RDONLY, 0);
	assert_sb ("ro,rw", 0, MS_RDONLY);
	assert_sb ("sync,async", 0, MS_SYNCHRONOUS);
	assert_sb ("async,sync", MS_SYNCHRONOUS, 0);
	assert_attr ("nosuid,suid,nosuid", MOUNT_ATTR_NOSUID, 0);
	assert_rec_attr ("rro,rrw", 0, MOUNT_ATTR_RDONLY);
	assert_attr ("noatime,strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME);
}

static void
test_atime_is_one_field (void **state)
{
	assert_attr ("noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME);
	assert_attr ("strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME);
	assert_attr ("relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME);
	assert_attr ("strictatime,relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME);
	assert_attr ("noatime,atime", 0, MOUNT_ATTR__ATIME);
	assert_attr ("strictatime,nostrictatime", 0, MOUNT_ATTR__ATIME);
	assert_attr ("strictatime,atime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME);
	assert_attr ("noatime,norelatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME);
	assert_attr ("noatime,nodiratime", MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME,
		MOUNT_ATTR__ATIME);
}

static void
test_recursive_words_are_apart (void **state)
{
	assert_rec_attr ("rro,rnosuid,rnodev,rnoexec,rnosymfollow",
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			MOUNT_ATTR_NOSYMFOLLOW,
		0);
	assert_rec_attr ("rrw,rsuid,rdev,rexec,rsymfollow", 0,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			MOUNT_ATTR_NOSYMFOLLOW);
	assert_rec_attr ("rnoatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME);
	assert_rec_attr ("ratime", 0, MOUNT_ATTR__ATIME);
	assert_rec_attr ("rstrictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME);
	assert_rec_attr ("rrelatime", 0, MOUNT_ATTR__ATIME);
	assert_rec_attr ("rnorelatime", 0, MOUNT_ATTR__ATIME);
	assert_rec_attr ("rnostrictatime", 0, MOUNT_ATTR__ATIME);
	assert_rec_attr ("rnodiratime", MOUNT_ATTR_NODIRATIME, 0);
	assert_rec_attr ("rdiratime", 0, MOUNT_ATTR_NODIRATIME);
}

static void
test_superblock_flags (void **state)
{
	assert_sb ("sync,dirsync,mand", MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK, 0);
	assert_sb ("iversion,lazytime,silent", MS_I_VERSION | MS_LAZYTIME | MS_SILENT, 0);
	assert_sb ("noiversion,nolazytime,loud,nomand,async", 0,
		MS_I_VERSION | MS_LAZYTIME | MS_SILENT | MS_MANDLOCK | MS_SYNCHRONOUS);
	assert_sb ("ro", MS_RDONLY, 0);
	assert_sb ("rsync,rdirsync,rmand", MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK, 0);
	assert_sb ("rasync,rnomand", 0, MS_SYNCHRONOUS | MS_MANDLOCK);
}

static void
test_propagation_keeps_its_order (void **state)
{
	static const unsigned long all[] = { MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE,
		MS_SHARED | MS_REC, MS_SLAVE | MS_REC, MS_PRIVATE | MS_REC,
		MS_UNBINDABLE | MS_REC };
	struct mount_options options =
		parse ("shared,slave,private,unbindable,rshared,rslave,rprivate,runbindable");

	assert_int_equal (options.n_propagations, ARRAY_SIZE (all));
	assert_memory_equal (options.propagations, all, sizeof all);
}

static void
test_kinds_of_mounts (void **state)
{
	struct mount_options options = parse ("bind,idmap,src-nofollow,dest-nofollow");

	assert_true (
		options.bind && options.idmap && options.src_nofollow && options.dest_nofollow);
	assert_false (options.bind_recursive || options.idmap_recursive || options.remount ||
		      options.tmpcopyup || options.copy_symlink);
	options = parse ("rbind,ridmap,copy-symlink");
	assert_true (options.bind && options.bind_recursive && options.idmap &&
		     options.idmap_recursive && options.copy_symlink);
	assert_true (parse ("tmpcopyup").tmpcopyup);
	assert_true (parse ("remount").remount);
}

static void
test_other_words_are_the_file_systems (void **state)
{
	struct mount_options options = parse ("mode=755,,nosuid,size=64k,newinstance");

	assert_string_equal (options.data, "mode=755,size=64k,newinstance");
	assert_int_equal (options.attr_set, MOUNT_ATTR_NOSUID);
	assert_null (parse ("").data);
	assert_string_equal (parse ("RO,ro ").data, "RO,ro ");
}

static void
test_words_that_exclude_each_other (void **state)
{
	static char *const lists[][2] = { { "bind", "tmpcopyup" }, { "tmpcopyup", "rbind" },
		{ "remount", "tmpcopyup" }, { "idmap", "remount" },
		{ "src-nofollow", "copy-symlink" }, { "bind", "idmap=uids=0-1-1" },
		{ "bind", "ridmap=uids=0-1-1" } };

	for (size_t i = 0; i < ARRAY_SIZE (lists); i++) {
		struct mount_options options;

		assert_int_equal (mount_options_parse (&arena, lists[i], 2, &options, &err), -1);
		assert_int_equal (err.code, 0);
	}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_the_table_is_the_specs_list_and_cruns),
		cmocka_unit_test (test_the_table_is_sorted_and_no_word_is_data),
		cmocka_unit_test (test_attributes),
		cmocka_unit_test (test_the_last_word_wins),
		cmocka_unit_test (test_atime_is_one_field),
		cmocka_unit_test (test_recursive_words_are_apart),
		cmocka_unit_test (test_superblock_flags),
		cmocka_unit_test (test_propagation_keeps_its_order),
		cmocka_unit_test (test_kinds_of_mounts),
		cmocka_unit_test (test_other_words_are_the_file_systems),
		cmocka_unit_test (test_words_that_exclude_each_other),
	};

	return cmocka_run_group_tests (tests, NULL, teardown);
}
