/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * stats: what a container uses, as its cgroups count it; for `events`.
 *
 * A number that this host does not count is not set; a list is empty then. Times are nanoseconds,
 * sizes bytes. A limit of UINT64_MAX is none (on v1 the kernel says 2^63 rounded down to a page).
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"
#include "cgroup/manager.h"
#include "plan/optional.h"

/* Pressure stall information, cgroup2 with CONFIG_PSI: shares of time in hundredths of a percent. */
struct cgroup_stall {
	uint64_t avg10, avg60, avg300;
	uint64_t total; /* microseconds, as the kernel has it */
};

struct cgroup_pressure {
	bool is_set;
	struct cgroup_stall some, full;
};

struct cgroup_usage {
	struct opt_u64 usage, max, failcnt, limit;
};

struct cgroup_pair {
	const char *key;
	uint64_t value;
};

struct cgroup_pairs {
	struct cgroup_pair *entries; /* in the kernel's order */
	size_t n;
};

struct cgroup_io {
	uint64_t major, minor;
	const char *operation; /* "Read", "Write", ...; "" where there is one number a device */
	uint64_t value;
};

struct cgroup_io_list {
	struct cgroup_io *entries;
	size_t n;
};

struct cgroup_hugepages {
	const char *page_size; /* "2MB" */
	struct cgroup_usage usage;
};

struct cgroup_rdma {
	const char *device;
	struct opt_u64 hca_handles, hca_objects; /* UINT64_MAX: no limit */
};

struct cgroup_stats {
	struct {
		struct opt_u64 total, user, kernel;
		uint64_t *percpu; /* v1 */
		size_t n_percpu;
		struct opt_u64 periods, throttled_periods, throttled_time;
		struct cgroup_pressure pressure;
	} cpu;
	struct {
		const char *cpus, *mems; /* in effect; NULL when not known */
	} cpuset;
	struct {
		struct cgroup_usage memory;
		struct cgroup_usage swap; /* with memory, as the spec's limit is */
		struct cgroup_usage kernel, kernel_tcp; /* v1 */
		struct opt_u64 cache;
		struct cgroup_pairs raw; /* memory.stat */
		struct cgroup_pressure pressure;
	} memory;
	struct {
		struct opt_u64 current, limit;
	} pids;
	struct {
		struct cgroup_io_list service_bytes, serviced; /* these two on both versions */
		struct cgroup_io_list queued, service_time, wait_time, merged, time, sectors;
		struct cgroup_pressure pressure;
	} io;
	struct cgroup_hugepages *hugepages;
	size_t n_hugepages;
	struct cgroup_rdma *rdma_current, *rdma_limit;
	size_t n_rdma_current, n_rdma_limit;
};

/* Everything in *out lives in the arena. A controller that is not there is no error. */
CHECKED int cgroup_read_stats (
	struct cgroup *cgroup, struct arena *arena, struct cgroup_stats *out, struct error *err);
