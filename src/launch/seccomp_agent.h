/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp_agent: hands the listener of a notifying filter to the agent of linux.seccomp.listenerPath.
 *
 * Once the filter is loaded, any system call of init may be one that waits for the agent, which does
 * not have the listener yet. So it is sent by a thread that shares init's fds and memory and has no
 * filter, and init waits for it without a system call. Source: runtime-spec config-linux.md,
 * "The Container Process State"; seccomp_unotify(2).
 */
#pragma once

#include "kernel/seccomp.h"
#include "plan/seccomp.h"

#include <sys/types.h>

/* Connects to the agent. Its path is of the host, so this comes before the root is entered. Returns
 * the socket. */
CHECKED int seccomp_agent_connect (const struct seccomp_plan *plan, struct error *err);

/* Loads the filter and sends the listener with the container process state: our pid as the runtime's
 * namespace has it, the plan's metadata, and state_json, the container's state. Closes `agent`. */
CHECKED int seccomp_agent_load (const struct seccomp_filter *filter,
	const struct seccomp_plan *plan, int agent, const char *process_state_json,
	struct error *err);

/* The container process state; the caller frees it. state_json: of the container, an object. */
char *seccomp_agent_process_state (const struct seccomp_plan *plan, const char *oci_version,
	pid_t pid, const char *state_json);
