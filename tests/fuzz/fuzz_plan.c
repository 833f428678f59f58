/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz_plan: libFuzzer on spec/: any text as config.json, as a process and as resources. `make fuzz`
 * builds it. Its corpus is that of fuzz_config.
 *
 * Beyond not crashing it checks that what makes no plan has an error, that a check which goes on
 * after errors finds one exactly when there is one, and that all places of a plan are filled.
 */
#include "base/auto.h"
#include "spec/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
require (bool is_so)
{
	if (!is_so)
		__builtin_trap ();
}

static const struct spec_request request = { .bundle = "/bundle" };

static void
require_place (const char *at)
{
	require (at && strncmp (at, "fuzz:", 5) == 0);
}

static void
check_plan (const struct plan *plan)
{
	require_place (plan->root.at);
	require (plan->root.path && plan->root.path[0] == '/');
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *mount = &plan->mounts[i];

		require_place (mount->at);
		require (mount->destination[0] == '/');
		require (!mount->options.bind || mount->options.remount || mount->source);
	}
	for (size_t i = 0; i < plan->n_devices; i++)
		require (plan->devices[i].path[0] == '/');
	for (size_t i = 0; i < plan->n_masked_paths; i++)
		require_place (plan->masked_paths[i].at);
	for (size_t i = 0; i < plan->n_sysctls; i++)
		require_place (plan->sysctls[i].at);
	for (size_t i = 0; i < plan->cgroup.resources.n_unified; i++)
		require_place (plan->cgroup.resources.unified[i].at);
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < plan->hooks[kind].n; i++)
			require (plan->hooks[kind].entries[i].args[0]);
	if (plan->process) {
		require_place (plan->process->at);
		require (plan->process->args[0] && plan->process->cwd[0] == '/');
		for (char **env = plan->process->env; *env; env++)
			require (strchr (*env, '='));
	}
}

/* As spec_check does it, but for the file. Returns whether there is an error. */
static bool
has_problem (const struct spec_document *document)
{
	struct spec_context c = { .request = &request, .wants_all = true };
	struct ocispec_source source = { document->file, document->text, document->size,
		OCISPEC_ALL_PROBLEMS | OCISPEC_LINUX_ONLY };
	struct oci_runtime_config *config = NULL;
	bool is_wrong;
	struct error err;

	is_wrong = oci_runtime_config_parse (&c.doc, &source, &config, &err) < 0;
	if (config)
		spec_convert (&c, config);
	is_wrong |= c.n_errors > 0;
	ocispec_done (&c.doc);
	return is_wrong;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	struct spec_document document = { "fuzz", (const char *) data, size };
	struct plan plan = { 0 }, process = { 0 }, resources = { 0 };
	struct error err = { 0 };
	int status = spec_parse_plan (&request, &document, &plan, &err);

	require ((status == -1) == (err.text[0] != 0));
	require ((status == -1) == has_problem (&document));
	if (status == 0)
		check_plan (&plan);
	plan_done (&plan);
	if (spec_parse_process (&document, &process, &err) == 0)
		plan_done (&process);
	if (spec_parse_resources (&document, &resources, &err) == 0)
		plan_done (&resources);
	return 0;
}
