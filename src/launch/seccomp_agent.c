/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/seccomp_agent.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define STACK_SIZE 65536
#define GIVE_UP_AFTER_S 10

/* Shared by init and its courier; both only write their own part. */
struct courier {
	int agent;
	const char *state;
	atomic_int listener; /* init: -1 not yet, -2 there will be none, else the fd */
	atomic_int done; /* courier: 0 not yet, 1 sent, -1 failed */
	struct error error; /* courier's, when done is -1 */
};

int
seccomp_agent_connect (const struct seccomp_plan *plan, struct error *err)
{
	int fd;

	if (!plan->listener_path)
		return fail (
			err, 0, "%s: SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath", plan->at);
	fd = fd_connect_unix (plan->listener_path, SOCK_STREAM, err);
	return fd < 0 ? error_prefix (err, "%s/listenerPath", plan->at) : fd;
}

char *
seccomp_agent_process_state (
	const struct seccomp_plan *plan, const char *oci_version, pid_t pid, const char *state_json)
{
	struct json_writer json = { 0 };

	json_open_object (&json, NULL);
	json_string (&json, "ociVersion", oci_version);
	json_open_array (&json, "fds");
	json_string (&json, NULL, "seccompFd");
	json_close (&json);
	json_int (&json, "pid", pid);
	if (plan->listener_metadata)
		json_string (&json, "metadata", plan->listener_metadata);
	json_raw (&json, "state", state_json);
	json_close (&json);
	return take_ptr (json.text.data);
}

/* The thread. It must not use errno-setting calls that fail, nor anything else of init's libc state
 * while init runs; init stands still from before `listener` is set until `done` is. */
static int
courier_main (void *data)
{
	const struct timespec nap = { .tv_nsec = 20000 };
	struct courier *courier = data;
	int listener;

	while ((listener = atomic_load (&courier->listener)) == -1)
		nanosleep (&nap, NULL);
	if (listener >= 0)
		atomic_store (&courier->done,
			fd_send_with_fds (courier->agent, courier->state, strlen (courier->state),
				&listener, 1, &courier->error) < 0
				? -1
				: 1);
	return 0;
}

/* By the clock of the vdso: no system call, unless there is no vdso, and then a harmless one. */
static int
await_courier (struct courier *courier)
{
	time_t until = time (NULL) + GIVE_UP_AFTER_S;
	int done;

	while ((done = atomic_load (&courier->done)) == 0 && time (NULL) < until)
		;
	return done;
}

int
seccomp_agent_load (const struct seccomp_filter *filter, const struct seccomp_plan *plan, int agent,
	const char *process_state_json, struct error *err)
{
	struct courier courier = { .agent = agent, .state = process_state_json };
	struct seccomp_filter own = *filter;
	int listener = -1;
	void *stack;

	atomic_init (&courier.listener, -1);
	/* init has no other threads but the courier, which must stay without a filter */
	own.flags &= ~(unsigned int) SECCOMP_FILTER_FLAG_TSYNC;
	stack = mmap (NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return fail (err, errno, "map a stack");
	if (clone (courier_main, (char *) stack + STACK_SIZE,
		    CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD |
			    CLONE_SYSVSEM,
		    &courier) < 0)
		return fail (err, errno, "start a thread");
	if (seccomp_load (&own, &listener, err) < 0) {
		atomic_store (&courier.listener, -2);
		return -1;
	}
	atomic_store (&courier.listener, listener >= 0 ? listener : -2);
	if (listener < 0)
		return 0;
	switch (await_courier (&courier)) {
	case 1:
		return 0;
	case -1:
		*err = courier.error;
		return error_prefix (err, "%s/listenerPath", plan->at);
	default:
		return fail (err, ETIMEDOUT, "%s/listenerPath: send the listener", plan->at);
	}
}
