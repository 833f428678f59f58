/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stats of events: what runc calls the numbers of cgroup/stats.h.
 */
#include "base/auto.h"
#include "base/str.h"
#include "container/events.h"
#include "plan/sched.h"

#include <stdio.h>

static void
write_number (struct json_writer *json, const char *key, const struct opt_u64 *number)
{
	if (number->set)
		json_uint (json, key, number->value);
}

/* As a list of numbers: "0-2,7" is [0,1,2,7]. */
static void
write_list (struct json_writer *json, const char *key, const char *list)
{
	struct cpu_list parsed;
	struct error ignored;

	if (!list || cpu_list_parse (list, &parsed, &ignored) < 0)
		return;
	json_open_array (json, key);
	for (size_t n = 0; n < parsed.size * 8; n++)
		if (parsed.bits[n / CPU_LIST_WORD_BITS] >> n % CPU_LIST_WORD_BITS & 1)
			json_uint (json, NULL, n);
	json_close (json);
}

static void
write_percent (struct json_writer *json, const char *key, uint64_t hundredths)
{
	char text[32];

	snprintf (text, sizeof text, "%llu.%02llu", (unsigned long long) hundredths / 100,
		(unsigned long long) hundredths % 100);
	json_raw (json, key, text);
}

static void
write_stall (struct json_writer *json, const char *key, const struct cgroup_stall *stall)
{
	json_open_object (json, key);
	write_percent (json, "avg10", stall->avg10);
	write_percent (json, "avg60", stall->avg60);
	write_percent (json, "avg300", stall->avg300);
	json_uint (json, "total", stall->total);
	json_close (json);
}

static void
write_pressure (struct json_writer *json, const struct cgroup_pressure *pressure)
{
	if (!pressure->is_set)
		return;
	json_open_object (json, "psi");
	write_stall (json, "some", &pressure->some);
	write_stall (json, "full", &pressure->full);
	json_close (json);
}

static void
write_usage (struct json_writer *json, const char *key, const struct cgroup_usage *usage)
{
	json_open_object (json, key);
	write_number (json, "limit", &usage->limit);
	write_number (json, "usage", &usage->usage);
	write_number (json, "max", &usage->max);
	write_number (json, "failcnt", &usage->failcnt);
	json_close (json);
}

static void
write_cpu (struct json_writer *json, const struct cgroup_stats *stats)
{
	json_open_object (json, "cpu");
	json_open_object (json, "usage");
	write_number (json, "total", &stats->cpu.total);
	if (stats->cpu.n_percpu > 0) {
		json_open_array (json, "percpu");
		for (size_t i = 0; i < stats->cpu.n_percpu; i++)
			json_uint (json, NULL, stats->cpu.percpu[i]);
		json_close (json);
	}
	write_number (json, "kernel", &stats->cpu.kernel);
	write_number (json, "user", &stats->cpu.user);
	json_close (json);
	json_open_object (json, "throttling");
	write_number (json, "periods", &stats->cpu.periods);
	write_number (json, "throttledPeriods", &stats->cpu.throttled_periods);
	write_number (json, "throttledTime", &stats->cpu.throttled_time);
	json_close (json);
	write_pressure (json, &stats->cpu.pressure);
	json_close (json);
	json_open_object (json, "cpuset");
	write_list (json, "cpus", stats->cpuset.cpus);
	write_list (json, "mems", stats->cpuset.mems);
	json_close (json);
}

static void
write_memory (struct json_writer *json, const struct cgroup_stats *stats)
{
	const struct cgroup_pairs *raw = &stats->memory.raw;

	json_open_object (json, "memory");
	write_number (json, "cache", &stats->memory.cache);
	write_usage (json, "usage", &stats->memory.memory);
	write_usage (json, "swap", &stats->memory.swap);
	write_usage (json, "kernel", &stats->memory.kernel);
	write_usage (json, "kernelTCP", &stats->memory.kernel_tcp);
	if (raw->n > 0) {
		json_open_object (json, "raw");
		for (size_t i = 0; i < raw->n; i++)
			json_uint (json, raw->entries[i].key, raw->entries[i].value);
		json_close (json);
	}
	write_pressure (json, &stats->memory.pressure);
	json_close (json);
}

static void
write_io (struct json_writer *json, const struct cgroup_stats *stats)
{
	const struct {
		const char *key;
		const struct cgroup_io_list *list;
	} lists[] = {
		{ "ioServiceBytesRecursive", &stats->io.service_bytes },
		{ "ioServicedRecursive", &stats->io.serviced },
		{ "ioQueueRecursive", &stats->io.queued },
		{ "ioServiceTimeRecursive", &stats->io.service_time },
		{ "ioWaitTimeRecursive", &stats->io.wait_time },
		{ "ioMergedRecursive", &stats->io.merged },
		{ "ioTimeRecursive", &stats->io.time },
		{ "sectorsRecursive", &stats->io.sectors },
	};

	json_open_object (json, "blkio");
	for (size_t i = 0; i < ARRAY_SIZE (lists); i++) {
		if (lists[i].list->n == 0)
			continue;
		json_open_array (json, lists[i].key);
		for (size_t k = 0; k < lists[i].list->n; k++) {
			const struct cgroup_io *io = &lists[i].list->entries[k];

			json_open_object (json, NULL);
			json_uint (json, "major", io->major);
			json_uint (json, "minor", io->minor);
			if (*io->operation)
				json_string (json, "op", io->operation);
			json_uint (json, "value", io->value);
			json_close (json);
		}
		json_close (json);
	}
	write_pressure (json, &stats->io.pressure);
	json_close (json);
}

void
events_write_stats (struct json_writer *json, const char *key, const struct cgroup_stats *stats)
{
	json_open_object (json, key);
	write_cpu (json, stats);
	write_memory (json, stats);
	json_open_object (json, "pids");
	write_number (json, "current", &stats->pids.current);
	/* Go's zero is "max" there */
	if (stats->pids.limit.value != UINT64_MAX)
		write_number (json, "limit", &stats->pids.limit);
	json_close (json);
	write_io (json, stats);
	json_open_object (json, "hugetlb");
	for (size_t i = 0; i < stats->n_hugepages; i++) {
		const struct cgroup_usage *usage = &stats->hugepages[i].usage;

		json_open_object (json, stats->hugepages[i].page_size);
		write_number (json, "usage", &usage->usage);
		write_number (json, "max", &usage->max);
		write_number (json, "failcnt", &usage->failcnt);
		json_close (json);
	}
	json_close (json);
	json_open_object (json, "intel_rdt");
	json_close (json);
	/* those that the runtime itself has made */
	json_null (json, "network_interfaces");
	json_close (json);
}
