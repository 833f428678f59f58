/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "cli/command.h"
#include "cli/create_options.h"
#include "container/exec.h"

#include <stdlib.h>

struct exec_options {
	const char *process, *cwd, *user, *apparmor, *label, *trace;
	const char *console_socket, *pidfd_socket, *pid_file;
	struct option_list environment, groups, capabilities, cgroups;
	int preserve_fds;
	bool tty, detach, no_new_privileges, ignore_paused;
};

static const struct option_row options[] = {
	{ "process", "p", STRING_INTO (struct exec_options, process), "FILE",
		"a file that says all about the process" },
	{ "console-socket", NULL, STRING_INTO (struct exec_options, console_socket), "PATH",
		"a unix socket that gets the master of the terminal" },
	{ "pidfd-socket", NULL, STRING_INTO (struct exec_options, pidfd_socket), "PATH",
		"a unix socket that gets a pidfd of the process" },
	{ "pid-file", NULL, STRING_INTO (struct exec_options, pid_file), "FILE",
		"write the pid of the process to it" },
	{ "detach", "d", FLAG_INTO (struct exec_options, detach), NULL,
		"return once the program runs" },
	{ "tty", "t", FLAG_INTO (struct exec_options, tty), NULL, "give it a terminal" },
	{ "cwd", NULL, STRING_INTO (struct exec_options, cwd), "DIR", "its working directory" },
	{ "env", "e", LIST_INTO (struct exec_options, environment), "NAME=VALUE",
		"set a variable (may be repeated)" },
	{ "user", "u", STRING_INTO (struct exec_options, user), "USER[:GROUP]",
		"whom it runs as: numbers, or names of the container" },
	{ "additional-gids", "g", LIST_INTO (struct exec_options, groups), "GID",
		"one more group (may be repeated)" },
	{ "cap", "c", LIST_INTO (struct exec_options, capabilities), "CAP",
		"one more capability (may be repeated)" },
	{ "no-new-privs", NULL, FLAG_INTO (struct exec_options, no_new_privileges), NULL,
		"it can't gain privileges" },
	{ "process-label", NULL, STRING_INTO (struct exec_options, label), "LABEL",
		"its SELinux label" },
	{ "apparmor", NULL, STRING_INTO (struct exec_options, apparmor), "PROFILE",
		"its AppArmor profile" },
	{ "preserve-fds", NULL, NUMBER_INTO (struct exec_options, preserve_fds), "N",
		"pass N more file descriptors on (stdio + $LISTEN_FDS + N)" },
	{ "cgroup", NULL, LIST_INTO (struct exec_options, cgroups), "[CONTROLLER:]PATH",
		"run it in this control group below the container's\n(may be repeated with a controller each)" },
	{ "ignore-paused", NULL, FLAG_INTO (struct exec_options, ignore_paused), NULL,
		"let it wait in a paused container" },
	{ "trace", NULL, STRING_INTO (struct exec_options, trace), "FILE",
		"write the time of each step to it, for Perfetto" },
	{ 0 },
};

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	struct exec_options *exec = data;
	int n_listen;
	struct exec_request request = {
		.root = globals->root,
		.id = arguments[0],
		.process_file = exec->process,
		.arguments = arguments + 1,
		.cwd = exec->cwd,
		.user = exec->user,
		.environment = exec->environment.values,
		.n_environment = exec->environment.n,
		.groups = exec->groups.values,
		.n_groups = exec->groups.n,
		.capabilities = exec->capabilities.values,
		.n_capabilities = exec->capabilities.n,
		.apparmor_profile = exec->apparmor,
		.selinux_label = exec->label,
		.cgroups = exec->cgroups.values,
		.n_cgroups = exec->cgroups.n,
		.terminal = exec->tty,
		.no_new_privileges = exec->no_new_privileges,
		.detach = exec->detach,
		.ignore_paused = exec->ignore_paused,
		.privileged = globals->privileged,
		.console_socket = exec->console_socket,
		.pid_file = exec->pid_file,
		.pidfd_socket = exec->pidfd_socket,
		.trace_file = exec->trace,
		.extra_environment = listen_environment (&n_listen),
		.fault = fault_to_inject (),
		.warn = cli_warn,
	};
	int status;
	int r;

	request.preserve_fds = exec->preserve_fds + n_listen;
	r = container_exec (&request, &status, err);
	listen_environment_done (request.extra_environment);
	option_list_done (&exec->environment);
	option_list_done (&exec->groups);
	option_list_done (&exec->capabilities);
	option_list_done (&exec->cgroups);
	return r < 0 ? -1 : status;
}

const struct command cmd_exec = {
	.name = "exec",
	.arguments = "CONTAINER PROGRAM [ARGUMENT...]",
	.summary = "run one more process in a container",
	.details =
		"With --process FILE no PROGRAM is given. The exit status is the program's; 255 when it\n"
		"could not be started.",
	.options = options,
	.options_size = sizeof (struct exec_options),
	.stop_after = 1,
	.min_arguments = 1,
	.max_arguments = 1 << 20,
	.enters_container = true,
	.failure_status = 255,
	.run = run,
};
