/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/mempolicy.h"

#include <linux/mempolicy.h>
#include <string.h>

#define WEIGHTED_INTERLEAVE 6 /* since Linux 6.9, and not in older headers */

const struct memory_policy_mode memory_policy_modes[] = {
	{ "MPOL_DEFAULT", MPOL_DEFAULT, MEMORY_NODES_REFUSED },
	{ "MPOL_BIND", MPOL_BIND, MEMORY_NODES_NEEDED },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE, MEMORY_NODES_NEEDED },
	{ "MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE, MEMORY_NODES_NEEDED },
	{ "MPOL_PREFERRED", MPOL_PREFERRED, MEMORY_NODES_OPTIONAL },
	{ "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY, MEMORY_NODES_NEEDED },
	{ "MPOL_LOCAL", MPOL_LOCAL, MEMORY_NODES_REFUSED },
	{ NULL },
};

const struct sched_word memory_policy_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
	{ NULL, 0 },
};

const struct memory_policy_mode *
memory_policy_mode (const char *name)
{
	for (const struct memory_policy_mode *mode = memory_policy_modes; mode->name; mode++)
		if (strcmp (mode->name, name) == 0)
			return mode;
	return NULL;
}

int
memory_nodes_parse (const char *list, struct cpu_list *out, struct error *err)
{
	/* the same lists, of shorter numbers */
	if (cpu_list_parse (list, out, err) == 0 && out->size * 8 <= MEMORY_NODES_MAX)
		return 0;
	return fail (err, 0, "'%s' is not a list of memory nodes like \"0-3,7\" (numbers below %d)",
		list, MEMORY_NODES_MAX);
}
