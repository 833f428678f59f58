/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"
#include "plan/sched.h"

#include <string.h>

#define UNLIMITED (-1)
#define SWAPPINESS_MAX 100

/* A struct opt_... from NAME and has_NAME. */
#define OPTIONAL(from, member)                       \
	{                                            \
		(from)->has_##member, (from)->member \
	}

/* ---- memory */

static struct opt_i64
amount (struct spec_context *c, bool is_there, const int64_t *member)
{
	if (is_there && *member < UNLIMITED)
		spec_problem (c, member, "must be -1 (no limit), or not negative");
	return (struct opt_i64){ is_there, *member };
}

/* 0 is no amount of these, and engines write it for "not given" (docker update), as runc has it. */
static struct opt_i64
amount_or_none (struct spec_context *c, bool is_there, const int64_t *member)
{
	return amount (c, is_there && *member != 0, member);
}

static struct opt_u64
share_or_none (bool is_there, uint64_t value)
{
	return (struct opt_u64){ is_there && value != 0, value };
}

static struct memory_limits
resolve_memory (struct spec_context *c, const struct oci_linux_memory *m)
{
	if (m->swappiness > SWAPPINESS_MAX)
		spec_problem (c, &m->swappiness, "must be a number from 0 to %d", SWAPPINESS_MAX);
	if (m->limit > 0 && m->swap > 0 && m->swap < m->limit)
		spec_problem (c, &m->swap,
			"is memory and swap together, and must not be less than limit");
	return (struct memory_limits){
		.limit = amount_or_none (c, m->has_limit, &m->limit),
		.reservation = amount_or_none (c, m->has_reservation, &m->reservation),
		.swap = amount_or_none (c, m->has_swap, &m->swap),
		.kernel = amount_or_none (c, m->has_kernel, &m->kernel),
		.kernel_tcp = amount_or_none (c, m->has_kernel_tcp, &m->kernel_tcp),
		.swappiness = OPTIONAL (m, swappiness),
		.disable_oom_killer = OPTIONAL (m, disable_oom_killer),
		.use_hierarchy = OPTIONAL (m, use_hierarchy),
		.check_before_update = OPTIONAL (m, check_before_update),
	};
}

/* ---- cpu */

static const char *
list (struct spec_context *c, const char *const *member)
{
	struct cpu_list parsed;
	struct error cause;

	if (!spec_text (*member))
		return NULL;
	if (cpu_list_parse (*member, &parsed, &cause) < 0)
		spec_problem_cause (c, member, &cause);
	return *member;
}

static struct cpu_limits
resolve_cpu (struct spec_context *c, const struct oci_linux_cpu *cpu)
{
	if (cpu->has_idle && cpu->idle != 0 && cpu->idle != 1)
		spec_problem (c, &cpu->idle, "must be 0 or 1");
	if (cpu->quota > 0 && cpu->burst > (uint64_t) cpu->quota)
		spec_problem (c, &cpu->burst, "must not be more than quota");
	return (struct cpu_limits){
		.shares = share_or_none (cpu->has_shares, cpu->shares),
		.burst = OPTIONAL (cpu, burst),
		.period = share_or_none (cpu->has_period, cpu->period),
		.realtime_period = share_or_none (cpu->has_realtime_period, cpu->realtime_period),
		.quota = amount_or_none (c, cpu->has_quota, &cpu->quota),
		.realtime_runtime =
			amount_or_none (c, cpu->has_realtime_runtime, &cpu->realtime_runtime),
		.idle = OPTIONAL (cpu, idle),
		.cpus = list (c, &cpu->cpus),
		.mems = list (c, &cpu->mems),
	};
}

/* ---- huge pages */

/* Whether "64KB" and so on is a power of two; its form is checked already. */
static bool
is_page_size (const char *text)
{
	char digits[20];
	size_t n = strspn (text, "0123456789");
	uint64_t number;

	if (n >= sizeof digits)
		return false;
	memcpy (digits, text, n);
	digits[n] = '\0';
	return str_to_u64 (digits, UINT64_MAX, &number) && number && (number & (number - 1)) == 0;
}

static void
add_hugepages (struct spec_context *c, const struct oci_linux_resources *resources)
{
	struct resources_plan *out = &c->plan.cgroup.resources;

	out->hugepages = spec_alloc (c, resources->n_hugepage_limits, sizeof *out->hugepages);
	for (size_t i = 0; i < resources->n_hugepage_limits; i++) {
		const struct oci_hugepage_limit *limit = resources->hugepage_limits[i];

		if (!limit->page_size)
			continue;
		if (!is_page_size (limit->page_size))
			spec_problem (c, &limit->page_size, "'%s' is not a power of two",
				limit->page_size);
		out->hugepages[out->n_hugepages++] = (struct hugepage_limit){
			.page_size = limit->page_size,
			.limit = limit->limit,
			.at = spec_at (c, limit->place),
		};
	}
}

/* ---- network, rdma, pids */

static void
add_network (struct spec_context *c, const struct oci_linux_network *network)
{
	struct network_limits *out = &c->plan.cgroup.resources.network;

	out->class_id = (struct opt_u64) OPTIONAL (network, class_id);
	out->priorities = spec_alloc (c, network->n_priorities, sizeof *out->priorities);
	for (size_t i = 0; i < network->n_priorities; i++) {
		const struct oci_interface_priority *p = network->priorities[i];

		if (!p->name)
			continue;
		if (!*p->name || strpbrk (p->name, " \t\n/"))
			spec_problem (c, &p->name, "'%s' is not the name of an interface", p->name);
		out->priorities[out->n_priorities++] =
			(struct interface_priority){ p->name, p->priority };
	}
}

static void
add_rdma (struct spec_context *c, const struct oci_rdma_map *map)
{
	struct resources_plan *out = &c->plan.cgroup.resources;

	out->rdma = spec_alloc (c, map->n, sizeof *out->rdma);
	for (size_t i = 0; i < map->n; i++) {
		const struct oci_rdma *rdma = map->values[i];

		if (!rdma->has_hca_handles && !rdma->has_hca_objects)
			spec_problem (c, rdma, "needs hcaHandles or hcaObjects");
		if (!*map->keys[i] || strpbrk (map->keys[i], " \t\n"))
			spec_problem (c, rdma, "'%s' is not the name of a device", map->keys[i]);
		out->rdma[out->n_rdma++] = (struct rdma_limit){
			.device = map->keys[i],
			.hca_handles = OPTIONAL (rdma, hca_handles),
			.hca_objects = OPTIONAL (rdma, hca_objects),
		};
	}
}

/* ---- unified */

static void
add_unified (struct spec_context *c, const struct oci_linux_resources *resources)
{
	const struct oci_string_map *map = resources->unified;
	const struct ocispec_place *place = ocispec_child (resources->place, "unified", 0);
	struct resources_plan *out = &c->plan.cgroup.resources;

	out->unified = spec_alloc (c, map->n, sizeof *out->unified);
	for (size_t i = 0; i < map->n; i++) {
		const char *file = map->keys[i];

		/* ".." has a dot, too, and no name before it */
		if (strchr (file, '/') || !strchr (file, '.') || file[0] == '.')
			spec_problem (c, &map->values[i],
				"'%s' is not the name of a file of cgroup v2 (\"memory.high\")",
				file);
		out->unified[out->n_unified++] = (struct unified_setting){
			.file = file,
			.value = map->values[i],
			.at = spec_at (c, ocispec_child (place, file, 0)),
		};
	}
}

void
spec_resources (struct spec_context *c, const struct oci_linux_resources *resources)
{
	struct resources_plan *out = &c->plan.cgroup.resources;

	out->at = spec_at (c, resources->place);
	if (resources->memory)
		out->memory = resolve_memory (c, resources->memory);
	if (resources->cpu)
		out->cpu = resolve_cpu (c, resources->cpu);
	if (resources->pids)
		out->pids_limit = amount (c, true, &resources->pids->limit);
	if (resources->block_io)
		spec_block_limits (c, resources->block_io);
	add_hugepages (c, resources);
	if (resources->network)
		add_network (c, resources->network);
	if (resources->rdma)
		add_rdma (c, resources->rdma);
	spec_device_rules (c, resources);
	if (resources->unified)
		add_unified (c, resources);
}
