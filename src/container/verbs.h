/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * verbs: what is done with a container that is on disk. For create and run see creation.h, run.h.
 *
 * Each is a command of the command line as a function: all errors are worded for the user, and for the
 * engines that look for words in them (contract in the tests of tests/bats).
 */
#pragma once

#include "container/container.h"
#include "plan/plan.h"

/* Lets a created container's program run. Returns once it does, and poststart hooks have run; with
 * the socket of a service manager (NULL: none), once the program has said that it is ready. */
CHECKED int container_start (const char *root, const char *id, const char *notify_socket,
	void (*warn) (const char *text), struct error *err);

enum kill_scope {
	KILL_INIT,
	KILL_ALL, /* every process of its cgroup; of a stopped container too, without an error */
};

/* Sends a signal. "container not running" when it is stopped. SIGKILL of a container that shares its
 * pid namespace goes to all of its processes, and reaches a paused one too. */
CHECKED int container_kill (
	const char *root, const char *id, int signal, enum kill_scope scope, struct error *err);

enum delete_force {
	DELETE_GENTLY, /* what runs is refused; what is created or stopped is not */
	DELETE_FORCE, /* kill it first; one that does not exist is deleted already */
};

/* Removes all that create made: processes, cgroup, state directory. Runs the poststop hooks. */
CHECKED int container_delete (const char *root, const char *id, enum delete_force force,
	void (*warn) (const char *text), struct error *err);

/* The part of delete that run shares: init is dead (and reaped, if it was ours). */
CHECKED int container_destroy (
	struct container *container, void (*warn) (const char *text), struct error *err);

/* Stops all processes of a running container, or lets them go on. */
CHECKED int container_pause (const char *root, const char *id, struct error *err);
CHECKED int container_resume (const char *root, const char *id, struct error *err);

/* Changes the schemata of its class of service; NULL: as it is. */
CHECKED int container_update_rdt (const char *root, const char *id, const char *l3_cache,
	const char *memory_bandwidth, struct error *err);

/* Changes the limits of its cgroup; what is absent in resources stays as it is. Device rules are
 * changed only when there are some. */
CHECKED int container_update (const char *root, const char *id,
	const struct resources_plan *resources, struct error *err);

/* The pids of its processes as the caller's pid namespace has them; *out_pids is malloc'd. */
CHECKED int container_pids (
	const char *root, const char *id, pid_t **out_pids, size_t *out_n, struct error *err);

/* Runs its hooks of one kind by the config of its state directory: poststart's failure is an error,
 * poststop's a warning. */
CHECKED int container_run_hooks (struct container *container, enum hook_kind kind,
	const char *status, void (*warn) (const char *text), struct error *err);
