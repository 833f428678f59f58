/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/create_options.h"
#include "base/auto.h"
#include "base/str.h"
#include "container/notify.h"
#include "launch/program.h"

#include <stdlib.h>
#include <unistd.h>

#define LISTEN_FDS_MAX 4096

/* How many fds a service manager has passed to us, and so to the container (sd_listen_fds(3)). */
static int
listen_fds (void)
{
	const char *fds = getenv ("LISTEN_FDS");
	const char *pid = getenv ("LISTEN_PID");
	uint64_t n, for_pid;

	if (!fds || !str_to_u64 (fds, LISTEN_FDS_MAX, &n))
		return 0;
	/* engines set LISTEN_FDS alone; with a LISTEN_PID it has to be meant for us */
	if (pid && (!str_to_u64 (pid, INT32_MAX, &for_pid) || for_pid != (uint64_t) getpid ()))
		return 0;
	return (int) n;
}

char **
listen_environment (int *out_n)
{
	const char *names = getenv ("LISTEN_FDNAMES");
	char **environment;

	*out_n = listen_fds ();
	environment = xcalloc (5, sizeof *environment);
	if (*out_n == 0)
		return environment;
	environment[0] = xasprintf ("LISTEN_FDS=%d", *out_n);
	environment[1] = xstrdup (PROGRAM_LISTEN_PID);
	if (names)
		environment[2] = xasprintf ("LISTEN_FDNAMES=%s", names);
	return environment;
}

void
listen_environment_done (char *const *environment)
{
	for (char *const *variable = environment; *variable; variable++)
		free (*variable);
	free ((void *) environment);
}

const char *
fault_to_inject (void)
{
#ifdef DAVIT_FAULT_INJECTION
	return getenv ("DAVIT_FAULT");
#else
	return NULL;
#endif
}

void
create_options_request (const struct globals *globals, const struct create_options *options,
	const char *id, struct create_request *out)
{
	int n;
	char **environment = listen_environment (&n);
	const char *notify_socket = getenv ("NOTIFY_SOCKET");
	size_t n_variables = 0;

	while (environment[n_variables])
		n_variables++;
	if (notify_socket)
		environment[n_variables] = xstrdup (NOTIFY_VARIABLE);

	*out = (struct create_request){
		.root = globals->root,
		.id = id,
		.bundle = options->bundle,
		.config = options->config,
		.driver = globals->driver,
		.buses = globals->buses,
		.privileged = globals->privileged,
		.detach = options->detach,
		.console_socket = options->console_socket,
		.pid_file = options->pid_file,
		.pidfd_socket = options->pidfd_socket,
		.trace_file = options->trace,
		.notify_socket = notify_socket,
		.seccomp_receiver = getenv ("RUN_OCI_SECCOMP_RECEIVER"),
		.preserve_fds = options->preserve_fds + n,
		.extra_environment = environment,
		.no_pivot = options->no_pivot,
		.no_new_keyring = options->no_new_keyring,
		.no_subreaper = options->no_subreaper,
		.keep = options->keep,
		.fault = fault_to_inject (),
		.warn = cli_warn,
	};
}
