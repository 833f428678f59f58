/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * cmd_bundle: what the commands that make bundles share.
 */
#pragma once

#include "image/bundle.h"
#include "image/command.h"
#include "image/userns.h"

enum { ROOTFS_OVERLAY = 1, ROOTFS_COPY };
enum { PULL_MISSING_CHOICE = 1, PULL_ALWAYS_CHOICE, PULL_NEVER_CHOICE };
enum { NETWORK_NONE = 1, NETWORK_HOST };

struct bundle_options {
	struct shared shared;
	struct option_list env, annotations, uid_maps, gid_maps;
	const char *entrypoint, *user, *cwd, *hostname;
	bool tty, read_only, no_mount, no_seccomp, rootless;
	int rootfs, pull, network; /* choices */
	/* found out by cmd_bundle_begin */
	struct userns ids; /* of the container */
	bool is_rootless;
};

/* Of a struct that begins with `struct bundle_options bundle`. */
#define BUNDLE_INTO(type, kind, member) kind (struct type, bundle.member)
#define BUNDLE_ROWS(type)                                                                          \
	PULL_ROWS_OF (type, bundle.shared),                                                        \
		{ "pull", NULL, BUNDLE_INTO (type, CHOICE_INTO, pull), "missing|always|never",     \
			"when to pull (default: missing)" },                                       \
		{ "rootfs", NULL, BUNDLE_INTO (type, CHOICE_INTO, rootfs), "overlay|copy",         \
			"how the layers become a root file system\n"                               \
			"(default: overlay; without root, or with other ids: copy)" },             \
		{ "no-mount", NULL, BUNDLE_INTO (type, FLAG_INTO, no_mount), NULL,                 \
			"leave the overlay to `ctr-image mount`" },                                \
		{ "uidmap", NULL, BUNDLE_INTO (type, LIST_INTO, uid_maps), "INSIDE:OUTSIDE:COUNT", \
			"a user namespace with these ids" },                                       \
		{ "gidmap", NULL, BUNDLE_INTO (type, LIST_INTO, gid_maps), "INSIDE:OUTSIDE:COUNT", \
			"the same for groups (default: like --uidmap)" },                          \
		{ "rootless", NULL, BUNDLE_INTO (type, FLAG_INTO, rootless), NULL,                 \
			"a config for a runtime without root\n(default when you aren't root)" },   \
		{ "env", "e", BUNDLE_INTO (type, LIST_INTO, env), "NAME=VALUE",                    \
			"a variable of the environment" },                                         \
		{ "annotation", NULL, BUNDLE_INTO (type, LIST_INTO, annotations), "NAME=VALUE",    \
			"an annotation of the container" },                                        \
		{ "entrypoint", NULL, BUNDLE_INTO (type, STRING_INTO, entrypoint), "PROGRAM",      \
			"in place of the image's Entrypoint and Cmd; '' for none" },               \
		{ "user", "u", BUNDLE_INTO (type, STRING_INTO, user), "USER[:GROUP]",              \
			"who it runs as" },                                                        \
		{ "cwd", "w", BUNDLE_INTO (type, STRING_INTO, cwd), "DIR",                         \
			"the directory that it starts in" },                                       \
		{ "hostname", NULL, BUNDLE_INTO (type, STRING_INTO, hostname), "NAME",             \
			"its host name" },                                                         \
		{ "tty", "t", BUNDLE_INTO (type, FLAG_INTO, tty), NULL, "with a terminal" },       \
		{ "read-only", NULL, BUNDLE_INTO (type, FLAG_INTO, read_only), NULL,               \
			"a root file system that can't be written to" },                           \
		{ "network", NULL, BUNDLE_INTO (type, CHOICE_INTO, network), "none|host",          \
			"none: one of its own, with nothing but loopback;\n"                       \
			"host: the host's (default: none)" },                                      \
	{                                                                                          \
		"no-seccomp", NULL, BUNDLE_INTO (type, FLAG_INTO, no_seccomp), NULL,               \
			"without a filter of system calls"                                         \
	}

static inline enum cmd_pull_when
cmd_pull_when (const struct bundle_options *options)
{
	return options->pull == PULL_ALWAYS_CHOICE  ? CMD_PULL_ALWAYS
	       : options->pull == PULL_NEVER_CHOICE ? CMD_PULL_NEVER
						    : CMD_PULL_MISSING;
}

/* Before anything else: finds out about ids. */
CHECKED int cmd_bundle_begin (struct bundle_options *options, struct error *err);

struct cmd_bundle_input {
	const struct store *store;
	const struct image *image;
	const char *name;
	const char *path; /* absolute */
	const char *const *args;
	size_t n_args;
};
CHECKED int cmd_bundle_make (
	struct bundle_options *options, const struct cmd_bundle_input *input, struct error *err);

/* The caller frees it. */
CHECKED int cmd_absolute_path (const char *path, char **out, struct error *err);
