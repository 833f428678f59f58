/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

/* Directories of resctrl that are no groups. */
static const char *const reserved[] = { ".", "..", "info", "mon_data", "mon_groups", NULL };

static void
check_clos_id (struct spec_context *c, const struct oci_intel_rdt *rdt, const char *clos_id)
{
	if (str_equal (clos_id, "/"))
		return;
	if (strpbrk (clos_id, "/\n"))
		spec_problem (
			c, &rdt->clos_id, "'%s' must be \"/\" or the name of a directory", clos_id);
	for (const char *const *name = reserved; *name; name++)
		if (str_equal (clos_id, *name))
			spec_problem (
				c, &rdt->clos_id, "'%s' can't be a class of service", clos_id);
}

static void
check_schemata (struct spec_context *c, const struct oci_intel_rdt *rdt)
{
	for (size_t i = 0; i < rdt->n_schemata; i++) {
		if (strchr (rdt->schemata[i], '\n'))
			spec_problem (c, &rdt->schemata[i], "must be one line");
		else if (!strchr (rdt->schemata[i], ':'))
			spec_problem (c, &rdt->schemata[i],
				"'%s' is not a schema like \"L3:0=ff;1=f\"", rdt->schemata[i]);
	}
}

void
spec_intel_rdt (struct spec_context *c, const struct oci_intel_rdt *rdt)
{
	struct rdt_plan *plan = spec_alloc (c, 1, sizeof *plan);

	*plan = (struct rdt_plan){
		.at = spec_at (c, rdt->place),
		.clos_id = spec_text (rdt->clos_id),
		.l3_cache = spec_text (rdt->l3_cache_schema),
		.memory_bandwidth = spec_text (rdt->mem_bw_schema),
		.schemata = rdt->schemata,
		.n_schemata = rdt->n_schemata,
		.monitoring = rdt->enable_monitoring,
	};
	c->plan.rdt = plan;
	if (plan->clos_id)
		check_clos_id (c, rdt, plan->clos_id);
	check_schemata (c, rdt);
}
