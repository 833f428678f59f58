/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * create_options: the options that create and run share.
 */
#pragma once

#include "cli/command.h"
#include "container/creation.h"

struct create_options {
	const char *bundle, *config, *console_socket, *pidfd_socket, *pid_file, *trace;
	int preserve_fds;
	bool no_pivot, no_new_keyring, no_subreaper, detach, keep;
};

/* The rows of a table of options into (a struct that begins with) struct create_options. */
#define CREATE_OPTION_ROWS                                                                         \
	{ "bundle", "b", STRING_INTO (struct create_options, bundle), "DIR",                       \
		"the bundle's directory (default: the current one)" },                             \
		{ "config", "f", STRING_INTO (struct create_options, config), "FILE",              \
			"the config, instead of config.json in the bundle" },                      \
		{ "console-socket", NULL, STRING_INTO (struct create_options, console_socket),     \
			"PATH", "a unix socket that gets the master of the terminal" },            \
		{ "pidfd-socket", NULL, STRING_INTO (struct create_options, pidfd_socket), "PATH", \
			"a unix socket that gets a pidfd of the container's init" },               \
		{ "pid-file", NULL, STRING_INTO (struct create_options, pid_file), "FILE",         \
			"write the pid of the container's init to it" },                           \
		{ "no-pivot", NULL, FLAG_INTO (struct create_options, no_pivot), NULL,             \
			"move the root instead of pivot_root, for a root on a ramdisk" },          \
		{ "no-new-keyring", NULL, FLAG_INTO (struct create_options, no_new_keyring), NULL, \
			"keep the caller's session keyring" },                                     \
		{ "preserve-fds", NULL, NUMBER_INTO (struct create_options, preserve_fds), "N",    \
			"pass N more file descriptors on (stdio + $LISTEN_FDS + N)" },             \
	{                                                                                          \
		"trace", NULL, STRING_INTO (struct create_options, trace), "FILE",                 \
			"write the time of each step to it, for Perfetto"                          \
	}

/* Fills a request. The environment is read for LISTEN_FDS and, in test builds, DAVIT_FAULT. Its
 * extra_environment is for listen_environment_done. */
void create_options_request (const struct globals *globals, const struct create_options *options,
	const char *id, struct create_request *out);

/* The variables that tell a program of the fds a service manager has passed on to it, with room
 * for one more. *out_n: how many fds. */
char **listen_environment (int *out_n);
void listen_environment_done (char *const *environment);

/* What DAVIT_FAULT says, in a test build; else NULL. */
const char *fault_to_inject (void);
