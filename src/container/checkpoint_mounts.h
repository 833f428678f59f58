/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * checkpoint_mounts: the container's mounts that come from outside. CRIU keeps of them only a name, and
 * a restore says what that stands for. The names are those that runc uses: the mount's destination, and
 * "/dev/null" for a masked file.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/mem.h"
#include "cgroup/manager.h"
#include "container/notify.h"
#include "plan/plan.h"

/* A line of /proc/PID/mountinfo. */
struct mount_line {
	int id;
	const char *point; /* as the process sees it */
	const char *type;
};

/* Parses mountinfo; *out is in the arena. Lines that are none are left out. */
size_t mount_lines_parse (struct arena *arena, const char *text, struct mount_line **out);

/* The same of a file. */
CHECKED int mount_lines_read (const char *path, struct arena *arena, struct mount_line **out,
	size_t *out_n, struct error *err);

/* What a checkpoint can't hold, and a restore not make. */
CHECKED int checkpoint_mounts_check (const struct plan *plan, struct error *err);

/* For a checkpoint: adds them, as the process has them, to a message criu_opts. */
CHECKED int checkpoint_mounts_add (
	const struct plan *plan, pid_t pid, struct buffer *options, struct error *err);

/* For a restore: adds what each name stands for. cgroup: the container's new one. notify: the
 * directory that NOTIFY_DIRECTORY is a mount of. */
void restore_mounts_add (
	const struct plan *plan, struct cgroup *cgroup, const char *notify, struct buffer *options);

/* Makes the mount points that are missing in the root file system, as the start of the container
 * would. */
CHECKED int restore_mount_points (const struct plan *plan, struct error *err);
