/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * systemd_path: which unit of systemd a container is, and where that unit's cgroup lies. Pure: text to
 * text. Private to cgroup/.
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"

#include <stdbool.h>

struct systemd_unit {
	const char *slice; /* "machine.slice" */
	const char *name; /* "davit-abc.scope" */
	const char *path; /* below the cgroup of systemd itself: "/machine.slice/davit-abc.scope" */
};

/* What a cgroupsPath asks for: "slice:prefix:name" is prefix-name.scope in slice. An empty slice is
 * system.slice, or user.slice for a user's systemd; without a prefix it is name.scope. Without a path
 * (NULL) it is davit-ID.scope. What a unit's name can't have is written as \xHH, as systemd does. */
CHECKED int systemd_unit_find (struct arena *arena, const char *cgroups_path,
	const char *container_id, bool is_user, struct systemd_unit *out, struct error *err);

/* The path of a slice, whose name says what it lies in: "/a.slice/a-b.slice" of "a-b.slice", "" of the
 * root slice "-.slice". */
CHECKED int systemd_slice_path (
	struct arena *arena, const char *slice, const char **out, struct error *err);
