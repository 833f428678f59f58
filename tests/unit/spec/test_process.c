/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/configs.h"

#include "plan/capabilities.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/personality.h>

/* ---- the program */

static void
a_process_may_be_absent (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of ("", &plan);
	assert_null (plan.process);
}

static void
a_program_has_arguments_a_directory_and_an_environment (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of (
		"\"process\":{\"cwd\":\"/a\",\"args\":[\"sh\",\"-c\",\"\"],\"env\":[\"A=1\",\"B=\"]}",
		&plan);
	assert_string_equal (plan.process->at, "config.json:2: /process");
	assert_string_equal (plan.process->cwd, "/a");
	assert_string_equal (plan.process->args[0], "sh");
	assert_string_equal (plan.process->args[2], "");
	assert_null (plan.process->args[3]);
	assert_string_equal (plan.process->env[0], "A=1");
	assert_string_equal (plan.process->env[1], "B=");
	assert_null (plan.process->env[2]);
}

static void
what_a_program_needs_is_checked (void **state)
{
	static const struct verdict rows[] = {
		{ "\"process\":{\"cwd\":\"/\"}", "/process/args: must name the program to run" },
		{ "\"process\":{\"cwd\":\"/\",\"args\":[]}",
			"/process/args: must name the program to run" },
		{ "\"process\":{\"cwd\":\"x/y\",\"args\":[\"a\"]}",
			"/process/cwd: 'x/y' is not an absolute path" },
		{ "\"process\":{\"cwd\":\"\",\"args\":[\"a\"]}",
			"/process/cwd: '' is not an absolute path" },
		{ "\"process\":{\"args\":[\"a\"]}", "/process: 'cwd' is missing" },
		{ PROCESS ("\"env\":[\"A=1\",\"B\"]"),
			"/process/env/1: 'B' is not of the form NAME=value" },
		{ PROCESS ("\"env\":[\"=1\"]"),
			"/process/env/0: '=1' is not of the form NAME=value" },
	};

	CHECK_VERDICTS (rows);
}

static void
a_nul_in_the_environment_is_refused (void **state)
{
	struct error err = { 0 };
	struct plan plan;

	assert_int_equal (read_config (PROCESS ("\"env\":[\"A=1\\u0000\"]"), &plan, &err), -1);
	assert_string_equal (err.text, "config.json:2: a string contains a NUL (\\u0000)");
}

static void
of_variables_with_one_name_the_last_counts_and_order_is_kept (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of (PROCESS ("\"env\":[\"A=1\",\"AB=2\",\"A=3\",\"C=4\",\"A=5\",\"AB=6\",\"D=\"]"),
		&plan);
	assert_string_equal (plan.process->env[0], "C=4");
	assert_string_equal (plan.process->env[1], "A=5");
	assert_string_equal (plan.process->env[2], "AB=6");
	assert_string_equal (plan.process->env[3], "D=");
	assert_null (plan.process->env[4]);
}

static void
an_environment_of_thousands_is_taken (void **state)
{
	AUTO (buffer_done) struct buffer members = { 0 };
	AUTO (plan_done) struct plan plan;
	size_t n = 0;

	buffer_add_text (&members, "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"env\":[");
	for (int i = 0; i < 5000; i++)
		buffer_printf (&members, "%s\"N%d=%d\"", i ? "," : "", i % 2500, i);
	buffer_add_text (&members, "]}");
	plan_of (members.data, &plan);
	while (plan.process->env[n])
		n++;
	assert_int_equal (n, 2500);
	assert_string_equal (plan.process->env[0], "N0=2500");
	assert_string_equal (plan.process->env[2499], "N2499=4999");
}

/* ---- the terminal */

static void
a_console_has_a_size_only_with_a_terminal (void **state)
{
	static const struct verdict rows[] = {
		{ PROCESS ("\"terminal\":true,\"consoleSize\":{\"width\":65536,\"height\":1}"),
			"/process/consoleSize/width: must not be more than 65535" },
		{ PROCESS ("\"terminal\":true,\"consoleSize\":{\"width\":1,\"height\":65536}"),
			"/process/consoleSize/height: must not be more than 65535" },
		{ PROCESS ("\"consoleSize\":{\"width\":65536,\"height\":65536}"), NULL },
	};
	AUTO (plan_done) struct plan with, without;

	plan_of (PROCESS ("\"terminal\":true,\"consoleSize\":{\"width\":80,\"height\":25}"), &with);
	assert_true (with.process->terminal);
	assert_int_equal (with.process->console_width, 80);
	assert_int_equal (with.process->console_height, 25);
	plan_of (PROCESS ("\"consoleSize\":{\"width\":80,\"height\":25}"), &without);
	assert_false (without.process->terminal);
	assert_int_equal (without.process->console_width, 0);
	CHECK_VERDICTS (rows);
}

/* ---- who it is */

static void
a_user_has_ids_groups_and_a_umask (void **state)
{
	AUTO (plan_done) struct plan plan, root;

	plan_of (PROCESS ("\"user\":{\"uid\":1,\"gid\":2,\"additionalGids\":[3,4],\"umask\":18}"),
		&plan);
	assert_int_equal (plan.process->uid, 1);
	assert_int_equal (plan.process->gid, 2);
	assert_int_equal (plan.process->n_groups, 2);
	assert_int_equal (plan.process->groups[1], 4);
	assert_true (plan.process->has_umask);
	assert_int_equal (plan.process->umask, 022);
	plan_of (PROCESS ("\"user\":{\"umask\":0}"), &root);
	assert_int_equal (root.process->uid, 0);
	assert_true (root.process->has_umask);
}

#define USERNS "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],"
#define MAP(name, size) "\"" name "\":[{\"containerID\":0,\"hostID\":1000,\"size\":" size "}]"

static void
a_user_must_exist (void **state)
{
	static const struct verdict rows[] = {
		{ PROCESS ("\"user\":{\"uid\":4294967295}"),
			"/process/user/uid: 4294967295 is not an id" },
		{ PROCESS ("\"user\":{\"gid\":4294967295}"),
			"/process/user/gid: 4294967295 is not an id" },
		{ PROCESS ("\"user\":{\"additionalGids\":[1,4294967295]}"),
			"/process/user/additionalGids/1: 4294967295 is not an id" },
		{ PROCESS ("\"user\":{\"umask\":511}"), NULL },
		{ PROCESS ("\"user\":{\"umask\":512}"),
			"/process/user/umask: must be a number from 0 to 511 (octal 777)" },
		{ PROCESS ("\"user\":{\"uid\":10,\"gid\":9}") "," USERNS MAP (
			  "uidMappings", "10") "," MAP ("gidMappings", "10") "}",
			"/process/user/uid: id 10 is not mapped in the container's user namespace "
			"(map it in linux.uidMappings and linux.gidMappings)" },
		{ PROCESS ("\"user\":{\"uid\":9,\"gid\":10}") "," USERNS MAP (
			  "uidMappings", "10") "," MAP ("gidMappings", "10") "}",
			"/process/user/gid: id 10 is not mapped in the container's user namespace "
			"(map it in linux.uidMappings and linux.gidMappings)" },
		{ PROCESS ("\"user\":{\"uid\":9,\"gid\":9}") "," USERNS MAP (
			  "uidMappings", "10") "," MAP ("gidMappings", "10") "}",
			NULL },
	};

	CHECK_VERDICTS (rows);
}

/* ---- what it may do */

static void
capabilities_are_five_sets (void **state)
{
	AUTO (plan_done) struct plan plan, none;
	const struct capability_sets *sets;

	plan_of (
		PROCESS (
			"\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_CHECKPOINT_RESTORE\"],"
			"\"effective\":[\"CAP_KILL\"],\"inheritable\":[\"CAP_MKNOD\"],"
			"\"permitted\":[\"CAP_SETUID\"],\"ambient\":[\"CAP_SYSLOG\"]}"),
		&plan);
	sets = &plan.process->capabilities;
	assert_true (sets->set);
	assert_true (sets->bounding == (UINT64_C (1) | UINT64_C (1) << 40));
	assert_true (sets->effective == UINT64_C (1) << 5);
	assert_true (sets->inheritable == UINT64_C (1) << 27);
	assert_true (sets->permitted == UINT64_C (1) << 7);
	assert_true (sets->ambient == UINT64_C (1) << 34);
	plan_of (PROCESS ("\"noNewPrivileges\":true"), &none);
	assert_false (none.process->capabilities.set);
	assert_true (none.process->no_new_privileges);
}

static void
an_unknown_capability_is_a_warning (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of (PROCESS ("\"capabilities\":{\"bounding\":[\"CAP_FLY\",\"CAP_KILL\"],"
			  "\"ambient\":[\"chown\"]}"),
		&plan);
	assert_true (plan.process->capabilities.bounding == UINT64_C (1) << 5);
	assert_int_equal (plan.n_warnings, 2);
	assert_string_equal (plan.warnings[0],
		"config.json:2: /process/capabilities/bounding/0: 'CAP_FLY' is not a capability "
		"that this build knows; it is left out");
	assert_string_equal (plan.warnings[1],
		"config.json:2: /process/capabilities/ambient/0: 'chown' is not a capability "
		"that this build knows; it is left out");
}

static void
rlimits_have_their_numbers (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct rlimit_plan *limit;

	plan_of (PROCESS ("\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0},"
			  "{\"type\":\"RLIMIT_NOFILE\",\"soft\":5,\"hard\":18446744073709551615}]"),
		&plan);
	assert_int_equal (plan.process->n_rlimits, 2);
	limit = &plan.process->rlimits[1];
	assert_int_equal (limit->resource, RLIMIT_NOFILE);
	assert_string_equal (limit->name, "RLIMIT_NOFILE");
	assert_int_equal (limit->soft, 5);
	assert_true (limit->hard == RLIM_INFINITY);
	assert_string_equal (limit->at, "config.json:2: /process/rlimits/1");
}

static void
rlimits_are_known_unique_and_ordered (void **state)
{
	static const struct verdict rows[] = {
		{ PROCESS ("\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1},"
			   "{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1},"
			   "{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1}]"),
			"/process/rlimits/2/type: RLIMIT_NOFILE is there twice" },
		{ PROCESS ("\"rlimits\":[{\"type\":\"RLIMIT_FILES\",\"soft\":1,\"hard\":1}]"),
			"/process/rlimits/0/type: 'RLIMIT_FILES' is not a resource limit of "
			"Linux" },
		{ PROCESS ("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
			"/process/rlimits/0: soft limit 2 is above hard limit 1" },
		{ PROCESS ("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2}]"),
			"/process/rlimits/0: 'hard' is missing" },
	};

	CHECK_VERDICTS (rows);
}

static void
labels_and_oom_score_are_absent_or_kept (void **state)
{
	AUTO (plan_done) struct plan plan, none;

	plan_of (PROCESS ("\"oomScoreAdj\":0,\"apparmorProfile\":\"p\",\"selinuxLabel\":\"l\""),
		&plan);
	assert_true (plan.process->has_oom_score_adj);
	assert_int_equal (plan.process->oom_score_adj, 0);
	assert_string_equal (plan.process->apparmor_profile, "p");
	assert_string_equal (plan.process->selinux_label, "l");
	plan_of (PROCESS ("\"apparmorProfile\":\"\",\"selinuxLabel\":\"\""), &none);
	assert_false (none.process->has_oom_score_adj);
	assert_null (none.process->apparmor_profile);
	assert_null (none.process->selinux_label);
}

/* ---- when it runs */

static void
a_scheduler_becomes_the_kernels_words (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct scheduler_plan *s;

	plan_of (PROCESS ("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"flags\":["
			  "\"SCHED_FLAG_RESET_ON_FORK\",\"SCHED_FLAG_DL_OVERRUN\"],"
			  "\"runtime\":2000,\"deadline\":3000,\"period\":4000},"
			  "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":7},"
			  "\"execCPUAffinity\":{\"initial\":\"0-3,7\",\"final\":\"\"}"),
		&plan);
	s = &plan.process->scheduler;
	assert_true (s->set);
	assert_int_equal (s->policy, 6);
	assert_int_equal (s->flags, 1 | 4);
	assert_int_equal (s->runtime, 2000);
	assert_int_equal (s->deadline, 3000);
	assert_int_equal (s->period, 4000);
	assert_string_equal (s->at, "config.json:2: /process/scheduler");
	assert_true (plan.process->io_priority.set);
	assert_int_equal (plan.process->io_priority.class, IOPRIO_CLASS_BE);
	assert_int_equal (plan.process->io_priority.priority, 7);
	assert_string_equal (plan.process->io_priority.at, "config.json:2: /process/ioPriority");
	assert_string_equal (plan.process->affinity_initial, "0-3,7");
	assert_null (plan.process->affinity_final);
}

#define SCHEDULER(policy, members) PROCESS ("\"scheduler\":{\"policy\":\"" policy "\"" members "}")

static void
a_scheduler_takes_what_its_policy_takes (void **state)
{
	static const struct verdict rows[] = {
		{ SCHEDULER ("SCHED_OTHER", ",\"nice\":-20"), NULL },
		{ SCHEDULER ("SCHED_BATCH", ",\"nice\":19,\"priority\":0"), NULL },
		{ SCHEDULER ("SCHED_OTHER", ",\"nice\":20"),
			"/process/scheduler/nice: must be a number from -20 to 19" },
		{ SCHEDULER ("SCHED_RR", ",\"priority\":1,\"nice\":1"),
			"/process/scheduler/nice: is for SCHED_OTHER and SCHED_BATCH, not for "
			"SCHED_RR" },
		{ SCHEDULER ("SCHED_FIFO", ",\"priority\":99"), NULL },
		{ SCHEDULER ("SCHED_FIFO", ""),
			"/process/scheduler/priority: must be a number from 1 to 99 for "
			"SCHED_FIFO" },
		{ SCHEDULER ("SCHED_RR", ",\"priority\":100"),
			"/process/scheduler/priority: must be a number from 1 to 99 for SCHED_RR" },
		{ SCHEDULER ("SCHED_IDLE", ",\"priority\":1"),
			"/process/scheduler/priority: is for SCHED_FIFO and SCHED_RR, not for "
			"SCHED_IDLE" },
		{ SCHEDULER ("SCHED_OTHER", ",\"period\":1"),
			"/process/scheduler/period: is for SCHED_DEADLINE, not for SCHED_OTHER" },
		{ SCHEDULER ("SCHED_DEADLINE", ",\"runtime\":1024,\"deadline\":1024"), NULL },
		{ SCHEDULER ("SCHED_DEADLINE", ",\"runtime\":1023,\"deadline\":1024"),
			"/process/scheduler/runtime: must be at least 1024 ns" },
		{ SCHEDULER ("SCHED_DEADLINE", ",\"runtime\":2000,\"deadline\":1999"),
			"/process/scheduler: must have runtime <= deadline <= period" },
		{ SCHEDULER (
			  "SCHED_DEADLINE", ",\"runtime\":2000,\"deadline\":3000,\"period\":2999"),
			"/process/scheduler: must have runtime <= deadline <= period" },
		{ SCHEDULER ("SCHED_ISO", ""),
			"/process/scheduler/policy: SCHED_ISO is not in Linux" },
		{ PROCESS ("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}"),
			"/process/ioPriority/priority: must be a number from 0 to 7" },
		{ PROCESS ("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":-1}"),
			"/process/ioPriority/priority: must be a number from 0 to 7" },
		{ PROCESS ("\"execCPUAffinity\":{\"initial\":\"3-1\"}"),
			"/process/execCPUAffinity/initial: '3-1' is not a list of CPUs like "
			"\"0-3,7\" (numbers below 8192)" },
		{ PROCESS ("\"execCPUAffinity\":{\"final\":\"1,\"}"),
			"/process/execCPUAffinity/final: '1,' is not a list of CPUs like "
			"\"0-3,7\" (numbers below 8192)" },
	};

	CHECK_VERDICTS (rows);
}

/* ---- the memory policy */

#define POLICY(members) LINUX ("\"memoryPolicy\":{" members "}")
#define MODE(name, members) POLICY ("\"mode\":\"MPOL_" name "\"" members)

static void
a_memory_policy_is_one_that_the_kernel_takes (void **state)
{
	static const struct verdict rows[] = {
		{ POLICY ("\"nodes\":\"0\""), "/linux/memoryPolicy/mode: is missing" },
		{ MODE ("NEAREST", ""),
			"/linux/memoryPolicy/mode: 'MPOL_NEAREST' is not one of MPOL_DEFAULT, "
			"MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, MPOL_PREFERRED, "
			"MPOL_PREFERRED_MANY or MPOL_LOCAL" },
		{ MODE ("DEFAULT", ""), NULL },
		{ MODE ("DEFAULT", ",\"nodes\":\"\""), NULL },
		{ MODE ("DEFAULT", ",\"nodes\":\"0\""),
			"/linux/memoryPolicy/nodes: must be empty for MPOL_DEFAULT" },
		{ MODE ("LOCAL", ",\"nodes\":\"0\""),
			"/linux/memoryPolicy/nodes: must be empty for MPOL_LOCAL" },
		{ MODE ("PREFERRED", ""), NULL },
		{ MODE ("PREFERRED", ",\"nodes\":\"1\""), NULL },
		{ MODE ("BIND", ""),
			"/linux/memoryPolicy/nodes: must name at least one node for MPOL_BIND" },
		{ MODE ("BIND", ",\"nodes\":\"\""),
			"/linux/memoryPolicy/nodes: must name at least one node for MPOL_BIND" },
		{ MODE ("WEIGHTED_INTERLEAVE", ""),
			"/linux/memoryPolicy/nodes: must name at least one node for "
			"MPOL_WEIGHTED_INTERLEAVE" },
		{ MODE ("BIND", ",\"nodes\":\"3-1\""),
			"/linux/memoryPolicy/nodes: '3-1' is not a list of memory nodes like "
			"\"0-3,7\" (numbers below 1024)" },
		{ MODE ("BIND", ",\"nodes\":\"0-1023\""), NULL },
		{ MODE ("BIND", ",\"nodes\":\"1024\""),
			"/linux/memoryPolicy/nodes: '1024' is not a list of memory nodes like "
			"\"0-3,7\" (numbers below 1024)" },
		{ MODE ("BIND", ",\"nodes\":\"0\",\"flags\":[\"MPOL_F_X\"]"),
			"/linux/memoryPolicy/flags/0: 'MPOL_F_X' is not one of "
			"MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES or MPOL_F_STATIC_NODES" },
		{ MODE ("BIND", ",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\","
				"\"MPOL_F_RELATIVE_NODES\"]"),
			"/linux/memoryPolicy/flags: MPOL_F_STATIC_NODES and "
			"MPOL_F_RELATIVE_NODES exclude each other" },
		{ MODE ("LOCAL", ",\"flags\":[\"MPOL_F_STATIC_NODES\"]"),
			"/linux/memoryPolicy/flags: says how to read nodes, and there are none" },
		{ MODE ("BIND", ",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]"), NULL },
		{ MODE ("INTERLEAVE", ",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]"),
			"/linux/memoryPolicy/flags: MPOL_F_NUMA_BALANCING is for MPOL_BIND and "
			"MPOL_PREFERRED_MANY, not for MPOL_INTERLEAVE" },
	};
	AUTO (plan_done) struct plan none;

	CHECK_VERDICTS (rows);
	plan_of ("", &none);
	assert_null (none.memory_policy.mode);
}

/* ---- the personality is the process's, too */

static void
a_personality_is_one_of_two_domains (void **state)
{
	static const struct verdict rows[] = {
		{ LINUX ("\"personality\":{}"), "/linux/personality/domain: is missing" },
		{ LINUX ("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
			"/linux/personality/flags/0: flags of a personality are not supported: 'X'" },
		{ LINUX ("\"personality\":{\"domain\":\"BSD\"}"),
			"/linux/personality/domain: 'BSD' is not one of LINUX or LINUX32" },
		{ LINUX ("\"personality\":{\"domain\":\"LINUX\",\"flags\":[]}"), NULL },
	};
	AUTO (plan_done) struct plan plan, none;

	CHECK_VERDICTS (rows);
	plan_of (PROCESS ("\"env\":[]") "," LINUX ("\"personality\":{\"domain\":\"LINUX32\"}"),
		&plan);
	assert_true (plan.process->has_personality);
	assert_int_equal (plan.process->personality, PER_LINUX32);
	plan_of (PROCESS ("\"env\":[]"), &none);
	assert_false (none.process->has_personality);
}

/* ---- by itself, as for exec */

static void
a_process_can_be_a_document (void **state)
{
	static const char text[] = "{\"cwd\":\"/x\",\"args\":[\"ls\"],\n\"user\":{\"uid\":7},"
				   "\"capabilities\":{\"bounding\":[\"CAP_NONE\"]}}";
	static const char bad[] = "{\"cwd\":\"/x\",\"args\":[\"ls\"],\n\"user\":{\"umask\":777}}";
	struct spec_document document = { "process.json", text, strlen (text) };
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err = { 0 };
	struct plan untouched = { .n_mounts = 7 };

	assert_int_equal (spec_parse_process (&document, &plan, &err), 0);
	assert_string_equal (plan.process->args[0], "ls");
	assert_int_equal (plan.process->uid, 7);
	assert_int_equal (plan.n_warnings, 1);
	document = (struct spec_document){ "process.json", bad, strlen (bad) };
	assert_int_equal (spec_parse_process (&document, &untouched, &err), -1);
	assert_string_equal (err.text,
		"process.json:2: /user/umask: must be a number from 0 to 511 (octal 777)");
	assert_int_equal (untouched.n_mounts, 7);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (a_process_may_be_absent),
		cmocka_unit_test (a_program_has_arguments_a_directory_and_an_environment),
		cmocka_unit_test (what_a_program_needs_is_checked),
		cmocka_unit_test (a_nul_in_the_environment_is_refused),
		cmocka_unit_test (of_variables_with_one_name_the_last_counts_and_order_is_kept),
		cmocka_unit_test (an_environment_of_thousands_is_taken),
		cmocka_unit_test (a_console_has_a_size_only_with_a_terminal),
		cmocka_unit_test (a_user_has_ids_groups_and_a_umask),
		cmocka_unit_test (a_user_must_exist),
		cmocka_unit_test (capabilities_are_five_sets),
		cmocka_unit_test (an_unknown_capability_is_a_warning),
		cmocka_unit_test (rlimits_have_their_numbers),
		cmocka_unit_test (rlimits_are_known_unique_and_ordered),
		cmocka_unit_test (labels_and_oom_score_are_absent_or_kept),
		cmocka_unit_test (a_scheduler_becomes_the_kernels_words),
		cmocka_unit_test (a_scheduler_takes_what_its_policy_takes),
		cmocka_unit_test (a_memory_policy_is_one_that_the_kernel_takes),
		cmocka_unit_test (a_personality_is_one_of_two_domains),
		cmocka_unit_test (a_process_can_be_a_document),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
