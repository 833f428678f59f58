/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/sched.h"
#include "base/syscalls.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched/types.h>

static const char *
word_of (const struct sched_word *table, uint32_t value)
{
	for (; table->name; table++)
		if (table->value == value)
			return table->name;
	return "?";
}

static int
prefix_at (const char *at, struct error *err)
{
	return at ? error_prefix (err, "%s", at) : -1;
}

int
scheduler_apply (const struct scheduler_plan *plan, struct error *err)
{
	struct sched_attr attr = {
		.size = sizeof attr,
		.sched_policy = plan->policy,
		.sched_flags = plan->flags,
		.sched_nice = plan->nice,
		.sched_priority = plan->priority,
		.sched_runtime = plan->runtime,
		.sched_deadline = plan->deadline,
		.sched_period = plan->period,
	};
	const char *hint;

	if (!plan->set || sys_sched_setattr (0, &attr, 0) == 0)
		return 0;
	hint = errno == EPERM	 ? "it needs CAP_SYS_NICE, or real-time time in its cgroup"
	       : errno == EBUSY	 ? "the CPUs have not that much time left for deadlines"
	       : errno == EINVAL ? "see sched_setattr(2) for what goes together"
				 : NULL;
	fail_hint (err, errno, hint, "set scheduler %s", word_of (sched_policies, plan->policy));
	return prefix_at (plan->at, err);
}

int
io_priority_apply (const struct io_priority_plan *plan, struct error *err)
{
	int value = IOPRIO_PRIO_VALUE (plan->class, plan->priority);

	if (plan->set && (plan->priority < 0 || plan->priority > 7)) {
		/* Since Linux 6.5 the bits above are hints and not refused. */
		fail (err, 0, "I/O priority %d is not between 0 and 7", plan->priority);
		return prefix_at (plan->at, err);
	}
	if (!plan->set || sys_ioprio_set (IOPRIO_WHO_PROCESS, 0, value) == 0)
		return 0;
	fail_hint (err, errno, errno == EPERM ? "it needs CAP_SYS_NICE" : NULL,
		"set I/O priority %s %d", word_of (io_priority_classes, (uint32_t) plan->class),
		plan->priority);
	return prefix_at (plan->at, err);
}

int
affinity_apply (pid_t pid, const char *list, struct error *err)
{
	struct cpu_list cpus;

	if (!list)
		return 0;
	if (cpu_list_parse (list, &cpus, err) < 0)
		return -1;
	if (syscall (SYS_sched_setaffinity, pid, cpus.size, cpus.bits) < 0)
		return fail_hint (err, errno,
			errno == EINVAL ? "none of them is there and in the process's cpuset"
					: NULL,
			"set the CPU affinity to '%s'", list);
	return 0;
}
