/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * creation: what create and run have in common: from a bundle to a process that waits for its start,
 * on record.
 */
#pragma once

#include "container/container.h"
#include "launch/launch.h"
#include "spec/spec.h"

#include <signal.h>

struct creation;

/* What the command line asks for. All borrowed. */
struct create_request {
	const char *root; /* the directory of all containers */
	const char *id;
	const char *bundle; /* NULL: the current directory */
	const char *config; /* NULL: config.json of the bundle */
	enum cgroup_driver driver;
	struct bus_places buses; /* for the systemd driver */
	bool privileged; /* we are root of the initial user namespace */
	bool detach; /* nobody of ours stays with the container */
	const char *console_socket, *pid_file, *pidfd_socket, *trace_file; /* NULL: none */
	const char *notify_socket; /* of the service manager; NULL: none */
	const char *seccomp_receiver; /* see spec_request; NULL: none */
	int preserve_fds;
	char *const *extra_environment; /* NULL terminated; NULL: none */
	bool no_pivot, no_new_keyring, no_subreaper, keep;
	const char *fault; /* see launch_options */
	void (*warn) (const char *text);
	/* Fills the container, which is on disk and has no control group yet, with processes that run:
	 * launch.init_pid, init_pidfd, console_fd; and prepares its record. NULL: by the launch of config's process. */
	int (*populate) (struct creation *creation, struct error *err);
	void *populate_data;
};

/* A container in the making. */
struct creation {
	const struct create_request *request; /* borrowed */
	char *bundle; /* owned */
	struct plan plan;
	struct arena arena; /* of the cgroup */
	struct container container;
	struct cgroup *cgroup; /* owned */
	struct rdt_place rdt;
	struct launch_options options;
	struct launch launch;
	char *seccomp_cache; /* owned */
	struct trace *trace; /* owned */
	bool has_pid_file; /* written by us */
	int signals; /* owned; a signalfd of SIGHUP, SIGINT and SIGTERM */
	sigset_t saved_signals;
};

/* Reads the config, makes the state directory, and runs the launch up to where init waits; with
 * `populate` it runs. Its pid is on record and in the pid file. `signals` are blocked from here on; SIGHUP, SIGINT and SIGTERM end the
 * making. has_gate: the start comes through the gate. On failure nothing is left,
 * except that *out is to be given to creation_done in any case. */
CHECKED int creation_begin (const struct create_request *request, const sigset_t *signals,
	bool has_gate, struct creation *out, struct error *err);

/* Writes the record of the process that launch.init_pid is; it counts when that is ready, or populate has
 * returned. */
CHECKED int creation_prepare_record (struct creation *creation, struct error *err);

/* Takes everything back: init, cgroup, state directory; poststop hooks run if others had. */
void creation_undo (struct creation *creation);

/* Closes, frees, and gives the signals back. Writes the trace, if one was asked for. */
CHECKED int creation_done (struct creation *creation, struct error *err);

/* What becomes of the supplementary groups. */
enum user_groups creation_groups (const struct plan *plan, bool privileged);

/* fds that are promised to the program must be there, or ours would take their numbers. */
CHECKED int check_preserved_fds (int n, struct error *err);

/* `create` as a whole. */
CHECKED int container_create (const struct create_request *request, struct error *err);
