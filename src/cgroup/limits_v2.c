/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The limits of cgroup2. Source: kernel cgroup-v2.rst; runtime-spec config-linux.md.
 */
#include "base/str.h"
#include "cgroup/limits.h"

#include <inttypes.h>
#include <stdio.h>

#define OUT_SIZE sizeof out->room

/* The kernel would make room by killing; checkBeforeUpdate asks for an error instead. */
static int
memory_limit (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err)
{
	const struct memory_limits *memory = &resources->memory;
	uint64_t used;

	if (place && memory->check_before_update.set && memory->check_before_update.value &&
		memory->limit.set && memory->limit.value >= 0) {
		if (place_read_u64 (place, "memory.current", &used, err) < 0)
			return -1;
		if ((uint64_t) memory->limit.value < used)
			return fail (err, 0, "%" PRId64 " is below the %" PRIu64 " bytes in use",
				memory->limit.value, used);
	}
	return limit_or_max (row, resources, place, out, err);
}

/* The limit of memory that counts: the new one, else the one that is set. */
static int
known_memory_limit (
	const struct memory_limits *memory, struct place *place, int64_t *out, struct error *err)
{
	uint64_t limit = UINT64_MAX;

	if (memory->limit.set)
		limit = memory->limit.value < 0 ? UINT64_MAX : (uint64_t) memory->limit.value;
	else if (place && place_read_u64 (place, "memory.max", &limit, err) < 0)
		return -1;
	if (limit > INT64_MAX)
		return fail (err, 0, "a limit of memory and swap needs one of memory");
	*out = (int64_t) limit;
	return 0;
}

/* The spec's swap is memory and swap together, cgroup2's is swap alone. */
static int
swap_alone (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err)
{
	const struct memory_limits *memory = &resources->memory;
	int64_t limit = 0;

	if (!memory->swap.set) {
		out->text = "max";
		return memory->limit.set && memory->limit.value == -1 ? LIMIT_WRITE : LIMIT_SKIP;
	}
	if (memory->swap.value == -1) {
		out->text = "max";
		return LIMIT_WRITE;
	}
	if (known_memory_limit (memory, place, &limit, err) < 0)
		return -1;
	if (memory->swap.value < limit)
		return fail (err, 0,
			"%" PRId64 " bytes of memory and swap are less than the %" PRId64
			" of memory",
			memory->swap.value, limit);
	snprintf (out->room, OUT_SIZE, "%" PRId64, memory->swap.value - limit);
	return LIMIT_WRITE;
}

static int
cpu_weight (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err)
{
	const struct opt_u64 *shares = &resources->cpu.shares;

	if (!shares->set || shares->value == 0) /* 0 is what engines write for "no value" */
		return LIMIT_SKIP;
	snprintf (out->room, OUT_SIZE, "%" PRIu64, limit_cpu_weight (shares->value));
	return LIMIT_WRITE;
}

/* cpu.max is "QUOTA PERIOD". A quota alone leaves the period as it is; a period alone has to say the
 * quota once more. */
static int
cpu_max (const struct limit_row *row, const struct resources_plan *resources, struct place *place,
	struct limit_write *out, struct error *err)
{
	const struct cpu_limits *cpu = &resources->cpu;
	bool has_quota = cpu->quota.set && cpu->quota.value != 0;
	bool has_period = cpu->period.set && cpu->period.value != 0;
	char quota[64] = "max";

	if (!has_quota && !has_period)
		return LIMIT_SKIP;
	if (has_quota && cpu->quota.value > 0)
		snprintf (quota, sizeof quota, "%" PRId64, cpu->quota.value);
	if (!has_quota && place) {
		if (place_read (place, "cpu.max", quota, sizeof quota, err) < 0)
			snprintf (quota, sizeof quota, "max"); /* writing it will say why */
		quota[strcspn (quota, " ")] = '\0';
	}
	if (!has_period)
		snprintf (out->room, OUT_SIZE, "%s", quota);
	else
		snprintf (out->room, OUT_SIZE, "%s %" PRIu64, quota, cpu->period.value);
	return LIMIT_WRITE;
}

#define AT(member) offsetof (struct resources_plan, member)

const struct limit_row limits_v2[] = {
	{ "memory/swap", "memory", "memory.swap.max", LIMIT_ZERO_MAY_MISS, AT (memory.swap),
		swap_alone },
	{ "memory/limit", "memory", "memory.max", 0, AT (memory.limit), memory_limit },
	{ "memory/reservation", "memory", "memory.low", 0, AT (memory.reservation), limit_or_max },
	/* What only v1 has, and what runs as well without: runc ignores these too, and engines pass
	 * them on to whatever host there is. A container whose OOM killer is not disabled is
	 * rather killed than stuck. */
	{ "memory/kernel", "memory", NULL, LIMIT_IGNORED, AT (memory.kernel), limit_i64 },
	{ "memory/kernelTCP", "memory", NULL, LIMIT_IGNORED, AT (memory.kernel_tcp), limit_i64 },
	{ "memory/swappiness", "memory", NULL, LIMIT_IGNORED, AT (memory.swappiness), limit_u64 },
	{ "memory/disableOOMKiller", "memory", NULL, LIMIT_IGNORED, AT (memory.disable_oom_killer),
		limit_bool },
	{ "memory/useHierarchy", "memory", NULL, LIMIT_IGNORED, AT (memory.use_hierarchy),
		limit_bool },
	{ "memory/checkBeforeUpdate", "memory", NULL, LIMIT_ELSEWHERE,
		AT (memory.check_before_update), limit_bool },

	/* an idle cgroup has no weight to set (EINVAL) */
	{ "cpu/shares", "cpu", "cpu.weight", LIMIT_ORDERED, AT (cpu.shares), cpu_weight },
	{ "cpu/idle", "cpu", "cpu.idle", LIMIT_ZERO_MAY_MISS, AT (cpu.idle), limit_i64 },
	{ "cpu/quota", "cpu", "cpu.max", LIMIT_ORDERED, AT (cpu.quota), cpu_max },
	{ "cpu/period", "cpu", NULL, LIMIT_ELSEWHERE, AT (cpu.period), limit_u64 },
	{ "cpu/burst", "cpu", "cpu.max.burst", LIMIT_ORDERED | LIMIT_ZERO_MAY_MISS, AT (cpu.burst),
		limit_u64 },
	{ "cpu/realtimePeriod", "cpu", NULL, LIMIT_REFUSED | LIMIT_ZERO_IS_UNSET,
		AT (cpu.realtime_period), limit_u64 },
	{ "cpu/realtimeRuntime", "cpu", NULL, LIMIT_REFUSED | LIMIT_ZERO_IS_UNSET,
		AT (cpu.realtime_runtime), limit_i64 },
	{ "cpu/cpus", "cpuset", "cpuset.cpus", 0, AT (cpu.cpus), limit_string },
	{ "cpu/mems", "cpuset", "cpuset.mems", 0, AT (cpu.mems), limit_string },

	{ "blockIO", "io", .item = limit_block_v2 },
	{ "hugepageLimits", "hugetlb", .item = limit_hugepages_v2 },
	{ "network/classID", "net_cls", NULL, LIMIT_REFUSED | LIMIT_ZERO_IS_UNSET,
		AT (network.class_id), limit_u64 },
	{ "network/priorities", "net_prio", NULL, LIMIT_REFUSED, .item = limit_priorities },
	{ "pids/limit", "pids", "pids.max", 0, AT (pids_limit), limit_or_max },
	{ "rdma", "rdma", .item = limit_rdma },
	{ NULL },
};
