/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/configs.h"

#define NAMESPACES(list) "\"namespaces\":[" list "]"
#define TYPE(type) "{\"type\":\"" type "\"}"
#define JOIN(type, path) "{\"type\":\"" type "\",\"path\":\"" path "\"}"
#define MAPS(name, list) "\"" name "\":[" list "]"
#define MAP(container, host, size) \
	"{\"containerID\":" #container ",\"hostID\":" #host ",\"size\":" #size "}"
#define BOTH(list) MAPS ("uidMappings", list) "," MAPS ("gidMappings", list)
#define USER_WITH(maps) LINUX (NAMESPACES (TYPE ("user")) "," maps)

static void
a_namespace_is_new_joined_or_the_runtimes (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct namespace_plan *ns;

	plan_of (
		LINUX (NAMESPACES (
			TYPE ("pid") "," JOIN ("network", "/run/ns/x") "," JOIN ("ipc", "") "," TYPE (
				"cgroup") "," TYPE ("mount") "," TYPE ("uts") "," TYPE ("time"))),
		&plan);
	ns = plan.namespaces.ns;
	assert_int_equal (ns[NS_PID].how, NS_NEW);
	assert_null (ns[NS_PID].path);
	assert_string_equal (ns[NS_PID].at, "config.json:2: /linux/namespaces/0");
	assert_int_equal (ns[NS_NETWORK].how, NS_JOIN);
	assert_string_equal (ns[NS_NETWORK].path, "/run/ns/x");
	assert_string_equal (ns[NS_NETWORK].at, "config.json:2: /linux/namespaces/1");
	assert_int_equal (ns[NS_IPC].how, NS_NEW);
	assert_int_equal (ns[NS_TIME].how, NS_NEW);
	assert_int_equal (ns[NS_USER].how, NS_INHERIT);
	assert_null (ns[NS_USER].at);
}

static void
without_a_linux_section_nothing_is_separate (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of ("", &plan);
	for (int kind = 0; kind < NS_KINDS; kind++)
		assert_int_equal (plan.namespaces.ns[kind].how, NS_INHERIT);
	assert_int_equal (plan.n_devices, 6);
}

static void
a_namespace_is_asked_for_once_and_by_an_absolute_path (void **state)
{
	static const struct verdict rows[] = {
		{ LINUX (NAMESPACES (TYPE ("pid") "," TYPE ("mount") "," TYPE ("pid"))),
			"/linux/namespaces/2: the pid namespace is asked for twice" },
		{ LINUX (NAMESPACES (JOIN ("network", "ns/x"))),
			"/linux/namespaces/0/path: 'ns/x' is not an absolute path" },
		{ LINUX (NAMESPACES (TYPE ("net"))),
			"/linux/namespaces/0/type: 'net' is not one of mount, pid, network, uts, "
			"ipc, user, cgroup or time" },
	};

	CHECK_VERDICTS (rows);
}

static void
id_maps_are_those_of_the_user_namespace (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct id_maps *maps;

	plan_of (USER_WITH (MAPS ("uidMappings",
			 MAP (0, 1000, 1) "," MAP (1, 100000, 65535)) "," MAPS ("gidMappings",
			 MAP (0, 2000, 10))),
		&plan);
	maps = &plan.namespaces.id_maps;
	assert_int_equal (maps->n_uids, 2);
	assert_int_equal (maps->uids[1].container, 1);
	assert_int_equal (maps->uids[1].host, 100000);
	assert_int_equal (maps->uids[1].size, 65535);
	assert_int_equal (maps->n_gids, 1);
	assert_int_equal (maps->gids[0].host, 2000);
}

static void
id_maps_are_what_the_kernel_takes (void **state)
{
	static const struct verdict rows[] = {
		{ LINUX (MAPS ("uidMappings", "") "," MAPS ("gidMappings", "")), NULL },
		{ LINUX (BOTH (MAP (0, 1, 1))),
			"/linux/uidMappings: maps ids of a user namespace, and there is none "
			"(add { \"type\": \"user\" } to linux.namespaces)" },
		{ LINUX (NAMESPACES (TYPE ("user"))),
			"/linux/uidMappings: is missing: a new user namespace needs uidMappings "
			"and gidMappings" },
		{ LINUX (NAMESPACES (JOIN ("user", "/x"))), NULL },
		{ LINUX (NAMESPACES (JOIN ("user", "/x")) "," BOTH (MAP (5, 1, 1))), NULL },
		{ USER_WITH (MAPS ("uidMappings", MAP (0, 1, 1))),
			"/linux/gidMappings: is missing beside uidMappings" },
		{ USER_WITH (MAPS ("gidMappings", MAP (0, 1, 1))),
			"/linux/uidMappings: is missing beside gidMappings" },
		{ USER_WITH (MAPS ("uidMappings", MAP (1, 1, 1)) "," MAPS (
			  "gidMappings", MAP (0, 1, 1))),
			"/linux/uidMappings: must map the container's id 0" },
		{ USER_WITH (MAPS ("uidMappings", MAP (0, 1, 1)) "," MAPS (
			  "gidMappings", MAP (1, 1, 1))),
			"/linux/gidMappings: must map the container's id 0" },
		{ USER_WITH (BOTH (MAP (0, 1, 0))), "/linux/uidMappings/0/size: must not be 0" },
		{ USER_WITH (BOTH (MAP (0, 0, 4294967295))), NULL },
		{ USER_WITH (BOTH (MAP (0, 1, 4294967295))),
			"/linux/uidMappings/0: maps ids beyond 4294967294" },
		{ USER_WITH (BOTH (MAP (0, 1, 1) "," MAP (4294967295, 10, 1))),
			"/linux/uidMappings/1: maps ids beyond 4294967294" },
		{ USER_WITH (BOTH (MAP (0, 100, 10) "," MAP (10, 110, 10))), NULL },
		{ USER_WITH (BOTH (MAP (0, 100, 10) "," MAP (20, 300, 10) "," MAP (9, 200, 2))),
			"/linux/uidMappings/2/containerID: ids 9 to 10 overlap with those of "
			"mapping 0" },
		{ USER_WITH (BOTH (MAP (0, 100, 10) "," MAP (10, 99, 2))),
			"/linux/uidMappings/1/hostID: ids 99 to 100 overlap with those of mapping "
			"0" },
	};

	CHECK_VERDICTS (rows);
}

static void
more_mappings_than_linux_takes_are_refused (void **state)
{
	AUTO (buffer_done) struct buffer members = { 0 };
	struct error err = { 0 };
	struct plan plan;

	buffer_add_text (&members, "\"linux\":{" NAMESPACES (TYPE ("user")) ",\"uidMappings\":[");
	for (int i = 0; i < 341; i++)
		buffer_printf (&members, "%s{\"containerID\":%d,\"hostID\":%d,\"size\":1}",
			i ? "," : "", i, i);
	buffer_add_text (&members, "]," MAPS ("gidMappings", MAP (0, 0, 1)) "}");
	assert_int_equal (read_config (members.data, &plan, &err), -1);
	assert_string_equal (err.text,
		"config.json:2: /linux/uidMappings: has 341 mappings, and Linux takes 340");
}

static void
time_offsets_are_those_of_a_new_time_namespace (void **state)
{
	static const struct verdict rows[] = {
		{ LINUX ("\"timeOffsets\":{\"monotonic\":{\"secs\":1}}"),
			"/linux/timeOffsets: is for a new time namespace, and there is none "
			"(add { \"type\": \"time\" } to linux.namespaces)" },
		{ LINUX ("\"timeOffsets\":{}"), NULL },
		{ LINUX (NAMESPACES (
			  JOIN ("time", "/t")) ",\"timeOffsets\":{\"boottime\":{\"secs\":1}}"),
			"/linux/timeOffsets: is for a new time namespace, and the one at '/t' has "
			"its offsets already" },
		{ LINUX (NAMESPACES (TYPE ("time")) ",\"timeOffsets\":{\"boottime\":{\"secs\":1,"
						    "\"nanosecs\":1000000000}}"),
			"/linux/timeOffsets/boottime/nanosecs: must be less than 1000000000" },
	};
	AUTO (plan_done) struct plan plan;

	CHECK_VERDICTS (rows);
	plan_of (LINUX (NAMESPACES (TYPE ("time")) ",\"timeOffsets\":{\"boottime\":{\"secs\":-5,"
						   "\"nanosecs\":7}}"),
		&plan);
	assert_false (plan.namespaces.monotonic.set);
	assert_true (plan.namespaces.boottime.set);
	assert_int_equal (plan.namespaces.boottime.secs, -5);
	assert_int_equal (plan.namespaces.boottime.nanosecs, 7);
}

static void
names_of_the_host_are_set_in_a_uts_namespace_only (void **state)
{
	static const char sixty_five[] =
		"\"hostname\":\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg\","
		"\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]}";
	const struct verdict rows[] = {
		{ "\"hostname\":\"a\"",
			"/hostname: can't be set without a private UTS namespace: it would rename "
			"the host (add { \"type\": \"uts\" } to linux.namespaces)" },
		{ "\"domainname\":\"a\"",
			"/domainname: can't be set without a private UTS namespace: it would "
			"rename the host (add { \"type\": \"uts\" } to linux.namespaces)" },
		{ "\"hostname\":\"\"", NULL },
		{ sixty_five, "/hostname: is longer than 64 bytes" },
	};
	AUTO (plan_done) struct plan plan, joined;

	CHECK_VERDICTS (rows);
	plan_of ("\"hostname\":\"h\",\"domainname\":\"d\"," LINUX (NAMESPACES (TYPE ("uts"))),
		&plan);
	assert_string_equal (plan.hostname, "h");
	assert_string_equal (plan.domainname, "d");
	plan_of ("\"hostname\":\"h\"," LINUX (NAMESPACES (JOIN ("uts", "/u"))), &joined);
	assert_string_equal (joined.hostname, "h");
	assert_null (joined.domainname);
}

static void
sysctls_are_those_of_the_containers_namespaces (void **state)
{
	static const struct verdict rows[] = {
		{ LINUX ("\"sysctl\":{\"net.core.somaxconn\":\"1\"}"),
			"/linux/sysctl/net.core.somaxconn: sysctl 'net.core.somaxconn' is not "
			"allowed in the host's network namespace (the config has to ask for that "
			"namespace)" },
		{ LINUX ("\"sysctl\":{\"kernel.core_pattern\":\"|/x\"}"),
			"/linux/sysctl/kernel.core_pattern: sysctl 'kernel.core_pattern' is not in "
			"a separate kernel namespace" },
		{ LINUX ("\"sysctl\":{\"net/../kernel\":\"x\"}"),
			"/linux/sysctl/net~1..~1kernel: 'net/../kernel' is not the name of a "
			"sysctl" },
	};
	AUTO (plan_done) struct plan plan;

	CHECK_VERDICTS (rows);
	plan_of (
		LINUX (NAMESPACES (TYPE ("network") "," TYPE (
			"ipc")) ","
				"\"sysctl\":{\"kernel.msgmax\":\"7\",\"net/ipv4/ip_forward\":\"1\"}"),
		&plan);
	assert_int_equal (plan.n_sysctls, 2);
	assert_string_equal (plan.sysctls[0].name, "kernel/msgmax");
	assert_string_equal (plan.sysctls[0].value, "7");
	assert_string_equal (plan.sysctls[0].at, "config.json:2: /linux/sysctl/kernel.msgmax");
	assert_string_equal (plan.sysctls[1].name, "net/ipv4/ip_forward");
	assert_string_equal (
		plan.sysctls[1].at, "config.json:2: /linux/sysctl/net~1ipv4~1ip_forward");
}

/* ---- network devices */

#define DEVICES(members) LINUX (NAMESPACES (TYPE ("network")) ",\"netDevices\":{" members "}")

static void
network_devices_have_names_that_the_kernel_takes (void **state)
{
	static const struct verdict rows[] = {
		{ LINUX ("\"netDevices\":{}"), NULL },
		{ LINUX ("\"netDevices\":{\"eth0\":{}}"),
			"/linux/netDevices: moves network interfaces to the container's network "
			"namespace, and there is none (add { \"type\": \"network\" } to "
			"linux.namespaces)" },
		{ DEVICES ("\"eth0\":{},\"fifteen_bytes_x\":{}"), NULL },
		{ DEVICES ("\"sixteen_bytes_xx\":{}"),
			"/linux/netDevices/sixteen_bytes_xx: 'sixteen_bytes_xx' can't be the name of "
			"a network interface" },
		{ DEVICES ("\"\":{}"),
			"/linux/netDevices/: '' can't be the name of a network interface" },
		{ DEVICES ("\"eth0\":{\"name\":\"a/b\"}"),
			"/linux/netDevices/eth0/name: 'a/b' can't be the name of a network "
			"interface" },
		{ DEVICES ("\"eth0\":{\"name\":\"..\"}"),
			"/linux/netDevices/eth0/name: '..' can't be the name of a network interface" },
		{ DEVICES ("\"eth0\":{\"name\":\"a b\"}"),
			"/linux/netDevices/eth0/name: 'a b' can't be the name of a network "
			"interface" },
		{ DEVICES ("\"eth0\":{\"name\":\"a:b\"}"),
			"/linux/netDevices/eth0/name: 'a:b' can't be the name of a network "
			"interface" },
		{ DEVICES ("\"eth0\":{\"name\":\"%da\"}"),
			"/linux/netDevices/eth0/name: '%da' may have a % only in a %d at its end" },
		{ DEVICES ("\"eth0\":{\"name\":\"a%s\"}"),
			"/linux/netDevices/eth0/name: 'a%s' may have a % only in a %d at its end" },
		{ DEVICES ("\"eth0\":{\"name\":\"a\"},\"eth1\":{\"name\":\"a\"}"),
			"/linux/netDevices/eth1/name: two network interfaces are to be named 'a'" },
		{ DEVICES ("\"eth0\":{\"name\":\"eth1\"},\"eth1\":{}"),
			"/linux/netDevices/eth1: two network interfaces are to be named 'eth1'" },
		{ DEVICES ("\"eth0\":{\"name\":\"a%d\"},\"eth1\":{\"name\":\"a%d\"}"), NULL },
	};
	AUTO (plan_done) struct plan plan;

	CHECK_VERDICTS (rows);
	plan_of (DEVICES ("\"eth0\":{\"name\":\"\"},\"eth1\":{\"name\":\"eth%d\"}"), &plan);
	assert_int_equal (plan.n_net_devices, 2);
	assert_string_equal (plan.net_devices[0].new_name, "eth0");
	assert_string_equal (plan.net_devices[1].name, "eth1");
	assert_string_equal (plan.net_devices[1].new_name, "eth%d");
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (a_namespace_is_new_joined_or_the_runtimes),
		cmocka_unit_test (without_a_linux_section_nothing_is_separate),
		cmocka_unit_test (a_namespace_is_asked_for_once_and_by_an_absolute_path),
		cmocka_unit_test (id_maps_are_those_of_the_user_namespace),
		cmocka_unit_test (id_maps_are_what_the_kernel_takes),
		cmocka_unit_test (more_mappings_than_linux_takes_are_refused),
		cmocka_unit_test (time_offsets_are_those_of_a_new_time_namespace),
		cmocka_unit_test (names_of_the_host_are_set_in_a_uts_namespace_only),
		cmocka_unit_test (network_devices_have_names_that_the_kernel_takes),
		cmocka_unit_test (sysctls_are_those_of_the_containers_namespaces),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
