/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Limits are written to directories that only look like cgroups: each file holds what was written to
 * it last. What the kernel says to it is tests/unit/cgroup/test_cgroup.c's.
 */
#include "unit.h"

#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/limits.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SET(v)            \
	{                 \
		true, (v) \
	}

struct fake {
	char path[64];
	struct place place;
	struct cgroup cgroup;
	struct error err;
};

static const char v1_list[] =
	"cpuset,cpu,cpuacct,blkio,memory,devices,freezer,net_cls,net_prio,hugetlb,pids,rdma";

static void
fake_begin (struct fake *fake, bool is_v2)
{
	*fake = (struct fake){ .path = "/tmp/davit-limits.XXXXXX" };
	assert_non_null (mkdtemp (fake->path));
	fake->place = (struct place){ .hierarchy = is_v2 ? CGROUP2 : v1_list,
		.path = fake->path,
		.is_v2 = is_v2,
		.is_there = true,
		.fd = -1 };
	/* so that nobody tries to load a BPF program for it */
	fake->cgroup = (struct cgroup){ .places = &fake->place, .n = 1, .rootless = true };
}

static void
fake_done (struct fake *fake)
{
	autofree char *command = xasprintf ("rm -rf '%s'", fake->path);

	place_close (&fake->place);
	assert_int_equal (system (command), 0);
}

/* Makes it, or sets what is in it. Later writes do not cut it off, as real ones would. */
static void
add_file (struct fake *fake, const char *file, const char *text)
{
	autofree char *path = xasprintf ("%s/%s", fake->path, file);
	FILE *stream = fopen (path, "we");

	assert_non_null (stream);
	fputs (text, stream);
	fclose (stream);
}

static const char *
text_of (struct fake *fake, const char *file)
{
	static char text[256];
	autofree char *path = xasprintf ("%s/%s", fake->path, file);
	struct error err;

	if (fd_read_line (AT_FDCWD, path, text, sizeof text, &err) < 0)
		snprintf (text, sizeof text, "%.200s", err.text);
	return text;
}

static void
apply (struct fake *fake, const struct resources_plan *resources)
{
	if (limits_apply (&fake->cgroup, resources, &fake->err) < 0) {
		print_error ("%s\n", fake->err.text);
		assert_true (false);
	}
}

static void
assert_fails (struct fake *fake, const struct resources_plan *resources, const char *part)
{
	assert_int_equal (limits_apply (&fake->cgroup, resources, &fake->err), -1);
	if (!strstr (fake->err.text, part)) {
		print_error ("'%s' is not in '%s'\n", part, fake->err.text);
		assert_true (false);
	}
	assert_null (strstr (fake->err.text, "No such file"));
}

/* ---- conversions */

static const struct {
	uint64_t shares, weight;
} weights[] = {
	{ 0, 1 },
	{ 1, 1 },
	{ 2, 1 },
	{ 3, 2 },
	{ 1024, 100 },
	{ 1023, 100 },
	{ 1025, 101 },
	{ 262143, 10000 },
	{ 262144, 10000 },
	{ 262145, 10000 },
	{ UINT64_MAX, 10000 },
};

static void
cpu_weights_follow_the_formula (void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE (weights); i++)
		assert_int_equal (limit_cpu_weight (weights[i].shares), weights[i].weight);
	for (uint64_t shares = 2; shares <= 262144; shares++) {
		double l = log2 ((double) shares);
		double exact = pow (10, (l * l + 125 * l) / 612 - 7.0 / 34);

		if (limit_cpu_weight (shares) != (uint64_t) ceil (exact - 1e-9)) {
			print_error ("%u shares: %f\n", (unsigned int) shares, exact);
			assert_true (false);
		}
	}
}

static void
io_weights_lie_on_a_line (void **state)
{
	assert_int_equal (limit_io_weight (1), 1);
	assert_int_equal (limit_io_weight (10), 1);
	assert_int_equal (limit_io_weight (11), 11);
	assert_int_equal (limit_io_weight (500), 4950);
	assert_int_equal (limit_io_weight (999), 9989);
	assert_int_equal (limit_io_weight (1000), 10000);
	assert_int_equal (limit_io_weight (5000), 10000);
}

/* ---- the tables */

/* As runtime-spec has them; device rules and unified are not in the tables. */
static const char *const spec_fields[] = { "memory/limit", "memory/reservation", "memory/swap",
	"memory/kernel", "memory/kernelTCP", "memory/swappiness", "memory/disableOOMKiller",
	"memory/useHierarchy", "memory/checkBeforeUpdate", "cpu/shares", "cpu/quota", "cpu/burst",
	"cpu/period", "cpu/realtimeRuntime", "cpu/realtimePeriod", "cpu/cpus", "cpu/mems",
	"cpu/idle", "blockIO", "hugepageLimits", "network/classID", "network/priorities",
	"pids/limit", "rdma" };

static void
check_fields (const struct limit_row *table)
{
	size_t n = 0;

	for (const struct limit_row *row = table; row->field; row++, n++) {
		bool has_no_file = row->flags & (LIMIT_REFUSED | LIMIT_IGNORED | LIMIT_ELSEWHERE);

		print_message ("%s\n", row->field);
		assert_true (row->value || row->item);
		assert_int_equal (!row->file, has_no_file || row->item);
	}
	assert_int_equal (n, ARRAY_SIZE (spec_fields));
	for (size_t i = 0; i < ARRAY_SIZE (spec_fields); i++) {
		bool found = false;

		for (const struct limit_row *row = table; row->field; row++)
			found |= str_equal (row->field, spec_fields[i]);
		if (!found)
			print_error ("no row for %s\n", spec_fields[i]);
		assert_true (found);
	}
}

static void
each_field_of_the_spec_has_a_row_in_both_tables (void **state)
{
	check_fields (limits_v1);
	check_fields (limits_v2);
}

static struct block_weight block_weights[] = {
	{ { 8, 0 }, SET (500), SET (300), "at weight" },
};
static struct block_throttle throttles[] = {
	{ { 8, 0 }, 600, "at throttle" },
};
static struct hugepage_limit hugepages[] = {
	{ "2MB", 4194304, "at hugepage" },
};
static struct rdma_limit rdma[] = {
	{ "mlx5_1", SET (3), SET (10000) },
};
static struct interface_priority priorities[] = {
	{ "eth0", 500 },
};

/* Everything that v1 has; members that cgroup2 refuses are taken out there. */
static struct resources_plan
everything (void)
{
	return (struct resources_plan){
		.memory = { .limit = SET (1000),
			.reservation = SET (900),
			.swap = SET (1500),
			.kernel = SET (100),
			.kernel_tcp = SET (200),
			.swappiness = SET (30),
			.disable_oom_killer = SET (true),
			.use_hierarchy = SET (true),
			.check_before_update = SET (true) },
		.cpu = { .shares = SET (1024),
			.burst = SET (4000),
			.period = SET (100000),
			.realtime_period = SET (1000000),
			.quota = SET (50000),
			.realtime_runtime = SET (950000),
			.idle = SET (1),
			.cpus = "0-1",
			.mems = "0" },
		.block = { .weight = SET (100),
			.leaf_weight = SET (200),
			.weight_devices = block_weights,
			.n_weight_devices = 1,
			.read_bps = { throttles, 1 },
			.write_bps = { throttles, 1 },
			.read_iops = { throttles, 1 },
			.write_iops = { throttles, 1 } },
		.hugepages = hugepages,
		.n_hugepages = 1,
		.network = { SET (1048577), priorities, 1 },
		.pids_limit = SET (32771),
		.rdma = rdma,
		.n_rdma = 1,
		.at = "config.json:80: /linux/resources",
	};
}

static struct resources_plan
everything_v2 (void)
{
	struct resources_plan resources = everything ();

	resources.memory.check_before_update.value = false;
	resources.cpu.realtime_period.set = resources.cpu.realtime_runtime.set = false;
	resources.block.leaf_weight.set = false;
	resources.block.n_weight_devices = 0;
	resources.network = (struct network_limits){ 0 };
	return resources;
}

struct expectation {
	const char *file, *text;
};

static const struct expectation v1_files[] = {
	{ "memory.limit_in_bytes", "1000" },
	{ "memory.soft_limit_in_bytes", "900" },
	{ "memory.memsw.limit_in_bytes", "1500" },
	{ "memory.kmem.limit_in_bytes", "-" },
	{ "memory.kmem.tcp.limit_in_bytes", "200" },
	{ "memory.swappiness", "30" },
	{ "memory.oom_control", "1" },
	{ "memory.use_hierarchy", "1" },
	{ "cpu.shares", "1024" },
	{ "cpu.cfs_period_us", "100000" },
	{ "cpu.cfs_quota_us", "50000" },
	{ "cpu.cfs_burst_us", "4000" },
	{ "cpu.rt_period_us", "1000000" },
	{ "cpu.rt_runtime_us", "950000" },
	{ "cpu.idle", "1" },
	{ "cpuset.cpus", "0-1" },
	{ "cpuset.mems", "0" },
	{ "blkio.weight", "100" },
	{ "blkio.leaf_weight", "200" },
	{ "blkio.weight_device", "8:0 500" },
	{ "blkio.leaf_weight_device", "8:0 300" },
	{ "blkio.throttle.read_bps_device", "8:0 600" },
	{ "blkio.throttle.write_bps_device", "8:0 600" },
	{ "blkio.throttle.read_iops_device", "8:0 600" },
	{ "blkio.throttle.write_iops_device", "8:0 600" },
	{ "hugetlb.2MB.limit_in_bytes", "4194304" },
	{ "hugetlb.2MB.rsvd.limit_in_bytes", "4194304" },
	{ "net_cls.classid", "1048577" },
	{ "net_prio.ifpriomap", "eth0 500" },
	{ "pids.max", "32771" },
	{ "rdma.max", "mlx5_1 hca_handle=3 hca_object=10000" },
	{ NULL },
};

static const struct expectation v2_files[] = {
	{ "memory.max", "1000" },
	{ "memory.low", "900" },
	{ "memory.swap.max", "500" },
	{ "cpu.weight", "100" },
	{ "cpu.max", "50000 100000" },
	{ "cpu.max.burst", "4000" },
	{ "cpu.idle", "1" },
	{ "cpuset.cpus", "0-1" },
	{ "cpuset.mems", "0" },
	{ "io.weight", "910" },
	{ "io.max", "8:0 wiops=600" }, /* the last line that was written */
	{ "hugetlb.2MB.max", "4194304" },
	{ "hugetlb.2MB.rsvd.max", "4194304" },
	{ "pids.max", "32771" },
	{ "rdma.max", "mlx5_1 hca_handle=3 hca_object=10000" },
	{ NULL },
};

static void
check_files (bool is_v2, const struct resources_plan *resources, const struct expectation *files)
{
	struct resources_plan nothing = { 0 };
	struct fake fake;

	fake_begin (&fake, is_v2);
	for (const struct expectation *e = files; e->file; e++)
		add_file (&fake, e->file, "-");
	apply (&fake, &nothing);
	for (const struct expectation *e = files; e->file; e++)
		assert_string_equal (text_of (&fake, e->file), "-");
	apply (&fake, resources);
	for (const struct expectation *e = files; e->file; e++) {
		print_message ("%s\n", e->file);
		assert_string_equal (text_of (&fake, e->file), e->text);
	}
	fake_done (&fake);
}

static void
each_limit_is_written_to_its_file (void **state)
{
	struct resources_plan v1 = everything (), v2 = everything_v2 ();

	check_files (false, &v1, v1_files);
	check_files (true, &v2, v2_files);
}

static void
a_missing_file_is_an_error_that_says_who_asked (void **state)
{
	struct resources_plan resources = { .pids_limit = SET (5), .at = "config.json:80: /r" };
	struct fake fake;

	fake_begin (&fake, false);
	assert_fails (&fake, &resources, "config.json:80: /r/pids/limit: open '/tmp/davit-limits.");
	assert_fails (&fake, &resources,
		"/pids.max': no such file (this kernel does not have that limit)");
	fake_done (&fake);
	fake_begin (&fake, true);
	add_file (&fake, "cgroup.controllers", "cpu io");
	assert_fails (&fake, &resources,
		"/pids.max': no such file (the controller 'pids' is not enabled there)");
	fake.place.hint = "a reason";
	assert_fails (&fake, &resources, "'pids' is not enabled there: a reason)");
	fake_done (&fake);
}

static void
a_controller_that_is_not_mounted_matters_to_who_needs_it (void **state)
{
	struct resources_plan resources = { .pids_limit = SET (5) };
	struct fake fake;

	fake_begin (&fake, false);
	fake.place.hierarchy = "memory";
	assert_fails (
		&fake, &resources, "/linux/resources/pids/limit: there is no controller 'pids'");
	fake.cgroup.n = 0;
	assert_fails (&fake, &resources, "there is no controller 'pids' (no cgroup is mounted)");
	fake.cgroup.n = 1;
	fake.place.hierarchy = v1_list;
	fake.place.is_there = false;
	assert_fails (&fake, &resources, "this user may not make a cgroup for it");
	resources.pids_limit.value = -1;
	apply (&fake, &resources);
	fake_done (&fake);
}

static void
on_a_hybrid_host_each_controller_is_where_it_is (void **state)
{
	struct resources_plan resources = {
		.pids_limit = SET (5), .hugepages = hugepages, .n_hugepages = 1
	};
	struct fake v1, v2;
	struct place places[2];

	fake_begin (&v1, false);
	fake_begin (&v2, true);
	v1.place.hierarchy = "pids";
	add_file (&v1, "pids.max", "-");
	add_file (&v2, "pids.max", "-");
	add_file (&v2, "hugetlb.2MB.max", "-");
	places[0] = v1.place;
	places[1] = v2.place;
	v1.cgroup.places = places;
	v1.cgroup.n = 2;
	apply (&v1, &resources);
	assert_string_equal (text_of (&v1, "pids.max"), "5");
	assert_string_equal (text_of (&v2, "pids.max"), "-");
	assert_string_equal (text_of (&v2, "hugetlb.2MB.max"), "4194304");
	place_close (&places[0]);
	place_close (&places[1]);
	fake_done (&v1);
	fake_done (&v2);
}

static void
no_limit_needs_no_file (void **state)
{
	struct resources_plan resources = { .memory = { .limit = SET (-1), .swap = SET (-1) },
		.cpu = { .quota = SET (-1), .burst = SET (0), .idle = SET (0) },
		.pids_limit = SET (-1) };
	struct fake fake;

	fake_begin (&fake, true);
	apply (&fake, &resources);
	fake_done (&fake);
	fake_begin (&fake, false);
	apply (&fake, &resources);
	fake_done (&fake);
}

static void
a_pids_limit_of_0_is_one_and_minus_1_is_none (void **state)
{
	struct resources_plan resources = { .pids_limit = SET (0) };
	struct fake fake;

	for (int is_v2 = 0; is_v2 < 2; is_v2++) {
		fake_begin (&fake, is_v2);
		add_file (&fake, "pids.max", "-");
		resources.pids_limit.value = 0;
		apply (&fake, &resources);
		assert_string_equal (text_of (&fake, "pids.max"), "0");
		resources.pids_limit.value = -1;
		add_file (&fake, "pids.max", "-");
		apply (&fake, &resources);
		assert_string_equal (text_of (&fake, "pids.max"), "max");
		fake_done (&fake);
	}
}

static void
zeros_that_mean_nothing_are_not_written (void **state)
{
	struct resources_plan resources = { .cpu = { .shares = SET (0),
						    .period = SET (0),
						    .quota = SET (0),
						    .realtime_period = SET (0),
						    .realtime_runtime = SET (0) },
		.block = { .weight = SET (0) },
		.network = { .class_id = SET (0) } };
	struct fake fake;

	fake_begin (&fake, true);
	apply (&fake, &resources);
	fake_done (&fake);
	fake_begin (&fake, false);
	apply (&fake, &resources);
	fake_done (&fake);
}

/* ---- one by one */

static void
swap_of_cgroup2_is_without_memory (void **state)
{
	struct resources_plan resources = { .memory = { .limit = SET (1000), .swap = SET (1000) } };
	struct memory_limits *memory = &resources.memory;
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "memory.max", "-");
	apply (&fake, &resources); /* the kernel has no swap accounting, and none is wanted */
	add_file (&fake, "memory.swap.max", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "memory.swap.max"), "0");
	memory->swap.value = -1;
	add_file (&fake, "memory.swap.max", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "memory.swap.max"), "max");
	memory->swap.value = 999;
	assert_fails (&fake, &resources,
		"/linux/resources/memory/swap: 999 bytes of memory and swap are less than the 1000");
	memory->swap.value = 3000;
	memory->limit.value = -1;
	assert_fails (&fake, &resources, "needs one of memory");
	memory->swap.set = false;
	add_file (&fake, "memory.swap.max", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "memory.swap.max"), "max");
	fake_done (&fake);
}

static void
an_update_of_swap_alone_goes_by_the_limit_that_is_set (void **state)
{
	struct resources_plan resources = { .memory = { .swap = SET (5000) } };
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "memory.max", "2000\n");
	add_file (&fake, "memory.swap.max", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "memory.swap.max"), "3000");
	add_file (&fake, "memory.max", "max\n");
	assert_fails (&fake, &resources, "needs one of memory");
	fake_done (&fake);
}

static void
v1_memory_without_limit_takes_that_of_swap_away (void **state)
{
	struct resources_plan resources = { .memory = { .limit = SET (-1) } };
	struct fake fake;

	fake_begin (&fake, false);
	add_file (&fake, "memory.limit_in_bytes", "-");
	add_file (&fake, "memory.memsw.limit_in_bytes", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "memory.memsw.limit_in_bytes"), "-1");
	fake_done (&fake);
}

static void
check_before_update_refuses_what_would_kill (void **state)
{
	struct resources_plan resources = { .memory = { .limit = SET (1000),
						    .check_before_update = SET (true) } };
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "memory.max", "-");
	add_file (&fake, "memory.current", "1001\n");
	assert_fails (&fake, &resources, "memory/limit: 1000 is below the 1001 bytes in use");
	assert_string_equal (text_of (&fake, "memory.max"), "-");
	resources.memory.limit.value = 1001;
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "memory.max"), "1001");
	fake_done (&fake);
}

static void
cpu_max_keeps_what_is_not_asked_for (void **state)
{
	struct resources_plan resources = { .cpu = { .period = SET (50000) } };
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "cpu.max", "20000 10000\n");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "cpu.max"), "20000 50000");
	resources.cpu = (struct cpu_limits){ .quota = SET (7000) };
	add_file (&fake, "cpu.max", "");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "cpu.max"), "7000");
	resources.cpu = (struct cpu_limits){ .quota = SET (-1), .period = SET (50000) };
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "cpu.max"), "max 50000");
	fake_done (&fake);
}

static void
bfq_weights_come_first (void **state)
{
	struct resources_plan resources = { .block = { .weight = SET (100),
						    .weight_devices = block_weights,
						    .n_weight_devices = 1 } };
	struct block_weight weight = { { 8, 0 }, SET (500), { 0 }, "at weight" };
	struct fake fake;

	resources.block.weight_devices = &weight;
	fake_begin (&fake, true);
	add_file (&fake, "io.bfq.weight", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "io.bfq.weight"), "8:0 500");
	fake_done (&fake);
	fake_begin (&fake, false);
	add_file (&fake, "blkio.bfq.weight", "-");
	add_file (&fake, "blkio.bfq.weight_device", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "blkio.bfq.weight"), "100");
	assert_string_equal (text_of (&fake, "blkio.bfq.weight_device"), "8:0 500");
	fake_done (&fake);
	fake_begin (&fake, true);
	add_file (&fake, "cgroup.controllers", "io");
	assert_fails (&fake, &resources,
		"/io.weight': no such file (this kernel does not have that limit)");
	add_file (&fake, "io.weight", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "io.weight"), "8:0 4950");
	fake_done (&fake);
}

static void
a_throttle_of_0_is_none (void **state)
{
	struct block_throttle throttle = { { 8, 16 }, 0, "at" };
	struct resources_plan resources = { .block = { .write_iops = { &throttle, 1 } } };
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "io.max", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "io.max"), "8:16 wiops=max");
	fake_done (&fake);
}

static void
hugepages_without_reservations_are_limited_when_faulted (void **state)
{
	struct resources_plan resources = { .hugepages = hugepages, .n_hugepages = 1 };
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "cgroup.controllers", "hugetlb");
	assert_fails (&fake, &resources, "at hugepage: open");
	add_file (&fake, "hugetlb.2MB.max", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "hugetlb.2MB.max"), "4194304");
	fake_done (&fake);
}

static void
what_cgroup2_can_not_do_is_refused (void **state)
{
	struct resources_plan realtime = { .cpu = { .realtime_runtime = SET (1000) } };
	struct resources_plan class = { .network = { .class_id = SET (1) } };
	struct resources_plan priority = { .network = { { 0 }, priorities, 1 } };
	struct resources_plan leaf = { .block = { .leaf_weight = SET (100) } };
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "cgroup.controllers", "io");
	assert_fails (&fake, &realtime, "cpu/realtimeRuntime: cgroup v2 has no such limit");
	assert_fails (&fake, &class, "network/classID: cgroup v2 has no such limit");
	assert_fails (&fake, &priority, "network/priorities: cgroup v2 has no such limit");
	assert_fails (&fake, &leaf, "io.leaf_weight");
	fake_done (&fake);
}

static void
unified_settings_are_written_as_they_are (void **state)
{
	struct unified_setting settings[] = {
		{ "memory.high", "5000", "at high" },
		{ "new.thing", "anything", "at new" },
		{ "io.max", "8:0 rbps=1\n8:1 rbps=2\n", "at io" },
	};
	struct resources_plan resources = {
		.pids_limit = SET (5), .unified = settings, .n_unified = 3
	};
	struct fake fake;

	fake_begin (&fake, true);
	add_file (&fake, "cgroup.controllers", "memory");
	add_file (&fake, "pids.max", "-");
	add_file (&fake, "memory.high", "-");
	assert_fails (&fake, &resources,
		"/new.thing': no such file (the controller 'new' is not enabled there)");
	add_file (&fake, "new.thing", "-");
	add_file (&fake, "io.max", "-");
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "memory.high"), "5000");
	assert_string_equal (text_of (&fake, "new.thing"), "anything");
	assert_string_equal (text_of (&fake, "io.max"), "8:1 rbps=2"); /* a write a line */
	settings[1].file = "pids.max";
	settings[1].value = "7"; /* after the limits of the spec */
	apply (&fake, &resources);
	assert_string_equal (text_of (&fake, "pids.max"), "7");
	settings[1].file = "../other/pids.max";
	assert_fails (&fake, &resources,
		"at new: '../other/pids.max' is not the name of a cgroup's file");
	fake_done (&fake);
	fake_begin (&fake, false);
	resources.pids_limit.set = false;
	assert_fails (&fake, &resources, "at high: set 'memory.high': there is no cgroup2 here");
	fake_done (&fake);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (cpu_weights_follow_the_formula),
		cmocka_unit_test (io_weights_lie_on_a_line),
		cmocka_unit_test (each_field_of_the_spec_has_a_row_in_both_tables),
		cmocka_unit_test (each_limit_is_written_to_its_file),
		cmocka_unit_test (a_missing_file_is_an_error_that_says_who_asked),
		cmocka_unit_test (a_controller_that_is_not_mounted_matters_to_who_needs_it),
		cmocka_unit_test (on_a_hybrid_host_each_controller_is_where_it_is),
		cmocka_unit_test (no_limit_needs_no_file),
		cmocka_unit_test (a_pids_limit_of_0_is_one_and_minus_1_is_none),
		cmocka_unit_test (zeros_that_mean_nothing_are_not_written),
		cmocka_unit_test (swap_of_cgroup2_is_without_memory),
		cmocka_unit_test (an_update_of_swap_alone_goes_by_the_limit_that_is_set),
		cmocka_unit_test (v1_memory_without_limit_takes_that_of_swap_away),
		cmocka_unit_test (check_before_update_refuses_what_would_kill),
		cmocka_unit_test (cpu_max_keeps_what_is_not_asked_for),
		cmocka_unit_test (bfq_weights_come_first),
		cmocka_unit_test (a_throttle_of_0_is_none),
		cmocka_unit_test (hugepages_without_reservations_are_limited_when_faulted),
		cmocka_unit_test (what_cgroup2_can_not_do_is_refused),
		cmocka_unit_test (unified_settings_are_written_as_they_are),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
