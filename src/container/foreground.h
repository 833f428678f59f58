/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * foreground: staying with a program until it ends: its terminal, its signals, its exit status.
 */
#pragma once

#include "container/notify.h"
#include "launch/launch.h"

#include <signal.h>

/* What a foreground takes over: all signals that can be passed on. Those that tell of our own bugs
 * are left to kill us. */
void foreground_signals (sigset_t *out);

/* What a command that soon returns wants to know of: SIGHUP, SIGINT, SIGTERM. */
void foreground_deadly_signals (sigset_t *out);

struct foreground {
	struct launch *launch; /* its terminal, if it has one, is taken over */
	int signals; /* borrowed; a signalfd, which is made to take all of foreground_signals */
	struct notify *notify; /* borrowed; readiness is passed on; NULL: none */
	/* Called once the terminal is set up: lets the program go. */
	int (*start) (void *data, struct error *err);
	void *data; /* for start */
};

/* Copies between the caller's terminal and the program's, passes signals on, reaps, and returns when
 * the program has ended and all that it wrote is copied. *out_status: the exit status, or 128 and the
 * signal that killed it. */
CHECKED int foreground_attend (
	const struct foreground *foreground, int *out_status, struct error *err);
