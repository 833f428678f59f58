/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * driver: what manager.h's functions are made of. Private to cgroup/.
 *
 * A driver decides where a cgroup lies, makes it, limits it and removes it; its row of operations is
 * all that manager.c knows of it. Once the directories are there everything else (processes in and
 * out, freezing, killing, counting) is the same for all drivers and goes by `places`. The disabled
 * driver has no places, so that all of that does nothing.
 */
#pragma once

#include "cgroup/manager.h"
#include "cgroup/place.h"

struct cgroup_ops {
	/* Fills in places. */
	CHECKED int (*find_places) (
		struct cgroup *cgroup, const char *container_id, struct error *err);
	/* As in manager.h. They may be called twice: what is there already is left as it is. */
	CHECKED int (*prepare_birth) (struct cgroup *cgroup, struct error *err);
	CHECKED int (*create) (struct cgroup *cgroup, struct error *err);
	CHECKED int (*apply) (
		struct cgroup *cgroup, const struct resources_plan *resources, struct error *err);
	/* What cgroup_apply does besides. */
	CHECKED int (*apply_devices) (
		struct cgroup *cgroup, const struct resources_plan *resources, struct error *err);
	/* NULL: nothing is to be done. */
	CHECKED int (*settle) (
		struct cgroup *cgroup, pid_t pid, enum cgroup_birth *birth, struct error *err);
	CHECKED int (*destroy) (struct cgroup *cgroup, struct error *err);
	void (*undo) (struct cgroup *cgroup);
	/* Of cgroup_free; NULL: the places are all there is. */
	void (*release) (struct cgroup *cgroup);
};

extern const struct cgroup_ops cgroupfs_ops, systemd_ops;

struct systemd_scope; /* systemd.c's */

struct cgroup {
	struct arena *arena; /* borrowed */
	enum cgroup_driver driver;
	const struct cgroup_ops *ops;
	const struct cgroup_plan *plan; /* borrowed; NULL when loaded */
	bool rootless;
	struct cgroup_hierarchies *hierarchies; /* NULL when loaded or disabled */
	struct place *places; /* one a hierarchy, in the same order */
	size_t n;
	struct systemd_scope *scope; /* of the systemd driver; NULL */
};

/* The cgroup2 place, or NULL; also while it is not there yet. */
struct place *cgroup_place_v2 (struct cgroup *cgroup);

/* The v1 place with a controller, or NULL. */
struct place *cgroup_place_v1 (struct cgroup *cgroup, const char *controller);

/* The place whose processes are the container's: cgroup2 or any; NULL when there is none. */
struct place *cgroup_place_of_processes (struct cgroup *cgroup);

/* Makes what is missing of the path, and says what there was (found_length, made). */
CHECKED int cgroupfs_make_directories (struct place *place, struct error *err);

/* cgroup_attach of one place. */
CHECKED int place_attach (struct place *place, pid_t pid, struct error *err);

/* Whether what plan->delegated asks for can be had. */
CHECKED int delegate_check (const struct cgroup *cgroup, struct error *err);

/* Puts the config's place for cgroups before an error. Returns -1. */
int cgroup_blame (const struct cgroup *cgroup, struct error *err);
