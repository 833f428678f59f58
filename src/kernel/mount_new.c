/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/mount_new.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "base/str.h"
#include "kernel/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#define VALUE_MAX 256 /* of fsconfig, with the NUL */

/* Superblock flags and what fsconfig calls them. */
static const struct {
	unsigned long flag;
	const char *set, *clear;
} sb_flag_names[] = {
	{ MS_RDONLY, "ro", "rw" },
	{ MS_SYNCHRONOUS, "sync", "async" },
	{ MS_DIRSYNC, "dirsync", NULL },
	{ MS_MANDLOCK, "mand", "nomand" },
	{ MS_LAZYTIME, "lazytime", "nolazytime" },
};

static const char *const shared_types[] = {
	"binfmt_misc",
	"bpf",
	"cgroup",
	"cgroup2",
	"configfs",
	"debugfs",
	"devpts",
	"devtmpfs",
	"efivarfs",
	"fusectl",
	"hugetlbfs",
	"mqueue",
	"proc",
	"pstore",
	"ramfs",
	"securityfs",
	"selinuxfs",
	"sysfs",
	"tmpfs",
	"tracefs",
};

bool
mount_new_is_shared (const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE (shared_types); i++)
		if (str_equal (shared_types[i], type))
			return true;
	return false;
}

/* One option of a data string. */
struct option {
	char *key;
	const char *value; /* NULL: a flag */
};

/* Cuts the next option off *rest; false when there is none. Commas in double quotes or behind a
 * backslash belong to the value; the quotes themselves don't (as in SELinux contexts). */
static bool
next_option (char **rest, struct option *out)
{
	char *p = *rest, *to = *rest, *value = NULL;
	bool quoted = false;

	if (!p || *p == '\0')
		return false;
	for (; *p && (quoted || *p != ','); p++) {
		if (*p == '"') {
			quoted = !quoted;
			continue;
		}
		if (*p == '\\' && p[1])
			*to++ = *p++;
		if (*p == '=' && !value) {
			*to++ = '\0';
			value = to;
			continue;
		}
		*to++ = *p;
	}
	*rest = *p ? p + 1 : p;
	*to = '\0';
	*out = (struct option){ .key = out->key, .value = value };
	return true;
}

/* The first complaint of the file system, without the "e " before it, or NULL. */
static const char *
read_complaint (int context, char *buffer, size_t size)
{
	for (;;) {
		ssize_t n = read (context, buffer, size - 1);

		if (n <= 2)
			return NULL;
		buffer[n] = '\0';
		if (buffer[n - 1] == '\n')
			buffer[n - 1] = '\0';
		if (buffer[0] == 'e')
			return buffer + 2;
	}
}

static int
fail_context (struct error *err, int context, const char *verb, const char *object)
{
	int code = errno;
	char buffer[256];
	const char *hint = code == ENOSYS ? mount_api_hint (code)
					  : read_complaint (context, buffer, sizeof buffer);

	if (!object)
		return fail_hint (err, code, hint, "%s", verb);
	return fail_hint (err, code, hint, "%s '%s'", verb, object);
}

static const char *
label_option (const struct mount_new *what)
{
	return what->label_type ? what->label_type : "context";
}

static int
set_string (int context, const char *key, const char *value, struct error *err)
{
	int r = value ? fsconfig (context, FSCONFIG_SET_STRING, key, value, 0)
		      : fsconfig (context, FSCONFIG_SET_FLAG, key, NULL, 0);

	return r < 0 ? fail_context (err, context, "set the option", key) : 0;
}

static int
set_data (int context, const char *data, struct error *err)
{
	autofree char *copy = data ? xstrdup (data) : NULL;
	char *rest = copy;

	while (rest && *rest) {
		struct option option = { .key = rest };

		if (next_option (&rest, &option) && *option.key &&
			set_string (context, option.key, option.value, err) < 0)
			return -1;
	}
	return 0;
}

static int
set_sb_flags (int context, unsigned long set, unsigned long clear, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (sb_flag_names); i++) {
		const char *word = NULL;

		if (set & sb_flag_names[i].flag)
			word = sb_flag_names[i].set;
		else if (clear & sb_flag_names[i].flag)
			word = sb_flag_names[i].clear;
		if (word && set_string (context, word, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static unsigned long
own_sb_flags (const struct mount_new *what)
{
	return mount_new_is_shared (what->type) ? what->sb_flags & ~(unsigned long) MS_RDONLY
						: what->sb_flags;
}

static const char *
open_hint (int code)
{
	if (code == ENODEV)
		return "this kernel has no such file system";
	return mount_api_hint (code);
}

int
mount_new_tree (const struct mount_new *what, struct error *err)
{
	lazyfd context = fsopen (what->type, FSOPEN_CLOEXEC);
	int fd;

	if (context < 0)
		return fail_hint (
			err, errno, open_hint (errno), "open the file system '%s'", what->type);
	if (what->source && set_string (context, "source", what->source, err) < 0)
		return -1;
	if (what->label && set_string (context, label_option (what), what->label, err) < 0)
		return -1;
	if (set_sb_flags (context, own_sb_flags (what), 0, err) < 0 ||
		set_data (context, what->more_data, err) < 0 ||
		set_data (context, what->data, err) < 0)
		return -1;
	if (fsconfig (context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail_context (err, context, "make the file system", NULL);
	fd = fsmount (context, FSMOUNT_CLOEXEC, (unsigned int) what->attrs);
	return fd < 0 ? fail_context (err, context, "make the mount", NULL) : fd;
}

static bool
has_long_value (const char *data)
{
	autofree char *copy = data ? xstrdup (data) : NULL;
	char *rest = copy;

	/* without looking closer when it can't have one */
	if (!data || strlen (data) < VALUE_MAX)
		return false;
	while (*rest) {
		struct option option = { .key = rest };

		if (next_option (&rest, &option) && option.value &&
			strlen (option.value) >= VALUE_MAX)
			return true;
	}
	return false;
}

bool
mount_new_is_for_old_call (const struct mount_new *what)
{
	return (what->sb_flags & (MS_I_VERSION | MS_SILENT)) || has_long_value (what->data);
}

int
mount_new_by_old_call (const struct mount_new *what, int target, struct error *err)
{
	unsigned long flags = own_sb_flags (what) | mount_attrs_to_flags (what->attrs);
	AUTO (buffer_done) struct buffer data = { 0 };

	if (what->label)
		buffer_printf (&data, "%s=\"%s\",", label_option (what), what->label);
	if (what->more_data)
		buffer_printf (&data, "%s,", what->more_data);
	if (what->data)
		buffer_add_text (&data, what->data);
	if (fchdir (target) < 0)
		return fail (err, errno, "change to the mount point");
	if (mount (what->source ? what->source : "none", ".", what->type, flags, data.data) < 0)
		return fail (err, errno, "make the file system");
	return 0;
}

int
mount_new_reconfigure (int mount, const struct mount_options *options, struct error *err)
{
	lazyfd context = fspick (mount, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

	if (context < 0)
		return fail_hint (err, errno, errno == EINVAL ? "is it a mount point?" : NULL,
			"open its file system");
	if (set_sb_flags (context, options->sb_flags, options->sb_flags_clear, err) < 0 ||
		set_data (context, options->data, err) < 0)
		return -1;
	if (fsconfig (context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return fail_context (err, context, "change the file system", NULL);
	return 0;
}
