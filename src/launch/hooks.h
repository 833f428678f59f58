/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * hooks: runs the config's hooks, in order. Source: runtime-spec config.md, "POSIX-platform Hooks".
 */
#pragma once

#include "plan/plan.h"

/* Runs each hook with state_json on its standard input, and waits for it, killing it at its timeout.
 * The first that fails ends it: the error names config line, path, how it ended, and the last it
 * wrote. What comes at interrupt_fd (a signalfd; -1: none) ends it too. Standard output and error of hooks are read for that and otherwise thrown away. */
CHECKED int hooks_run (const struct hooks *hooks, enum hook_kind kind, const char *state_json,
	int interrupt_fd, struct error *err);

/* The same, but a failing hook does not stop the others; each failure is told to `warn`. For the hooks
 * whose failure the spec wants warned of only (poststop). */
void hooks_run_all (const struct hooks *hooks, enum hook_kind kind, const char *state_json,
	void (*warn) (void *data, const char *text), void *data);
