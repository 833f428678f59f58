/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/sched.h"

#include <linux/ioprio.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <string.h>

#define SCHED_ISO_RESERVED 4 /* the spec names it; Linux keeps the number and refuses it */

const struct sched_word sched_policies[] = {
	{ "SCHED_OTHER", SCHED_NORMAL },
	{ "SCHED_FIFO", SCHED_FIFO },
	{ "SCHED_RR", SCHED_RR },
	{ "SCHED_BATCH", SCHED_BATCH },
	{ "SCHED_ISO", SCHED_ISO_RESERVED },
	{ "SCHED_IDLE", SCHED_IDLE },
	{ "SCHED_DEADLINE", SCHED_DEADLINE },
	{ NULL, 0 },
};

const struct sched_word sched_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	{ NULL, 0 },
};

const struct sched_word io_priority_classes[] = {
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ NULL, 0 },
};

int
sched_word_value (const struct sched_word *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp (table->name, name) == 0)
			return (int) table->value;
	return -1;
}

static bool
parse_cpu (const char **s, unsigned int *out)
{
	unsigned int value = 0;

	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		value = value * 10 + (unsigned int) (**s - '0');
		if (value >= CPU_LIST_MAX)
			return false;
	}
	*out = value;
	return true;
}

static bool
parse_range (const char **s, struct cpu_list *out)
{
	unsigned int first, last;

	*s += strspn (*s, " \t");
	if (!parse_cpu (s, &first))
		return false;
	last = first;
	if (**s == '-') {
		(*s)++;
		if (!parse_cpu (s, &last) || last < first)
			return false;
	}
	*s += strspn (*s, " \t\n");
	for (unsigned int cpu = first; cpu <= last; cpu++)
		out->bits[cpu / CPU_LIST_WORD_BITS] |= 1ul << cpu % CPU_LIST_WORD_BITS;
	size_t size = (last / CPU_LIST_WORD_BITS + 1) * sizeof *out->bits;
	if (size > out->size)
		out->size = size;
	return true;
}

int
cpu_list_parse (const char *list, struct cpu_list *out, struct error *err)
{
	const char *s = list;

	memset (out, 0, sizeof *out);
	do
		if (!parse_range (&s, out))
			return fail (err, 0,
				"'%s' is not a list of CPUs like \"0-3,7\" (numbers below %d)",
				list, CPU_LIST_MAX);
	while (*s++ == ',');
	if (s[-1] != '\0')
		return fail (err, 0, "'%s' is not a list of CPUs: '%s' is left over", list, s - 1);
	return 0;
}
