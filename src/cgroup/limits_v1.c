/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The limits of cgroup v1. Source: kernel cgroup-v1/.
 */
#include "cgroup/limits.h"

/* Without a word about swap, no limit of memory means none of memory and swap either: the kernel
 * won't have the one above the other. */
static int
memory_and_swap (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err)
{
	const struct memory_limits *memory = &resources->memory;

	if (!memory->swap.set && memory->limit.set && memory->limit.value == -1) {
		out->text = "-1";
		return LIMIT_WRITE;
	}
	return limit_i64 (row, resources, place, out, err);
}

#define AT(member) offsetof (struct resources_plan, member)

const struct limit_row limits_v1[] = {
	/* with a limit that is lower than before memory goes first, else memory and swap */
	{ "memory/limit", "memory", "memory.limit_in_bytes", LIMIT_ORDERED, AT (memory.limit),
		limit_i64, .usage = "memory.usage_in_bytes" },
	{ "memory/reservation", "memory", "memory.soft_limit_in_bytes", 0, AT (memory.reservation),
		limit_i64 },
	{ "memory/swap", "memory", "memory.memsw.limit_in_bytes", LIMIT_ORDERED, AT (memory.swap),
		memory_and_swap, .usage = "memory.memsw.usage_in_bytes" },
	/* the spec recommends against it, Linux 5.16 has dropped it, and runc ignores it */
	{ "memory/kernel", "memory", NULL, LIMIT_IGNORED, AT (memory.kernel), limit_i64 },
	{ "memory/kernelTCP", "memory", "memory.kmem.tcp.limit_in_bytes", 0, AT (memory.kernel_tcp),
		limit_i64 },
	{ "memory/swappiness", "memory", "memory.swappiness", 0, AT (memory.swappiness),
		limit_u64 },
	{ "memory/disableOOMKiller", "memory", "memory.oom_control", LIMIT_ZERO_MAY_MISS,
		AT (memory.disable_oom_killer), limit_bool },
	{ "memory/useHierarchy", "memory", "memory.use_hierarchy", 0, AT (memory.use_hierarchy),
		limit_bool },
	/* the kernel refuses by itself what is below the usage */
	{ "memory/checkBeforeUpdate", "memory", NULL, LIMIT_ELSEWHERE,
		AT (memory.check_before_update), limit_bool },

	/* an idle cgroup has no shares to set (EINVAL) */
	{ "cpu/shares", "cpu", "cpu.shares", LIMIT_ORDERED | LIMIT_ZERO_IS_UNSET, AT (cpu.shares),
		limit_u64 },
	/* quota by period is checked against the cgroup above, burst against the quota */
	{ "cpu/period", "cpu", "cpu.cfs_period_us", LIMIT_ORDERED | LIMIT_ZERO_IS_UNSET,
		AT (cpu.period), limit_u64 },
	{ "cpu/quota", "cpu", "cpu.cfs_quota_us", LIMIT_ORDERED | LIMIT_ZERO_IS_UNSET,
		AT (cpu.quota), limit_i64 },
	{ "cpu/burst", "cpu", "cpu.cfs_burst_us", LIMIT_ORDERED | LIMIT_ZERO_MAY_MISS,
		AT (cpu.burst), limit_u64 },
	{ "cpu/realtimePeriod", "cpu", "cpu.rt_period_us", LIMIT_ORDERED | LIMIT_ZERO_IS_UNSET,
		AT (cpu.realtime_period), limit_u64 },
	{ "cpu/realtimeRuntime", "cpu", "cpu.rt_runtime_us", LIMIT_ORDERED | LIMIT_ZERO_MAY_MISS,
		AT (cpu.realtime_runtime), limit_i64 },
	{ "cpu/idle", "cpu", "cpu.idle", LIMIT_ZERO_MAY_MISS, AT (cpu.idle), limit_i64 },
	{ "cpu/cpus", "cpuset", "cpuset.cpus", 0, AT (cpu.cpus), limit_string },
	{ "cpu/mems", "cpuset", "cpuset.mems", 0, AT (cpu.mems), limit_string },

	{ "blockIO", "blkio", .item = limit_block_v1 },
	{ "hugepageLimits", "hugetlb", .item = limit_hugepages_v1 },
	{ "network/classID", "net_cls", "net_cls.classid", LIMIT_ZERO_MAY_MISS,
		AT (network.class_id), limit_u64 },
	{ "network/priorities", "net_prio", .item = limit_priorities },
	{ "pids/limit", "pids", "pids.max", 0, AT (pids_limit), limit_or_max },
	{ "rdma", "rdma", .item = limit_rdma },
	{ NULL },
};
