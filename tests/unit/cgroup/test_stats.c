/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "box.h"
#include "cgroup/stats.h"

#include <stdlib.h>

/* A directory that looks like a cgroup. */
struct fake {
	char path[64];
	struct place place;
	struct cgroup cgroup;
	struct arena arena;
	struct cgroup_stats stats;
};

static void
fake_begin (struct fake *fake, bool is_v2)
{
	*fake = (struct fake){ .path = "/tmp/davit-stats.XXXXXX" };
	assert_non_null (mkdtemp (fake->path));
	fake->place = (struct place){
		.hierarchy = is_v2 ? CGROUP2 : "cpuset,cpu,cpuacct,blkio,memory,pids,hugetlb,rdma",
		.path = fake->path,
		.is_v2 = is_v2,
		.is_there = true,
		.fd = -1,
	};
	fake->cgroup = (struct cgroup){ .places = &fake->place, .n = 1 };
}

static void
fake_done (struct fake *fake)
{
	autofree char *command = xasprintf ("rm -rf '%s'", fake->path);

	place_close (&fake->place);
	assert_int_equal (system (command), 0);
	arena_done (&fake->arena);
}

static void
add_file (struct fake *fake, const char *file, const char *text)
{
	autofree char *path = xasprintf ("%s/%s", fake->path, file);
	FILE *stream = fopen (path, "we");

	assert_non_null (stream);
	fputs (text, stream);
	fclose (stream);
}

static void
read_stats (struct fake *fake)
{
	struct error err;

	if (cgroup_read_stats (&fake->cgroup, &fake->arena, &fake->stats, &err) < 0) {
		print_error ("%s\n", err.text);
		assert_true (false);
	}
}

static void
assert_number (struct opt_u64 number, uint64_t value)
{
	assert_true (number.set);
	assert_int_equal (number.value, value);
}

static void
assert_io (const struct cgroup_io *io, uint64_t minor, const char *operation, uint64_t value)
{
	assert_int_equal (io->major, 8);
	assert_int_equal (io->minor, minor);
	assert_string_equal (io->operation, operation);
	assert_int_equal (io->value, value);
}

static void
what_is_not_counted_is_not_set (void **state)
{
	struct fake fake;

	for (int is_v2 = 0; is_v2 < 2; is_v2++) {
		fake_begin (&fake, is_v2);
		read_stats (&fake);
		assert_false (fake.stats.cpu.total.set);
		assert_false (fake.stats.memory.memory.usage.set);
		assert_false (fake.stats.pids.current.set);
		assert_false (fake.stats.cpu.pressure.is_set);
		assert_null (fake.stats.cpuset.cpus);
		assert_int_equal (fake.stats.io.service_bytes.n, 0);
		assert_int_equal (fake.stats.memory.raw.n, 0);
		fake_done (&fake);
	}
}

static void
cgroup2_is_read (void **state)
{
	struct fake fake;
	struct cgroup_stats *stats = &fake.stats;

	fake_begin (&fake, true);
	add_file (&fake, "cpu.stat",
		"usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 7\nnr_throttled 2\n"
		"throttled_usec 30\nnr_bursts 0\n");
	add_file (&fake, "cpu.pressure",
		"some avg10=1.25 avg60=0.50 avg300=0.05 total=12345\n"
		"full avg10=0.00 avg60=0.00 avg300=99.99 total=7\n");
	add_file (&fake, "memory.current", "4096\n");
	add_file (&fake, "memory.max", "8192\n");
	add_file (&fake, "memory.events", "low 0\nhigh 0\nmax 3\noom 1\n");
	add_file (&fake, "memory.stat", "anon 100\nfile 200\n");
	add_file (&fake, "memory.swap.current", "1000\n");
	add_file (&fake, "memory.swap.max", "2000\n");
	add_file (&fake, "pids.current", "3\n");
	add_file (&fake, "pids.max", "max\n");
	add_file (&fake, "cpuset.cpus.effective", "0-1\n");
	add_file (&fake, "io.stat",
		"8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:16 rbytes=9 cost.usage=1\n");
	add_file (&fake, "hugetlb.2MB.current", "2097152\n");
	add_file (&fake, "hugetlb.2MB.events", "max 4\n");
	add_file (&fake, "hugetlb.2MB.rsvd.current", "0\n");
	add_file (&fake, "rdma.current", "mlx5_1 hca_handle=2 hca_object=20\n");
	add_file (&fake, "rdma.max", "mlx5_1 hca_handle=max hca_object=2000\n");
	read_stats (&fake);
	assert_number (stats->cpu.total, 1500000);
	assert_number (stats->cpu.user, 1000000);
	assert_number (stats->cpu.kernel, 500000);
	assert_number (stats->cpu.periods, 7);
	assert_number (stats->cpu.throttled_periods, 2);
	assert_number (stats->cpu.throttled_time, 30000);
	assert_true (stats->cpu.pressure.is_set);
	assert_int_equal (stats->cpu.pressure.some.avg10, 125);
	assert_int_equal (stats->cpu.pressure.some.avg300, 5);
	assert_int_equal (stats->cpu.pressure.some.total, 12345);
	assert_int_equal (stats->cpu.pressure.full.avg300, 9999);
	assert_number (stats->memory.memory.usage, 4096);
	assert_number (stats->memory.memory.limit, 8192);
	assert_number (stats->memory.memory.failcnt, 3);
	assert_false (stats->memory.memory.max.set);
	assert_number (stats->memory.cache, 200);
	assert_int_equal (stats->memory.raw.n, 2);
	assert_string_equal (stats->memory.raw.entries[0].key, "anon");
	assert_number (stats->memory.swap.usage, 5096);
	assert_number (stats->memory.swap.limit, 10192);
	assert_number (stats->pids.current, 3);
	assert_number (stats->pids.limit, UINT64_MAX);
	assert_string_equal (stats->cpuset.cpus, "0-1");
	assert_int_equal (stats->io.service_bytes.n, 4);
	assert_io (&stats->io.service_bytes.entries[0], 0, "Read", 1);
	assert_io (&stats->io.service_bytes.entries[2], 0, "Discard", 5);
	assert_io (&stats->io.service_bytes.entries[3], 16, "Read", 9);
	assert_int_equal (stats->io.serviced.n, 3);
	assert_int_equal (stats->n_hugepages, 1);
	assert_string_equal (stats->hugepages[0].page_size, "2MB");
	assert_number (stats->hugepages[0].usage.usage, 2097152);
	assert_number (stats->hugepages[0].usage.failcnt, 4);
	assert_int_equal (stats->n_rdma_limit, 1);
	assert_string_equal (stats->rdma_limit[0].device, "mlx5_1");
	assert_number (stats->rdma_limit[0].hca_handles, UINT64_MAX);
	assert_number (stats->rdma_current[0].hca_objects, 20);
	fake_done (&fake);
}

static void
v1_is_read (void **state)
{
	struct fake fake;
	struct cgroup_stats *stats = &fake.stats;
	uint64_t tick = 1000000000 / (uint64_t) sysconf (_SC_CLK_TCK);

	fake_begin (&fake, false);
	add_file (&fake, "cpuacct.usage", "123456\n");
	add_file (&fake, "cpuacct.usage_percpu", "100000 23456 \n");
	add_file (&fake, "cpuacct.stat", "user 3\nsystem 4\n");
	add_file (&fake, "cpu.stat", "nr_periods 7\nnr_throttled 2\nthrottled_time 30\n");
	add_file (&fake, "memory.usage_in_bytes", "4096\n");
	add_file (&fake, "memory.limit_in_bytes", "9223372036854771712\n");
	add_file (&fake, "memory.memsw.usage_in_bytes", "5000\n");
	add_file (&fake, "memory.stat", "cache 77\nrss 5\n");
	add_file (&fake, "pids.current", "3\n");
	add_file (&fake, "blkio.bfq.io_service_bytes_recursive", "Total 0\n");
	add_file (&fake, "blkio.throttle.io_service_bytes_recursive",
		"8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n");
	add_file (&fake, "blkio.time_recursive", "8:0 5\n");
	add_file (&fake, "hugetlb.1GB.usage_in_bytes", "0\n");
	add_file (&fake, "hugetlb.1GB.failcnt", "1\n");
	read_stats (&fake);
	assert_number (stats->cpu.total, 123456);
	assert_int_equal (stats->cpu.n_percpu, 2);
	assert_int_equal (stats->cpu.percpu[1], 23456);
	assert_number (stats->cpu.user, 3 * tick);
	assert_number (stats->cpu.kernel, 4 * tick);
	assert_number (stats->cpu.throttled_time, 30);
	assert_number (stats->memory.memory.usage, 4096);
	assert_number (stats->memory.memory.limit, 9223372036854771712u);
	assert_number (stats->memory.swap.usage, 5000);
	assert_number (stats->memory.cache, 77);
	assert_int_equal (stats->io.service_bytes.n, 3);
	assert_io (&stats->io.service_bytes.entries[1], 0, "Write", 20);
	assert_io (&stats->io.time.entries[0], 0, "", 5);
	assert_int_equal (stats->n_hugepages, 1);
	assert_number (stats->hugepages[0].usage.failcnt, 1);
	fake_done (&fake);
}

static void
a_real_one_counts (void **state)
{
	struct box *box = *state;
	struct cgroup_stats stats;

	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	assert_ok (cgroup_read_stats (box->cgroup, &box->arena, &stats, &box->err));
	if (has_v1 (box, "pids") || has_v2 (box, "pids"))
		assert_number (stats.pids.current, 1);
	if (has_v1 (box, "cpuacct") || has_v2 (box, "cpu"))
		assert_true (stats.cpu.total.set);
	if (has_v1 (box, "memory") || has_v2 (box, "memory"))
		assert_true (stats.memory.memory.usage.set);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (what_is_not_counted_is_not_set),
		cmocka_unit_test (cgroup2_is_read),
		cmocka_unit_test (v1_is_read),
		TEST (a_real_one_counts),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
