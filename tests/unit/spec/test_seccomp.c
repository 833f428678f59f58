/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/configs.h"

#include <errno.h>
#include <linux/seccomp.h>

#define SECCOMP(members) "\"linux\":{\"seccomp\":{" members "}}"
#define DEFAULT(action) "\"defaultAction\":\"SCMP_ACT_" action "\""
#define RULE(action, members) "{\"names\":[\"x\"],\"action\":\"SCMP_ACT_" action "\"" members "}"
#define RULES(list) DEFAULT ("ALLOW") ",\"syscalls\":[" list "]"

static void
actions_become_the_kernels (void **state)
{
	static const struct {
		const char *name, *errno_ret;
		uint32_t action;
	} rows[] = {
		{ "KILL", "", SECCOMP_RET_KILL_THREAD },
		{ "KILL_THREAD", "", SECCOMP_RET_KILL_THREAD },
		{ "KILL_PROCESS", "", SECCOMP_RET_KILL_PROCESS },
		{ "TRAP", "", SECCOMP_RET_TRAP },
		{ "ERRNO", "", SECCOMP_RET_ERRNO | EPERM },
		{ "ERRNO", ",\"errnoRet\":38", SECCOMP_RET_ERRNO | ENOSYS },
		{ "ERRNO", ",\"errnoRet\":0", SECCOMP_RET_ERRNO },
		{ "TRACE", "", SECCOMP_RET_TRACE | EPERM },
		{ "TRACE", ",\"errnoRet\":65535", SECCOMP_RET_TRACE | 65535 },
		{ "ALLOW", "", SECCOMP_RET_ALLOW },
		{ "LOG", "", SECCOMP_RET_LOG },
		{ "NOTIFY", "", SECCOMP_RET_USER_NOTIF },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		autofree char *members =
			xasprintf (SECCOMP ("\"listenerPath\":\"/l\"," RULES (
					   "{\"names\":[\"x\"],\"action\":\"SCMP_ACT_%s\"%s}")),
				rows[i].name, rows[i].errno_ret);
		AUTO (plan_done) struct plan plan;

		plan_of (members, &plan);
		assert_int_equal (plan.seccomp->rules[0].action, rows[i].action);
		assert_int_equal (plan.seccomp->notifies, rows[i].action == SECCOMP_RET_USER_NOTIF);
	}
}

static void
a_filter_has_rules_arguments_flags_and_architectures (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct seccomp_plan *s;
	const struct seccomp_argument *args;

	plan_of (SECCOMP (DEFAULT (
			 "ERRNO") ",\"defaultErrnoRet\":5,"
				  "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],"
				  "\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\","
				  "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],\n"
				  "\"listenerPath\":\"/run/l\",\"listenerMetadata\":\"m\","
				  "\"syscalls\":[{\"names\":[\"read\",\"write\"],"
				  "\"action\":\"SCMP_ACT_ALLOW\"},\n"
				  "{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_NOTIFY\","
				  "\"args\":["
				  "{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_NE\"},"
				  "{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_LT\"},"
				  "{\"index\":2,\"value\":1,\"op\":\"SCMP_CMP_LE\"},"
				  "{\"index\":3,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
				  "{\"index\":4,\"value\":1,\"op\":\"SCMP_CMP_GE\"},"
				  "{\"index\":5,\"value\":1,\"op\":\"SCMP_CMP_GT\"},"
				  "{\"index\":5,\"value\":18446744073709551615,"
				  "\"valueTwo\":7,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]"),
		&plan);
	s = plan.seccomp;
	assert_string_equal (s->at, "config.json:2: /linux/seccomp");
	assert_int_equal (s->default_action, SECCOMP_RET_ERRNO | 5);
	assert_int_equal (s->n_architectures, 2);
	assert_string_equal (s->architectures[1], "SCMP_ARCH_X86");
	assert_true (s->has_flags);
	assert_int_equal (s->flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	assert_string_equal (s->listener_path, "/run/l");
	assert_string_equal (s->listener_metadata, "m");
	assert_true (s->notifies);
	assert_int_equal (s->n_rules, 2);
	assert_int_equal (s->rules[0].n_names, 2);
	assert_string_equal (s->rules[0].names[1], "write");
	assert_string_equal (s->rules[1].at, "config.json:4: /linux/seccomp/syscalls/1");
	assert_int_equal (s->rules[1].n_arguments, 7);
	args = s->rules[1].arguments;
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal (args[i].index, i);
		assert_int_equal (args[i].op, SECCOMP_NE + i);
	}
	assert_int_equal (args[6].op, SECCOMP_MASKED_EQ);
	assert_true (args[6].value == UINT64_MAX);
	assert_int_equal (args[6].value_two, 7);
}

static void
no_flags_and_an_empty_list_of_flags_differ (void **state)
{
	AUTO (plan_done) struct plan none, empty, absent;

	plan_of (SECCOMP (DEFAULT ("ALLOW")), &none);
	assert_false (none.seccomp->has_flags);
	plan_of (SECCOMP (DEFAULT ("ALLOW") ",\"flags\":[]"), &empty);
	assert_true (empty.seccomp->has_flags);
	assert_int_equal (empty.seccomp->flags, 0);
	plan_of (LINUX (""), &absent);
	assert_null (absent.seccomp);
}

static void
a_filter_that_makes_no_sense_is_refused (void **state)
{
	static const struct verdict rows[] = {
		{ SECCOMP (DEFAULT ("ALLOW") ",\"defaultErrnoRet\":1"),
			"/linux/seccomp/defaultErrnoRet: is not for SCMP_ACT_ALLOW, which returns "
			"no errno" },
		{ SECCOMP (RULES (RULE ("KILL", ",\"errnoRet\":0"))),
			"/linux/seccomp/syscalls/0/errnoRet: is not for SCMP_ACT_KILL, which "
			"returns no errno" },
		{ SECCOMP (RULES (RULE ("ERRNO", ",\"errnoRet\":4096"))),
			"/linux/seccomp/syscalls/0/errnoRet: must be a number from 0 to 4095 for "
			"SCMP_ACT_ERRNO" },
		{ SECCOMP (RULES (RULE ("TRACE", ",\"errnoRet\":65536"))),
			"/linux/seccomp/syscalls/0/errnoRet: must be a number from 0 to 65535 for "
			"SCMP_ACT_TRACE" },
		{ SECCOMP (RULES (RULE ("ALLOW", ",\"args\":[{\"index\":6,\"value\":1,\"op\":"
						 "\"SCMP_CMP_EQ\"}]"))),
			"/linux/seccomp/syscalls/0/args/0/index: must be a number from 0 to 5" },
		{ SECCOMP (DEFAULT ("ALLOW") ",\"listenerMetadata\":\"m\""),
			"/linux/seccomp/listenerMetadata: is for a listener, and there is no "
			"listenerPath" },
		{ SECCOMP (RULES (RULE ("NOTIFY", ""))),
			"/linux/seccomp/listenerPath: is missing: SCMP_ACT_NOTIFY needs somebody "
			"to ask" },
		{ SECCOMP (DEFAULT ("ALLOW") ",\"listenerPath\":\"/l\""), NULL },
		{ SECCOMP (DEFAULT ("NOTIFY") ",\"listenerPath\":\"/l\""),
			"/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY can't be the default: the "
			"container would wait for itself" },
		{ SECCOMP ("\"syscalls\":[]"), "/linux/seccomp: 'defaultAction' is missing" },
		{ SECCOMP (RULES ("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}")),
			"/linux/seccomp/syscalls/0/names: must not be empty" },
		{ SECCOMP (DEFAULT ("ALLOW") ",\"flags\":[\"SECCOMP_FILTER_FLAG_X\"]"),
			"/linux/seccomp/flags/0: 'SECCOMP_FILTER_FLAG_X' is not one of "
			"SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG, "
			"SECCOMP_FILTER_FLAG_SPEC_ALLOW or "
			"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" },
	};

	CHECK_VERDICTS (rows);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (actions_become_the_kernels),
		cmocka_unit_test (a_filter_has_rules_arguments_flags_and_architectures),
		cmocka_unit_test (no_flags_and_an_empty_list_of_flags_differ),
		cmocka_unit_test (a_filter_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
