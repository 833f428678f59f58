/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * features: the document is one by the schema, and says what the tables and this build have.
 */
#include "unit.h"
#include "base/auto.h"
#include "cgroup/manager.h"
#include "container/features.h"
#include "kernel/seccomp.h"
#include "plan/capabilities.h"
#include "plan/mount_options.h"
#include "plan/namespaces.h"
#include "plan/plan.h"
#include "plan/seccomp.h"
#include "spec/spec.h"

#include <ocispec/features.h>
#include <ocispec/linux.h>
#include <string.h>

struct document {
	struct json_writer json;
	struct ocispec_doc doc;
	struct oci_features *features;
};

static int
set_up (void **state)
{
	static struct document document;
	struct error err = { 0 };
	struct ocispec_source source = { .file = "features", .flags = OCISPEC_ALL_PROBLEMS };

	features_write (&document.json);
	source.text = document.json.text.data;
	source.size = document.json.text.size;
	if (oci_features_parse (&document.doc, &source, &document.features, &err) < 0) {
		print_message ("%s\n", err.text);
		return -1;
	}
	*state = &document;
	return 0;
}

static int
tear_down (void **state)
{
	struct document *document = *state;

	ocispec_done (&document->doc);
	json_writer_done (&document->json);
	return 0;
}

static bool
has (char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (strcmp (*list, name) == 0)
			return true;
	return false;
}

/* Members that the spec does not have would be problems, as warnings. */
static void
test_the_document_is_one_by_the_spec_and_has_nothing_else (void **state)
{
	struct document *document = *state;

	for (const struct ocispec_problem *p = document->doc.problems; p; p = p->next)
		print_message ("%s: %s\n", p->pointer, p->text);
	assert_int_equal (document->doc.n_problems, 0);
	assert_string_equal (document->features->oci_version_min, "1.0.0");
	assert_string_equal (document->features->oci_version_max, "1.3.0");
}

/* The official schema has not got all members of the text. */
static void
test_the_document_is_one_by_the_official_schema_too (void **state)
{
	static const char *const not_in_it[] = { "/linux/intelRdt/monitoring",
		"/linux/intelRdt/schemata", "/linux/memoryPolicy" };
	struct document *document = *state;
	const struct ocispec_source source = { .file = "features",
		.text = document->json.text.data,
		.size = document->json.text.size,
		.flags = OCISPEC_STRICT | OCISPEC_ALL_PROBLEMS };
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	const struct ocispec_problem *p;
	struct oci_features *features;
	struct error err = { 0 };

	assert_int_equal (oci_features_parse (&doc, &source, &features, &err), 0);
	for (p = doc.problems; p; p = p->next) {
		size_t i = 0;

		while (i < ARRAY_SIZE (not_in_it) && strcmp (p->pointer, not_in_it[i]) != 0)
			i++;
		if (i == ARRAY_SIZE (not_in_it))
			print_message ("%s: %s\n", p->pointer, p->text);
		assert_true (i < ARRAY_SIZE (not_in_it));
	}
	assert_int_equal (doc.n_problems, ARRAY_SIZE (not_in_it));
}

static void
test_names_are_those_that_a_config_is_read_with (void **state)
{
	const struct oci_features *features = ((struct document *) *state)->features;
	const struct oci_features_linux *lx = features->linux;

	assert_int_equal (features->n_hooks, HOOK_KINDS);
	for (int i = 0; i < HOOK_KINDS; i++)
		assert_true (has (features->hooks, hook_names[i]));
	assert_int_equal (features->n_mount_options, mount_options_count ());
	for (size_t i = 0; i < features->n_mount_options; i++)
		assert_string_equal (features->mount_options[i], mount_options_name (i));
	assert_int_equal (lx->n_namespaces, NS_KINDS);
	for (size_t i = 0; i < lx->n_namespaces; i++)
		assert_true (ns_kind_from_name (lx->namespaces[i]) >= 0);
	assert_int_equal (lx->n_capabilities, CAPABILITIES);
	for (size_t i = 0; i < lx->n_capabilities; i++)
		assert_int_equal (capability_from_name (lx->capabilities[i]), (int) i);
}

static void
test_mount_options_leave_out_what_is_the_file_systems_own (void **state)
{
	const struct oci_features *features = ((struct document *) *state)->features;

	assert_true (has (features->mount_options, "rbind"));
	assert_true (has (features->mount_options, "tmpcopyup"));
	assert_false (has (features->mount_options, "size"));
	assert_false (has (features->mount_options, "mode"));
}

static void
test_seccomp_has_every_word_of_the_spec (void **state)
{
	const struct oci_features_seccomp *seccomp =
		((struct document *) *state)->features->linux->seccomp;

	assert_int_equal (seccomp->enabled, seccomp_is_built_in ());
	if (!seccomp->enabled) {
		assert_null (seccomp->actions);
		return;
	}
	for (const char *const *name = oci_seccomp_action_names; *name; name++)
		assert_true (has (seccomp->actions, *name));
	for (const char *const *name = oci_seccomp_operator_names; *name; name++)
		assert_true (has (seccomp->operators, *name));
	for (const char *const *name = oci_seccomp_flag_names; *name; name++)
		assert_true (has (seccomp->known_flags, *name));
	for (size_t i = 0; i < seccomp->n_supported_flags; i++)
		assert_true (has (seccomp->known_flags, seccomp->supported_flags[i]));
	assert_true (has (seccomp->supported_flags, "SECCOMP_FILTER_FLAG_LOG"));
}

/* Each architecture is one that a filter can be compiled for, or one of the other byte order. */
static void
test_architectures_are_those_that_libseccomp_knows (void **state)
{
	const struct oci_features_seccomp *seccomp =
		((struct document *) *state)->features->linux->seccomp;

	for (size_t i = 0; i < seccomp->n_archs; i++) {
		AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
		const char *name = seccomp->archs[i];
		struct seccomp_plan plan = {
			.at = "config", .architectures = &name, .n_architectures = 1
		};
		struct error err = { 0 };

		if (seccomp_compile (&plan, NULL, &filter, &err) < 0 &&
			!strstr (err.text, "byte order")) {
			print_message ("%s\n", err.text);
			assert_true (!"compile");
		}
	}
}

static void
test_the_rest_is_what_this_build_does (void **state)
{
	const struct oci_features *features = ((struct document *) *state)->features;
	const struct oci_features_linux *lx = features->linux;
	size_t n = 0;

	for (const char *const *name = oci_memory_policy_mode_names; *name; name++, n++)
		assert_true (has (lx->memory_policy->modes, *name));
	assert_int_equal (lx->memory_policy->n_modes, n);
	for (const char *const *name = oci_memory_policy_flag_names; *name; name++)
		assert_true (has (lx->memory_policy->flags, *name));
	assert_int_equal (lx->cgroup->v1, cgroup_capabilities.v1);
	assert_int_equal (lx->cgroup->v2, cgroup_capabilities.v2);
	assert_int_equal (lx->cgroup->systemd, cgroup_capabilities.systemd);
	assert_int_equal (lx->cgroup->systemd_user, cgroup_capabilities.systemd_user);
	assert_int_equal (lx->cgroup->rdma, cgroup_capabilities.rdma);
	assert_true (lx->apparmor->has_enabled && lx->selinux->has_enabled);
	assert_true (lx->mount_extensions->idmap->enabled);
	assert_true (
		lx->intel_rdt->enabled && lx->intel_rdt->schemata && lx->intel_rdt->monitoring);
	assert_true (lx->net_devices->enabled);
	assert_true (features->annotations->n >= 2);
	assert_true (has (features->potentially_unsafe_config_annotations, "run.oci."));
}

static bool
covers (const char *listed, const char *name)
{
	size_t n = strlen (listed);

	return listed[n - 1] == '.' ? strncmp (name, listed, n) == 0 : strcmp (name, listed) == 0;
}

static void
test_annotations_that_change_what_is_done_may_be_unsafe (void **state)
{
	const struct oci_features *features = ((struct document *) *state)->features;
	char *const *unsafe = features->potentially_unsafe_config_annotations;
	const char *name;
	bool found;

	for (size_t i = 0; (name = spec_annotation_name (i)); i++) {
		found = false;
		for (char *const *listed = unsafe; *listed; listed++)
			found |= covers (*listed, name);
		if (!found)
			print_error ("%s is not listed\n", name);
		assert_true (found);
	}
	/* and what is listed is no word without meaning */
	for (; *unsafe; unsafe++) {
		found = false;
		for (size_t i = 0; (name = spec_annotation_name (i)); i++)
			found |= covers (*unsafe, name);
		assert_true (found);
	}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_the_document_is_one_by_the_spec_and_has_nothing_else),
		cmocka_unit_test (test_the_document_is_one_by_the_official_schema_too),
		cmocka_unit_test (test_names_are_those_that_a_config_is_read_with),
		cmocka_unit_test (test_mount_options_leave_out_what_is_the_file_systems_own),
		cmocka_unit_test (test_seccomp_has_every_word_of_the_spec),
		cmocka_unit_test (test_architectures_are_those_that_libseccomp_knows),
		cmocka_unit_test (test_annotations_that_change_what_is_done_may_be_unsafe),
		cmocka_unit_test (test_the_rest_is_what_this_build_does),
	};

	return cmocka_run_group_tests (tests, set_up, tear_down);
}
