/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/sysctls.h"
#include "base/auto.h"
#include "base/str.h"

#include <errno.h>

struct sysctl_row {
	const char *path; /* below /proc/sys; with a slash at its end: all below it */
	enum ns_kind kind;
};

/* What Linux keeps per namespace. */
static const struct sysctl_row namespaced[] = {
	{ "kernel/msgmax", NS_IPC },
	{ "kernel/msgmnb", NS_IPC },
	{ "kernel/msgmni", NS_IPC },
	{ "kernel/sem", NS_IPC },
	{ "kernel/shmall", NS_IPC },
	{ "kernel/shmmax", NS_IPC },
	{ "kernel/shmmni", NS_IPC },
	{ "kernel/shm_rmid_forced", NS_IPC },
	{ "fs/mqueue/", NS_IPC },
	{ "net/", NS_NETWORK },
	{ "kernel/domainname", NS_UTS },
	{ "user/", NS_USER },
};

static bool
is_name_byte (char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr ("_.:@-", c) != NULL;
}

/* Each component: at least one byte, none of them strange, and not only dots. */
static bool
is_clean_path (const char *path)
{
	for (;;) {
		size_t n = strcspn (path, "/");

		if (n == 0 || strspn (path, ".") >= n)
			return false;
		for (size_t i = 0; i < n; i++)
			if (!is_name_byte (path[i]))
				return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
}

int
sysctl_to_path (const char *name, char out[SYSCTL_NAME_MAX], struct error *err)
{
	size_t n = strlen (name);
	bool dotted = name[strcspn (name, "./")] == '.';
	char path[SYSCTL_NAME_MAX];

	if (n >= SYSCTL_NAME_MAX)
		return fail (err, ENAMETOOLONG, "sysctl '%.32s...'", name);
	for (size_t i = 0; i <= n; i++)
		path[i] = !dotted ? name[i] : name[i] == '.' ? '/' : name[i] == '/' ? '.' : name[i];
	if (!is_clean_path (path))
		return fail (err, 0, "'%s' is not the name of a sysctl", name);
	memcpy (out, path, n + 1);
	return (int) n;
}

static bool
row_matches (const struct sysctl_row *row, const char *path)
{
	size_t n = strlen (row->path);

	return row->path[n - 1] == '/' ? str_starts (path, row->path) : str_equal (path, row->path);
}

int
sysctl_check (const char *name, const struct namespaces_plan *namespaces, struct error *err)
{
	char path[SYSCTL_NAME_MAX];

	if (sysctl_to_path (name, path, err) < 0)
		return -1;
	if (str_equal (path, "kernel/hostname"))
		return fail_hint (err, 0, "set \"hostname\" in the config instead",
			"sysctl '%s' is not allowed as it conflicts with the OCI \"hostname\" field",
			name);
	for (size_t i = 0; i < ARRAY_SIZE (namespaced); i++) {
		const char *kind = ns_table[namespaced[i].kind].name;

		if (!row_matches (&namespaced[i], path))
			continue;
		if (namespaces->ns[namespaced[i].kind].how != NS_INHERIT)
			return 0;
		return fail_hint (err, 0, "the config has to ask for that namespace",
			"sysctl '%s' is not allowed in the host's %s namespace", name, kind);
	}
	return fail (err, 0, "sysctl '%s' is not in a separate kernel namespace", name);
}
