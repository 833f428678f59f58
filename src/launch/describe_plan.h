/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * describe_plan: what a launch of a plan would do, without doing any of it: the steps of each process,
 * in order, with what each of them is about.
 */
#pragma once

#include "base/buffer.h"
#include "plan/plan.h"

/* Lines for people: a heading a process, a line a step, indented lines for what it works on. Steps
 * that have nothing to do for this plan are left out. */
void describe_plan_text (const struct plan *plan, struct buffer *out);

/* {"processes":[{"name":"parent","steps":[{"name":"...","applies":true,"details":["..."]}]}]}: all
 * steps, also those that have nothing to do. */
void describe_plan_json (const struct plan *plan, struct buffer *out);
