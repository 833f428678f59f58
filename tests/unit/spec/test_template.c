/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "spec/template.h"

#include <ocispec/runtime_config.h>
#include <string.h>

/* Parses it by the letter of the schema; what would be ignored is a failure, too. */
static void
parse (struct ocispec_doc *doc, const struct template_options *options,
	struct oci_runtime_config **out)
{
	AUTO (json_writer_done) struct json_writer json = { .indent = JSON_TABS };
	struct ocispec_source source = { .file = "config.json",
		.flags = OCISPEC_STRICT | OCISPEC_ALL_PROBLEMS };
	struct error err;

	template_write (&json, options);
	source.text = json.text.data;
	source.size = json.text.size;
	if (oci_runtime_config_parse (doc, &source, out, &err) < 0)
		assert_string_equal (err.text, "");
	for (const struct ocispec_problem *p = doc->problems; p; p = p->next)
		assert_string_equal (p->text, "");
}

static bool
has_namespace (const struct oci_runtime_config *config, const char *type)
{
	for (size_t i = 0; i < config->linux->n_namespaces; i++)
		if (strcmp (config->linux->namespaces[i]->type, type) == 0)
			return true;
	return false;
}

static void
test_it_is_a_valid_config_of_little_privilege (void **state)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct oci_runtime_config *config;

	parse (&doc, &(struct template_options){ 0 }, &config);
	assert_string_equal (config->oci_version, "1.3.0");
	assert_string_equal (config->root->path, "rootfs");
	assert_true (config->root->readonly);
	assert_true (config->process->no_new_privileges);
	assert_int_equal (config->process->capabilities->n_bounding, 3);
	assert_int_equal (config->process->capabilities->n_ambient, 0);
	assert_int_equal (config->n_mounts, 7);
	assert_int_equal (config->linux->n_namespaces, 6);
	assert_true (has_namespace (config, "network"));
	assert_false (has_namespace (config, "user"));
	assert_int_equal (config->linux->resources->n_devices, 1);
	assert_int_equal (config->linux->n_masked_paths, 10);
	assert_int_equal (config->linux->n_readonly_paths, 5);
}

static void
test_without_privileges_root_inside_is_the_caller (void **state)
{
	struct template_options options = { .rootless = true, .uid = 1000, .gid = 100 };
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct oci_runtime_config *config;

	parse (&doc, &options, &config);
	assert_true (has_namespace (config, "user"));
	assert_false (has_namespace (config, "network"));
	assert_int_equal (config->linux->uid_mappings[0]->host_id, 1000);
	assert_int_equal (config->linux->gid_mappings[0]->host_id, 100);
	assert_null (config->linux->resources);
	for (size_t i = 0; i < config->n_mounts; i++)
		for (size_t k = 0; k < config->mounts[i]->n_options; k++)
			assert_null (strstr (config->mounts[i]->options[k], "gid="));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_it_is_a_valid_config_of_little_privilege),
		cmocka_unit_test (test_without_privileges_root_inside_is_the_caller),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
