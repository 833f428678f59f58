/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * manager: one container's place in the control groups of this host.
 *
 * The order of calls, for a new container:
 *
 *	parent					child
 *	cgroup_new		decides the paths; touches nothing
 *	cgroup_prepare_birth	makes the cgroup2 directory, if there is a cgroup2
 *	clone3 (cgroup_clone_fd)		is born in it
 *	cgroup_create		makes the others	sets up its mounts
 *	cgroup_apply		limits, devices
 *	cgroup_settle		systemd: the child is put in where it can't enter by itself
 *	cgroup_open_entries, sends them
 *						cgroup_enter
 *						unshares its cgroup namespace, whose root is
 *						where it is at that moment
 *
 * The plain way, cgroup_create, cgroup_apply, cgroup_attach by pid, does the same and is slower by
 * 5 to 10 ms on an idle host: a write of another process's id to cgroup.procs waits for an RCU
 * grace period (cgroup_threadgroup_rwsem), one of 0 to a v1 `tasks` file (since Linux 5.5) or a
 * birth in the cgroup does not.
 *
 * Two limits act on davit itself once applied: pids.limit counts every fork below (apply after
 * davit's last fork of this container when the limit is tiny), and memory.limit what the child
 * allocates.
 * When anything fails, cgroup_undo makes it as if cgroup_create had never been.
 *
 * Later, for a container of a state file: cgroup_load, then kill, freeze, destroy; or for an exec the
 * same calls from cgroup_clone_fd on, without cgroup_create and cgroup_apply.
 *
 * Rootless: without cgroupsPath, a hierarchy where the directory may not be made is left out, and
 * only a limit that needs it is an error (as runc). Device rules are never an error there.
 *
 * Source: runtime-spec config-linux.md, "Control groups"; kernel cgroup-v1/ and cgroup-v2.rst.
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"
#include "cgroup/detect.h"
#include "plan/mounts.h"
#include "plan/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Opaque. Its memory is the arena's; it owns fds until cgroup_free. */
struct cgroup;

/* What to make of the plan on this host. container_id names the cgroup when the config does not:
 * below davit's own cgroup on v1, beside it on v2 (a cgroup that holds processes can't have
 * limited children). A relative cgroupsPath is placed likewise, an absolute one below the mount
 * point; ".." is resolved within the path and never leads out of it. The plan and the id must
 * outlive the cgroup. */
CHECKED int cgroup_new (struct arena *arena, const struct cgroup_plan *plan,
	const char *container_id, bool rootless, struct cgroup **out, struct error *err);

/* Makes the directories, missing parents too. cpuset.cpus and cpuset.mems are copied down on v1,
 * controllers enabled from the root down on v2. A cgroup that is there already must hold no
 * process and not be frozen; it is used, and not removed later. On failure nothing is left. */
CHECKED int cgroup_create (struct cgroup *cgroup, struct error *err);

/* Writes the limits and device rules; also those of a later update. What is absent in resources is
 * left as it is, but for the device rules, which are always set as a whole: the default is deny,
 * then come the config's rules, then the devices every container has. */
CHECKED int cgroup_apply (
	struct cgroup *cgroup, const struct resources_plan *resources, struct error *err);

/* The same for a container that runs: device rules are set only when resources has some. */
CHECKED int cgroup_update (
	struct cgroup *cgroup, const struct resources_plan *resources, struct error *err);

/* Puts a process in, with all its threads. For where the child can't enter itself. */
CHECKED int cgroup_attach (struct cgroup *cgroup, pid_t pid, struct error *err);

/* For an exec: from here on the cgroup is the one at `path` below it, which must exist, in the
 * hierarchies that have one of `controllers` ("cpu,memory"; "name=systemd"; "cgroup2") or, with NULL,
 * in all. A path that leads elsewhere is an error, "/" is the cgroup itself. */
CHECKED int cgroup_go_below (
	struct cgroup *cgroup, const char *controllers, const char *path, struct error *err);

/* The same for a cgroup2 that holds no processes itself any more (EBUSY of clone3), as the container's
 * own systemd has divided it: from here on it is where `init` is, if that is below. Returns 1, or 0
 * when it is not. */
CHECKED int cgroup_go_beside (struct cgroup *cgroup, pid_t init, struct error *err);

/* Makes the cgroup2 directory alone, so that a child can be born in it before the others are made.
 * Does nothing where there is no cgroup2. cgroup_create does what is left. */
CHECKED int cgroup_prepare_birth (struct cgroup *cgroup, struct error *err);

/* A fd for clone_args.cgroup with CLONE_INTO_CGROUP; borrowed. -1: there is no cgroup2 (made yet).
 * Where clone3 refuses with it (EBUSY, EOPNOTSUPP, EACCES), clone without and attach. */
int cgroup_clone_fd (struct cgroup *cgroup);

enum cgroup_birth {
	CGROUP_BORN_INSIDE, /* the child came from clone3 with cgroup_clone_fd */
	CGROUP_BORN_OUTSIDE,
};

#define CGROUP_ENTRIES_MAX 24

/* Opens the files through which a process enters by itself, of the hierarchies it is not born in.
 * The fds may be sent to it or inherited, work from any namespace and with any credentials, and
 * are the caller's to close. Returns how many; 0 on a v2 host for a child born inside. */
CHECKED int cgroup_open_entries (struct cgroup *cgroup, enum cgroup_birth birth,
	int fds[CGROUP_ENTRIES_MAX], struct error *err);

/* The calling process, which must have one thread, enters through those, and closes them. */
CHECKED int cgroup_enter (const int *fds, size_t n, struct error *err);

/* For the systemd driver; nothing with others. The child, `pid`, is brought in where it was not born
 * and could not enter by itself (*birth is then as if it had been born inside), and what held its place
 * ends. Before cgroup_open_entries. For exec, too. */
CHECKED int cgroup_settle (
	struct cgroup *cgroup, pid_t pid, enum cgroup_birth *birth, struct error *err);

/* Sends a signal to every process below. SIGKILL leaves none, however fast they fork; frozen ones
 * die too. Other signals go to those that are there at the time. */
CHECKED int cgroup_kill (struct cgroup *cgroup, int signal, struct error *err);

enum cgroup_depth {
	CGROUP_THIS,
	CGROUP_BELOW, /* this one and all cgroups below it */
};

/* Whether the container's processes can be found by it: not with the disabled driver, nor where a user
 * may make none. */
bool cgroup_tells_processes (struct cgroup *cgroup);

/* The processes inside, in no order; *out_pids is malloc'd, NULL when there are none. A cgroup
 * that is gone holds none. */
CHECKED int cgroup_pids (struct cgroup *cgroup, enum cgroup_depth depth, pid_t **out_pids,
	size_t *out_n, struct error *err);

/* Return when every process is stopped (or runs again). A cgroup that can't be frozen whole is
 * thawed before the error. is_frozen returns 1 or 0. */
CHECKED int cgroup_freeze (struct cgroup *cgroup, struct error *err);
CHECKED int cgroup_thaw (struct cgroup *cgroup, struct error *err);
CHECKED int cgroup_is_frozen (struct cgroup *cgroup, struct error *err);

/* Gives the container's cgroup to a user, so that it can be divided further inside: the directory and
 * the files of /sys/kernel/cgroup/delegate. For a new cgroup namespace with a writable cgroup mount;
 * does nothing on v1. */
CHECKED int cgroup_delegate (struct cgroup *cgroup, uid_t uid, struct error *err);

/* plan->delegated: makes that cgroup, gives it to the user, and opens the file through which a process
 * enters it, as cgroup_open_entries does. Its limits are the container's. */
CHECKED int cgroup_open_delegated (struct cgroup *cgroup, uid_t uid, struct error *err);

/* Gives the delegated cgroup the controllers of the container's, when all processes are below: a cgroup
 * that holds some can't be divided. Controllers that can't be had are left out. */
CHECKED int cgroup_divide (struct cgroup *cgroup, struct error *err);

/* Removes what cgroup_create made, with everything below it. EBUSY (a process not reaped yet) is
 * waited for, briefly. What is gone already is fine; what davit did not make stays. */
CHECKED int cgroup_destroy (struct cgroup *cgroup, struct error *err);

/* The same after a failed create: also the parents that it made, when they are empty. */
void cgroup_undo (struct cgroup *cgroup);

/* The state file's form: strings that are enough to find everything again, without looking at the
 * host. */
struct cgroup_saved {
	const char *hierarchy; /* "memory", "cpu,cpuacct", "name=systemd"; "cgroup2" */
	const char *path; /* of the directory, absolute, on the host */
	bool made; /* by davit */
};
enum cgroup_driver cgroup_driver (const struct cgroup *cgroup);
/* One entry a hierarchy; the array lives in the arena. None with a disabled driver. */
size_t cgroup_save (const struct cgroup *cgroup, struct arena *arena, struct cgroup_saved **out);
/* The same before cgroup_create, of what it will make, for the case that we don't live to tell: `made`
 * is true where nothing is yet. A directory that bears `name` is taken for that without a look. */
size_t cgroup_save_intent (const struct cgroup *cgroup, const char *name, struct arena *arena,
	struct cgroup_saved **out);
CHECKED int cgroup_load (struct arena *arena, enum cgroup_driver driver,
	const struct cgroup_saved *saved, size_t n, struct cgroup **out, struct error *err);

/* With the systemd driver more is to be kept: the unit that the container is, and who made it. */
struct cgroup_unit {
	const char *name; /* "davit-abc.scope" */
	const char *bus; /* the D-Bus address of the systemd that it belongs to */
	bool is_user; /* that is a user's */
};
/* In the arena; NULL with other drivers. */
const struct cgroup_unit *cgroup_save_unit (const struct cgroup *cgroup, struct arena *arena);
/* Right after cgroup_load, which with the systemd driver is not enough. */
void cgroup_load_unit (struct cgroup *cgroup, const struct cgroup_unit *unit);

/* For mounting them inside the container. Lives as long as the cgroup. */
size_t cgroup_list_hierarchies (struct cgroup *cgroup, struct hierarchy **out);

/* Closes the fds. NULL is fine. */
void cgroup_free (struct cgroup *cgroup);

/* What is compiled in; for `features`. */
struct cgroup_capabilities {
	bool v1;
	bool v2;
	bool systemd;
	bool systemd_user;
	bool rdma;
};
extern const struct cgroup_capabilities cgroup_capabilities;
