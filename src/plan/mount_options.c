/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/mount_options.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"

#include <stdlib.h>
#include <sys/mount.h>

/* What a word does with its row's value. */
enum action {
	NOTHING,
	ATTR_SET,
	ATTR_CLEAR,
	ATIME_SET, /* atime is one field of three values, not three bits */
	ATIME_NOT, /* "not that one": back to the kernel's default, relatime */
	SB_SET,
	SB_CLEAR,
	READ_ONLY, /* of the mount and, where it is a new one, of the superblock */
	READ_WRITE,
	PROPAGATION,
	FLAG, /* value is the offset of a bool */
};

enum reach { ONE, TREE };

struct row {
	const char *name;
	enum action action;
	enum reach reach;
	unsigned long value;
	unsigned long more; /* FLAG: the offset of a second bool */
};

#define FIELD(name) offsetof (struct mount_options, name)

/* In strcmp order. Source: runtime-spec 1.3 config.md "Linux mount options". From crun:
 * copy-symlink, dest-nofollow, src-nofollow and r*sync, r*mand: a superblock has no tree, so that these
 * do what the words without the r do. */
static const struct row table[] = {
	{ "async", SB_CLEAR, ONE, MS_SYNCHRONOUS },
	{ "atime", ATIME_NOT, ONE, MOUNT_ATTR_NOATIME },
	{ "bind", FLAG, ONE, FIELD (bind), FIELD (bind) },
	{ "copy-symlink", FLAG, ONE, FIELD (copy_symlink), FIELD (copy_symlink) },
	{ "defaults", NOTHING },
	{ "dest-nofollow", FLAG, ONE, FIELD (dest_nofollow), FIELD (dest_nofollow) },
	{ "dev", ATTR_CLEAR, ONE, MOUNT_ATTR_NODEV },
	{ "diratime", ATTR_CLEAR, ONE, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", SB_SET, ONE, MS_DIRSYNC },
	{ "exec", ATTR_CLEAR, ONE, MOUNT_ATTR_NOEXEC },
	{ "idmap", FLAG, ONE, FIELD (idmap), FIELD (idmap) },
	{ "iversion", SB_SET, ONE, MS_I_VERSION },
	{ "lazytime", SB_SET, ONE, MS_LAZYTIME },
	{ "loud", SB_CLEAR, ONE, MS_SILENT },
	{ "mand", SB_SET, ONE, MS_MANDLOCK },
	{ "noatime", ATIME_SET, ONE, MOUNT_ATTR_NOATIME },
	{ "nodev", ATTR_SET, ONE, MOUNT_ATTR_NODEV },
	{ "nodiratime", ATTR_SET, ONE, MOUNT_ATTR_NODIRATIME },
	{ "noexec", ATTR_SET, ONE, MOUNT_ATTR_NOEXEC },
	{ "noiversion", SB_CLEAR, ONE, MS_I_VERSION },
	{ "nolazytime", SB_CLEAR, ONE, MS_LAZYTIME },
	{ "nomand", SB_CLEAR, ONE, MS_MANDLOCK },
	{ "norelatime", ATIME_NOT, ONE, MOUNT_ATTR_RELATIME },
	{ "nostrictatime", ATIME_NOT, ONE, MOUNT_ATTR_STRICTATIME },
	{ "nosuid", ATTR_SET, ONE, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", ATTR_SET, ONE, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", PROPAGATION, ONE, MS_PRIVATE },
	{ "rasync", SB_CLEAR, ONE, MS_SYNCHRONOUS },
	{ "ratime", ATIME_NOT, TREE, MOUNT_ATTR_NOATIME },
	{ "rbind", FLAG, ONE, FIELD (bind), FIELD (bind_recursive) },
	{ "rdev", ATTR_CLEAR, TREE, MOUNT_ATTR_NODEV },
	{ "rdiratime", ATTR_CLEAR, TREE, MOUNT_ATTR_NODIRATIME },
	{ "rdirsync", SB_SET, ONE, MS_DIRSYNC },
	{ "relatime", ATIME_SET, ONE, MOUNT_ATTR_RELATIME },
	{ "remount", FLAG, ONE, FIELD (remount), FIELD (remount) },
	{ "rexec", ATTR_CLEAR, TREE, MOUNT_ATTR_NOEXEC },
	{ "ridmap", FLAG, ONE, FIELD (idmap), FIELD (idmap_recursive) },
	{ "rmand", SB_SET, ONE, MS_MANDLOCK },
	{ "rnoatime", ATIME_SET, TREE, MOUNT_ATTR_NOATIME },
	{ "rnodev", ATTR_SET, TREE, MOUNT_ATTR_NODEV },
	{ "rnodiratime", ATTR_SET, TREE, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", ATTR_SET, TREE, MOUNT_ATTR_NOEXEC },
	{ "rnomand", SB_CLEAR, ONE, MS_MANDLOCK },
	{ "rnorelatime", ATIME_NOT, TREE, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", ATIME_NOT, TREE, MOUNT_ATTR_STRICTATIME },
	{ "rnosuid", ATTR_SET, TREE, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", ATTR_SET, TREE, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", READ_ONLY, ONE },
	{ "rprivate", PROPAGATION, TREE, MS_PRIVATE },
	{ "rrelatime", ATIME_SET, TREE, MOUNT_ATTR_RELATIME },
	{ "rro", ATTR_SET, TREE, MOUNT_ATTR_RDONLY },
	{ "rrw", ATTR_CLEAR, TREE, MOUNT_ATTR_RDONLY },
	{ "rshared", PROPAGATION, TREE, MS_SHARED },
	{ "rslave", PROPAGATION, TREE, MS_SLAVE },
	{ "rstrictatime", ATIME_SET, TREE, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", ATTR_CLEAR, TREE, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", ATTR_CLEAR, TREE, MOUNT_ATTR_NOSYMFOLLOW },
	{ "rsync", SB_SET, ONE, MS_SYNCHRONOUS },
	{ "runbindable", PROPAGATION, TREE, MS_UNBINDABLE },
	{ "rw", READ_WRITE, ONE },
	{ "shared", PROPAGATION, ONE, MS_SHARED },
	{ "silent", SB_SET, ONE, MS_SILENT },
	{ "slave", PROPAGATION, ONE, MS_SLAVE },
	{ "src-nofollow", FLAG, ONE, FIELD (src_nofollow), FIELD (src_nofollow) },
	{ "strictatime", ATIME_SET, ONE, MOUNT_ATTR_STRICTATIME },
	{ "suid", ATTR_CLEAR, ONE, MOUNT_ATTR_NOSUID },
	{ "symfollow", ATTR_CLEAR, ONE, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", SB_SET, ONE, MS_SYNCHRONOUS },
	{ "tmpcopyup", FLAG, ONE, FIELD (tmpcopyup), FIELD (tmpcopyup) },
	{ "unbindable", PROPAGATION, ONE, MS_UNBINDABLE },
};

/* What excludes each other: both can't be done, whichever comes last. */
static const struct {
	size_t a, b; /* offsets of bools */
	const char *why;
} exclusions[] = {
	{ FIELD (tmpcopyup), FIELD (bind), "tmpcopyup is for a new tmpfs, not for a bind mount" },
	{ FIELD (tmpcopyup), FIELD (remount), "tmpcopyup is for a new tmpfs, not for a remount" },
	{ FIELD (idmap), FIELD (remount), "ids can be mapped when a mount is made, and not later" },
	{ FIELD (copy_symlink), FIELD (src_nofollow),
		"copy-symlink copies a symlink, src-nofollow mounts it" },
};

static int
compare_to_row (const void *key, const void *row)
{
	return strcmp (key, ((const struct row *) row)->name);
}

static void
set_bits (uint64_t *set, uint64_t *clear, uint64_t bits)
{
	*set |= bits;
	*clear &= ~bits;
}

static void
apply_atime (struct mount_options *options, const struct row *row)
{
	uint64_t *set = row->reach == TREE ? &options->rec_attr_set : &options->attr_set;
	uint64_t *clear = row->reach == TREE ? &options->rec_attr_clear : &options->attr_clear;

	/* The kernel changes the field as a whole or not at all. */
	*clear |= MOUNT_ATTR__ATIME;
	if (row->action == ATIME_SET)
		*set = (*set & ~(uint64_t) MOUNT_ATTR__ATIME) | row->value;
	else if ((*set & MOUNT_ATTR__ATIME) == row->value)
		*set &= ~(uint64_t) MOUNT_ATTR__ATIME;
}

static void
apply_attr (struct mount_options *options, const struct row *row)
{
	uint64_t *set = row->reach == TREE ? &options->rec_attr_set : &options->attr_set;
	uint64_t *clear = row->reach == TREE ? &options->rec_attr_clear : &options->attr_clear;

	if (row->action == ATTR_SET)
		set_bits (set, clear, row->value);
	else
		set_bits (clear, set, row->value);
}

static void
apply_superblock (struct mount_options *options, unsigned long flag, enum action action)
{
	unsigned long *on = action == SB_SET ? &options->sb_flags : &options->sb_flags_clear;
	unsigned long *off = action == SB_SET ? &options->sb_flags_clear : &options->sb_flags;

	*on |= flag;
	*off &= ~flag;
}

static void
apply (struct mount_options *options, const struct row *row)
{
	switch (row->action) {
	case NOTHING:
		break;
	case ATTR_SET:
	case ATTR_CLEAR:
		apply_attr (options, row);
		break;
	case ATIME_SET:
	case ATIME_NOT:
		apply_atime (options, row);
		break;
	case SB_SET:
	case SB_CLEAR:
		apply_superblock (options, row->value, row->action);
		break;
	case READ_ONLY:
		set_bits (&options->attr_set, &options->attr_clear, MOUNT_ATTR_RDONLY);
		apply_superblock (options, MS_RDONLY, SB_SET);
		break;
	case READ_WRITE:
		set_bits (&options->attr_clear, &options->attr_set, MOUNT_ATTR_RDONLY);
		apply_superblock (options, MS_RDONLY, SB_CLEAR);
		break;
	case PROPAGATION:
		options->propagations[options->n_propagations++] =
			row->value | (row->reach == TREE ? MS_REC : 0);
		break;
	case FLAG:
		*((bool *) ((char *) options + row->value)) = true;
		*((bool *) ((char *) options + row->more)) = true;
		break;
	}
}

static int
check_exclusions (const struct mount_options *options, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (exclusions); i++) {
		const bool *a = (const bool *) ((const char *) options + exclusions[i].a);
		const bool *b = (const bool *) ((const char *) options + exclusions[i].b);

		if (*a && *b)
			return fail (
				err, 0, "the options exclude each other: %s", exclusions[i].why);
	}
	return 0;
}

int
mount_options_parse (struct arena *arena, char *const *words, size_t n, struct mount_options *out,
	struct error *err)
{
	AUTO (buffer_done) struct buffer data = { 0 };
	struct mount_options options = {
		.propagations = arena_alloc (arena, n * sizeof (unsigned long)),
	};

	for (size_t i = 0; i < n; i++) {
		const struct row *row = bsearch (
			words[i], table, ARRAY_SIZE (table), sizeof *table, compare_to_row);

		if (row) {
			apply (&options, row);
			continue;
		}
		/* A file system would not know it, and a bind mount would be made without it. */
		if (str_starts (words[i], "idmap=") || str_starts (words[i], "ridmap="))
			return fail (err, 0,
				"option '%s': give the maps as uidMappings and gidMappings of "
				"the mount",
				words[i]);
		if (*words[i] == '\0')
			continue;
		if (data.size > 0)
			buffer_add_char (&data, ',');
		buffer_add_text (&data, words[i]);
	}
	if (check_exclusions (&options, err) < 0)
		return -1;
	if (data.size > 0)
		options.data = arena_strdup (arena, data.data);
	*out = options;
	return 0;
}

size_t
mount_options_count (void)
{
	return ARRAY_SIZE (table);
}

const char *
mount_options_name (size_t index)
{
	return table[index].name;
}
