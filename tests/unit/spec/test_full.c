/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A config that has every member of runtime-spec 1.3 for Linux that is supported, each with a value
 * of its own.
 */
#include "spec/configs.h"

#include "table.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <ocispec/runtime_config.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>

static const char full[] =
	"{\n"
	"\"ociVersion\": \"1.3.0\",\n"
	"\"root\": { \"path\": \"/\", \"readonly\": true },\n"
	"\"hostname\": \"host\", \"domainname\": \"domain\",\n"
	"\"process\": {\n"
	"  \"terminal\": true, \"consoleSize\": { \"height\": 25, \"width\": 80 },\n"
	"  \"user\": { \"uid\": 1, \"gid\": 2, \"umask\": 63, \"additionalGids\": [3, 4],\n"
	"    \"username\": \"ignored\" },\n"
	"  \"args\": [\"sh\", \"-i\"], \"commandLine\": \"ignored\", \"env\": [\"A=1\"],\n"
	"  \"cwd\": \"/home\",\n"
	"  \"capabilities\": { \"bounding\": [\"CAP_CHOWN\"], \"effective\": [\"CAP_CHOWN\"],\n"
	"    \"inheritable\": [\"CAP_CHOWN\"], \"permitted\": [\"CAP_CHOWN\"],\n"
	"    \"ambient\": [\"CAP_CHOWN\"] },\n"
	"  \"rlimits\": [ { \"type\": \"RLIMIT_CORE\", \"soft\": 5, \"hard\": 6 } ],\n"
	"  \"noNewPrivileges\": true, \"apparmorProfile\": \"profile\",\n"
	"  \"selinuxLabel\": \"label\", \"oomScoreAdj\": 100,\n"
	"  \"scheduler\": { \"policy\": \"SCHED_BATCH\", \"nice\": 5, \"priority\": 0,\n"
	"    \"flags\": [\"SCHED_FLAG_RESET_ON_FORK\"], \"runtime\": 0, \"deadline\": 0,\n"
	"    \"period\": 0 },\n"
	"  \"ioPriority\": { \"class\": \"IOPRIO_CLASS_IDLE\", \"priority\": 7 },\n"
	"  \"execCPUAffinity\": { \"initial\": \"0\", \"final\": \"1-2\" } },\n"
	"\"mounts\": [ { \"destination\": \"/m\", \"type\": \"none\", \"source\": \"s\",\n"
	"  \"options\": [\"rbind\", \"nodev\", \"rslave\", \"ridmap\"],\n"
	"  \"uidMappings\": [ { \"containerID\": 0, \"hostID\": 7, \"size\": 8 } ],\n"
	"  \"gidMappings\": [ { \"containerID\": 0, \"hostID\": 9, \"size\": 10 } ] } ],\n"
	"\"hooks\": { \"prestart\": [ { \"path\": \"/h0\" } ],\n"
	"  \"createRuntime\": [ { \"path\": \"/h1\" } ],\n"
	"  \"createContainer\": [ { \"path\": \"/h2\" } ],\n"
	"  \"startContainer\": [ { \"path\": \"/h3\" } ],\n"
	"  \"poststart\": [ { \"path\": \"/h4\" } ],\n"
	"  \"poststop\": [ { \"path\": \"/h5\", \"args\": [\"h\"], \"env\": [\"B=2\"],\n"
	"    \"timeout\": 11 } ] },\n"
	"\"annotations\": { \"key\": \"value\" },\n"
	"\"linux\": {\n"
	"  \"namespaces\": [ { \"type\": \"mount\" }, { \"type\": \"pid\" },\n"
	"    { \"type\": \"network\", \"path\": \"/n\" }, { \"type\": \"uts\" },\n"
	"    { \"type\": \"ipc\" }, { \"type\": \"user\" }, { \"type\": \"cgroup\" },\n"
	"    { \"type\": \"time\" } ],\n"
	"  \"uidMappings\": [ { \"containerID\": 0, \"hostID\": 1000, \"size\": 100 } ],\n"
	"  \"gidMappings\": [ { \"containerID\": 0, \"hostID\": 2000, \"size\": 100 } ],\n"
	"  \"timeOffsets\": { \"monotonic\": { \"secs\": 12, \"nanosecs\": 13 },\n"
	"    \"boottime\": { \"secs\": 14 } },\n"
	"  \"devices\": [ { \"type\": \"b\", \"path\": \"/dev/d\", \"major\": 8, \"minor\": 15,\n"
	"    \"fileMode\": 384, \"uid\": 16, \"gid\": 17 } ],\n"
	"  \"cgroupsPath\": \"/c\",\n"
	"  \"resources\": {\n"
	"    \"unified\": { \"memory.high\": \"18\" },\n"
	"    \"devices\": [ { \"allow\": true, \"type\": \"c\", \"major\": 19, \"minor\": 20,\n"
	"      \"access\": \"rw\" } ],\n"
	"    \"memory\": { \"limit\": 21, \"reservation\": 22, \"swap\": 23, \"kernel\": 24,\n"
	"      \"kernelTCP\": 25, \"swappiness\": 26, \"disableOOMKiller\": true,\n"
	"      \"useHierarchy\": true, \"checkBeforeUpdate\": true },\n"
	"    \"cpu\": { \"shares\": 27, \"quota\": 280, \"burst\": 29, \"period\": 30,\n"
	"      \"realtimeRuntime\": 31, \"realtimePeriod\": 32, \"cpus\": \"33\",\n"
	"      \"mems\": \"34\", \"idle\": 0 },\n"
	"    \"pids\": { \"limit\": 35 },\n"
	"    \"blockIO\": { \"weight\": 36, \"leafWeight\": 37, \"weightDevice\": [ {\n"
	"      \"major\": 38, \"minor\": 39, \"weight\": 40, \"leafWeight\": 41 } ],\n"
	"      \"throttleReadBpsDevice\": [ { \"major\": 1, \"minor\": 2, \"rate\": 42 } ],\n"
	"      \"throttleWriteBpsDevice\": [ { \"major\": 1, \"minor\": 2, \"rate\": 43 } ],\n"
	"      \"throttleReadIOPSDevice\": [ { \"major\": 1, \"minor\": 2, \"rate\": 44 } ],\n"
	"      \"throttleWriteIOPSDevice\": [ { \"major\": 1, \"minor\": 2, \"rate\": 45 } ] },\n"
	"    \"hugepageLimits\": [ { \"pageSize\": \"64KB\", \"limit\": 46 } ],\n"
	"    \"network\": { \"classID\": 47, \"priorities\": [ { \"name\": \"eth0\",\n"
	"      \"priority\": 48 } ] },\n"
	"    \"rdma\": { \"mlx\": { \"hcaHandles\": 49, \"hcaObjects\": 50 } } },\n"
	"  \"sysctl\": { \"net.core.somaxconn\": \"51\" },\n"
	"  \"seccomp\": { \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 52,\n"
	"    \"architectures\": [\"SCMP_ARCH_X86_64\"],\n"
	"    \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"],\n"
	"    \"listenerPath\": \"/l\", \"listenerMetadata\": \"m\",\n"
	"    \"syscalls\": [ { \"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\",\n"
	"      \"errnoRet\": 53, \"args\": [ { \"index\": 1, \"value\": 54,\n"
	"        \"valueTwo\": 55, \"op\": \"SCMP_CMP_MASKED_EQ\" } ] } ] },\n"
	"  \"rootfsPropagation\": \"slave\", \"maskedPaths\": [\"/x\"],\n"
	"  \"readonlyPaths\": [\"/y\"], \"mountLabel\": \"mount-label\",\n"
	"  \"personality\": { \"domain\": \"LINUX32\", \"flags\": [] },\n"
	"  \"memoryPolicy\": { \"mode\": \"MPOL_INTERLEAVE\", \"nodes\": \"0-1\",\n"
	"    \"flags\": [\"MPOL_F_STATIC_NODES\"] },\n"
	"  \"netDevices\": { \"eth0\": { \"name\": \"sea%d\" } },\n"
	"  \"intelRdt\": { \"closID\": \"c\", \"schemata\": [\"L2:0=1\"],\n"
	"    \"l3CacheSchema\": \"L3:0=2\", \"memBwSchema\": \"MB:0=3\",\n"
	"    \"enableMonitoring\": true } }\n"
	"}\n";

static void
read_full (struct plan *out)
{
	static const struct spec_request request = { .bundle = "/bundle" };
	static const struct spec_document document = { "config.json", full, sizeof full - 1 };
	struct error err = { 0 };

	if (spec_parse_plan (&request, &document, out, &err) < 0)
		assert_string_equal (err.text, "");
}

/* ---- that it is full */

/* For other platforms. */
static bool
is_left_out (const struct ocispec_field *field)
{
	return field->value.flags & OCISPEC_OTHER_PLATFORM;
}

static void
check_members (unsigned type_id)
{
	const struct ocispec_type *type = &ocispec_types[type_id];

	for (unsigned i = 0; i < type->n_fields; i++) {
		const struct ocispec_field *field = &ocispec_fields[type->first_field + i];
		const struct ocispec_value *value = &field->value;
		autofree char *quoted = xasprintf ("\"%s\":", ocispec_names + field->name);

		if (is_left_out (field))
			continue;
		if (!strstr (full, quoted))
			assert_string_equal (quoted, "in the config of this test");
		while (value->kind == OCISPEC_ARRAY || value->kind == OCISPEC_MAP)
			value = &ocispec_values[value->of];
		if (value->kind == OCISPEC_OBJECT)
			check_members (value->of);
	}
}

static void
the_config_has_every_member_that_is_supported (void **state)
{
	check_members (OCI_RUNTIME_CONFIG);
}

/* ---- what becomes of it */

static void
the_process_is_complete (void **state)
{
	AUTO (plan_done) struct plan plan = { 0 };
	const struct process_plan *p;

	read_full (&plan);
	p = plan.process;
	assert_string_equal (p->at, "config.json:5: /process");
	assert_true (p->terminal);
	assert_int_equal (p->console_width, 80);
	assert_int_equal (p->console_height, 25);
	assert_string_equal (p->cwd, "/home");
	assert_string_equal (p->args[1], "-i");
	assert_string_equal (p->env[0], "A=1");
	assert_int_equal (p->uid, 1);
	assert_int_equal (p->gid, 2);
	assert_int_equal (p->n_groups, 2);
	assert_int_equal (p->umask, 077);
	assert_true (p->capabilities.bounding == 1 && p->capabilities.effective == 1 &&
		     p->capabilities.inheritable == 1 && p->capabilities.permitted == 1 &&
		     p->capabilities.ambient == 1);
	assert_int_equal (p->rlimits[0].soft, 5);
	assert_int_equal (p->rlimits[0].hard, 6);
	assert_true (p->no_new_privileges);
	assert_int_equal (p->oom_score_adj, 100);
	assert_int_equal (p->scheduler.policy, 3);
	assert_int_equal (p->scheduler.nice, 5);
	assert_int_equal (p->scheduler.flags, 1);
	assert_int_equal (p->io_priority.class, IOPRIO_CLASS_IDLE);
	assert_int_equal (p->io_priority.priority, 7);
	assert_string_equal (p->affinity_initial, "0");
	assert_string_equal (p->affinity_final, "1-2");
	assert_string_equal (p->selinux_label, "label");
	assert_string_equal (p->apparmor_profile, "profile");
	assert_int_equal (p->personality, PER_LINUX32);
	assert_int_equal (plan.memory_policy.mode->value, MPOL_INTERLEAVE);
	assert_int_equal (plan.memory_policy.flags, MPOL_F_STATIC_NODES);
	assert_string_equal (plan.memory_policy.nodes, "0-1");
}

static void
files_and_namespaces_are_complete (void **state)
{
	AUTO (plan_done) struct plan plan = { 0 };
	const struct mount_plan *mount;
	const struct device_plan *device;

	read_full (&plan);
	assert_string_equal (plan.root.path, "/");
	assert_true (plan.root.readonly);
	assert_int_equal (plan.root.propagation, MS_SLAVE);
	assert_string_equal (plan.hostname, "host");
	assert_string_equal (plan.domainname, "domain");
	assert_string_equal (plan.mount_label, "mount-label");
	assert_int_equal (plan.n_mounts, 1);
	mount = &plan.mounts[0];
	assert_string_equal (mount->at, "config.json:22: /mounts/0");
	assert_string_equal (mount->source, "/bundle/s");
	assert_true (mount->options.bind_recursive && mount->options.idmap_recursive);
	assert_true (mount->options.attr_set & MOUNT_ATTR_NODEV);
	assert_int_equal (mount->options.propagations[0], MS_SLAVE | MS_REC);
	assert_int_equal (mount->id_maps.uids[0].host, 7);
	assert_int_equal (mount->id_maps.gids[0].size, 10);
	for (int kind = 0; kind < NS_KINDS; kind++)
		assert_int_equal (
			plan.namespaces.ns[kind].how, kind == NS_NETWORK ? NS_JOIN : NS_NEW);
	assert_int_equal (plan.namespaces.id_maps.uids[0].host, 1000);
	assert_int_equal (plan.namespaces.id_maps.gids[0].host, 2000);
	assert_int_equal (plan.namespaces.monotonic.secs, 12);
	assert_int_equal (plan.namespaces.monotonic.nanosecs, 13);
	assert_int_equal (plan.namespaces.boottime.secs, 14);
	assert_int_equal (plan.n_devices, 7);
	device = &plan.devices[6];
	assert_int_equal (device->type, S_IFBLK);
	assert_int_equal (device->minor, 15);
	assert_int_equal (device->mode, 0600);
	assert_int_equal (device->uid, 16);
	assert_int_equal (device->gid, 17);
	assert_string_equal (plan.masked_paths[0].path, "/x");
	assert_string_equal (plan.readonly_paths[0].path, "/y");
	assert_string_equal (plan.sysctls[0].value, "51");
	assert_int_equal (plan.n_net_devices, 1);
	assert_string_equal (plan.net_devices[0].name, "eth0");
	assert_string_equal (plan.net_devices[0].new_name, "sea%d");
	assert_string_equal (plan.net_devices[0].at, "config.json:80: /linux/netDevices/eth0");
}

static void
resources_are_complete (void **state)
{
	AUTO (plan_done) struct plan plan = { 0 };
	const struct resources_plan *r = &plan.cgroup.resources;

	read_full (&plan);
	assert_string_equal (plan.cgroup.path, "/c");
	assert_int_equal (r->memory.limit.value, 21);
	assert_int_equal (r->memory.reservation.value, 22);
	assert_int_equal (r->memory.swap.value, 23);
	assert_int_equal (r->memory.kernel.value, 24);
	assert_int_equal (r->memory.kernel_tcp.value, 25);
	assert_int_equal (r->memory.swappiness.value, 26);
	assert_true (r->memory.disable_oom_killer.value && r->memory.use_hierarchy.value &&
		     r->memory.check_before_update.value);
	assert_int_equal (r->cpu.shares.value, 27);
	assert_int_equal (r->cpu.quota.value, 280);
	assert_int_equal (r->cpu.burst.value, 29);
	assert_int_equal (r->cpu.period.value, 30);
	assert_int_equal (r->cpu.realtime_runtime.value, 31);
	assert_int_equal (r->cpu.realtime_period.value, 32);
	assert_string_equal (r->cpu.cpus, "33");
	assert_string_equal (r->cpu.mems, "34");
	assert_true (r->cpu.idle.set && r->cpu.idle.value == 0);
	assert_string_equal (plan.rdt->clos_id, "c");
	assert_string_equal (plan.rdt->l3_cache, "L3:0=2");
	assert_string_equal (plan.rdt->memory_bandwidth, "MB:0=3");
	assert_int_equal (plan.rdt->n_schemata, 1);
	assert_string_equal (plan.rdt->schemata[0], "L2:0=1");
	assert_true (plan.rdt->monitoring);
	assert_string_equal (plan.rdt->at, "config.json:81: /linux/intelRdt");
	assert_int_equal (r->pids_limit.value, 35);
	assert_int_equal (r->block.weight.value, 36);
	assert_int_equal (r->block.leaf_weight.value, 37);
	assert_int_equal (r->block.weight_devices[0].device.major, 38);
	assert_int_equal (r->block.weight_devices[0].device.minor, 39);
	assert_int_equal (r->block.weight_devices[0].weight.value, 40);
	assert_int_equal (r->block.weight_devices[0].leaf_weight.value, 41);
	assert_int_equal (r->block.read_bps.entries[0].rate, 42);
	assert_int_equal (r->block.write_bps.entries[0].rate, 43);
	assert_int_equal (r->block.read_iops.entries[0].rate, 44);
	assert_int_equal (r->block.write_iops.entries[0].rate, 45);
	assert_int_equal (r->hugepages[0].limit, 46);
	assert_int_equal (r->network.class_id.value, 47);
	assert_int_equal (r->network.priorities[0].priority, 48);
	assert_int_equal (r->rdma[0].hca_handles.value, 49);
	assert_int_equal (r->rdma[0].hca_objects.value, 50);
	assert_int_equal (r->devices[0].major, 19);
	assert_int_equal (r->devices[0].minor, 20);
	assert_string_equal (r->unified[0].value, "18");
}

static void
seccomp_hooks_and_annotations_are_complete (void **state)
{
	AUTO (plan_done) struct plan plan = { 0 };
	const struct seccomp_plan *s;
	const struct hook_plan *last;

	read_full (&plan);
	s = plan.seccomp;
	assert_int_equal (s->default_action, SECCOMP_RET_ERRNO | 52);
	assert_string_equal (s->architectures[0], "SCMP_ARCH_X86_64");
	assert_int_equal (s->flags, SECCOMP_FILTER_FLAG_LOG);
	assert_string_equal (s->listener_path, "/l");
	assert_string_equal (s->listener_metadata, "m");
	assert_int_equal (s->rules[0].action, SECCOMP_RET_ERRNO | 53);
	assert_int_equal (s->rules[0].arguments[0].index, 1);
	assert_int_equal (s->rules[0].arguments[0].value, 54);
	assert_int_equal (s->rules[0].arguments[0].value_two, 55);
	assert_int_equal (s->rules[0].arguments[0].op, SECCOMP_MASKED_EQ);
	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		char path[8];

		snprintf (path, sizeof path, "/h%d", kind);
		assert_int_equal (plan.hooks[kind].n, 1);
		assert_string_equal (plan.hooks[kind].entries[0].path, path);
	}
	last = &plan.hooks[HOOK_POSTSTOP].entries[0];
	assert_string_equal (last->args[0], "h");
	assert_string_equal (last->env[0], "B=2");
	assert_int_equal (last->timeout, 11);
	assert_string_equal (plan_annotation (&plan, "key"), "value");
	assert_int_equal (plan.n_warnings, 0);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (the_config_has_every_member_that_is_supported),
		cmocka_unit_test (the_process_is_complete),
		cmocka_unit_test (files_and_namespaces_are_complete),
		cmocka_unit_test (resources_are_complete),
		cmocka_unit_test (seccomp_hooks_and_annotations_are_complete),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
