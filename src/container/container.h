/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * container: one container on disk, and what can be asked of it.
 *
 * ROOT/ID is its state directory; it holds
 *	state.json	the record (libocispec/schema/davit-record.json), replaced atomically
 *	config.json	the config as it was at create: later changes to the bundle's have no effect
 *	gate		a socket, from create to start (launch/gate.h)
 * Whoever changes a container holds an exclusive flock on the directory: create until the container
 * is whole, start, delete. Those who only look don't lock. A directory that is locked and has no pid
 * on record is being made; one that is not locked was left by a create that was killed.
 */
#pragma once

#include "base/error.h"
#include "cgroup/manager.h"
#include "kernel/rdt.h"

#include <ocispec/davit_record.h>

#include <stdbool.h>

struct container {
	struct arena arena;
	struct ocispec_doc doc; /* of the record, when it was read */
	const char *root; /* borrowed: path of the directory of all containers */
	const char *id; /* borrowed */
	const char *path; /* of the state directory; in the arena */
	int dir_fd; /* owned */
	struct oci_davit_record *record; /* NULL when there is none yet */
	int pidfd; /* owned; of init while it lives, else -1; filled by container_status */
	bool exists; /* false after container_forget */
	bool is_locked; /* by us */
	bool is_gateless; /* begun by ourselves without a gate, so that there is none to be removed */
};

enum container_access {
	CONTAINER_LOOK,
	CONTAINER_CHANGE, /* waits for the lock */
	CONTAINER_REMOVE, /* the same, and takes a record that can't be read for none */
};

/* Whether an id may be one: [a-zA-Z0-9_+-][a-zA-Z0-9_+.-]*, at most 255 bytes. */
bool container_id_is_valid (const char *id);

/* Opens ROOT/ID and reads its record. ENOENT in err->code: "container does not exist: 'ID'". */
CHECKED int container_open (const char *root, const char *id, enum container_access access,
	struct container *out, struct error *err);

/* The words for a container that is not there. */
int container_does_not_exist (const char *id, struct error *err);

/* Makes ROOT (mode 0700) if it is missing, and ROOT/ID, locked, without a record. EEXIST in err->code:
 * the id is taken. */
CHECKED int container_make (
	const char *root, const char *id, struct container *out, struct error *err);

/* Gives the lock back before the container is closed: for waits that may last. */
void container_unlock (struct container *container);

/* Takes it back. Returns 1, or 0 when the container has been deleted meanwhile. */
CHECKED int container_lock_again (struct container *container, struct error *err);

/* Writes container->record. */
CHECKED int container_save (struct container *container, struct error *err);

/* The same in two parts: what takes its time, and what makes it count. For who holds the lock. */
CHECKED int container_prepare_save (struct container *container, struct error *err);
CHECKED int container_finish_save (struct container *container, struct error *err);

/* Removes the state directory with all that is in it. */
CHECKED int container_forget (struct container *container, struct error *err);

/* Closes and frees; { 0 } with fds of -1 is fine. */
void container_done (struct container *container);

enum container_status {
	CONTAINER_CREATING,
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_STOPPED,
};
extern const char *const container_status_names[];

/* What it is at now. Opens container->pidfd when init lives. */
CHECKED int container_status (
	struct container *container, enum container_status *out, struct error *err);

/* Its control group as recorded. *out is NULL when there is no record. Memory is the container's;
 * the caller ends it with cgroup_free. */
CHECKED int container_cgroup (struct container *container, struct cgroup **out, struct error *err);

/* For a container without a (readable) record: makes one up from its config, with the control group
 * that it must have had, if that bears the container's name. Nothing else tells whose it was. */
CHECKED int container_guess_record (struct container *container, struct error *err);

/* Its groups of resctrl as recorded; { 0 } when there are none. Memory is the container's. */
struct rdt_place container_rdt (const struct container *container);

/* Keeps them in the record. */
void container_record_rdt (struct container *container, const struct rdt_place *place);

enum cgroup_record {
	CGROUP_RECORD_MADE, /* as it is */
	CGROUP_RECORD_INTENT, /* as it will be made */
};

/* Keeps the cgroup's places in the record. */
void container_record_cgroup (
	struct container *container, const struct cgroup *cgroup, enum cgroup_record what);
