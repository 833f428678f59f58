/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * root: the root file system, and the names that the container has.
 */
#include "spec/context.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define NAME_MAX_UTS 64 /* __NEW_UTS_LEN */

struct propagation_row {
	const char *name;
	unsigned long flag;
};

static const struct propagation_row propagations[] = {
	{ "private", MS_PRIVATE },
	{ "shared", MS_SHARED },
	{ "slave", MS_SLAVE },
	{ "unbindable", MS_UNBINDABLE },
	/* what runc takes, and containerd writes */
	{ "rprivate", MS_PRIVATE },
	{ "rshared", MS_SHARED },
	{ "rslave", MS_SLAVE },
	{ "runbindable", MS_UNBINDABLE },
	{ NULL, 0 },
};

static unsigned long
propagation_flag (const char *name)
{
	for (const struct propagation_row *row = propagations; name && row->name; row++)
		if (str_equal (row->name, name))
			return row->flag;
	return 0;
}

/* The path without "." and empty components. ".." stays: what it means is the file system's. */
static const char *
clean_path (struct spec_context *c, const char *path)
{
	char *out = spec_alloc (c, 1, strlen (path) + 2), *end = out;

	for (; *path; path += strcspn (path, "/")) {
		size_t n;

		path += strspn (path, "/");
		n = strcspn (path, "/");
		if (n == 0 || (n == 1 && path[0] == '.'))
			continue;
		*end++ = '/';
		memcpy (end, path, n);
		end += n;
	}
	if (end == out)
		*end++ = '/';
	*end = '\0';
	return out;
}

static void
check_is_directory (struct spec_context *c, const struct oci_root *root, const char *path)
{
	struct error cause;
	struct stat st;

	if (stat (path, &st) < 0)
		fail (&cause, errno, "the root file system '%s'", path);
	else if (!S_ISDIR (st.st_mode))
		fail (&cause, 0, "the root file system '%s' is not a directory", path);
	else
		return;
	spec_problem_cause (c, &root->path, &cause);
}

static void
add_root (struct spec_context *c, const struct oci_root *root)
{
	const char *path = root->path;

	if (!path)
		return;
	if (!*path) {
		spec_problem (c, &root->path, "must not be empty");
		return;
	}
	if (path[0] != '/')
		path = arena_printf (&c->doc.arena, "%s/%s", c->request->bundle, path);
	c->plan.root = (struct root_plan){
		.at = spec_at (c, root->place),
		.path = clean_path (c, path),
		.readonly = root->readonly,
	};
	check_is_directory (c, root, c->plan.root.path);
}

/* A name for the UTS namespace, which must not be the host's. */
static const char *
host_name (struct spec_context *c, const char *const *member)
{
	const char *name = spec_text (*member);

	if (!name)
		return NULL;
	if (c->plan.namespaces.ns[NS_UTS].how == NS_INHERIT)
		spec_problem_hint (c, member, "add { \"type\": \"uts\" } to linux.namespaces",
			"can't be set without a private UTS namespace: it would rename the host");
	if (strlen (name) > NAME_MAX_UTS)
		spec_problem (c, member, "is longer than %d bytes", NAME_MAX_UTS);
	return name;
}

void
spec_root (struct spec_context *c, const struct oci_runtime_config *config)
{
	if (config->root)
		add_root (c, config->root);
	else
		spec_problem (c, &config->root, "is missing");
	if (config->linux) {
		c->plan.root.propagation = propagation_flag (config->linux->rootfs_propagation);
		c->plan.mount_label = spec_text (config->linux->mount_label);
	}
	c->plan.hostname = host_name (c, &config->hostname);
	c->plan.domainname = host_name (c, &config->domainname);
}
