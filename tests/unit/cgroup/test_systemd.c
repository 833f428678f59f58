/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The systemd driver as far as it needs no systemd: names of units, their properties, where the bus
 * is. What systemd makes of it is in tests/bats/systemd.bats.
 */
#include "unit.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"
#include "cgroup/bus.h"
#include "cgroup/limits.h"
#include "cgroup/systemd_path.h"
#include "cgroup/systemd_properties.h"

#include <stdio.h>
#include <unistd.h>

#define SET(v)            \
	{                 \
		true, (v) \
	}

struct desk {
	struct arena arena;
	struct unit_properties properties;
	struct error err;
};

static int
desk_begin (void **state)
{
	static struct desk desk;

	desk = (struct desk){ 0 };
	desk.properties.arena = &desk.arena;
	*state = &desk;
	return 0;
}

static int
desk_done (void **state)
{
	struct desk *desk = *state;

	arena_done (&desk->arena);
	return 0;
}

/* ---- units */

static const struct unit_case {
	const char *cgroups_path;
	bool is_user;
	const char *slice, *name, *path; /* name NULL: an error that has `path` in it */
} unit_cases[] = {
	{ NULL, false, "system.slice", "davit-box.scope", "/system.slice/davit-box.scope" },
	{ "", false, "system.slice", "davit-box.scope", "/system.slice/davit-box.scope" },
	{ NULL, true, "user.slice", "davit-box.scope", "/user.slice/davit-box.scope" },
	{ "system.slice:docker:abc", false, "system.slice", "docker-abc.scope",
		"/system.slice/docker-abc.scope" },
	{ ":libpod:abc", true, "user.slice", "libpod-abc.scope", "/user.slice/libpod-abc.scope" },
	{ "machine.slice::abc", false, "machine.slice", "abc.scope", "/machine.slice/abc.scope" },
	{ "a-b-c.slice:cri:x", false, "a-b-c.slice", "cri-x.scope",
		"/a.slice/a-b.slice/a-b-c.slice/cri-x.scope" },
	{ "kubepods-burstable-pod1_2.slice:cri-containerd:f00", false,
		"kubepods-burstable-pod1_2.slice", "cri-containerd-f00.scope",
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/"
		"cri-containerd-f00.scope" },
	{ "-.slice:p:n", false, "-.slice", "p-n.scope", "/p-n.scope" },
	/* the name may have colons, and what a unit can't is written another way */
	{ "a.slice:p:n:m", false, "a.slice", "p-n:m.scope", "/a.slice/p-n:m.scope" },
	{ "a.slice:p:c++", false, "a.slice", "p-c\\x2b\\x2b.scope",
		"/a.slice/p-c\\x2b\\x2b.scope" },
	{ "a.slice:p:../../x", false, "a.slice", "p-..\\x2f..\\x2fx.scope",
		"/a.slice/p-..\\x2f..\\x2fx.scope" },
	/* and what is no name at all */
	{ "/some/path", false, NULL, NULL, "slice:prefix:name" },
	{ "a.slice:p", false, NULL, NULL, "slice:prefix:name" },
	{ "a.slice:p:", false, NULL, NULL, "slice:prefix:name" },
	{ "a:p:n", false, NULL, NULL, "'a' is not the name of a slice" },
	{ ".slice:p:n", false, NULL, NULL, "'.slice' is not the name of a slice" },
	{ "-a.slice:p:n", false, NULL, NULL, "'-a.slice' is not the name of a slice" },
	{ "a-.slice:p:n", false, NULL, NULL, "'a-.slice' is not the name of a slice" },
	{ "a--b.slice:p:n", false, NULL, NULL, "'a--b.slice' is not the name of a slice" },
	{ "../a.slice:p:n", false, NULL, NULL, "'../a.slice' is not the name of a slice" },
	{ "a/b.slice:p:n", false, NULL, NULL, "'a/b.slice' is not the name of a slice" },
	{ "..slice:p:n", false, NULL, NULL, "'..slice' is not the name of a slice" },
};

static void
a_cgroups_path_names_a_scope_in_a_slice (void **state)
{
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE (unit_cases); i++) {
		const struct unit_case *c = &unit_cases[i];
		struct systemd_unit unit = { 0 };
		int r = systemd_unit_find (
			&desk->arena, c->cgroups_path, "box", c->is_user, &unit, &desk->err);

		if (!c->name) {
			assert_int_equal (r, -1);
			assert_non_null (strstr (desk->err.text, c->path));
			continue;
		}
		assert_int_equal (r, 0);
		assert_string_equal (unit.slice, c->slice);
		assert_string_equal (unit.name, c->name);
		assert_string_equal (unit.path, c->path);
	}
}

static void
a_name_longer_than_a_unit_may_have_is_an_error (void **state)
{
	struct desk *desk = *state;
	struct systemd_unit unit;
	char path[300];

	snprintf (path, sizeof path, "a.slice:p:%0247d", 0);
	assert_int_equal (
		systemd_unit_find (&desk->arena, path, "box", false, &unit, &desk->err), 0);
	assert_int_equal (strlen (unit.name), 255);
	snprintf (path, sizeof path, "a.slice:p:%0248d", 0);
	assert_int_equal (
		systemd_unit_find (&desk->arena, path, "box", false, &unit, &desk->err), -1);
	assert_non_null (strstr (desk->err.text, "255 bytes"));
}

/* ---- properties as text: "MemoryMax=t:1 IOWeight=t:50" */

static void
add_value (struct buffer *out, const struct unit_property *property)
{
	const struct unit_device *devices = property->entries;
	const uint8_t *bytes = property->entries;
	char *const *texts = property->entries;
	const char *signature = property->signature;

	buffer_printf (out, "%s:", signature);
	if (str_equal (signature, "s") || str_equal (signature, "o"))
		buffer_add_text (out, property->text);
	else if (str_equal (signature, "d"))
		buffer_printf (out, "%g", property->real);
	else if (*signature != 'a' && strchr ("nix", *signature))
		buffer_printf (out, "%lld", (long long) property->number);
	else if (*signature != 'a')
		buffer_printf (out, "%llu", (unsigned long long) property->number);
	for (size_t i = 0; i < property->n; i++)
		if (str_equal (signature, "a(ss)"))
			buffer_printf (
				out, "%s%s %s", i ? "," : "", devices[i].node, devices[i].access);
		else if (str_equal (signature, "as"))
			buffer_printf (out, "%s%s", i ? "," : "", texts[i]);
		else
			buffer_printf (out, "%02x", bytes[i]);
}

static void
expect_properties (struct desk *desk, const char *expected)
{
	AUTO (buffer_done) struct buffer text = { 0 };

	buffer_add_text (&text, "");
	for (size_t i = 0; i < desk->properties.n; i++) {
		const struct unit_property *property = &desk->properties.entries[i];

		buffer_printf (&text, "%s%s%s=", i ? " " : "", property->name,
			property->is_late ? "(late)" : "");
		add_value (&text, property);
	}
	assert_string_equal (text.data ? text.data : "", expected);
	desk->properties.n = 0;
}

static void
expect_limits (struct desk *desk, const struct resources_plan *resources, const char *expected)
{
	if (properties_add_limits (&desk->properties, resources, NULL, &desk->err) < 0)
		assert_string_equal (desk->err.text, "");
	expect_properties (desk, expected);
}

/* One resource each, and what it is called; fields that no property is for are "". */
static const struct limit_case {
	const char *field; /* as limits_v2 has it */
	struct resources_plan resources;
	const char *expected;
} limit_cases[] = {
	{ "memory/limit", { .memory.limit = SET (4096) }, "MemoryMax=t:4096" },
	{ "memory/limit", { .memory.limit = SET (-1) },
		"MemorySwapMax=t:18446744073709551615 MemoryMax=t:18446744073709551615" },
	{ "memory/swap", { .memory.limit = SET (4096), .memory.swap = SET (12288) },
		"MemorySwapMax=t:8192 MemoryMax=t:4096" },
	{ "memory/swap", { .memory.limit = SET (4096), .memory.swap = SET (4096) },
		"MemorySwapMax=t:0 MemoryMax=t:4096" },
	{ "memory/reservation", { .memory.reservation = SET (4096) }, "MemoryLow=t:4096" },
	{ "cpu/shares", { .cpu.shares = SET (1024) }, "CPUWeight=t:100" },
	{ "cpu/shares", { .cpu.shares = SET (0) }, "" },
	{ "cpu/idle", { .cpu.idle = SET (1) }, "CPUWeight=t:0" },
	{ "cpu/idle", { .cpu.idle = SET (0) }, "CPUWeight=t:18446744073709551615" },
	{ "cpu/idle", { .cpu.shares = SET (1024), .cpu.idle = SET (0) }, "CPUWeight=t:100" },
	{ "cpu/quota", { .cpu.quota = SET (20000) }, "CPUQuotaPerSecUSec=t:200000" },
	{ "cpu/quota", { .cpu.quota = SET (-1) }, "CPUQuotaPerSecUSec=t:18446744073709551615" },
	{ "cpu/quota", { .cpu.quota = SET (20000), .cpu.period = SET (50000) },
		"CPUQuotaPeriodUSec=t:50000 CPUQuotaPerSecUSec=t:400000" },
	/* a whole percent, and not less than asked for */
	{ "cpu/quota", { .cpu.quota = SET (1001), .cpu.period = SET (100000) },
		"CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:20000" },
	{ "cpu/period", { .cpu.period = SET (50000) },
		"CPUQuotaPeriodUSec=t:50000 CPUQuotaPerSecUSec=t:18446744073709551615" },
	{ "cpu/burst", { .cpu.burst = SET (1000) }, "" },
	{ "cpu/cpus", { .cpu.cpus = "0-2,9" }, "AllowedCPUs=ay:0702" },
	{ "cpu/mems", { .cpu.mems = "1" }, "AllowedMemoryNodes=ay:02" },
	{ "blockIO", { .block.weight = SET (10) }, "IOWeight=t:1" },
	{ "blockIO", { .block.weight = SET (1000) }, "IOWeight=t:10000" },
	{ "pids/limit", { .pids_limit = SET (100) }, "TasksMax=t:100" },
	{ "pids/limit", { .pids_limit = SET (-1) }, "TasksMax=t:18446744073709551615" },
	/* as davit's own processes would run into it; and 0 is more than systemd can be told */
	{ "pids/limit", { .pids_limit = SET (5) }, "TasksMax(late)=t:5" },
	{ "pids/limit", { .pids_limit = SET (0) }, "TasksMax(late)=t:1" },
};

static void
limits_are_properties (void **state)
{
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE (limit_cases); i++)
		expect_limits (desk, &limit_cases[i].resources, limit_cases[i].expected);
}

/* The spec's fields for which systemd has nothing, or nothing that it was asked to keep. */
static const char *const fields_without[] = { "hugepageLimits", "rdma", NULL };

static void
every_field_of_the_spec_is_thought_of (void **state)
{
	for (const struct limit_row *row = limits_v2; row->field; row++) {
		bool found = row->flags & (LIMIT_IGNORED | LIMIT_REFUSED | LIMIT_ELSEWHERE);

		for (size_t i = 0; i < ARRAY_SIZE (limit_cases); i++)
			found |= str_equal (limit_cases[i].field, row->field);
		for (const char *const *field = fields_without; *field; field++)
			found |= str_equal (*field, row->field);
		if (!found)
			print_error ("%s\n", row->field);
		assert_true (found);
	}
}

static const struct unified_case {
	struct unified_setting setting;
	const char *expected;
} unified_cases[] = {
	{ { "memory.max", "4096" }, "MemoryMax=t:4096" },
	{ { "memory.max", "max" }, "MemoryMax=t:18446744073709551615" },
	{ { "memory.high", "4096" }, "MemoryHigh=t:4096" },
	{ { "memory.low", "0" }, "MemoryLow=t:0" },
	{ { "memory.min", "4096" }, "MemoryMin=t:4096" },
	{ { "memory.swap.max", "0" }, "MemorySwapMax=t:0" },
	{ { "cpu.weight", "50" }, "CPUWeight=t:50" },
	{ { "cpu.max", "50000 100000" },
		"CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:500000" },
	{ { "cpu.max", "max 100000" },
		"CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:18446744073709551615" },
	{ { "cpu.max", "max" }, "CPUQuotaPerSecUSec=t:18446744073709551615" },
	{ { "cpuset.cpus", "1,3" }, "AllowedCPUs=ay:0a" },
	{ { "cpuset.mems", "0" }, "AllowedMemoryNodes=ay:01" },
	{ { "io.weight", "default 50" }, "IOWeight=t:50" },
	{ { "io.weight", "50\n" }, "IOWeight=t:50" },
	{ { "pids.max", "64" }, "TasksMax=t:64" },
	/* the file alone will say what is wrong with it, or that nothing is */
	{ { "memory.max", "0" }, "" },
	{ { "memory.max", "64M" }, "" },
	{ { "cpu.weight", "0" }, "" },
	{ { "cpu.weight", "10001" }, "" },
	{ { "cpu.max", "50000 0" }, "" },
	{ { "cpu.max", "much" }, "" },
	{ { "cpuset.cpus", "" }, "" },
	{ { "io.weight", "8:0 50" }, "" },
	{ { "io.max", "8:0 rbps=1" }, "" },
	{ { "memory.oom.group", "1" }, "" },
};

static void
what_unified_says_is_properties_too (void **state)
{
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE (unified_cases); i++) {
		struct unified_setting setting = unified_cases[i].setting;
		struct resources_plan resources = { .unified = &setting, .n_unified = 1 };

		expect_limits (desk, &resources, unified_cases[i].expected);
	}
}

/* systemd takes the last of two. */
static void
unified_comes_after_the_fields (void **state)
{
	struct unified_setting setting = { "memory.max", "8192", NULL };
	struct resources_plan resources = {
		.memory.limit = SET (4096), .unified = &setting, .n_unified = 1
	};

	expect_limits (*state, &resources, "MemoryMax=t:4096 MemoryMax=t:8192");
}

/* What systemd would make of weights there is not what the config says. */
static void
on_v1_shares_stay_what_they_are (void **state)
{
	struct desk *desk = *state;
	struct resources_plan resources = {
		.cpu.shares = SET (512), .block.weight = SET (100), .pids_limit = SET (100)
	};

	desk->properties.has_v1_shares = true;
	expect_limits (desk, &resources, "TasksMax=t:100 CPUShares=t:512 BlockIOWeight=t:100");
	resources.cpu.shares.value = 1;
	resources.block.weight.value = 0;
	expect_limits (desk, &resources, "TasksMax=t:100");
}

static void
what_only_the_files_can_tell_is_left_out (void **state)
{
	struct desk *desk = *state;
	struct resources_plan resources = { .memory.swap = SET (4096) };

	/* what the limit of memory is can't be known here */
	expect_limits (desk, &resources, "");
}

/* ---- lists */

static void
lists_are_bit_masks (void **state)
{
	struct desk *desk = *state;
	static const struct {
		const char *list, *mask; /* NULL: none */
	} cases[] = {
		{ "0", "01" },
		{ "0-7", "ff" },
		{ "7-8", "8001" },
		{ "16", "000001" },
		{ "0, 2", "05" },
		{ "3,3,1-2", "0e" },
		{ "0\n", "01" },
		{ "", NULL },
		{ "a", NULL },
		{ "1-", NULL },
		{ "2-1", NULL },
		{ "-1", NULL },
		{ "8192", NULL },
		{ "0-8192", NULL },
		{ "0-6:2/3", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE (cases); i++) {
		AUTO (buffer_done) struct buffer text = { 0 };
		size_t n = 0;
		uint8_t *mask = properties_parse_list (&desk->arena, cases[i].list, &n);

		if (!cases[i].mask) {
			assert_null (mask);
			continue;
		}
		assert_non_null (mask);
		for (size_t k = 0; k < n; k++)
			buffer_printf (&text, "%02x", mask[k]);
		assert_string_equal (text.data, cases[i].mask);
	}
}

/* ---- devices */

#define ENTRY(allow, type, major, minor, access)      \
	{                                             \
		allow, type, major, minor, access, "" \
	}

static void
devices_are_a_strict_list (void **state)
{
	struct device_entry entries[] = {
		ENTRY (true, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD),
		ENTRY (true, 'c', 1, 3, DEVICE_ALL),
		ENTRY (true, 'c', 136, DEVICE_ANY, DEVICE_READ | DEVICE_WRITE),
		ENTRY (true, 'b', 8, 0, DEVICE_READ),
		/* systemd can't; davit's own program does */
		ENTRY (false, 'b', 8, 1, DEVICE_READ),
	};
	struct device_list list = { .entries = entries, .n = ARRAY_SIZE (entries) };
	struct desk *desk = *state;

	properties_add_devices (&desk->properties, &list);
	expect_properties (desk,
		"DevicePolicy=s:strict DeviceAllow=a(ss): DeviceAllow=a(ss):char-* m,"
		"/dev/char/1:3 rwm,char-136 rw,/dev/block/8:0 r");
}

static void
a_device_is_on_the_list_once_with_all_that_is_allowed (void **state)
{
	struct device_entry entries[] = {
		ENTRY (true, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_READ),
		ENTRY (true, 'c', 1, 3, DEVICE_ALL),
		ENTRY (true, 'b', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD),
		ENTRY (true, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD),
	};
	struct device_list list = { .entries = entries, .n = ARRAY_SIZE (entries) };
	struct desk *desk = *state;

	properties_add_devices (&desk->properties, &list);
	expect_properties (desk,
		"DevicePolicy=s:strict DeviceAllow=a(ss): DeviceAllow=a(ss):char-* rm,"
		"/dev/char/1:3 rwm,block-* m");
}

static void
what_systemd_can_not_say_of_devices_is_left_to_davit (void **state)
{
	struct device_entry entry = ENTRY (true, 'c', DEVICE_ANY, 3, DEVICE_ALL);
	struct device_list any_major = { .entries = &entry, .n = 1 };
	struct device_list all = { .default_allow = true, .entries = &entry, .n = 1 };
	struct desk *desk = *state;

	properties_add_devices (&desk->properties, &any_major);
	expect_properties (desk, "DevicePolicy=s:auto DeviceAllow=a(ss):");
	properties_add_devices (&desk->properties, &all);
	expect_properties (desk, "DevicePolicy=s:auto DeviceAllow=a(ss):");
}

/* ---- annotations */

static const struct annotation_case {
	const char *name, *value;
	const char *expected; /* NULL: no value for it */
} annotation_cases[] = {
	{ "A", "true", "A=b:1" },
	{ "A", " false ", "A=b:0" },
	{ "A", "'text'", "A=s:text" },
	{ "A", "\"a 'text'\"", "A=s:a 'text'" },
	{ "A", "'it\\'s'", "A=s:it's" },
	{ "A", "'a\\tb\\\\'", "A=s:a\tb\\" },
	{ "A", "''", "A=s:" },
	{ "A", "7", "A=i:7" },
	{ "A", "-7", "A=i:-7" },
	{ "A", "1.5", "A=d:1.5" },
	{ "A", "uint64 18446744073709551615", "A=t:18446744073709551615" },
	{ "A", "int64 -1", "A=x:-1" },
	{ "A", "uint32  1", "A=u:1" },
	{ "A", "int32 1", "A=i:1" },
	{ "A", "int16 -32768", "A=n:-32768" },
	{ "A", "uint16 65535", "A=q:65535" },
	{ "A", "byte 255", "A=y:255" },
	{ "A", "double 2", "A=d:2" },
	{ "A", "string 'x'", "A=s:x" },
	{ "A", "objectpath '/x'", "A=o:/x" },
	{ "A", "boolean true", "A=b:1" },
	{ "A", "[]", "A=as:" },
	{ "A", "['a']", "A=as:a" },
	{ "A", "[ 'a', \"b\" ]", "A=as:a,b" },
	/* seconds */
	{ "TimeoutStopSec", "uint64 7", "TimeoutStopUSec=t:7000000" },
	{ "TimeoutStopSec", "7", "TimeoutStopUSec=t:7000000" },
	{ "TimeoutStopSec", "0.5", "TimeoutStopUSec=t:500000" },
	{ "TimeoutStopUSec", "uint64 7", "TimeoutStopUSec=t:7" },
	{ "Sec", "uint64 7", "Sec=t:7" },
	/* none */
	{ "A", "", NULL },
	{ "A", "a few", NULL },
	{ "A", "text", NULL },
	{ "A", "'text", NULL },
	{ "A", "'a' b", NULL },
	{ "A", "'\\q'", NULL },
	{ "A", "'\\", NULL },
	{ "A", "uint64", NULL },
	{ "A", "uint64 -1", NULL },
	{ "A", "uint64 18446744073709551616", NULL },
	{ "A", "byte 256", NULL },
	{ "A", "int16 -32769", NULL },
	{ "A", "2147483648", "A=d:2.14748e+09" },
	{ "A", "double nan", NULL },
	{ "A", "double ", NULL },
	{ "A", "string x", NULL },
	{ "A", "boolean 1", NULL },
	{ "A", "[", NULL },
	{ "A", "['a'", NULL },
	{ "A", "['a' 'b']", NULL },
	{ "A", "['a',]", NULL },
	{ "A", "[1]", NULL },
	{ "A", "['a'] b", NULL },
	{ "TimeoutStopSec", "'7'", NULL },
	{ "TimeoutStopSec", "-7", NULL },
	{ "TimeoutStopSec", "uint64 18446744073709551615", NULL },
	/* names */
	{ "", "true", NULL },
	{ "A1", "true", NULL },
	{ "A B", "true", NULL },
	{ "A.B", "true", NULL },
	{ "\xc3\xa4", "true", NULL },
};

static void
annotations_are_values_of_gvariant (void **state)
{
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE (annotation_cases); i++) {
		const struct annotation_case *c = &annotation_cases[i];
		const struct unit_property_plan annotation = { c->name, c->value, "at" };
		int r = properties_add_annotation (&desk->properties, &annotation, &desk->err);

		if (r != (c->expected ? 0 : -1))
			print_error ("%s: %s\n", c->name, c->value);
		assert_int_equal (r, c->expected ? 0 : -1);
		if (c->expected)
			expect_properties (desk, c->expected);
		else
			assert_true (str_starts (desk->err.text, "at: "));
		assert_int_equal (desk->properties.n, 0);
	}
}

/* ---- buses */

static void
expect_buses (
	struct desk *desk, const struct bus_places *places, bool is_user, const char *expected)
{
	AUTO (buffer_done) struct buffer text = { 0 };
	struct bus_candidates candidates;

	bus_find_candidates (&desk->arena, places, is_user, &candidates);
	for (size_t i = 0; candidates.addresses[i]; i++)
		buffer_printf (&text, "%s%s", i ? " " : "", candidates.addresses[i]);
	assert_string_equal (text.data ? text.data : "", expected);
	assert_non_null (candidates.hint);
}

static void
the_bus_is_where_the_environment_says_and_else_where_it_usually_is (void **state)
{
	struct bus_places none = { 0 }, system = { .system_bus = "unix:path=/s" };
	struct bus_places user = { .user_bus = "unix:path=/u", .runtime_directory = "/run/a b" };

	expect_buses (*state, &none, false,
		"unix:path=/run/systemd/private unix:path=/run/dbus/system_bus_socket");
	expect_buses (*state, &system, false, "unix:path=/s");
	expect_buses (*state, &user, true,
		"unix:path=/run/a%20b/systemd/private unix:path=/u unix:path=/run/a%20b/bus");
	/* root of a user namespace without any is nobody in particular */
	if (geteuid () == 0)
		expect_buses (*state, &none, true, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, desk_begin, desk_done)

int
main (void)
{
	const struct CMUnitTest tests[] = {
		TEST (a_cgroups_path_names_a_scope_in_a_slice),
		TEST (a_name_longer_than_a_unit_may_have_is_an_error),
		TEST (limits_are_properties),
		TEST (every_field_of_the_spec_is_thought_of),
		TEST (what_unified_says_is_properties_too),
		TEST (unified_comes_after_the_fields),
		TEST (on_v1_shares_stay_what_they_are),
		TEST (what_only_the_files_can_tell_is_left_out),
		TEST (lists_are_bit_masks),
		TEST (devices_are_a_strict_list),
		TEST (a_device_is_on_the_list_once_with_all_that_is_allowed),
		TEST (what_systemd_can_not_say_of_devices_is_left_to_davit),
		TEST (annotations_are_values_of_gvariant),
		TEST (the_bus_is_where_the_environment_says_and_else_where_it_usually_is),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
