/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/checkpoint_mounts.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/rooted.h"
#include "base/str.h"
#include "container/criu_message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MOUNTINFO_LIMIT (64u << 20)
#define MASK_NAME "/dev/null"

/* A container's mounts while it runs. */
struct view {
	struct arena arena;
	int root; /* owned; of the container */
	uint64_t root_mount; /* its id */
	struct mount_line *lines; /* in the arena */
	size_t n;
};

/* "\040" is a blank, and so on: proc(5). In place. */
static void
unescape (char *text)
{
	char *out = text;

	while (*text) {
		unsigned int code;

		if (*text == '\\' && sscanf (text + 1, "%3o", &code) == 1 && code > 0) {
			*out++ = (char) code;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

/* "36 35 98:0 /root /point options... - type source options" */
static bool
parse_line (char *line, struct mount_line *out)
{
	char *words[5];
	char *dash;
	uint64_t id;

	for (size_t i = 0; i < ARRAY_SIZE (words); i++) {
		words[i] = strsep (&line, " ");
		if (!words[i] || !line)
			return false;
	}
	dash = strncmp (line, "- ", 2) == 0 ? line : strstr (line, " - ");
	if (!dash || !str_to_u64 (words[0], INT32_MAX, &id))
		return false;
	dash += *dash == ' ';
	dash += 2;
	unescape (words[4]);
	*out = (struct mount_line){
		.id = (int) id, .point = words[4], .type = strsep (&dash, " ")
	};
	return true;
}

size_t
mount_lines_parse (struct arena *arena, const char *text, struct mount_line **out)
{
	char *rest = arena_strdup (arena, text);
	size_t n = 0, room = 1;

	for (const char *c = text; *c; c++)
		room += *c == '\n';
	*out = arena_alloc (arena, room * sizeof **out);
	for (char *line; (line = strsep (&rest, "\n"));)
		n += parse_line (line, &(*out)[n]);
	return n;
}

int
mount_lines_read (const char *path, struct arena *arena, struct mount_line **out, size_t *out_n,
	struct error *err)
{
	autofree char *text = NULL;

	if (fd_read_file (AT_FDCWD, path, MOUNTINFO_LIMIT, &text, NULL, err) < 0)
		return -1;
	*out_n = mount_lines_parse (arena, text, out);
	return 0;
}

static int
look (int fd, struct statx *out, struct error *err)
{
	if (statx (fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID, out) < 0)
		return fail (err, errno, "look at a mount");
	if (!(out->stx_mask & STATX_MNT_ID))
		return fail (err, ENOSYS, "a mount's id takes Linux 5.8");
	return 0;
}

static int
open_view (pid_t pid, struct view *out, struct error *err)
{
	autofree char *root = xasprintf ("/proc/%d/root", (int) pid);
	autofree char *mountinfo = xasprintf ("/proc/%d/mountinfo", (int) pid);
	struct statx st;

	*out = (struct view){ .root = -1 };
	if (mount_lines_read (mountinfo, &out->arena, &out->lines, &out->n, err) < 0)
		return -1;
	out->root = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (out->root < 0)
		return fail (err, errno, "open '%s'", root);
	if (look (out->root, &st, err) < 0)
		return -1;
	out->root_mount = st.stx_mnt_id;
	return 0;
}

static void
close_view (struct view *view)
{
	auto_close_fd (&view->root);
	arena_done (&view->arena);
}

/* What is mounted at a path, as the container resolves it: its line, or NULL when nothing is. */
static int
find_mount (const struct view *view, const char *path, struct statx *out_stat,
	const struct mount_line **out, struct error *err)
{
	autofd fd = rooted_open (view->root, path, O_PATH, err);

	*out = NULL;
	if (fd < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	if (look (fd, out_stat, err) < 0)
		return -1;
	if (!(out_stat->stx_attributes & STATX_ATTR_MOUNT_ROOT) ||
		out_stat->stx_mnt_id == view->root_mount)
		return 0;
	for (size_t i = 0; i < view->n; i++)
		if ((uint64_t) view->lines[i].id == out_stat->stx_mnt_id)
			*out = &view->lines[i];
	return 0;
}

static int
add_bind (
	const struct view *view, const char *destination, struct buffer *options, struct error *err)
{
	const struct mount_line *line;
	struct statx st;

	if (find_mount (view, destination, &st, &line, err) < 0)
		return -1;
	if (line)
		criu_add_pair (options, CRIU_EXT_MNT, line->point, destination);
	return 0;
}

/* A masked directory is a tmpfs, whose little content CRIU keeps. */
static int
add_mask (const struct view *view, const char *path, struct buffer *options, struct error *err)
{
	const struct mount_line *line;
	struct statx st;

	if (find_mount (view, path, &st, &line, err) < 0)
		return -1;
	if (line && S_ISCHR (st.stx_mode) && st.stx_rdev_major == 1 && st.stx_rdev_minor == 3)
		criu_add_pair (options, CRIU_EXT_MNT, line->point, MASK_NAME);
	return 0;
}

static bool
shares_cgroups (const struct plan *plan)
{
	return plan->namespaces.ns[NS_CGROUP].how == NS_INHERIT;
}

static bool
is_cgroup_mount (const struct mount_plan *mount)
{
	return !mount->options.bind && mount->type && str_starts (mount->type, "cgroup");
}

int
checkpoint_mounts_check (const struct plan *plan, struct error *err)
{
	if (plan->n_net_devices > 0)
		return fail (err, 0, "%s: network devices of the host are not in a checkpoint",
			plan->net_devices[0].at ? plan->net_devices[0].at : "linux.netDevices");
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *mount = &plan->mounts[i];
		const char *at = mount->at ? mount->at : mount->destination;

		if (mount->options.idmap)
			return fail (err, 0, "%s: CRIU knows no idmapped mounts", at);
		if (mount->options.bind &&
			(mount->options.src_nofollow || mount->options.copy_symlink))
			return fail (err, 0, "%s: CRIU can't bind a symlink", at);
	}
	return 0;
}

int
checkpoint_mounts_add (
	const struct plan *plan, pid_t pid, struct buffer *options, struct error *err)
{
	AUTO (close_view) struct view view;
	int r = open_view (pid, &view, err);

	for (size_t i = 0; r == 0 && i < plan->n_mounts; i++)
		if (plan->mounts[i].options.bind && !plan->mounts[i].options.remount)
			r = add_bind (&view, plan->mounts[i].destination, options, err);
	/* in a user namespace they are the host's, bound */
	for (size_t i = 0; r == 0 && i < plan->n_devices; i++)
		r = add_bind (&view, plan->devices[i].path, options, err);
	for (size_t i = 0; r == 0 && i < plan->n_masked_paths; i++)
		r = add_mask (&view, plan->masked_paths[i].path, options, err);
	if (r == 0)
		r = add_bind (&view, NOTIFY_DIRECTORY, options, err);
	for (size_t i = 0; r == 0 && shares_cgroups (plan) && i < view.n; i++)
		if (str_starts (view.lines[i].type, "cgroup"))
			criu_add_pair (
				options, CRIU_EXT_MNT, view.lines[i].point, view.lines[i].point);
	return r;
}

static void
add_cgroups (const struct mount_plan *mount, struct cgroup *cgroup, struct buffer *options)
{
	struct hierarchy *hierarchies;
	size_t n = cgroup_list_hierarchies (cgroup, &hierarchies);

	for (size_t i = 0; i < n; i++) {
		const char *directory = hierarchies[i].directory;
		autofree char *name =
			xasprintf ("%s%s%s", mount->destination, *directory ? "/" : "", directory);
		autofree char *place =
			xasprintf ("%s%s", hierarchies[i].mount_point, hierarchies[i].path);

		criu_add_pair (options, CRIU_EXT_MNT, name, place);
	}
}

void
restore_mounts_add (
	const struct plan *plan, struct cgroup *cgroup, const char *notify, struct buffer *options)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *mount = &plan->mounts[i];

		if (mount->options.bind && !mount->options.remount && mount->source)
			criu_add_pair (options, CRIU_EXT_MNT, mount->destination, mount->source);
		else if (is_cgroup_mount (mount) && shares_cgroups (plan) && cgroup)
			add_cgroups (mount, cgroup, options);
	}
	for (size_t i = 0; i < plan->n_devices; i++)
		criu_add_pair (options, CRIU_EXT_MNT, plan->devices[i].path, plan->devices[i].path);
	criu_add_pair (options, CRIU_EXT_MNT, MASK_NAME, MASK_NAME);
	/* crun's name for them */
	for (size_t i = 0; i < plan->n_masked_paths; i++)
		criu_add_pair (options, CRIU_EXT_MNT, plan->masked_paths[i].path, MASK_NAME);
	criu_add_pair (options, CRIU_EXT_MNT, NOTIFY_DIRECTORY, notify);
}
