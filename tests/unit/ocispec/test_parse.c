/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/str.h"
#include "ocispec/runtime_config.h"

/* ---- helpers */

struct parsed {
	struct ocispec_doc doc;
	struct oci_runtime_config *config;
	struct error err;
	int status;
};

static void
parsed_done (struct parsed *p)
{
	ocispec_done (&p->doc);
}

static struct parsed
parse (const char *text, unsigned flags)
{
	struct parsed p = { .status = -1 };
	struct ocispec_source source = {
		.file = "config.json", .text = text, .size = strlen (text), .flags = flags
	};

	p.status = oci_runtime_config_parse (&p.doc, &source, &p.config, &p.err);
	return p;
}

static void
assert_rejected (const char *text, unsigned flags, const char *message)
{
	AUTO (parsed_done) struct parsed p = parse (text, flags);

	assert_int_equal (p.status, -1);
	assert_string_equal (p.err.text, message);
}

static void
assert_accepted (const char *text, unsigned flags)
{
	AUTO (parsed_done) struct parsed p = parse (text, flags);

	assert_string_equal (p.err.text, "");
	assert_int_equal (p.status, 0);
}

static const char sample[] = /* */
	"{\n" /* 1 */
	"  \"ociVersion\": \"1.2.0\",\n" /* 2 */
	"  \"process\": {\n" /* 3 */
	"    \"args\": [\"sh\", \"-c\", \"a\\n\\u00e4\\ud83d\\ude00\"],\n" /* 4 */
	"    \"cwd\": \"/\", \"user\": { \"uid\": 4294967295,\n" /* 5 */
	"      \"additionalGids\": [ 1,\n" /* 6 */
	"        2 ] },\n" /* 7 */
	"    \"env\": [], \"oomScoreAdj\": -5, \"terminal\": false\n" /* 8 */
	"  },\n" /* 9 */
	"  \"mounts\": [ { \"destination\": \"/proc\" },\n" /* 10 */
	"    { \"destination\": \"/a/b\",\n" /* 11 */
	"      \"options\": [ \"ro\",\n" /* 12 */
	"        \"nosuid\" ] } ],\n" /* 13 */
	"  \"annotations\": {\n" /* 14 */
	"    \"a/b~c\": \"x\",\n" /* 15 */
	"    \"d\": \"y\" },\n" /* 16 */
	"  \"linux\": { \"rdma\": 1,\n" /* 17 */
	"    \"resources\": { \"rdma\": {\n" /* 18 */
	"       \"mlx5\": { \"hcaHandles\": 3 } },\n" /* 19 */
	"      \"cpu\": { \"quota\": -1, \"shares\": 18446744073709551615 } } },\n"
	"  \"windows\": { \"layerFolders\": [\"c\"], \"credentialSpec\": { \"a\": [1, \"b\"] } },\n"
	"  \"unknown\": [ { \"deep\": [ null, 1.5e3 ] } ]\n"
	"}\n";

/* ---- what comes out */

static void
a_document_becomes_structs (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);
	const struct oci_runtime_config *c = p.config;

	assert_int_equal (p.status, 0);
	assert_string_equal (c->oci_version, "1.2.0");
	assert_int_equal (c->process->n_args, 3);
	assert_string_equal (c->process->args[0], "sh");
	assert_string_equal (c->process->args[2], "a\n\xc3\xa4\xf0\x9f\x98\x80");
	assert_null (c->process->args[3]);
	assert_true (c->process->user->has_uid);
	assert_int_equal (c->process->user->uid, UINT32_MAX);
	assert_false (c->process->user->has_gid);
	assert_int_equal (c->process->user->n_additional_gids, 2);
	assert_int_equal (c->process->user->additional_gids[1], 2);
	assert_true (c->process->has_oom_score_adj);
	assert_int_equal (c->process->oom_score_adj, -5);
	assert_true (c->process->has_terminal);
	assert_false (c->process->terminal);
	assert_false (c->process->has_no_new_privileges);
	assert_int_equal (c->n_mounts, 2);
	assert_string_equal (c->mounts[1]->options[1], "nosuid");
	assert_int_equal (c->annotations->n, 2);
	assert_string_equal (c->annotations->keys[0], "a/b~c");
	assert_string_equal (c->annotations->values[1], "y");
	assert_string_equal (c->linux->resources->rdma->keys[0], "mlx5");
	assert_int_equal (c->linux->resources->rdma->values[0]->hca_handles, 3);
	assert_int_equal (c->linux->resources->cpu->quota, -1);
	assert_true (c->linux->resources->cpu->shares == UINT64_MAX);
	assert_string_equal (c->windows->credential_spec, "{ \"a\": [1, \"b\"] }");
}

static void
absent_and_empty_arrays_differ (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);

	assert_non_null (p.config->process->env);
	assert_int_equal (p.config->process->n_env, 0);
	assert_null (p.config->process->env[0]);
	assert_null (p.config->process->rlimits);
	assert_int_equal (p.config->process->n_rlimits, 0);
}

static void
a_part_can_be_a_document (void **state)
{
	static const char text[] = "{ \"cwd\": \"/x\" }";
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = { "process.json", text, strlen (text), 0 };
	struct oci_process *process;
	struct error err;

	assert_int_equal (oci_process_parse (&doc, &source, &process, &err), 0);
	assert_string_equal (process->cwd, "/x");
}

static void
what_is_printed_parses_to_the_same (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);
	const char *tidy = oci_runtime_config_print (&p.doc.arena, p.config, 4);
	AUTO (parsed_done) struct parsed again = parse (tidy, 0);

	assert_int_equal (again.status, 0);
	assert_string_equal (oci_runtime_config_print (&again.doc.arena, again.config, 0),
		"{\"ociVersion\":\"1.2.0\",\"process\":{\"terminal\":false,\"user\":{\"uid\":"
		"4294967295,\"additionalGids\":[1,2]},\"args\":[\"sh\",\"-c\",\"a\\n\xc3\xa4"
		"\xf0\x9f\x98\x80\"],\"env\":[],\"cwd\":\"/\",\"oomScoreAdj\":-5},\"mounts\":["
		"{\"destination\":\"/proc\"},{\"destination\":\"/a/b\",\"options\":[\"ro\","
		"\"nosuid\"]}],\"annotations\":{\"a/b~c\":\"x\",\"d\":\"y\"},\"linux\":{"
		"\"resources\":{\"cpu\":{\"shares\":18446744073709551615,\"quota\":-1},\"rdma\":"
		"{\"mlx5\":{\"hcaHandles\":3}}}},\"windows\":{\"layerFolders\":[\"c\"],"
		"\"credentialSpec\":{ \"a\": [1, \"b\"] }}}");
}

/* ---- where it was */

static void
every_value_knows_its_line_and_pointer (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);
	struct ocispec_doc *doc = &p.doc;
	struct oci_runtime_config *c = p.config;
	struct oci_mount *mount = c->mounts[1];
	struct oci_user *user = c->process->user;

	assert_string_equal (ocispec_at (doc, c), "config.json:1");
	assert_string_equal (ocispec_at (doc, &c->oci_version), "config.json:2: /ociVersion");
	assert_string_equal (ocispec_at (doc, c->oci_version), "config.json:2: /ociVersion");
	assert_string_equal (ocispec_at (doc, c->process), "config.json:3: /process");
	assert_string_equal (ocispec_at (doc, &c->process), "config.json:3: /process");
	assert_string_equal (ocispec_at (doc, &user->uid), "config.json:5: /process/user/uid");
	assert_string_equal (ocispec_at (doc, &user->additional_gids),
		"config.json:6: /process/user/additionalGids");
	assert_string_equal (ocispec_at (doc, &user->additional_gids[1]),
		"config.json:7: /process/user/additionalGids/1");
	assert_string_equal (
		ocispec_at (doc, &c->process->terminal), "config.json:8: /process/terminal");
	assert_string_equal (ocispec_at (doc, mount), "config.json:11: /mounts/1");
	assert_string_equal (ocispec_at (doc, &c->mounts[1]), "config.json:11: /mounts/1");
	assert_string_equal (
		ocispec_at (doc, mount->options[1]), "config.json:13: /mounts/1/options/1");
	assert_string_equal (
		ocispec_at (doc, &mount->options[1]), "config.json:13: /mounts/1/options/1");
	assert_string_equal (ocispec_at (doc, &c->annotations->values[0]),
		"config.json:15: /annotations/a~1b~0c");
	assert_string_equal (
		ocispec_at (doc, c->annotations->values[1]), "config.json:16: /annotations/d");
	assert_string_equal (
		ocispec_at (doc, c->annotations->keys[1]), "config.json:16: /annotations/d");
	assert_string_equal (ocispec_at (doc, &c->annotations), "config.json:14: /annotations");
	assert_string_equal (ocispec_at (doc, &c->linux->resources->rdma->values[0]->hca_handles),
		"config.json:19: /linux/resources/rdma/mlx5/hcaHandles");
}

static void
an_absent_member_is_where_its_object_is (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);

	assert_string_equal (ocispec_at (&p.doc, &p.config->mounts[1]->source),
		"config.json:11: /mounts/1/source");
	assert_string_equal (ocispec_at (&p.doc, &p.config->hostname), "config.json:1: /hostname");
	assert_string_equal (ocispec_at (&p.doc, &p.config->process->has_no_new_privileges),
		"config.json:3: /process/noNewPrivileges");
}

static void
an_unknown_address_is_nowhere (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);
	const char *pointer;
	size_t line;

	assert_false (ocispec_where (&p.doc, &p, &line, &pointer));
	assert_false (ocispec_where (&p.doc, NULL, &line, &pointer));
	assert_string_equal (ocispec_at (&p.doc, &p), "config.json");
}

static void
errors_of_users_point_into_the_text_too (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);
	struct error err = { 0 };

	assert_int_equal (ocispec_fail (&err, &p.doc, p.config->mounts[1], "%s", "no"), -1);
	assert_string_equal (err.text, "config.json:11: /mounts/1: no");
	ocispec_add_problem (&p.doc, &p.config->mounts[0]->destination, false, "bad %d", 1);
	assert_int_equal (p.doc.n_problems, 1);
	assert_int_equal (p.doc.problems->line, 10);
	assert_string_equal (p.doc.problems->pointer, "/mounts/0/destination");
	assert_string_equal (p.doc.problems->text, "bad 1");
}

static void
places_lead_from_a_struct_to_its_parts (void **state)
{
	AUTO (parsed_done) struct parsed p = parse (sample, 0);
	const struct ocispec_place *root = p.config->place;
	const struct ocispec_place *mounts = ocispec_child (root, "mounts", 0);
	const struct ocispec_place *mount = ocispec_child (mounts, NULL, 1);

	assert_ptr_equal (mount, p.config->mounts[1]->place);
	assert_string_equal (ocispec_at_place (&p.doc,
				     ocispec_child (ocispec_child (mount, "options", 0), NULL, 1)),
		"config.json:13: /mounts/1/options/1");
	/* backwards in the text, too */
	assert_string_equal (ocispec_at_place (&p.doc, root), "config.json:1");
	assert_string_equal (
		ocispec_at_place (
			&p.doc, ocispec_child (ocispec_child (root, "annotations", 0), "a/b~c", 0)),
		"config.json:15: /annotations/a~1b~0c");
	assert_null (ocispec_child (mounts, NULL, 2));
	assert_null (ocispec_child (root, "hostname", 0));
	assert_null (ocispec_child (NULL, "hostname", 0));
	assert_string_equal (ocispec_at_place (&p.doc, NULL), "config.json");
}

/* ---- what is refused */

static void
wrong_types_are_named_with_line_and_pointer (void **state)
{
	assert_rejected ("{\"ociVersion\":\"1\",\n\"mounts\":[{\"destination\":\"/\",\n"
			 "\"options\":7}]}",
		0,
		"config.json:3: /mounts/0/options: expected an array of strings, found a number");
	assert_rejected ("{\"ociVersion\": {}}", 0,
		"config.json:1: /ociVersion: expected a string, found an object");
	assert_rejected ("{\"ociVersion\":\"1\",\"mounts\":[1]}", 0,
		"config.json:1: /mounts/0: expected an object, found a number");
	assert_rejected ("{\"ociVersion\":\"1\",\"root\":{\"path\":\"\",\"readonly\":\"x\"}}", 0,
		"config.json:1: /root/readonly: expected true or false, found a string");
	assert_rejected ("{\"ociVersion\":\"1\",\"annotations\":{\"a/b\":false}}", 0,
		"config.json:1: /annotations/a~1b: expected a string, found a boolean");
	assert_rejected ("{\"ociVersion\":\"1\",\"annotations\":[]}", 0,
		"config.json:1: /annotations: expected an object with strings, found an array");
	assert_rejected ("[]", 0, "config.json:1: expected an object, found an array");
}

static void
missing_members_are_named (void **state)
{
	assert_rejected ("{}", 0, "config.json:1: 'ociVersion' is missing");
	assert_rejected ("{\"ociVersion\":\"1\",\n\"mounts\":[\n{}\n]}", 0,
		"config.json:3: /mounts/0: 'destination' is missing");
}

static void
numbers_are_checked_against_their_range (void **state)
{
	static const char text[] = "{\"ociVersion\":\"1\",\"process\":{\"cwd\":\"/\",%s}}";
	static const struct {
		const char *member, *problem; /* NULL: good */
	} rows[] = {
		{ "\"user\":{\"uid\":4294967295}", NULL },
		{ "\"user\":{\"uid\":-0}", NULL },
		{ "\"user\":{\"uid\":4294967296}",
			"/process/user/uid: must be a number from 0 to 4294967295" },
		{ "\"user\":{\"uid\":-1}",
			"/process/user/uid: must be a number from 0 to 4294967295" },
		{ "\"user\":{\"uid\":1.5}",
			"/process/user/uid: expected an integer without fraction and exponent" },
		{ "\"user\":{\"uid\":1e2}",
			"/process/user/uid: expected an integer without fraction and exponent" },
		{ "\"scheduler\":{\"policy\":\"SCHED_RR\",\"runtime\":18446744073709551615}",
			NULL },
		{ "\"scheduler\":{\"policy\":\"SCHED_RR\",\"runtime\":18446744073709551616}",
			"/process/scheduler/runtime: must not be more than 18446744073709551615" },
		{ "\"scheduler\":{\"policy\":\"SCHED_RR\",\"nice\":-2147483648}", NULL },
		{ "\"scheduler\":{\"policy\":\"SCHED_RR\",\"nice\":-2147483649}",
			"/process/scheduler/nice: must be a number from -2147483648 to 2147483647" },
		{ "\"oomScoreAdj\":1001",
			"/process/oomScoreAdj: must be a number from -1000 to 1000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		autofree char *document = xasprintf (text, rows[i].member);
		autofree char *message =
			rows[i].problem ? xasprintf ("config.json:1: %s", rows[i].problem) : NULL;

		if (message)
			assert_rejected (document, 0, message);
		else
			assert_accepted (document, 0);
	}
}

static void
words_are_checked_against_enums_and_patterns (void **state)
{
	assert_rejected ("{\"ociVersion\":\"1\",\"process\":{\"cwd\":\"/\",\"ioPriority\":"
			 "{\"class\":\"BE\"}}}",
		0,
		"config.json:1: /process/ioPriority/class: 'BE' is not one of IOPRIO_CLASS_RT, "
		"IOPRIO_CLASS_BE or IOPRIO_CLASS_IDLE");
	assert_rejected ("{\"ociVersion\":\"1\",\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":"
			 "\"NOFILE\",\"soft\":1,\"hard\":1}]}}",
		0,
		"config.json:1: /process/rlimits/0/type: 'NOFILE' does not match ^RLIMIT_[A-Z]+$");
	assert_accepted ("{\"ociVersion\":\"1\",\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":"
			 "\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1}]}}",
		0);
	assert_rejected ("{\"ociVersion\":\"1\",\"linux\":{\"seccomp\":{\"defaultAction\":"
			 "\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\","
			 "\"names\":[]}]}}}",
		0, "config.json:1: /linux/seccomp/syscalls/0/names: must not be empty");
}

/* ---- lenient and strict */

static void
null_is_absent_unless_strict (void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1\",\"mounts\":null,\"process\":{\"cwd\":\"/\","
		"\"args\":null,\"oomScoreAdj\":null,\"user\":null}}";
	AUTO (parsed_done) struct parsed p = parse (text, 0);

	assert_int_equal (p.status, 0);
	assert_null (p.config->mounts);
	assert_null (p.config->process->args);
	assert_false (p.config->process->has_oom_score_adj);
	assert_null (p.config->process->user);
	assert_rejected (text, OCISPEC_STRICT,
		"config.json:1: /mounts: expected an array of objects, found null");
	assert_rejected ("{\"ociVersion\":null}", 0,
		"config.json:1: /ociVersion: expected a string, found null");
	assert_rejected ("{\"ociVersion\":\"1\",\"mounts\":[null]}", 0,
		"config.json:1: /mounts/0: expected an object, found null");
}

static void
what_engines_write_is_taken_unless_strict (void **state)
{
	static const char propagation[] =
		"{\"ociVersion\":\"1\",\"linux\":{\"rootfsPropagation\":\"rslave\"}}";
	static const char mode[] = "{\"ociVersion\":\"1\",\"linux\":{\"devices\":[{\"type\":\"c\","
				   "\"path\":\"/dev/x\",\"fileMode\":8630}]}}";

	assert_accepted (propagation, 0);
	assert_accepted (mode, 0);
	assert_rejected (propagation, OCISPEC_STRICT,
		"config.json:1: /linux/rootfsPropagation: 'rslave' is not one of private, shared, "
		"slave or unbindable");
	assert_rejected (mode, OCISPEC_STRICT,
		"config.json:1: /linux/devices/0/fileMode: must be a number from 0 to 511");
}

static void
integers_that_c_cannot_hold_are_cut_off_only_when_strict (void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1\",\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":"
		"99999999999999999999999}]}}";
	AUTO (parsed_done) struct parsed p = parse (text, OCISPEC_STRICT);

	assert_int_equal (p.status, 0);
	assert_true (p.config->hooks->poststop[0]->timeout == INT64_MAX);
	assert_rejected (text, 0,
		"config.json:1: /hooks/poststop/0/timeout: must not be more than "
		"9223372036854775807");
}

/* ---- repetition */

static void
of_a_repeated_member_the_last_counts (void **state)
{
	AUTO (parsed_done)
	struct parsed p = parse ("{\"ociVersion\":\"1\",\n"
				 "\"mounts\":[{\"destination\":\"/a\"}],\n"
				 "\"mounts\":[],\"ociVersion\":\"2\",\n"
				 "\"root\":{\"path\":\"x\",\"readonly\":true},\n"
				 "\"root\":{\"path\":\"y\"},\n"
				 "\"annotations\":{\"k\":\"1\",\"l\":\"2\","
				 "\"k\":\"3\"}}",
		0);

	assert_int_equal (p.status, 0);
	assert_string_equal (p.config->oci_version, "2");
	assert_non_null (p.config->mounts);
	assert_int_equal (p.config->n_mounts, 0);
	assert_string_equal (p.config->root->path, "y");
	assert_false (p.config->root->has_readonly);
	assert_string_equal (ocispec_at (&p.doc, p.config->root), "config.json:5: /root");
	assert_int_equal (p.config->annotations->n, 2);
	assert_string_equal (p.config->annotations->keys[0], "l");
	assert_string_equal (p.config->annotations->values[1], "3");
	assert_string_equal (ocispec_at (&p.doc, &p.config->annotations->values[1]),
		"config.json:6: /annotations/k");
}

/* ---- all problems at once */

static void
all_problems_can_be_listed (void **state)
{
	static const struct {
		size_t line;
		bool is_warning;
		const char *pointer, *text;
	} expected[] = {
		{ 2, true, "/nonsense",
			"is not a member that the specification knows; it is ignored" },
		{ 3, false, "/mounts/0/type", "expected a string, found a number" },
		{ 3, false, "/mounts/0", "'destination' is missing" },
		{ 4, true, "/hostname", "occurs twice; the last one counts" },
		{ 5, false, "/process/user/gid", "must be a number from 0 to 4294967295" },
		{ 5, false, "/process", "'cwd' is missing" },
		{ 1, false, "", "'ociVersion' is missing" },
	};
	AUTO (parsed_done)
	struct parsed p = parse ("{\n\"nonsense\": [[{}]],\n"
				 "\"mounts\": [ { \"type\": 1 } ],\n"
				 "\"hostname\": \"a\", \"hostname\": \"b\",\n"
				 "\"process\": { \"user\": { \"gid\": -3 } }\n}",
		OCISPEC_ALL_PROBLEMS);
	const struct ocispec_problem *problem = p.doc.problems;

	assert_int_equal (p.status, -1);
	assert_string_equal (
		p.err.text, "config.json:3: /mounts/0/type: expected a string, found a number");
	assert_int_equal (p.doc.n_problems, ARRAY_SIZE (expected));
	for (size_t i = 0; i < ARRAY_SIZE (expected); i++, problem = problem->next) {
		assert_int_equal (problem->line, expected[i].line);
		assert_int_equal (problem->is_warning, expected[i].is_warning);
		assert_string_equal (problem->pointer, expected[i].pointer);
		assert_string_equal (problem->text, expected[i].text);
	}
}

static void
warnings_alone_are_no_failure (void **state)
{
	AUTO (parsed_done)
	struct parsed p = parse ("{\"ociVersion\":\"1\",\"x\":1}", OCISPEC_ALL_PROBLEMS);

	assert_int_equal (p.status, 0);
	assert_int_equal (p.doc.n_problems, 1);
	assert_true (p.doc.problems->is_warning);
}

static void
an_unknown_member_is_compared_with_the_known_ones (void **state)
{
	static const struct {
		const char *member, *hint;
	} rows[] = {
		{ "hostName", "did you mean 'hostname'?" },
		{ "annotation", "did you mean 'annotations'?" },
		{ "moutns", "did you mean 'mounts'?" },
		{ "rot", NULL },
		{ "ROOT", "did you mean 'root'?" },
		{ "somethingElse", NULL },
		{ "aNameThatIsLongerThanAnyOfTheSpecificationsIs", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		autofree char *text = xasprintf ("{\"ociVersion\":\"1\",\"%s\":1}", rows[i].member);
		AUTO (parsed_done) struct parsed p = parse (text, OCISPEC_ALL_PROBLEMS);

		assert_int_equal (p.doc.n_problems, 1);
		if (rows[i].hint)
			assert_string_equal (p.doc.problems->hint, rows[i].hint);
		else
			assert_null (p.doc.problems->hint);
	}
}

static void
after_errors_there_is_an_object_to_go_on_with (void **state)
{
	AUTO (parsed_done)
	struct parsed p =
		parse ("{\"hostname\":1,\"mounts\":[{\"type\":\"x\"}]}", OCISPEC_ALL_PROBLEMS);
	AUTO (parsed_done) struct parsed none = parse ("{\"hostname\":", OCISPEC_ALL_PROBLEMS);

	assert_int_equal (p.status, -1);
	assert_null (p.config->hostname);
	assert_null (p.config->mounts[0]->destination);
	assert_string_equal (p.config->mounts[0]->type, "x");
	assert_int_equal (none.status, -1);
	assert_null (none.config);
}

static void
other_platforms_are_not_looked_at_when_linux_is_all (void **state)
{
	static const char text[] = "{\"ociVersion\":\"1\",\"windows\":{\"layerFolders\":7},"
				   "\"vm\":[],\"zos\":{},\"solaris\":1,\"freebsd\":\"\"}";
	AUTO (parsed_done)
	struct parsed all = parse (text, OCISPEC_LINUX_ONLY | OCISPEC_ALL_PROBLEMS);

	assert_accepted (text, OCISPEC_LINUX_ONLY);
	assert_rejected (text, 0,
		"config.json:1: /windows/layerFolders: expected an array of strings, found a "
		"number");
	assert_int_equal (all.status, 0);
	assert_int_equal (all.doc.n_problems, 5);
	assert_string_equal (all.doc.problems->pointer, "/windows");
	assert_string_equal (
		all.doc.problems->text, "is for another platform than Linux; it is ignored");
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (a_document_becomes_structs),
		cmocka_unit_test (absent_and_empty_arrays_differ),
		cmocka_unit_test (a_part_can_be_a_document),
		cmocka_unit_test (what_is_printed_parses_to_the_same),
		cmocka_unit_test (every_value_knows_its_line_and_pointer),
		cmocka_unit_test (an_absent_member_is_where_its_object_is),
		cmocka_unit_test (an_unknown_address_is_nowhere),
		cmocka_unit_test (errors_of_users_point_into_the_text_too),
		cmocka_unit_test (places_lead_from_a_struct_to_its_parts),
		cmocka_unit_test (wrong_types_are_named_with_line_and_pointer),
		cmocka_unit_test (missing_members_are_named),
		cmocka_unit_test (numbers_are_checked_against_their_range),
		cmocka_unit_test (words_are_checked_against_enums_and_patterns),
		cmocka_unit_test (null_is_absent_unless_strict),
		cmocka_unit_test (what_engines_write_is_taken_unless_strict),
		cmocka_unit_test (integers_that_c_cannot_hold_are_cut_off_only_when_strict),
		cmocka_unit_test (of_a_repeated_member_the_last_counts),
		cmocka_unit_test (all_problems_can_be_listed),
		cmocka_unit_test (warnings_alone_are_no_failure),
		cmocka_unit_test (an_unknown_member_is_compared_with_the_known_ones),
		cmocka_unit_test (after_errors_there_is_an_object_to_go_on_with),
		cmocka_unit_test (other_platforms_are_not_looked_at_when_linux_is_all),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
