/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * scheduling: process.scheduler, ioPriority and execCPUAffinity. What the kernel would refuse is
 * refused here, where the reason can be told. Source: sched_setattr(2), ioprio_set(2).
 */
#include "spec/context.h"
#include "base/str.h"
#include "plan/sched.h"

#include <linux/sched.h>

#define NICE_MIN (-20)
#define NICE_MAX 19
#define REAL_TIME_MIN 1
#define REAL_TIME_MAX 99
#define IO_PRIORITY_MAX 7
#define DEADLINE_MIN 1024 /* ns */

static bool
is_real_time (const char *policy)
{
	return str_equal (policy, "SCHED_FIFO") || str_equal (policy, "SCHED_RR");
}

static void
check_nice (struct spec_context *c, const struct oci_scheduler *s)
{
	if (s->nice < NICE_MIN || s->nice > NICE_MAX)
		spec_problem (c, &s->nice, "must be a number from %d to %d", NICE_MIN, NICE_MAX);
	else if (s->nice != 0 && !str_equal (s->policy, "SCHED_OTHER") &&
		 !str_equal (s->policy, "SCHED_BATCH"))
		spec_problem (
			c, &s->nice, "is for SCHED_OTHER and SCHED_BATCH, not for %s", s->policy);
}

static void
check_priority (struct spec_context *c, const struct oci_scheduler *s)
{
	if (!is_real_time (s->policy)) {
		if (s->priority != 0)
			spec_problem (c, &s->priority, "is for SCHED_FIFO and SCHED_RR, not for %s",
				s->policy);
	} else if (s->priority < REAL_TIME_MIN || s->priority > REAL_TIME_MAX) {
		spec_problem (c, &s->priority, "must be a number from %d to %d for %s",
			REAL_TIME_MIN, REAL_TIME_MAX, s->policy);
	}
}

static void
check_deadline (struct spec_context *c, const struct oci_scheduler *s)
{
	uint64_t period = s->period ? s->period : s->deadline;

	if (!str_equal (s->policy, "SCHED_DEADLINE")) {
		const uint64_t *set = s->runtime    ? &s->runtime
				      : s->deadline ? &s->deadline
				      : s->period   ? &s->period
						    : NULL;

		if (set)
			spec_problem (c, set, "is for SCHED_DEADLINE, not for %s", s->policy);
		return;
	}
	if (s->runtime < DEADLINE_MIN)
		spec_problem (c, &s->runtime, "must be at least %d ns", DEADLINE_MIN);
	if (s->runtime > s->deadline || s->deadline > period)
		spec_problem (c, s, "must have runtime <= deadline <= period");
}

static void
add_scheduler (struct spec_context *c, const struct oci_scheduler *s, struct scheduler_plan *out)
{
	int policy = s->policy ? sched_word_value (sched_policies, s->policy) : -1;

	if (policy < 0)
		return;
	if (str_equal (s->policy, "SCHED_ISO"))
		spec_problem (c, &s->policy, "SCHED_ISO is not in Linux");
	check_nice (c, s);
	check_priority (c, s);
	check_deadline (c, s);
	*out = (struct scheduler_plan){
		.set = true,
		.policy = (uint32_t) policy,
		.nice = s->nice,
		.priority = (uint32_t) s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
		.at = spec_at (c, s->place),
	};
	for (size_t i = 0; i < s->n_flags; i++) {
		int flag = sched_word_value (sched_flags, s->flags[i]);

		if (flag >= 0)
			out->flags |= (uint64_t) flag;
	}
}

static void
add_io_priority (
	struct spec_context *c, const struct oci_io_priority *io, struct io_priority_plan *out)
{
	int class = io->class ? sched_word_value (io_priority_classes, io->class) : -1;

	if (class < 0)
		return;
	if (io->priority < 0 || io->priority > IO_PRIORITY_MAX)
		spec_problem (c, &io->priority, "must be a number from 0 to %d", IO_PRIORITY_MAX);
	*out = (struct io_priority_plan){
		.set = true,
		.class = class,
		.priority = io->priority,
		.at = spec_at (c, io->place),
	};
}

/* A list of CPUs, or NULL. */
static const char *
cpus (struct spec_context *c, const char *const *member)
{
	struct cpu_list list;
	struct error cause;

	if (spec_text (*member) && cpu_list_parse (*member, &list, &cause) < 0)
		spec_problem_cause (c, member, &cause);
	return spec_text (*member);
}

void
spec_scheduling (
	struct spec_context *c, const struct oci_process *process, struct process_plan *out)
{
	if (process->scheduler)
		add_scheduler (c, process->scheduler, &out->scheduler);
	if (process->io_priority)
		add_io_priority (c, process->io_priority, &out->io_priority);
	if (process->exec_cpu_affinity) {
		out->affinity_initial = cpus (c, &process->exec_cpu_affinity->initial);
		out->affinity_final = cpus (c, &process->exec_cpu_affinity->final);
	}
}
