/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * criu_settings: what the command line asks of CRIU, and how that is said to it.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "container/criu_message.h"
#include "plan/plan.h"

#include <stdbool.h>

/* All text is borrowed. What is only for one direction is false in the other. */
struct criu_settings {
	const char *program; /* the file to execute; NULL: "criu" */
	bool leave_running, tcp_established, tcp_skip_in_flight, tcp_close, link_remap;
	bool ext_unix_sk, shell_job, file_locks, lazy_pages, auto_dedup;
	bool empty_network; /* its devices, addresses and routes are not in the checkpoint */
	bool tracks_memory; /* for this dump, or of the one before */
	int cgroups_mode; /* a choice: 1 soft, 2 full, 3 strict, 4 ignore; 0: CRIU's default */
	int network_lock; /* a choice: 1 iptables, 2 nftables, 3 skip; 0: CRIU's default */
	const char *page_server; /* ADDRESS:PORT; NULL: none */
	const char *lsm_profile, *lsm_mount_context; /* NULL: none */
};

/* Fails, with the option's name, when this host's CRIU can't do what is asked. */
CHECKED int criu_settings_check (const struct criu_settings *settings, struct error *err);

/* Adds them to a message criu_opts. */
CHECKED int criu_settings_add (
	const struct criu_settings *settings, struct buffer *options, struct error *err);

/* "127.0.0.1:27" and "[::1]:27" as the two that they are; *out_address is malloc'd. */
CHECKED int criu_parse_address (
	const char *text, char **out_address, int *out_port, struct error *err);

/* Adds the file whose settings are stronger than ours: what the annotation "org.criu.config" names, and
 * without one davit.conf or runc.conf in /etc/criu. */
void criu_add_config_file (
	struct buffer *options, const struct plan *plan, void (*warn) (const char *text));
