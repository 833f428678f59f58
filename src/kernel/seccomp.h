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
 * A call with a greater number than any that the rules name, on its architecture, answers ENOSYS
 * instead of the default action, so that libc falls back to an older call; unless the default lets
 * calls pass (ALLOW, LOG, TRACE). Conditions of a rule on the same argument are alternatives, those
 * on different arguments must all hold, as runc and libseccomp have it. A rule with the default action
 * is left out. The native architecture is always in.
 *
 * Flags: when the config has none, SPEC_ALLOW, as runc does. TSYNC and WAIT_KILLABLE_RECV only go to
 * the kernel where they mean something: for one without a listener, and for one with a listener.
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
	unsigned int flags; /* SECCOMP_FILTER_FLAG_*, for seccomp(2); NEW_LISTENER: it notifies */
};

/* Whether this build can compile filters. */
bool seccomp_is_built_in (void);

/* Compiles the plan's filter, or takes it from the cache (seccomp_cache.h) in cache_dir; NULL: there is
 * none. Anything wrong with the cache means compiling and is never an error. Free with
 * seccomp_filter_done. */
CHECKED int seccomp_compile (const struct seccomp_plan *plan, const char *cache_dir,
	struct seccomp_filter *out, struct error *err);
void seccomp_filter_done (struct seccomp_filter *filter);

/* Child. Installs the filter; needs no_new_privs or CAP_SYS_ADMIN. *out_listener (may be NULL when
 * the plan doesn't notify) becomes the notification fd, or -1 when the filter never notifies. From
 * here on every system call passes the filter. */
CHECKED int seccomp_load (
	const struct seccomp_filter *filter, int *out_listener, struct error *err);

/* Whether the running kernel has this SECCOMP_FILTER_FLAG_*. Nothing is installed. */
bool seccomp_flag_is_supported (unsigned int flag);

/* For `features` and `--version`: libseccomp's version. Loads it. False when there is none. */
bool seccomp_library_version (unsigned int *major, unsigned int *minor, unsigned int *micro);
