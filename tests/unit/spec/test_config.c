/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/configs.h"

#include "base/fd.h"
#include "spec/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* ---- the document */

static void
any_version_1_is_taken_and_no_other (void **state)
{
	static const struct {
		const char *version;
		bool is_good;
	} rows[] = {
		{ "1.0.0", true },
		{ "1.0.0-rc5", true },
		{ "1.0.2-dev", true },
		{ "1.3.0", true },
		{ "1.99.0+dev", true },
		{ "2.0.0", false },
		{ "0.9.0", false },
		{ "10.0.0", false },
		{ "1.x", false },
		{ "1", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		static const struct spec_request request = { .bundle = "/bundle" };
		autofree char *text = xasprintf (
			"{\n\"ociVersion\":\"%s\",\"root\":{\"path\":\"/\"}}", rows[i].version);
		autofree char *message = xasprintf (
			"config.json:2: /ociVersion: '%s' is not a version of the runtime "
			"specification that this build knows (1.x)",
			rows[i].version);
		struct spec_document document = { "config.json", text, strlen (text) };
		AUTO (plan_done) struct plan plan = { 0 };
		struct error err = { 0 };
		int status = spec_parse_plan (&request, &document, &plan, &err);

		assert_string_equal (err.text, rows[i].is_good ? "" : message);
		assert_int_equal (status, rows[i].is_good ? 0 : -1);
		if (rows[i].is_good)
			assert_string_equal (plan.oci_version, rows[i].version);
	}
}

static void
what_the_spec_does_not_know_is_ignored (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of ("\"windows\":{\"layerFolders\":7},\"zos\":[],\"future\":{\"a\":[1]},"
		 "\"linux\":{\"future\":1}",
		&plan);
	assert_int_equal (plan.n_warnings, 0);
	assert_string_equal (plan.config_name, "config.json");
	assert_string_equal (plan.bundle, "/bundle");
}

static void
nothing_is_touched_by_a_failure (void **state)
{
	struct plan plan = { .n_mounts = 7, .bundle = "x" };
	struct error err = { 0 };

	assert_int_equal (read_config ("\"hostname\":1", &plan, &err), -1);
	assert_string_equal (
		err.text, "config.json:2: /hostname: expected a string, found a number");
	assert_int_equal (read_config ("\"hostname\":\"x\"", &plan, &err), -1);
	assert_int_equal (plan.n_mounts, 7);
	assert_string_equal (plan.bundle, "x");
}

static void
of_several_problems_the_first_is_the_error (void **state)
{
	static const struct verdict row = {
		PROCESS ("\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":1,\"hard\":0},"
			 "{\"type\":\"RLIMIT_Y\",\"soft\":1,\"hard\":0}]"),
		"/process/rlimits/0/type: 'RLIMIT_X' is not a resource limit of Linux",
	};

	check_verdict (&row);
}

/* ---- hooks, annotations */

static void
hooks_are_kept_by_kind_and_in_order (void **state)
{
	static const char *const kinds[HOOK_KINDS] = { "prestart", "createRuntime",
		"createContainer", "startContainer", "poststart", "poststop" };

	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		autofree char *members = xasprintf (
			"\"hooks\":{\"%s\":[{\"path\":\"/a\",\"args\":[\"x\",\"y\"],\"env\":["
			"\"A=1\"],\"timeout\":3},{\"path\":\"/b\",\"env\":[]}]}",
			kinds[kind]);
		autofree char *at = xasprintf ("config.json:2: /hooks/%s/1", hook_names[kind]);
		AUTO (plan_done) struct plan plan;
		const struct hook_plan *hook;

		plan_of (members, &plan);
		for (int other = 0; other < HOOK_KINDS; other++)
			assert_int_equal (plan.hooks[other].n, other == kind ? 2 : 0);
		hook = plan.hooks[kind].entries;
		assert_string_equal (hook[0].path, "/a");
		assert_string_equal (hook[0].args[1], "y");
		assert_null (hook[0].args[2]);
		assert_string_equal (hook[0].env[0], "A=1");
		assert_int_equal (hook[0].timeout, 3);
		assert_string_equal (hook[1].args[0], "/b");
		assert_null (hook[1].args[1]);
		assert_non_null (hook[1].env);
		assert_null (hook[1].env[0]);
		assert_int_equal (hook[1].timeout, 0);
		assert_string_equal (hook[1].at, at);
	}
}

#define HOOK(members) "\"hooks\":{\"poststop\":[{" members "}]}"

static void
a_hook_has_an_absolute_path_and_a_timeout_above_0 (void **state)
{
	static const struct verdict rows[] = {
		{ HOOK ("\"path\":\"a\""), "/hooks/poststop/0/path: 'a' is not an absolute path" },
		{ HOOK ("\"path\":\"/a\",\"timeout\":0"),
			"/hooks/poststop/0/timeout: must not be less than 1" },
		{ HOOK ("\"path\":\"/a\",\"timeout\":2147483648"),
			"/hooks/poststop/0/timeout: must not be more than 2147483647 seconds" },
		{ HOOK ("\"args\":[\"/a\"]"), "/hooks/poststop/0: 'path' is missing" },
	};
	AUTO (plan_done) struct plan plan;

	CHECK_VERDICTS (rows);
	plan_of (HOOK ("\"path\":\"/a\""), &plan);
	assert_null (plan.hooks[HOOK_POSTSTOP].entries[0].env);
}

static void
annotations_are_kept (void **state)
{
	static const struct verdict rows[] = {
		{ "\"annotations\":{\"\":\"x\"}", "/annotations/: a key must not be empty" },
		{ "\"annotations\":{\"run.oci.handler\":\"wasm\"}",
			"/annotations/run.oci.handler: asks for the handler 'wasm', and this build "
			"has none" },
		{ "\"annotations\":{\"run.oci.handler\":\"\"}", NULL },
		{ "\"annotations\":{\"run.oci.delegate-cgroup\":\"a/../../b\"}",
			"/annotations/run.oci.delegate-cgroup: must not have '..' in it" },
		{ "\"annotations\":{\"run.oci.delegate-cgroup\":\"/\"}",
			"/annotations/run.oci.delegate-cgroup: must be a control group below the "
			"container's, not that itself" },
		{ "\"annotations\":{\"run.oci.systemd.subgroup\":\"a/../../b\"}",
			"/annotations/run.oci.systemd.subgroup: must not have '..' in it" },
		{ "\"annotations\":{\"run.oci.systemd.subgroup\":\"/\"}",
			"/annotations/run.oci.systemd.subgroup: must be a control group below the "
			"container's scope, not that itself" },
		{ "\"annotations\":{\"run.oci.systemd.force_cgroup_v1\":\"\"}", NULL },
	};
	AUTO (plan_done) struct plan plan;

	CHECK_VERDICTS (rows);
	plan_of ("\"annotations\":{\"a\":\"\",\"run.oci.systemd.subgroup\":\"x\"}", &plan);
	assert_int_equal (plan.n_annotations, 2);
	assert_string_equal (plan_annotation (&plan, "a"), "");
	assert_string_equal (plan_annotation (&plan, "run.oci.systemd.subgroup"), "x");
	assert_null (plan_annotation (&plan, "b"));
	assert_null (plan.cgroup.delegated);
}

static void
a_handler_is_refused_where_there_would_be_one (void **state)
{
	static const struct verdict rows[] = {
		{ "\"annotations\":{\"module.wasm.image/variant\":\"compat\"}",
			"/annotations/module.wasm.image~1variant: asks for the handler 'compat', "
			"and this build has none" },
		{ "\"annotations\":{\"module.wasm.image/variant\":\"compat-smart\"}", NULL },
		{ "\"annotations\":{\"run.oci.handler\":\"wasm-smart\"}", NULL },
		{ "\"annotations\":{\"run.oci.handler\":\"wasm\","
		  "\"io.kubernetes.cri.container-type\":\"sandbox\"}",
			NULL },
		{ "\"annotations\":{\"run.oci.handler\":\"wasm\","
		  "\"io.kubernetes.cri.container-type\":\"container\"}",
			"/annotations/run.oci.handler: asks for the handler 'wasm', and this build "
			"has none" },
		{ "\"annotations\":{\"run.oci.systemd.force_cgroup_v1\":\"/sys/fs/cgroup/systemd\"}",
			"/annotations/run.oci.systemd.force_cgroup_v1: asks for a hierarchy of "
			"cgroup v1 on a host of cgroup v2, and this build mounts none" },
	};

	CHECK_VERDICTS (rows);
}

static void
time_offsets_may_be_an_annotation (void **state)
{
#define BAD_OFFSETS                                                                               \
	"/annotations/run.oci.timens_offset: must be lines of a clock, seconds and nanoseconds: " \
	"\"boottime 3600 0\""
#define OFFSETS(text)                                        \
	"\"annotations\":{\"run.oci.timens_offset\":\"" text \
	"\"},\"linux\":{\"namespaces\":[{\"type\":\"time\"}]}"
	static const struct verdict rows[] = {
		{ OFFSETS ("boottime 1"), BAD_OFFSETS },
		{ OFFSETS ("boottime x 0"), BAD_OFFSETS },
		{ OFFSETS ("realtime 1 0"), BAD_OFFSETS },
		{ OFFSETS ("boottime 1 1000000000"), BAD_OFFSETS },
		/* without the namespace it has no meaning, as with crun */
		{ "\"annotations\":{\"run.oci.timens_offset\":\"x\"}", NULL },
	};
	AUTO (plan_done) struct plan plan = { 0 };
	AUTO (plan_done) struct plan other = { 0 };

	CHECK_VERDICTS (rows);
	plan_of (OFFSETS ("monotonic -5 6\\n7 8 9\\n"), &plan);
	assert_true (plan.namespaces.monotonic.set && plan.namespaces.boottime.set);
	assert_int_equal (plan.namespaces.monotonic.secs, -5);
	assert_int_equal (plan.namespaces.monotonic.nanosecs, 6);
	assert_int_equal (plan.namespaces.boottime.secs, 8);
	plan_of ("\"annotations\":{\"run.oci.timens_offset\":\"boottime 5 0\"},"
		 "\"linux\":{\"namespaces\":[{\"type\":\"time\"}],"
		 "\"timeOffsets\":{\"boottime\":{\"secs\":1}}}",
		&other);
	assert_int_equal (other.namespaces.boottime.secs, 1);
}

static void
a_delegated_cgroup_is_below_the_container_s (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of ("\"annotations\":{\"run.oci.delegate-cgroup\":\"//a/b\"}", &plan);
	assert_string_equal (plan.cgroup.delegated, "a/b");
	assert_string_equal (
		plan.cgroup.delegated_at, "config.json:2: /annotations/run.oci.delegate-cgroup");
}

static void
an_annotation_names_a_cgroup_below_the_scope (void **state)
{
	AUTO (plan_done) struct plan plan, without;

	plan_of ("\"annotations\":{\"run.oci.systemd.subgroup\":\"/a/b\"}", &plan);
	assert_string_equal (plan.cgroup.subgroup, "a/b");
	assert_string_equal (
		plan.cgroup.subgroup_at, "config.json:2: /annotations/run.oci.systemd.subgroup");
	plan_of ("\"annotations\":{\"run.oci.systemd.subgroup\":\"\"}", &without);
	assert_null (without.cgroup.subgroup);
}

#define RDT(members) LINUX ("\"intelRdt\":{" members "}")

static void
annotations_may_be_properties_of_the_unit (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of ("\"annotations\":{\"a\":\"\",\"org.systemd.property.CollectMode\":\"'x'\","
		 "\"org.systemd.propertyless\":\"\",\"org.systemd.property.A\":\"1\"}",
		&plan);
	assert_int_equal (plan.n_annotations, 4);
	assert_int_equal (plan.cgroup.n_properties, 2);
	assert_string_equal (plan.cgroup.properties[0].name, "CollectMode");
	assert_string_equal (plan.cgroup.properties[0].value, "'x'");
	assert_string_equal (plan.cgroup.properties[0].at,
		"config.json:2: /annotations/org.systemd.property.CollectMode");
	assert_string_equal (plan.cgroup.properties[1].name, "A");
}

static void
a_class_of_service_has_a_name_and_schemata (void **state)
{
	static const struct verdict rows[] = {
		{ RDT (""), NULL },
		{ RDT ("\"closID\":\"/\""), NULL },
		{ RDT ("\"closID\":\"a/b\""),
			"/linux/intelRdt/closID: 'a/b' must be \"/\" or the name of a directory" },
		{ RDT ("\"closID\":\"..\""),
			"/linux/intelRdt/closID: '..' can't be a class of service" },
		{ RDT ("\"closID\":\"info\""),
			"/linux/intelRdt/closID: 'info' can't be a class of service" },
		{ RDT ("\"closID\":\"mon_groups\""),
			"/linux/intelRdt/closID: 'mon_groups' can't be a class of service" },
		{ RDT ("\"schemata\":[\"L3:0=f\",\"MB:0=1\\nL2:0=1\"]"),
			"/linux/intelRdt/schemata/1: must be one line" },
		{ RDT ("\"schemata\":[\"\"]"),
			"/linux/intelRdt/schemata/0: '' is not a schema like \"L3:0=ff;1=f\"" },
		{ RDT ("\"memBwSchema\":\"MB:0=1\""), NULL },
		{ RDT ("\"memBwSchema\":\"L3:0=1\""),
			"/linux/intelRdt/memBwSchema: 'L3:0=1' does not match ^MB:[^\\n]*$" },
	};
	AUTO (plan_done) struct plan plan, none;

	CHECK_VERDICTS (rows);
	plan_of (RDT ("\"closID\":\"\",\"l3CacheSchema\":\"L3:0=f\""), &plan);
	assert_null (plan.rdt->clos_id);
	assert_string_equal (plan.rdt->l3_cache, "L3:0=f");
	assert_null (plan.rdt->memory_bandwidth);
	assert_false (plan.rdt->monitoring);
	plan_of ("", &none);
	assert_null (none.rdt);
}

/* ---- files */

struct bundle {
	char directory[32];
};

static void
bundle_done (struct bundle *bundle)
{
	autofree char *command = xasprintf ("rm -rf '%s'", bundle->directory);

	assert_int_equal (system (command), 0);
}

static struct bundle
make_bundle (void)
{
	struct bundle bundle = { "/tmp/davit-spec-XXXXXX" };
	autofree char *root = NULL;

	assert_non_null (mkdtemp (bundle.directory));
	root = xasprintf ("%s/rootfs", bundle.directory);
	assert_int_equal (mkdir (root, 0755), 0);
	return bundle;
}

static void
write_file (const struct bundle *bundle, const char *name, const char *text)
{
	autofree char *path = xasprintf ("%s/%s", bundle->directory, name);
	FILE *f = fopen (path, "w");

	assert_non_null (f);
	assert_int_equal (fputs (text, f) >= 0, 1);
	assert_int_equal (fclose (f), 0);
}

static void
the_template_becomes_a_plan (void **state)
{
	AUTO (bundle_done) struct bundle bundle = make_bundle ();
	AUTO (json_writer_done) struct json_writer json = { .indent = JSON_TABS };
	struct spec_request request = { .bundle = bundle.directory };
	autofree char *root = xasprintf ("%s/rootfs", bundle.directory);
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err = { 0 };

	template_write (&json, &(struct template_options){ 0 });
	write_file (&bundle, "config.json", json.text.data);
	if (spec_read_plan (&request, &plan, &err) < 0)
		assert_string_equal (err.text, "");
	assert_int_equal (plan.n_warnings, 0);
	assert_string_equal (plan.root.path, root);
	assert_true (plan.root.readonly);
	assert_string_equal (plan.process->args[0], "sh");
	assert_true (plan.process->terminal);
	assert_true (plan.process->no_new_privileges);
	assert_int_equal (plan.process->n_rlimits, 1);
	assert_string_equal (plan.hostname, "davit");
	assert_int_equal (plan.n_mounts, 7);
	assert_int_equal (plan.namespaces.ns[NS_CGROUP].how, NS_NEW);
	assert_int_equal (plan.namespaces.ns[NS_USER].how, NS_INHERIT);
	assert_int_equal (plan.n_masked_paths, 10);
	assert_int_equal (plan.n_readonly_paths, 5);
	assert_int_equal (plan.cgroup.resources.n_devices, 1);
	assert_null (plan.seccomp);
}

static void
a_bundle_without_its_root_is_refused (void **state)
{
	AUTO (bundle_done) struct bundle bundle = make_bundle ();
	struct spec_request request = { .bundle = bundle.directory };
	autofree char *message =
		xasprintf ("config.json:2: /root/path: the root file system '%s/fs': no such file",
			bundle.directory);
	struct error err = { 0 };
	struct plan plan;

	write_file (
		&bundle, "config.json", "{\"ociVersion\":\"1.0.0\",\"root\":{\n\"path\":\"fs\"}}");
	assert_int_equal (spec_read_plan (&request, &plan, &err), -1);
	assert_string_equal (err.text, message);
	assert_int_equal (err.code, ENOENT);
}

static void
the_rootless_template_becomes_a_plan (void **state)
{
	AUTO (bundle_done) struct bundle bundle = make_bundle ();
	AUTO (json_writer_done) struct json_writer json = { 0 };
	struct template_options options = { .rootless = true, .uid = 1000, .gid = 100 };
	struct spec_request request = { .bundle = bundle.directory };
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err = { 0 };

	template_write (&json, &options);
	write_file (&bundle, "other.json", json.text.data);
	request.config = "/nowhere.json";
	assert_int_equal (spec_read_plan (&request, &plan, &err), -1);
	assert_string_equal (err.text, "open '/nowhere.json': no such file");
	autofree char *path = xasprintf ("%s/other.json", bundle.directory);
	request.config = path;
	if (spec_read_plan (&request, &plan, &err) < 0)
		assert_string_equal (err.text, "");
	assert_string_equal (plan.config_name, path);
	assert_int_equal (plan.namespaces.ns[NS_USER].how, NS_NEW);
	assert_int_equal (plan.namespaces.id_maps.uids[0].host, 1000);
	assert_true (plan.mounts[5].options.bind);
}

static void
a_bundle_without_a_config_is_named (void **state)
{
	AUTO (bundle_done) struct bundle bundle = make_bundle ();
	struct spec_request request = { .bundle = bundle.directory };
	autofree char *message = xasprintf ("open '%s/config.json': no such file (it is what makes "
					    "a directory a bundle)",
		bundle.directory);
	struct error err = { 0 };
	struct plan plan;

	assert_int_equal (spec_read_plan (&request, &plan, &err), -1);
	assert_string_equal (err.text, message);
	assert_int_equal (err.code, ENOENT);
}

static void
a_config_that_is_too_big_is_not_read (void **state)
{
	AUTO (bundle_done) struct bundle bundle = make_bundle ();
	autofree char *path = xasprintf ("%s/config.json", bundle.directory);
	struct spec_request request = { .bundle = bundle.directory };
	struct error err = { 0 };
	struct plan plan;

	write_file (&bundle, "config.json", "");
	assert_int_equal (truncate (path, 17 << 20), 0);
	assert_int_equal (spec_read_plan (&request, &plan, &err), -1);
	assert_int_equal (err.code, EFBIG);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (any_version_1_is_taken_and_no_other),
		cmocka_unit_test (what_the_spec_does_not_know_is_ignored),
		cmocka_unit_test (nothing_is_touched_by_a_failure),
		cmocka_unit_test (of_several_problems_the_first_is_the_error),
		cmocka_unit_test (hooks_are_kept_by_kind_and_in_order),
		cmocka_unit_test (a_hook_has_an_absolute_path_and_a_timeout_above_0),
		cmocka_unit_test (annotations_are_kept),
		cmocka_unit_test (a_handler_is_refused_where_there_would_be_one),
		cmocka_unit_test (time_offsets_may_be_an_annotation),
		cmocka_unit_test (a_delegated_cgroup_is_below_the_container_s),
		cmocka_unit_test (a_class_of_service_has_a_name_and_schemata),
		cmocka_unit_test (annotations_may_be_properties_of_the_unit),
		cmocka_unit_test (an_annotation_names_a_cgroup_below_the_scope),
		cmocka_unit_test (the_template_becomes_a_plan),
		cmocka_unit_test (a_bundle_without_its_root_is_refused),
		cmocka_unit_test (the_rootless_template_becomes_a_plan),
		cmocka_unit_test (a_bundle_without_a_config_is_named),
		cmocka_unit_test (a_config_that_is_too_big_is_not_read),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
