/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp: a filter of system calls from the plan's rules.
 *
 * The parent compiles, through libseccomp, which is loaded only for that; the result is kept in a
 * cache, so that a container of a profile seen before costs one file read. The child loads the
 * program and nothing more.
 * Source: runtime-spec config-linux.md "Seccomp", seccomp(2).
 *
 * System calls that libseccomp doesn't know are left out: they are another architecture's or newer.
 * Calls newer than the newest one that the rules name answer ENOSYS instead of the default action,
 * so that libc falls back to an older call (unless the default lets them pass anyway).
 */
#pragma once

#include "base/error.h"
#include "plan/seccomp.h"

#include <stdbool.h>
#include <stddef.h>

struct sock_filter;

struct seccomp_filter {
	struct sock_filter *program; /* owned; NULL when there is no filter */
	size_t length; /* instructions */
	unsigned int flags; /* SECCOMP_FILTER_FLAG_*, for seccomp(2) */
};

/* Whether this build can compile filters. */
bool seccomp_is_built_in (void);

/* Compiles the plan's filter, or takes it from the cache. cache_dir is a directory of ours (it is
 * made when its parent exists) or NULL: then nothing is kept. Cache files hold the whole plan, which
 * is compared byte for byte, and are used only when they are ours, mode 0600, whole, and made with
 * the libseccomp that is installed now; anything wrong with the cache means compiling and is never
 * an error. Free with seccomp_filter_done. */
CHECKED int seccomp_compile (const struct seccomp_plan *plan, const char *cache_dir,
	struct seccomp_filter *out, struct error *err);
void seccomp_filter_done (struct seccomp_filter *filter);

/* Child. Installs the filter; needs no_new_privs or CAP_SYS_ADMIN. *out_listener (may be NULL when
 * the plan doesn't notify) becomes the notification fd, or -1 when the filter never notifies. From
 * here on every system call passes the filter. */
CHECKED int seccomp_load (
	const struct seccomp_filter *filter, int *out_listener, struct error *err);

/* Parent. Gives the notification fd to the agent that listens at socket_path, together with
 * state_json, the spec's "container process state" (whose fds[] is ["seccompFd"]). One connection
 * for one state. */
CHECKED int seccomp_notify_send (
	const char *socket_path, int listener, const char *state_json, struct error *err);

/* For `features` and `--version`: libseccomp's version. Loads it. False when there is none. */
bool seccomp_library_version (unsigned int *major, unsigned int *minor, unsigned int *micro);
