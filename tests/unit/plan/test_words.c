/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/str.h"
#include "plan/capabilities.h"
#include "plan/mempolicy.h"
#include "plan/rlimits.h"
#include "plan/sched.h"
#include "plan/signals.h"
#include "plan/sysctls.h"

#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

static void
test_capability_names_have_the_kernels_numbers (void **state)
{
	assert_int_equal (CAPABILITIES, CAP_LAST_CAP + 1);
	for (int i = 0; i < CAPABILITIES; i++) {
		assert_non_null (capability_names[i]);
		assert_true (str_starts (capability_names[i], "CAP_"));
		assert_int_equal (capability_from_name (capability_names[i]), i);
	}
	assert_int_equal (capability_from_name ("CAP_CHOWN"), CAP_CHOWN);
	assert_int_equal (capability_from_name ("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal (capability_from_name ("CAP_MKNOD"), CAP_MKNOD);
	assert_int_equal (capability_from_name ("CAP_AUDIT_WRITE"), CAP_AUDIT_WRITE);
	assert_int_equal (capability_from_name ("CAP_SETFCAP"), CAP_SETFCAP);
	assert_int_equal (capability_from_name ("CAP_SYSLOG"), CAP_SYSLOG);
	assert_int_equal (capability_from_name ("CAP_CHECKPOINT_RESTORE"), CAP_CHECKPOINT_RESTORE);
	assert_int_equal (capability_from_name ("CHOWN"), -1);
	assert_int_equal (capability_from_name ("cap_chown"), -1);
	assert_int_equal (capability_from_name (""), -1);
}

static void
test_rlimit_names_have_the_kernels_numbers (void **state)
{
	assert_int_equal (RLIMITS, RLIM_NLIMITS);
	for (int i = 0; i < RLIMITS; i++) {
		assert_non_null (rlimit_names[i]);
		assert_int_equal (rlimit_from_name (rlimit_names[i]), i);
	}
	assert_int_equal (rlimit_from_name ("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal (rlimit_from_name ("RLIMIT_RTTIME"), RLIMIT_RTTIME);
	assert_int_equal (rlimit_from_name ("NOFILE"), -1);
	assert_int_equal (rlimit_from_name ("rlimit_nofile"), -1);
}

static void
test_scheduler_words_are_the_specs (void **state)
{
	static const char *const policies[] = { "SCHED_OTHER", "SCHED_FIFO", "SCHED_RR",
		"SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE" };
	static const char *const flags[] = { "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM",
		"SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
		"SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX" };

	for (size_t i = 0; i < ARRAY_SIZE (policies); i++) {
		assert_string_equal (sched_policies[i].name, policies[i]);
		assert_int_equal (sched_word_value (sched_policies, policies[i]), i);
	}
	for (size_t i = 0; i < ARRAY_SIZE (flags); i++) {
		assert_string_equal (sched_flags[i].name, flags[i]);
		assert_int_equal (sched_word_value (sched_flags, flags[i]), 1 << i);
	}
	assert_null (sched_policies[ARRAY_SIZE (policies)].name);
	assert_null (sched_flags[ARRAY_SIZE (flags)].name);
	assert_int_equal (sched_word_value (sched_policies, "FIFO"), -1);
	assert_int_equal (sched_word_value (io_priority_classes, "IOPRIO_CLASS_RT"), 1);
	assert_int_equal (sched_word_value (io_priority_classes, "IOPRIO_CLASS_BE"), 2);
	assert_int_equal (sched_word_value (io_priority_classes, "IOPRIO_CLASS_IDLE"), 3);
	assert_int_equal (sched_word_value (io_priority_classes, "IOPRIO_CLASS_NONE"), -1);
}

static void
test_memory_policies_have_the_kernels_numbers (void **state)
{
	static const int values[] = { MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, 6, MPOL_PREFERRED,
		MPOL_PREFERRED_MANY, MPOL_LOCAL };

	for (size_t i = 0; i < ARRAY_SIZE (values); i++) {
		const struct memory_policy_mode *mode = &memory_policy_modes[i];

		assert_int_equal (mode->value, values[i]);
		assert_ptr_equal (memory_policy_mode (mode->name), mode);
	}
	assert_null (memory_policy_modes[ARRAY_SIZE (values)].name);
	assert_null (memory_policy_mode ("BIND"));
	assert_int_equal (
		sched_word_value (memory_policy_flags, "MPOL_F_STATIC_NODES"), MPOL_F_STATIC_NODES);
	assert_int_equal (sched_word_value (memory_policy_flags, "MPOL_F_RELATIVE_NODES"),
		MPOL_F_RELATIVE_NODES);
	assert_int_equal (sched_word_value (memory_policy_flags, "MPOL_F_NUMA_BALANCING"),
		MPOL_F_NUMA_BALANCING);
}

static void
test_cpu_lists_reach_past_1024_cpus (void **state)
{
	struct cpu_list list;
	struct error err;

	assert_int_equal (cpu_list_parse ("0-3,7, 9-11\n", &list, &err), 0);
	for (unsigned int cpu = 0; cpu < CPU_LIST_MAX; cpu++)
		assert_int_equal (
			cpu_list_has (&list, cpu), cpu <= 3 || cpu == 7 || (cpu >= 9 && cpu <= 11));
	assert_int_equal (list.size, sizeof (long));
	assert_int_equal (cpu_list_parse ("1500-1501,8191", &list, &err), 0);
	assert_true (cpu_list_has (&list, 1500) && cpu_list_has (&list, 1501) &&
		     cpu_list_has (&list, 8191));
	assert_false (cpu_list_has (&list, 1502));
	assert_int_equal (list.size, CPU_LIST_MAX / 8);
}

static void
test_what_is_no_cpu_list_is_refused (void **state)
{
	static const char *const wrong[] = { "", " ", ",", "1,", ",1", "3-1", "-1", "1-", "a",
		"0x1", "1;2", "0-3:2", "8192", "99999999999999999999", "1 2", "0--1" };
	struct cpu_list list;
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE (wrong); i++)
		assert_int_equal (cpu_list_parse (wrong[i], &list, &err), -1);
}

static void
test_signals_have_names_in_any_case_and_numbers (void **state)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = { { "SIGTERM", SIGTERM }, { "TERM", SIGTERM }, { "term", SIGTERM },
		{ "sigKill", SIGKILL }, { "9", 9 }, { "0", 0 }, { "64", 64 }, { "SIGCLD", SIGCHLD },
		{ "IOT", SIGABRT }, { "POLL", SIGIO }, { "RTMIN", 34 }, { "SIGRTMIN+3", 37 },
		{ "rtmin+30", 64 }, { "RTMAX", 64 }, { "SIGRTMAX-14", 50 }, { "WINCH", SIGWINCH },
		{ "SYS", SIGSYS } };
	static const char *const wrong[] = { "", "SIG", "SIGNAL", "65", "-1", "+9", "9 ", "RTMIN+",
		"RTMIN+31", "RTMAX-31", "RTMIN-1", "RTMIN+-1", "SIGSIGTERM", "TERM ", "0x9" };

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
		assert_int_equal (signal_from_name (rows[i].name), rows[i].number);
	for (size_t i = 0; i < ARRAY_SIZE (wrong); i++)
		assert_int_equal (signal_from_name (wrong[i]), -1);
}

static void
test_every_signal_number_has_a_name_that_leads_back (void **state)
{
	char name[SIGNAL_NAME_SIZE];

	for (int n = 1; n <= SIGNAL_MAX; n++)
		assert_int_equal (signal_from_name (signal_name (n, name)), n);
	assert_string_equal (signal_name (SIGABRT, name), "SIGABRT");
	assert_string_equal (signal_name (37, name), "SIGRTMIN+3");
	assert_string_equal (signal_name (64, name), "SIGRTMAX");
	assert_string_equal (signal_name (32, name), "32");
}

static void
test_sysctl_names_in_both_notations_lead_to_one_path (void **state)
{
	static const char *const rows[][2] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
		{ "net.ipv4.conf.eth0/100.rp_filter", "net/ipv4/conf/eth0.100/rp_filter" },
		{ "net/ipv4/conf/eth0.100/rp_filter", "net/ipv4/conf/eth0.100/rp_filter" },
		{ "kernel.shm_rmid_forced", "kernel/shm_rmid_forced" },
	};
	char path[SYSCTL_NAME_MAX];
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		assert_true (sysctl_to_path (rows[i][0], path, &err) > 0);
		assert_string_equal (path, rows[i][1]);
	}
}

static void
test_sysctl_names_that_could_escape_are_refused (void **state)
{
	static const char *const wrong[] = { "", ".", "..", "/", "net", "net..ipv4", "/net/ipv4",
		"net/ipv4/", "net/../kernel/core_pattern", "net/./ipv4", "net.ipv4.../x",
		"net.ipv4.ip_forward+kernel.core_pattern", "net.a\nkernel.b", "net.a b", "net.a=b",
		"net./../kernel", "net.x\\y" };
	struct namespaces_plan namespaces = { 0 };
	char path[SYSCTL_NAME_MAX] = "untouched";
	char longest[400];
	struct error err;

	for (int i = 0; i < NS_KINDS; i++)
		namespaces.ns[i].how = NS_NEW;
	for (size_t i = 0; i < ARRAY_SIZE (wrong); i++)
		assert_int_equal (sysctl_check (wrong[i], &namespaces, &err), -1);
	memset (longest, 'a', sizeof longest);
	memcpy (longest, "net.", 4);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal (sysctl_to_path (longest, path, &err), -1);
	assert_string_equal (path, "untouched");
}

static void
test_sysctls_need_a_namespace_of_their_own (void **state)
{
	static const struct {
		const char *name;
		int kind; /* -1: never allowed */
	} rows[] = { { "kernel.msgmax", NS_IPC }, { "kernel.msgmnb", NS_IPC },
		{ "kernel.msgmni", NS_IPC }, { "kernel.sem", NS_IPC }, { "kernel.shmall", NS_IPC },
		{ "kernel.shmmax", NS_IPC }, { "kernel/shmmni", NS_IPC },
		{ "kernel.shm_rmid_forced", NS_IPC }, { "fs.mqueue.msg_max", NS_IPC },
		{ "net.core.somaxconn", NS_NETWORK }, { "net/ipv4/ip_forward", NS_NETWORK },
		{ "kernel.domainname", NS_UTS }, { "user.max_user_namespaces", NS_USER },
		{ "kernel.hostname", -1 }, { "kernel.core_pattern", -1 }, { "kernel.semx", -1 },
		{ "fs.mqueuex.a", -1 }, { "netx.a", -1 }, { "vm.overcommit_memory", -1 },
		{ "fs.file-max", -1 }, { "kernel/domainname.x", -1 } };
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
		for (int kind = 0; kind < NS_KINDS; kind++) {
			struct namespaces_plan only = { 0 };

			only.ns[kind].how = kind % 2 ? NS_NEW : NS_JOIN;
			assert_int_equal (sysctl_check (rows[i].name, &only, &err),
				kind == rows[i].kind ? 0 : -1);
		}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_capability_names_have_the_kernels_numbers),
		cmocka_unit_test (test_rlimit_names_have_the_kernels_numbers),
		cmocka_unit_test (test_scheduler_words_are_the_specs),
		cmocka_unit_test (test_memory_policies_have_the_kernels_numbers),
		cmocka_unit_test (test_cpu_lists_reach_past_1024_cpus),
		cmocka_unit_test (test_what_is_no_cpu_list_is_refused),
		cmocka_unit_test (test_signals_have_names_in_any_case_and_numbers),
		cmocka_unit_test (test_every_signal_number_has_a_name_that_leads_back),
		cmocka_unit_test (test_sysctl_names_in_both_notations_lead_to_one_path),
		cmocka_unit_test (test_sysctl_names_that_could_escape_are_refused),
		cmocka_unit_test (test_sysctls_need_a_namespace_of_their_own),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
