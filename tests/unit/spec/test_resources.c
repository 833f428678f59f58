/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/configs.h"

#define RESOURCES(members) LINUX ("\"resources\":{" members "}")

static void
memory_and_cpu_limits_are_copied_with_what_is_absent (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct memory_limits *m;
	const struct cpu_limits *cpu;

	plan_of (RESOURCES ("\"memory\":{\"limit\":100,\"swap\":-1,\"reservation\":9,\"kernel\":1,"
			    "\"kernelTCP\":2,\"swappiness\":0,\"disableOOMKiller\":false,"
			    "\"useHierarchy\":true,\"checkBeforeUpdate\":true},"
			    "\"cpu\":{\"shares\":3,\"quota\":-1,\"burst\":4,\"period\":5,"
			    "\"realtimeRuntime\":6,\"realtimePeriod\":7,\"cpus\":\"0-1\","
			    "\"mems\":\"\",\"idle\":1},\"pids\":{\"limit\":0}"),
		&plan);
	m = &plan.cgroup.resources.memory;
	assert_true (m->limit.set && m->limit.value == 100);
	assert_true (m->swap.set && m->swap.value == -1);
	assert_true (m->reservation.set && m->reservation.value == 9);
	assert_true (m->kernel.set && m->kernel.value == 1);
	assert_true (m->kernel_tcp.set && m->kernel_tcp.value == 2);
	assert_true (m->swappiness.set && m->swappiness.value == 0);
	assert_true (m->disable_oom_killer.set && !m->disable_oom_killer.value);
	assert_true (m->use_hierarchy.set && m->use_hierarchy.value);
	assert_true (m->check_before_update.set && m->check_before_update.value);
	cpu = &plan.cgroup.resources.cpu;
	assert_true (cpu->shares.set && cpu->shares.value == 3);
	assert_true (cpu->quota.set && cpu->quota.value == -1);
	assert_true (cpu->burst.set && cpu->burst.value == 4);
	assert_true (cpu->period.set && cpu->period.value == 5);
	assert_true (cpu->realtime_runtime.set && cpu->realtime_runtime.value == 6);
	assert_true (cpu->realtime_period.set && cpu->realtime_period.value == 7);
	assert_true (cpu->idle.set && cpu->idle.value == 1);
	assert_string_equal (cpu->cpus, "0-1");
	assert_null (cpu->mems);
	assert_true (plan.cgroup.resources.pids_limit.set);
	assert_int_equal (plan.cgroup.resources.pids_limit.value, 0);
	assert_string_equal (plan.cgroup.resources.at, "config.json:2: /linux/resources");
}

/* As engines written in Go have it, docker update among them. */
static void
a_zero_of_what_can_not_be_zero_is_not_given (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct resources_plan *r = &plan.cgroup.resources;

	plan_of (RESOURCES ("\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0},"
			    "\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0},"
			    "\"blockIO\":{\"weight\":0}"),
		&plan);
	assert_false (r->memory.limit.set || r->memory.swap.set || r->memory.reservation.set);
	assert_false (r->cpu.shares.set || r->cpu.quota.set || r->cpu.period.set);
	assert_false (r->block.weight.set);
}

static void
without_limits_nothing_is_set (void **state)
{
	AUTO (plan_done) struct plan plan, none;

	plan_of (RESOURCES (""), &plan);
	assert_false (plan.cgroup.resources.memory.limit.set);
	assert_false (plan.cgroup.resources.cpu.quota.set);
	assert_false (plan.cgroup.resources.pids_limit.set);
	assert_false (plan.cgroup.resources.block.weight.set);
	plan_of (LINUX (""), &none);
	assert_null (none.cgroup.resources.at);
	assert_null (none.cgroup.path);
}

static void
the_cgroups_path_is_kept_and_the_driver_is_the_callers (void **state)
{
	static const char text[] = "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\"},\n"
				   "\"linux\":{\n\"cgroupsPath\":\"a.slice:b:c\"}}";
	struct spec_request request = { .bundle = "/b", .driver = CGROUP_SYSTEMD };
	struct spec_document document = { "config.json", text, strlen (text) };
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err;

	assert_int_equal (spec_parse_plan (&request, &document, &plan, &err), 0);
	assert_int_equal (plan.cgroup.driver, CGROUP_SYSTEMD);
	assert_string_equal (plan.cgroup.path, "a.slice:b:c");
	assert_string_equal (plan.cgroup.at, "config.json:3: /linux/cgroupsPath");
}

static void
block_devices_have_weights_and_rates (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct block_limits *b;

	plan_of (RESOURCES ("\"blockIO\":{\"weight\":10,\"leafWeight\":0,\"weightDevice\":[{"
			    "\"major\":8,\"minor\":1,\"weight\":1000}],"
			    "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":2,\"rate\":1}],"
			    "\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":3,\"rate\":2}],"
			    "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":4,\"rate\":3}],"
			    "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":5,\"rate\":4},"
			    "{\"major\":8,\"minor\":6,\"rate\":0}]}"),
		&plan);
	b = &plan.cgroup.resources.block;
	assert_true (b->weight.set && b->weight.value == 10);
	assert_false (b->leaf_weight.set);
	assert_int_equal (b->n_weight_devices, 1);
	assert_int_equal (b->weight_devices[0].device.minor, 1);
	assert_true (b->weight_devices[0].weight.set);
	assert_int_equal (b->weight_devices[0].weight.value, 1000);
	assert_false (b->weight_devices[0].leaf_weight.set);
	assert_string_equal (
		b->weight_devices[0].at, "config.json:2: /linux/resources/blockIO/weightDevice/0");
	assert_int_equal (b->read_bps.entries[0].device.minor, 2);
	assert_int_equal (b->read_bps.entries[0].rate, 1);
	assert_int_equal (b->write_bps.entries[0].device.minor, 3);
	assert_int_equal (b->read_iops.entries[0].device.minor, 4);
	assert_int_equal (b->write_iops.n, 2);
	assert_int_equal (b->write_iops.entries[1].device.minor, 6);
	assert_string_equal (b->write_iops.entries[1].at,
		"config.json:2: /linux/resources/blockIO/throttleWriteIOPSDevice/1");
}

static void
the_lesser_limits_are_copied (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct resources_plan *r = &plan.cgroup.resources;

	plan_of (RESOURCES ("\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9}],"
			    "\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"eth0\","
			    "\"priority\":5}]},"
			    "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3},\"m2\":{\"hcaObjects\":4}},"
			    "\"unified\":{\"memory.high\":\"1\",\"hugetlb.2MB.max\":\"2\"}"),
		&plan);
	assert_int_equal (r->n_hugepages, 1);
	assert_string_equal (r->hugepages[0].page_size, "2MB");
	assert_int_equal (r->hugepages[0].limit, 9);
	assert_string_equal (
		r->hugepages[0].at, "config.json:2: /linux/resources/hugepageLimits/0");
	assert_true (r->network.class_id.set && r->network.class_id.value == 0x100001);
	assert_string_equal (r->network.priorities[0].name, "eth0");
	assert_int_equal (r->network.priorities[0].priority, 5);
	assert_int_equal (r->n_rdma, 2);
	assert_string_equal (r->rdma[0].device, "mlx5_1");
	assert_true (r->rdma[0].hca_handles.set && r->rdma[0].hca_handles.value == 3);
	assert_false (r->rdma[0].hca_objects.set);
	assert_int_equal (r->n_unified, 2);
	assert_string_equal (r->unified[0].file, "memory.high");
	assert_string_equal (r->unified[1].value, "2");
	assert_string_equal (
		r->unified[0].at, "config.json:2: /linux/resources/unified/memory.high");
}

static void
device_rules_are_kept_in_order (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct device_rule *d;

	plan_of (RESOURCES ("\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
			    "{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":-1,"
			    "\"access\":\"rm\"},{\"allow\":true,\"type\":\"b\",\"minor\":0,"
			    "\"access\":\"w\"},{\"allow\":true,\"type\":\"a\"}]"),
		&plan);
	d = plan.cgroup.resources.devices;
	assert_int_equal (plan.cgroup.resources.n_devices, 4);
	assert_false (d[0].allow);
	assert_int_equal (d[0].type, 'a');
	assert_int_equal (d[0].major, -1);
	assert_int_equal (d[0].minor, -1);
	assert_true (d[0].read && d[0].write && d[0].mknod);
	assert_string_equal (d[0].at, "config.json:2: /linux/resources/devices/0");
	assert_true (d[1].allow);
	assert_int_equal (d[1].type, 'c');
	assert_int_equal (d[1].major, 1);
	assert_int_equal (d[1].minor, -1);
	assert_true (d[1].read && !d[1].write && d[1].mknod);
	assert_int_equal (d[2].type, 'b');
	assert_int_equal (d[2].major, -1);
	assert_int_equal (d[2].minor, 0);
	assert_true (!d[2].read && d[2].write && !d[2].mknod);
	assert_true (d[3].read && d[3].write && d[3].mknod);
}

static void
limits_that_make_no_sense_are_refused (void **state)
{
	static const struct verdict rows[] = {
		{ RESOURCES ("\"memory\":{\"limit\":-2}"),
			"/linux/resources/memory/limit: must be -1 (no limit), or not negative" },
		{ RESOURCES ("\"memory\":{\"limit\":10,\"swap\":9}"),
			"/linux/resources/memory/swap: is memory and swap together, and must not "
			"be less than limit" },
		{ RESOURCES ("\"memory\":{\"limit\":10,\"swap\":10}"), NULL },
		{ RESOURCES ("\"memory\":{\"swappiness\":101}"),
			"/linux/resources/memory/swappiness: must be a number from 0 to 100" },
		{ RESOURCES ("\"pids\":{\"limit\":-2}"),
			"/linux/resources/pids/limit: must be -1 (no limit), or not negative" },
		{ RESOURCES ("\"cpu\":{\"quota\":-2}"),
			"/linux/resources/cpu/quota: must be -1 (no limit), or not negative" },
		{ RESOURCES ("\"cpu\":{\"quota\":5,\"burst\":6}"),
			"/linux/resources/cpu/burst: must not be more than quota" },
		{ RESOURCES ("\"cpu\":{\"idle\":2}"), "/linux/resources/cpu/idle: must be 0 or 1" },
		{ RESOURCES ("\"cpu\":{\"cpus\":\"0-\"}"),
			"/linux/resources/cpu/cpus: '0-' is not a list of CPUs like \"0-3,7\" "
			"(numbers below 8192)" },
		{ RESOURCES ("\"cpu\":{\"mems\":\"a\"}"),
			"/linux/resources/cpu/mems: 'a' is not a list of CPUs like \"0-3,7\" "
			"(numbers below 8192)" },
		{ RESOURCES ("\"blockIO\":{\"weight\":9}"),
			"/linux/resources/blockIO/weight: must be a number from 10 to 1000" },
		{ RESOURCES ("\"blockIO\":{\"leafWeight\":1001}"),
			"/linux/resources/blockIO/leafWeight: must be a number from 10 to 1000" },
		{ RESOURCES ("\"blockIO\":{\"weightDevice\":[{\"major\":1,\"minor\":1}]}"),
			"/linux/resources/blockIO/weightDevice/0: needs weight or leafWeight" },
		{ RESOURCES ("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":1}]}"),
			"/linux/resources/blockIO/throttleReadBpsDevice/0/rate: is missing" },
		{ RESOURCES ("\"hugepageLimits\":[{\"pageSize\":\"3MB\",\"limit\":1}]"),
			"/linux/resources/hugepageLimits/0/pageSize: '3MB' is not a power of two" },
		{ RESOURCES ("\"hugepageLimits\":[{\"pageSize\":\"2mb\",\"limit\":1}]"),
			"/linux/resources/hugepageLimits/0/pageSize: '2mb' does not match "
			"^[1-9][0-9]*[KMG]B$" },
		{ RESOURCES ("\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}"),
			"/linux/resources/network/priorities/0/name: 'a b' is not the name of an "
			"interface" },
		{ RESOURCES ("\"rdma\":{\"m\":{}}"),
			"/linux/resources/rdma/m: needs hcaHandles or hcaObjects" },
		{ RESOURCES ("\"rdma\":{\"m 1\":{\"hcaObjects\":1}}"),
			"/linux/resources/rdma/m 1: 'm 1' is not the name of a device" },
		{ RESOURCES ("\"unified\":{\"../memory.max\":\"1\"}"),
			"/linux/resources/unified/..~1memory.max: '../memory.max' is not the name "
			"of a file of cgroup v2 (\"memory.high\")" },
		{ RESOURCES ("\"unified\":{\"a/memory.max\":\"1\"}"),
			"/linux/resources/unified/a~1memory.max: 'a/memory.max' is not the name "
			"of a file of cgroup v2 (\"memory.high\")" },
		{ RESOURCES ("\"unified\":{\"..\":\"1\"}"),
			"/linux/resources/unified/..: '..' is not the name of a file of cgroup v2 "
			"(\"memory.high\")" },
		{ RESOURCES ("\"unified\":{\"memory\":\"1\"}"),
			"/linux/resources/unified/memory: 'memory' is not the name of a file of "
			"cgroup v2 (\"memory.high\")" },
		{ RESOURCES ("\"devices\":[{\"allow\":true,\"type\":\"p\"}]"),
			"/linux/resources/devices/0/type: 'p' is not one of a (all), b (block) "
			"and c (character)" },
		{ RESOURCES ("\"devices\":[{\"allow\":true,\"access\":\"rx\"}]"),
			"/linux/resources/devices/0/access: 'rx' is not made of r (read), w "
			"(write) and m (mknod)" },
		{ RESOURCES ("\"devices\":[{\"allow\":true,\"major\":-2}]"),
			"/linux/resources/devices/0/major: must be -1 (any), or a number from 0 "
			"to 4294967295" },
	};

	CHECK_VERDICTS (rows);
}

static void
resources_can_be_a_document (void **state)
{
	static const char text[] = "{\"memory\":{\"limit\":7}}";
	static const char bad[] = "{\"pids\":{\n\"limit\":-7}}";
	struct spec_document document = { "resources", text, strlen (text) };
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err = { 0 };

	assert_int_equal (spec_parse_resources (&document, &plan, &err), 0);
	assert_int_equal (plan.cgroup.resources.memory.limit.value, 7);
	assert_null (plan.process);
	document = (struct spec_document){ "resources", bad, strlen (bad) };
	assert_int_equal (spec_parse_resources (&document, &plan, &err), -1);
	assert_string_equal (
		err.text, "resources:2: /pids/limit: must be -1 (no limit), or not negative");
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (memory_and_cpu_limits_are_copied_with_what_is_absent),
		cmocka_unit_test (a_zero_of_what_can_not_be_zero_is_not_given),
		cmocka_unit_test (without_limits_nothing_is_set),
		cmocka_unit_test (the_cgroups_path_is_kept_and_the_driver_is_the_callers),
		cmocka_unit_test (block_devices_have_weights_and_rates),
		cmocka_unit_test (the_lesser_limits_are_copied),
		cmocka_unit_test (device_rules_are_kept_in_order),
		cmocka_unit_test (limits_that_make_no_sense_are_refused),
		cmocka_unit_test (resources_can_be_a_document),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
