/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * exec: one more process in a running container.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What the command line asks for. All borrowed; NULL and 0: not given. */
struct exec_request {
	const char *root;
	const char *id;
	/* A file with the process (config.md "Process"), or else the arguments and what differs from
	 * the container's own process. */
	const char *process_file;
	char **arguments; /* NULL terminated */
	const char *cwd;
	const char *user; /* "UID[:GID]" or "NAME[:GROUP]" */
	const char **environment; /* NAME=VALUE each */
	size_t n_environment;
	const char **groups; /* numbers */
	size_t n_groups;
	const char **capabilities; /* more of them, by name */
	size_t n_capabilities;
	const char *apparmor_profile, *selinux_label;
	const char **cgroups; /* "[CONTROLLER,...:]PATH" below the container's */
	size_t n_cgroups;
	bool terminal, no_new_privileges;

	bool detach, ignore_paused;
	bool privileged; /* root of the initial user namespace */
	const char *console_socket, *pid_file, *pidfd_socket, *trace_file;
	int preserve_fds;
	char *const *extra_environment;
	const char *fault;
	void (*warn) (const char *text);
};

/* *out_status is the program's exit status, or 128 and the signal that killed it; 0 when detached. */
CHECKED int container_exec (const struct exec_request *request, int *out_status, struct error *err);
