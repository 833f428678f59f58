/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mempolicy: the words of linux.memoryPolicy, and what each mode wants of the list of nodes.
 * Source: runtime-spec config-linux.md "Memory policy", set_mempolicy(2).
 */
#pragma once

#include "base/error.h"
#include "plan/sched.h"

#include <stdbool.h>

enum memory_nodes_rule { MEMORY_NODES_OPTIONAL, MEMORY_NODES_NEEDED, MEMORY_NODES_REFUSED };

struct memory_policy_mode {
	const char *name;
	int value; /* MPOL_* */
	enum memory_nodes_rule nodes;
};

/* In the spec's order, ended by a NULL name. */
extern const struct memory_policy_mode memory_policy_modes[];
extern const struct sched_word memory_policy_flags[]; /* "MPOL_F_STATIC_NODES" */

/* The mode of exactly this name, or NULL. */
const struct memory_policy_mode *memory_policy_mode (const char *name);

/* The most that Linux can be built for. */
#define MEMORY_NODES_MAX 1024

/* Parses "0-3,7". Pure. */
CHECKED int memory_nodes_parse (const char *list, struct cpu_list *out, struct error *err);

struct memory_policy_plan {
	const char *at;
	const struct memory_policy_mode *mode; /* NULL: there is no policy */
	unsigned int flags; /* MPOL_F_* */
	const char *nodes; /* NULL: none */
};
