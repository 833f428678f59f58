/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * launch: from a plan to a process that waits for its start, or runs.
 *
 * The story is told one file a process: parent.c, middle.c, init.c, and for a process that comes into
 * a container later exec_parent.c, exec_middle.c, exec_init.c. All work on one struct launch; a clone
 * gives each its own copy of it.
 */
#pragma once

#include "base/error.h"
#include "cgroup/manager.h"
#include "kernel/netdev.h"
#include "kernel/rdt.h"
#include "kernel/rootfs.h"
#include "kernel/seccomp.h"
#include "kernel/terminal.h"
#include "kernel/user.h"
#include "launch/hooks.h"
#include "launch/ns_plan.h"
#include "launch/protocol.h"
#include "launch/steps.h"
#include "plan/plan.h"

#include <sys/types.h>

/* What the caller wants beyond the config. Everything is borrowed. */
struct launch_options {
	const char *id;
	const char *state_directory; /* its path, for what has to be named by path */
	int state_fd; /* the same, open */
	int preserve_fds; /* how many fds from 3 on go to the program */
	char *const *extra_environment; /* LISTEN_FDS and the like; NULL: none */
	const char *
		console_socket; /* the pty's master goes there; NULL: it stays in launch.console_fd */
	const char *pidfd_socket; /* NULL: none */
	const char *seccomp_cache; /* a directory for compiled filters, NULL: none */
	const char *fault; /* test builds: the step to fail or die at (steps.c); NULL: none */
	bool no_pivot;
	bool no_new_keyring;
	enum user_groups groups;
	bool cgroup_is_chosen; /* of an exec: by the caller, so that it is no other's */
	bool privileged; /* we have the rights of the initial user namespace's root */
	struct rdt_place rdt; /* the groups of resctrl that it belongs in */
	bool has_gate; /* stop before the program until container_start comes through the gate */
	/* Called in the parent when init's pid and control group are final and init is at its own work,
	 * so that what is done here delays nothing. NULL: nothing is to be done. */
	int (*while_init_works) (void *data, struct error *err);
	void *data; /* for while_init_works */
};

struct launch {
	enum story story;

	/* given, borrowed */
	const struct plan *plan;
	const struct launch_options *options;
	struct cgroup *cgroup; /* NULL: none is made */
	struct trace *trace; /* NULL: none */
	int container_pidfd; /* of an exec: the container's init, whose namespaces are joined; -1 */
	pid_t container_pid; /* the same; 0 */
	int interrupt_fd; /* a signalfd that ends the parent's waits with an error; -1 */

	/* decided in the parent before the first clone */
	struct ns_steps ns;
	int join_fds[NS_KINDS]; /* owned; parallel to ns.joins */
	struct seccomp_filter seccomp; /* compiled; empty when there is none */
	struct rootfs_inputs rootfs_inputs;
	int *source_fds; /* owned, parallel to plan->mounts; NULL when no mount needs one */
	struct hook_outputs hook_outputs; /* owned */
	int gate_fd; /* owned; listening; -1 without a gate */
	int sockets[2]; /* owned; [0] is the parent's end, [1] the children's */

	/* the parent's */
	enum cgroup_birth birth;
	int delegated_fd; /* owned; the way into plan->cgroup.delegated, init's after a message; -1 */
	pid_t middle_pid; /* 0: none, or reaped */
	pid_t init_pid; /* 0: none */
	int init_pidfd; /* owned */
	struct rdt_made rdt_made;
	int network_fd; /* owned; the container's network namespace, when devices go there; -1 */
	struct netdev_moves *net_moves; /* owned; NULL: none, or the container runs */
	int console_fd; /* owned; the pty's master; -1 */
	uint64_t ignored_signals; /* by init, from our caller; see struct proc_stat */
	bool hooks_began; /* so poststop hooks are owed */

	/* init's */
	struct message cgroup_entries; /* the ways into the hierarchies that we are not born in */
	struct rootfs rootfs;
	struct terminal terminal;
	char *program; /* the file to execute, found in PATH; in init's memory */
	char **environment;
	pid_t host_pid; /* init's own pid as the parent sees it; known once the cgroup is ready */
	int seccomp_agent; /* owned; connected to plan->seccomp->listener_path; -1 */
	int gate_connection; /* owned; from `start`; -1 */
	int procfs_fd; /* a private procfs, opened when first needed; -1 */
};

/* An empty launch: no fd is open, nothing runs. */
void launch_init (struct launch *launch, const struct plan *plan,
	const struct launch_options *options, struct cgroup *cgroup);

/* The same for one more process (plan->process) in the container of plan and options->id. The fd is
 * borrowed. */
void launch_init_exec (struct launch *launch, const struct plan *plan,
	const struct launch_options *options, struct cgroup *cgroup, int container_pidfd);

/* Runs the parent's steps. On success init stands before the program: at the gate, or waiting for
 * launch_let_go. On failure what was begun is undone: processes are dead and reaped, the cgroup is
 * removed, network devices are back; poststop hooks have run if others had. The error is the child's own where it had one. */
CHECKED int launch_run (struct launch *launch, struct error *err);

/* When init's process was begun, as proc_read_stat has it; what else it tells of it is kept. */
CHECKED int launch_init_start_time (
	struct launch *launch, uint64_t *out_start_time, struct error *err);

/* With a gate: tells init that its pid is on record, so that `start` and `delete` will find it. Until
 * then it ends when its parent does. */
CHECKED int launch_keep (struct launch *launch, struct error *err);

/* Without a gate: tells init to execute the program, and returns when it has (0), or with its error. */
CHECKED int launch_let_go (struct launch *launch, struct error *err);

/* Brings network devices back unless the container runs, kills what runs, reaps it, removes the cgroup.
 * Safe at any point. */
void launch_undo (struct launch *launch);

/* Frees what it owns. The processes go on. The fds are left to the end of the command, which soon
 * comes, and closes all of them for the price of none. */
void launch_done (struct launch *launch);

/* The container's state as JSON (runtime-spec runtime.md "State"), for hooks and seccomp agents.
 * Returns a string that the caller frees. pid 0 is left out. */
char *launch_state_json (const struct plan *plan, const char *id, pid_t pid, const char *status);

/* The calling process's end of the conversation. */
struct channel launch_channel (const struct launch *launch, enum actor self);

/* For init and middle: never return. */
_Noreturn void middle_main (struct launch *launch);
_Noreturn void init_main (struct launch *launch);
