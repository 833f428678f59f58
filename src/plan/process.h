/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * process: the program to start and everything about its process. Also what `exec` starts.
 * Source: runtime-spec config.md "Process", config-linux.md "Personality".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Bit n is capability number n. `set` tells whether the config has process.capabilities at all:
 * without it the sets are empty for a container. */
struct capability_sets {
	bool set;
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct rlimit_plan {
	int resource; /* RLIMIT_* */
	const char *name; /* "RLIMIT_NOFILE" */
	rlim_t soft, hard;
	const char *at;
};

/* Mirrors struct sched_attr of sched_setattr(2). */
struct scheduler_plan {
	bool set;
	uint32_t policy; /* SCHED_* */
	int32_t nice;
	uint32_t priority;
	uint64_t flags; /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period; /* ns */
	const char *at;
};

struct io_priority_plan {
	bool set;
	int class; /* IOPRIO_CLASS_* */
	int priority;
	const char *at;
};

struct process_plan {
	const char *at;
	bool terminal;
	uint16_t console_width, console_height; /* characters; 0 when not given */
	const char *cwd;
	char **args; /* NULL terminated, at least one */
	char **env; /* NULL terminated, each NAME=value, one per name */
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	bool has_umask;
	mode_t umask;
	struct capability_sets capabilities;
	struct rlimit_plan *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	bool has_oom_score_adj;
	int oom_score_adj;
	struct scheduler_plan scheduler;
	struct io_priority_plan io_priority;
	const char *
		affinity_initial; /* lists as in taskset -c, "0-3,7"; only for exec; NULL when absent */
	const char *affinity_final;
	const char *selinux_label;
	const char *apparmor_profile;
	bool has_personality;
	unsigned long personality; /* PER_* */
};
