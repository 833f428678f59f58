/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sched: the words of process.scheduler, process.ioPriority and process.execCPUAffinity.
 * Source: runtime-spec config.md "Linux Process", sched_setattr(2), ioprio_set(2).
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sched_word {
	const char *name;
	uint32_t value;
};

/* In the spec's order, ended by a NULL name. */
extern const struct sched_word sched_policies[]; /* "SCHED_FIFO", SCHED_FIFO */
extern const struct sched_word sched_flags[]; /* "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM */
extern const struct sched_word io_priority_classes[]; /* "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE */

/* The value of exactly this name in one of the tables above, or -1. */
int sched_word_value (const struct sched_word *table, const char *name);

/* A set of CPUs. 8192 is the most that Linux can be built for. */
#define CPU_LIST_MAX 8192
#define CPU_LIST_WORD_BITS (8 * sizeof (unsigned long))

struct cpu_list {
	unsigned long bits[CPU_LIST_MAX / CPU_LIST_WORD_BITS];
	size_t size; /* bytes of `bits` up to the last CPU of the set, in whole words */
};

static inline bool
cpu_list_has (const struct cpu_list *list, unsigned int cpu)
{
	return list->bits[cpu / CPU_LIST_WORD_BITS] >> cpu % CPU_LIST_WORD_BITS & 1;
}

/* Parses "0-3,7, 9-11" (as taskset -c has it, without strides; blanks around items are allowed).
 * Neither an empty list nor one that counts downwards is one. Pure. */
CHECKED int cpu_list_parse (const char *list, struct cpu_list *out, struct error *err);
