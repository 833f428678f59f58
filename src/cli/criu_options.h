/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * criu_options: the options that checkpoint and restore share.
 */
#pragma once

#include "cli/command.h"
#include "container/criu_settings.h"

struct criu_options {
	const char *image_path, *work_path;
	struct option_list empty_ns;
	int manage_cgroups_mode, network_lock; /* choices, as in struct criu_settings */
	bool tcp_established, ext_unix_sk, shell_job, file_locks, lazy_pages, auto_dedup;
};

/* Rows into `type`, whose member `criu` is a struct criu_options. */
#define CRIU_OPTION_ROWS(type)                                                               \
	{ "image-path", NULL, STRING_INTO (type, criu.image_path), "DIR",                    \
		"where the checkpoint's images are\n(default: checkpoint)" },                \
		{ "work-path", NULL, STRING_INTO (type, criu.work_path), "DIR",              \
			"where CRIU works and logs\n(default: the images' directory)" },     \
		{ "tcp-established", NULL, FLAG_INTO (type, criu.tcp_established), NULL,     \
			"with TCP connections that are open" },                              \
		{ "ext-unix-sk", NULL, FLAG_INTO (type, criu.ext_unix_sk), NULL,             \
			"with unix sockets that are connected to others outside" },          \
		{ "shell-job", NULL, FLAG_INTO (type, criu.shell_job), NULL,                 \
			"with a session and a terminal of outside" },                        \
		{ "lazy-pages", NULL, FLAG_INTO (type, criu.lazy_pages), NULL,               \
			"memory comes later, from a page server, when it is used" },         \
		{ "file-locks", NULL, FLAG_INTO (type, criu.file_locks), NULL,               \
			"with file locks" },                                                 \
		{ "manage-cgroups-mode", NULL, CHOICE_INTO (type, criu.manage_cgroups_mode), \
			"soft|full|strict|ignore",                                           \
			"what CRIU does about control groups (default: soft)" },             \
		{ "network-lock", NULL, CHOICE_INTO (type, criu.network_lock),               \
			"iptables|nftables|skip",                                            \
			"how the network is held meanwhile (default: iptables)" },           \
		{ "empty-ns", NULL, LIST_INTO (type, criu.empty_ns), "network",              \
			"leave out what is in the network namespace" },                      \
	{                                                                                    \
		"auto-dedup", NULL, FLAG_INTO (type, criu.auto_dedup), NULL,                 \
			"drop from the images before what is in these too"                   \
	}

/* Fills in what is in both. */
CHECKED int criu_options_settings (const struct globals *globals,
	const struct criu_options *options, struct criu_settings *out, struct error *err);
