/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * root: the root file system, and the names that the container has.
 */
#include "spec/context.h"
#include "base/auto.h"
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
	{ "rprivate", MS_PRIVATE | MS_REC },
	{ "rshared", MS_SHARED | MS_REC },
	{ "rslave", MS_SLAVE | MS_REC },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
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

/* A directory right in the bundle, as most are, whose real path is known then. */
static bool
is_directory_in (const char *bundle, const char *path)
{
	size_t n = strlen (bundle);
	struct stat st;

	if (strncmp (path, bundle, n) != 0 || path[n] != '/')
		return false;
	path += n + 1;
	return *path && !strchr (path, '/') && !str_equal (path, "..") &&
	       lstat (path - n - 1, &st) == 0 && S_ISDIR (st.st_mode);
}

/* The root's real path, of which each parent is a directory and no link; to be freed. NULL with err
 * filled when there is no such directory. */
static char *
resolve_root (const char *bundle, const char *path, struct error *err)
{
	autofree char *resolved = is_directory_in (bundle, path) ? xstrdup (path) : NULL;
	struct stat st;

	if (resolved)
		return take_ptr (resolved);
	resolved = realpath (path, NULL);

	if (!resolved || stat (resolved, &st) < 0) {
		fail (err, errno, "the root file system '%s'", path);
		return NULL;
	}
	if (!S_ISDIR (st.st_mode)) {
		fail (err, 0, "the root file system '%s' is not a directory", path);
		return NULL;
	}
	return take_ptr (resolved);
}

int
spec_find_root (struct plan *plan, struct error *err)
{
	autofree char *path = resolve_root (plan->bundle, plan->root.path, err);

	if (!path)
		return error_prefix (err, "%s/path", plan->root.at);
	plan->root.path = arena_strdup (&plan->arena, path);
	return 0;
}

/* The same while the plan is being made. */
static void
find_root (struct spec_context *c, const struct oci_root *root)
{
	struct error cause;
	autofree char *path = resolve_root (c->request->bundle, c->plan.root.path, &cause);

	if (path)
		c->plan.root.path = arena_strdup (&c->doc.arena, path);
	else
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
	if (c->looks_at_files)
		find_root (c, root);
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
