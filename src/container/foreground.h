/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * foreground: staying with a program until it ends: its terminal, its signals, its exit status.
 */
#pragma once

#include "launch/launch.h"

#include <signal.h>

/* What a foreground takes over: all signals that can be passed on. Those that tell of our own bugs
 * are left to kill us. */
void foreground_signals (sigset_t *out);

/* What a command that soon returns wants to know of: SIGHUP, SIGINT, SIGTERM. */
void foreground_deadly_signals (sigset_t *out);

/* Copies between the caller's terminal and the program's, if launch has one (which it takes over),
 * passes signals on, reaps, and returns when the program has ended and all that it wrote is copied.
 * `start` is called once the terminal is set up and lets the program go. signals: a signalfd of
 * foreground_signals. *out_status: the exit status, or 128 and the signal that killed it. */
CHECKED int foreground_attend (struct launch *launch, int signals,
	int (*start) (void *data, struct error *err), void *data, int *out_status,
	struct error *err);
