/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/configs.h"

#include <stdio.h>

/* What a check of a config with this text finds. */
static void
check (const char *text, struct spec_findings *out)
{
	char directory[] = "/tmp/davit-spec-XXXXXX";
	struct spec_request request = { .bundle = directory };
	struct error err = { 0 };

	assert_non_null (mkdtemp (directory));
	autofree char *path = xasprintf ("%s/config.json", directory);
	FILE *f = fopen (path, "w");
	assert_non_null (f);
	assert_true (fputs (text, f) >= 0);
	assert_int_equal (fclose (f), 0);
	if (spec_check (&request, out, &err) < 0)
		assert_string_equal (err.text, "");
	assert_int_equal (unlink (path), 0);
	assert_int_equal (rmdir (directory), 0);
}

static void
expect (const struct spec_findings *findings, const struct spec_problem *expected, size_t n)
{
	for (size_t i = 0; i < findings->n_problems && i < n; i++) {
		const struct spec_problem *problem = &findings->problems[i];

		assert_string_equal (problem->pointer, expected[i].pointer);
		assert_string_equal (problem->text, expected[i].text);
		assert_int_equal (problem->line, expected[i].line);
		assert_int_equal (problem->is_warning, expected[i].is_warning);
		if (expected[i].hint)
			assert_string_equal (problem->hint, expected[i].hint);
		else
			assert_null (problem->hint);
	}
	assert_int_equal (findings->n_problems, n);
}

static void
every_problem_is_found_at_once_in_the_files_order (void **state)
{
	static const char text[] =
		"{ \"ociVersion\": \"3.0\",\n" /* 1 */
		"  \"hostName\": \"x\",\n" /* 2 */
		"  \"hostname\": \"x\",\n" /* 3 */
		"  \"process\": {\n" /* 4 */
		"    \"cwd\": 7,\n" /* 5 */
		"    \"args\": [\"sh\"],\n" /* 6 */
		"    \"rlimits\": [ { \"type\": \"RLIMIT_X\",\n" /* 7 */
		"      \"soft\": 2, \"hard\": 1 } ],\n" /* 8 */
		"    \"capabilities\": { \"bounding\": [\"CAP_FLY\"] } },\n" /* 9 */
		"  \"mounts\": [ { \"type\": \"proc\" },\n" /* 10 */
		"    { \"destination\": \"/a\", \"options\": [\"bind\"] } ],\n" /* 11 */
		"  \"linux\": {\n" /* 12 */
		"    \"namespaces\": [ { \"type\": \"net\" }, { \"type\": \"pid\" },\n" /* 13 */
		"      { \"type\": \"pid\" } ],\n" /* 14 */
		"    \"seccomp\": { \"defaultAction\": \"SCMP_ACT_DENY\" } },\n" /* 15 */
		"  \"linux2\": {},\n" /* 16 */
		"  \"root\": { \"path\": \"nowhere\" } }\n"; /* 17 */
	static const struct spec_problem expected[] = {
		{ false, 1, "/ociVersion",
			"'3.0' is not a version of the runtime specification that this build knows "
			"(1.x)",
			NULL },
		{ true, 2, "/hostName",
			"is not a member that the specification knows; it is ignored",
			"did you mean 'hostname'?" },
		{ false, 3, "/hostname",
			"can't be set without a private UTS namespace: it would rename the host",
			"add { \"type\": \"uts\" } to linux.namespaces" },
		{ false, 5, "/process/cwd", "expected a string, found a number", NULL },
		{ false, 7, "/process/rlimits/0/type",
			"'RLIMIT_X' is not a resource limit of Linux", NULL },
		{ true, 9, "/process/capabilities/bounding/0",
			"'CAP_FLY' is not a capability that this build knows; it is left out",
			NULL },
		{ false, 10, "/mounts/0", "'destination' is missing", NULL },
		{ false, 11, "/mounts/1/source", "is missing: a bind mount needs one", NULL },
		{ false, 13, "/linux/namespaces/0/type",
			"'net' is not one of mount, pid, network, uts, ipc, user, cgroup or time",
			NULL },
		{ false, 14, "/linux/namespaces/2", "the pid namespace is asked for twice", NULL },
		{ false, 15, "/linux/seccomp/defaultAction",
			"'SCMP_ACT_DENY' is not one of SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, "
			"SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, "
			"SCMP_ACT_ALLOW, SCMP_ACT_LOG or SCMP_ACT_NOTIFY",
			NULL },
		{ true, 16, "/linux2",
			"is not a member that the specification knows; it is ignored",
			"did you mean 'linux'?" },
		{ false, 17, "/root/path", NULL, NULL },
	};
	AUTO (spec_findings_done) struct spec_findings findings;

	check (text, &findings);
	assert_int_equal (findings.n_problems, ARRAY_SIZE (expected));
	assert_string_equal (findings.problems[12].pointer, "/root/path");
	assert_non_null (strstr (findings.problems[12].text, "/nowhere': no such file"));
	assert_int_equal (findings.n_errors, 10);
	findings.n_problems--;
	expect (&findings, expected, ARRAY_SIZE (expected) - 1);
}

static void
repeated_members_and_other_platforms_are_warnings (void **state)
{
	static const struct spec_problem expected[] = {
		{ true, 2, "/hostname", "occurs twice; the last one counts", NULL },
		{ true, 3, "/windows", "is for another platform than Linux; it is ignored", NULL },
	};
	AUTO (spec_findings_done) struct spec_findings findings;

	check ("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\"},\n"
	       "\"hostname\":\"a\",\"hostname\":\"\",\n\"windows\":{}}",
		&findings);
	expect (&findings, expected, ARRAY_SIZE (expected));
	assert_int_equal (findings.n_errors, 0);
}

static void
a_good_config_has_no_findings (void **state)
{
	AUTO (spec_findings_done) struct spec_findings findings;

	check ("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\"}}", &findings);
	assert_int_equal (findings.n_problems, 0);
}

static void
text_that_is_no_json_is_a_finding (void **state)
{
	static const char *const texts[] = { "", "{", "{\"ociVersion\":\"1.0.0\"",
		"{\"ociVersion\":tru}", "nonsense" };

	for (size_t i = 0; i < ARRAY_SIZE (texts); i++) {
		AUTO (spec_findings_done) struct spec_findings findings;

		check (texts[i], &findings);
		assert_int_equal (findings.n_errors, 1);
		assert_non_null (strstr (findings.problems[0].text, "not valid JSON: "));
	}
}

static void
what_can_not_be_read_is_an_error_and_no_finding (void **state)
{
	struct spec_request request = { .bundle = "/nowhere" };
	struct spec_findings findings = { .n_errors = 7 };
	struct error err = { 0 };

	assert_int_equal (spec_check (&request, &findings, &err), -1);
	assert_string_equal (err.text,
		"open '/nowhere/config.json': no such file (it is what makes a directory a "
		"bundle)");
	assert_int_equal (findings.n_errors, 7);
}

/* However many warnings there are before it. */
static void
an_error_is_never_lost (void **state)
{
	AUTO (buffer_done) struct buffer text = { 0 };
	AUTO (spec_findings_done) struct spec_findings findings;

	buffer_add_char (&text, '{');
	for (int i = 0; i < 500; i++)
		buffer_printf (&text, "\"x%d\":1,", i);
	buffer_add_text (&text, "\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"\"}}");
	check (text.data, &findings);
	assert_int_equal (findings.n_errors, 1);
	assert_int_equal (findings.n_problems, 201);
}

static void
thousands_of_problems_end_at_a_limit (void **state)
{
	AUTO (buffer_done) struct buffer text = { 0 };
	AUTO (spec_findings_done) struct spec_findings findings;

	buffer_add_text (&text, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\"},"
				"\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"env\":[\"A=1\"");
	for (int i = 0; i < 20000; i++)
		buffer_add_text (&text, ",\n\"x\"");
	buffer_add_text (&text, "]}}");
	check (text.data, &findings);
	assert_int_equal (findings.n_problems, 200);
}

/* Each member of a big config, alone, replaced by a value of each type: no part may trip over what
 * the parser has complained of. */
static void
wrong_types_anywhere_are_survived (void **state)
{
	static const char *const values[] = { "null", "true", "-1", "1e3", "\"x\"", "\"\"", "[]",
		"[null]", "[1]", "[\"x\"]", "[{}]", "[[]]", "{}", "{\"a\":1}", "{\"a\":\"\"}",
		"{\"a\":{}}" };
	static const char *const paths[] = {
		"\"ociVersion\":%s",
		"\"root\":%s",
		"\"root\":{\"path\":%s}",
		"\"hostname\":%s",
		"\"mounts\":%s",
		"\"mounts\":[{\"destination\":%s}]",
		"\"mounts\":[{\"options\":%s}]",
		"\"mounts\":[{\"uidMappings\":%s}]",
		"\"hooks\":%s",
		"\"hooks\":{\"poststop\":%s}",
		"\"hooks\":{\"poststop\":[{\"path\":%s}]}",
		"\"hooks\":{\"poststop\":[{\"args\":%s}]}",
		"\"annotations\":%s",
		"\"process\":%s",
		"\"process\":{\"cwd\":%s}",
		"\"process\":{\"args\":%s}",
		"\"process\":{\"env\":%s}",
		"\"process\":{\"user\":%s}",
		"\"process\":{\"user\":{\"additionalGids\":%s}}",
		"\"process\":{\"capabilities\":%s}",
		"\"process\":{\"capabilities\":{\"bounding\":%s}}",
		"\"process\":{\"rlimits\":%s}",
		"\"process\":{\"rlimits\":[{\"type\":%s}]}",
		"\"process\":{\"scheduler\":%s}",
		"\"process\":{\"scheduler\":{\"policy\":%s,\"nice\":1}}",
		"\"process\":{\"scheduler\":{\"flags\":%s}}",
		"\"process\":{\"ioPriority\":{\"class\":%s}}",
		"\"process\":{\"execCPUAffinity\":{\"initial\":%s}}",
		"\"process\":{\"consoleSize\":%s,\"terminal\":true}",
		"\"linux\":%s",
		"\"linux\":{\"namespaces\":%s}",
		"\"linux\":{\"namespaces\":[{\"type\":%s}]}",
		"\"linux\":{\"uidMappings\":%s}",
		"\"linux\":{\"uidMappings\":[{\"size\":%s}]}",
		"\"linux\":{\"timeOffsets\":%s}",
		"\"linux\":{\"timeOffsets\":{\"boottime\":%s}}",
		"\"linux\":{\"devices\":%s}",
		"\"linux\":{\"devices\":[{\"type\":%s,\"path\":\"/x\"}]}",
		"\"linux\":{\"devices\":[{\"path\":%s,\"type\":\"c\"}]}",
		"\"linux\":{\"sysctl\":%s}",
		"\"linux\":{\"maskedPaths\":%s}",
		"\"linux\":{\"personality\":%s}",
		"\"linux\":{\"personality\":{\"domain\":%s}}",
		"\"linux\":{\"rootfsPropagation\":%s}",
		"\"linux\":{\"seccomp\":%s}",
		"\"linux\":{\"seccomp\":{\"defaultAction\":%s,\"defaultErrnoRet\":1}}",
		"\"linux\":{\"seccomp\":{\"flags\":%s}}",
		"\"linux\":{\"seccomp\":{\"syscalls\":%s}}",
		"\"linux\":{\"seccomp\":{\"syscalls\":[{\"names\":%s}]}}",
		"\"linux\":{\"seccomp\":{\"syscalls\":[{\"action\":%s}]}}",
		"\"linux\":{\"seccomp\":{\"syscalls\":[{\"args\":%s}]}}",
		"\"linux\":{\"seccomp\":{\"syscalls\":[{\"args\":[{\"op\":%s}]}]}}",
		"\"linux\":{\"resources\":%s}",
		"\"linux\":{\"resources\":{\"memory\":%s}}",
		"\"linux\":{\"resources\":{\"cpu\":{\"cpus\":%s}}}",
		"\"linux\":{\"resources\":{\"pids\":%s}}",
		"\"linux\":{\"resources\":{\"blockIO\":%s}}",
		"\"linux\":{\"resources\":{\"blockIO\":{\"weightDevice\":%s}}}",
		"\"linux\":{\"resources\":{\"blockIO\":{\"throttleReadBpsDevice\":%s}}}",
		"\"linux\":{\"resources\":{\"hugepageLimits\":%s}}",
		"\"linux\":{\"resources\":{\"hugepageLimits\":[{\"pageSize\":%s}]}}",
		"\"linux\":{\"resources\":{\"network\":{\"priorities\":%s}}}",
		"\"linux\":{\"resources\":{\"network\":{\"priorities\":[{\"name\":%s}]}}}",
		"\"linux\":{\"resources\":{\"rdma\":%s}}",
		"\"linux\":{\"resources\":{\"unified\":%s}}",
		"\"linux\":{\"resources\":{\"devices\":%s}}",
		"\"linux\":{\"resources\":{\"devices\":[{\"type\":%s,\"access\":%s}]}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE (paths); i++)
		for (size_t k = 0; k < ARRAY_SIZE (values); k++) {
			AUTO (buffer_done) struct buffer text = { 0 };
			AUTO (spec_findings_done) struct spec_findings findings;

			buffer_add_char (&text, '{');
			for (const char *p = paths[i]; *p; p++) {
				if (*p != '%')
					buffer_add_char (&text, *p);
				else if (*++p)
					buffer_add_text (&text, values[k]);
			}
			buffer_add_char (&text, '}');
			check (text.data, &findings);
			assert_true (findings.n_errors > 0);
		}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (every_problem_is_found_at_once_in_the_files_order),
		cmocka_unit_test (repeated_members_and_other_platforms_are_warnings),
		cmocka_unit_test (a_good_config_has_no_findings),
		cmocka_unit_test (text_that_is_no_json_is_a_finding),
		cmocka_unit_test (what_can_not_be_read_is_an_error_and_no_finding),
		cmocka_unit_test (an_error_is_never_lost),
		cmocka_unit_test (thousands_of_problems_end_at_a_limit),
		cmocka_unit_test (wrong_types_anywhere_are_survived),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
