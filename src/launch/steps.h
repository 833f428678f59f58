/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * steps: a process's work as a table of named steps, and the one that runs them.
 *
 * A step that does not apply returns at once. A failing step's error gets the step's name put before
 * it. Order is data: a unit test asserts it, `davit plan` prints it, --trace times it, and a build
 * with --enable-fault-injection can fail or die at any of them.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct launch;
struct plan;

/* Ends with an entry whose name is NULL. */
struct step {
	const char *name;
	int (*run) (struct launch *launch, struct error *err);
	/* For `davit plan`: whether it has something to do for this plan, and with a line added to
	 * `details` for each thing it works on. NULL: always, and there is nothing to add. */
	bool (*about) (const struct plan *plan, struct buffer *details);
};

enum actor { ACTOR_PARENT, ACTOR_MIDDLE, ACTOR_INIT, ACTORS };

/* What is told: how a container comes to be, or how one more process comes into it. */
enum story { STORY_CREATE, STORY_EXEC, STORIES };
extern const char *const actor_names[STORIES][ACTORS];

/* What each process does, in order. */
extern const struct step parent_steps[], middle_steps[], init_steps[];
extern const struct step exec_parent_steps[], exec_middle_steps[], exec_init_steps[];
const struct step *steps_of (enum story story, enum actor actor);

/* Runs the steps of launch->story. */
CHECKED int steps_run (enum actor actor, struct launch *launch, struct error *err);

/* Times of steps, shared by all processes of a launch. Make it before the first clone; NULL is a
 * valid trace that records nothing. */
struct trace;
CHECKED int trace_new (enum story story, struct trace **out, struct error *err);

/* Writes what was recorded as Chrome trace event JSON (chrome://tracing, Perfetto). */
CHECKED int trace_write (struct trace *trace, const char *path, struct error *err);
void trace_free (struct trace *trace);
