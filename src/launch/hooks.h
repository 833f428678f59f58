/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * hooks: runs the config's hooks, in order. Source: runtime-spec config.md, "POSIX-platform Hooks".
 */
#pragma once

#include "plan/plan.h"

/* Files that hooks write to, of run.oci.hooks.stdout and .stderr; -1: none. */
struct hook_outputs {
	int out, err; /* owned */
};
#define NO_HOOK_OUTPUTS \
	{               \
		-1, -1  \
	}

/* Opens the plan's, and makes them where they are missing: of the host, so before the root is entered. */
CHECKED int hook_outputs_open (
	const struct plan *plan, struct hook_outputs *out, struct error *err);
void hook_outputs_close (struct hook_outputs *outputs);

struct hook_surroundings {
	int interrupt_fd; /* a signalfd: what comes there ends a hook, and is its failure; -1: none */
	struct hook_outputs outputs; /* borrowed here */
	void (*warn) (void *data, const char *text); /* for hooks_run_all */
	void *data; /* for warn */
};

/* Runs each hook with state_json on its standard input, and waits for it, killing it at its timeout.
 * The first that fails ends it: the error names config line, path, how it ended, and the last it
 * wrote. Standard output and error of hooks that go to no file are read for that and otherwise thrown
 * away. */
CHECKED int hooks_run (const struct hooks *hooks, enum hook_kind kind, const char *state_json,
	const struct hook_surroundings *around, struct error *err);

/* The same, but a failing hook does not stop the others; each failure is told to `warn`. For the hooks
 * whose failure the spec wants warned of only (poststop). */
void hooks_run_all (const struct hooks *hooks, enum hook_kind kind, const char *state_json,
	const struct hook_surroundings *around);
