/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * detect: which hierarchies of control groups this host has mounted, and where.
 *
 * Three kinds of host: v2 (one cgroup2 at /sys/fs/cgroup), v1 (one mount a controller or group of
 * them), and hybrid: v1 controllers beside a cgroup2 that may hold the remaining controllers
 * itself. On a v2 host one statfs decides and mountinfo is not read. Nothing is probed by file.
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

enum cgroup_mode {
	CGROUP_MODE_NONE, /* nothing is mounted */
	CGROUP_MODE_V1,
	CGROUP_MODE_HYBRID,
	CGROUP_MODE_V2,
};

struct cgroup_hierarchy {
	const char *
		directory; /* last part of mount_point: "cpu,cpuacct", "unified"; "" on a v2 host */
	const char *mount_point;
	const char *root; /* the cgroup that is mounted there: "/" but for nested containers */
	const char *controllers; /* "cpu,cpuacct", "name=systemd"; NULL for cgroup2 */
	const char *own; /* davit's own cgroup, below root; NULL before cgroup_find_own */
	bool is_v2;
};

struct cgroup_hierarchies {
	enum cgroup_mode mode;
	struct cgroup_hierarchy *entries; /* a hierarchy mounted twice is here once */
	size_t n;
};

/* What this host has. Everything lives in the arena. */
CHECKED int cgroup_detect (struct arena *arena, struct cgroup_hierarchies **out, struct error *err);

/* Fills in `own` of each hierarchy from /proc/self/cgroup. */
CHECKED int cgroup_find_own (
	struct arena *arena, struct cgroup_hierarchies *hierarchies, struct error *err);

/* The pure halves of the above: text as in /proc/PID/mountinfo and /proc/PID/cgroup. A hierarchy
 * that the text does not name keeps own == NULL; one outside of `root` gets "/". */
struct cgroup_hierarchies *cgroup_parse_mountinfo (struct arena *arena, const char *text);
void cgroup_parse_own (
	struct arena *arena, struct cgroup_hierarchies *hierarchies, const char *text);

/* Whether a word is in a list separated by `separator`: "cpu" in "cpu,cpuacct". */
bool cgroup_list_has (const char *list, char separator, const char *word);
