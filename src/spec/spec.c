/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "spec/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>

/* The greatest that engines are seen to write is a hundredth of it. */
#define CONFIG_SIZE_MAX (16u << 20)

/* ---- the whole config */

/* Any 1.x: minor versions add and take nothing away, and engines are updated on their own. */
static void
check_version (struct spec_context *c, const struct oci_runtime_config *config)
{
	const char *version = config->oci_version;

	c->plan.oci_version = version;
	if (version && (!str_starts (version, "1.") || !isdigit ((unsigned char) version[2])))
		spec_problem (c, &config->oci_version,
			"'%s' is not a version of the runtime specification that this build knows "
			"(1.x)",
			version);
}

static void
convert_linux (struct spec_context *c, const struct oci_linux *linux)
{
	struct cgroup_plan *cgroup = &c->plan.cgroup;

	cgroup->path = spec_text (linux->cgroups_path);
	if (cgroup->path)
		cgroup->at = spec_at (c, ocispec_child (linux->place, "cgroupsPath", 0));
	if (linux->resources)
		spec_resources (c, linux->resources);
	spec_hidden_paths (c, linux);
	spec_net_devices (c, linux);
	spec_sysctls (c, linux);
	if (linux->seccomp)
		spec_seccomp (c, linux->seccomp);
	if (linux->personality)
		spec_personality (c, linux->personality);
	if (linux->memory_policy)
		spec_memory_policy (c, linux->memory_policy);
	if (linux->intel_rdt)
		spec_intel_rdt (c, linux->intel_rdt);
}

void
spec_convert (struct spec_context *c, const struct oci_runtime_config *config)
{
	c->plan.bundle = arena_strdup (&c->doc.arena, c->request->bundle);
	c->plan.cgroup.driver = c->request->driver;
	c->plan.cgroup.buses = c->request->buses;
	check_version (c, config);
	/* first: what is allowed depends on them */
	if (config->linux)
		spec_namespaces (c, config->linux);
	spec_root (c, config);
	if (config->process)
		spec_process (c, config->process);
	spec_mounts (c, config, SPEC_MOUNTS_TO_MAKE);
	spec_devices (c, config->linux);
	if (config->hooks)
		spec_hooks (c, config->hooks);
	if (config->annotations)
		spec_annotations (c, config);
	if (config->linux)
		convert_linux (c, config->linux);
}

/* ---- documents */

static void
context_done (struct spec_context *c)
{
	ocispec_done (&c->doc);
}

/* The plan takes the document's arena, where all of it lives. */
static int
finish (struct spec_context *c, struct plan *out, struct error *err)
{
	if (c->n_errors > 0) {
		*err = c->error;
		return -1;
	}
	c->plan.config_name = c->doc.file;
	c->plan.arena = c->doc.arena;
	c->doc.arena = (struct arena){ 0 };
	*out = c->plan;
	return 0;
}

static struct ocispec_source
source_of (const struct spec_document *document)
{
	return (struct ocispec_source){
		.file = document->file,
		.text = document->text,
		.size = document->size,
		.flags = OCISPEC_LINUX_ONLY,
	};
}

static int
parse_plan (struct spec_context *c, const struct spec_document *document, struct plan *out,
	struct error *err)
{
	struct ocispec_source source = source_of (document);
	struct oci_runtime_config *config;

	if (oci_runtime_config_parse (&c->doc, &source, &config, err) < 0)
		return -1;
	spec_convert (c, config);
	return finish (c, out, err);
}

int
spec_parse_plan (const struct spec_request *request, const struct spec_document *document,
	struct plan *out, struct error *err)
{
	AUTO (context_done) struct spec_context c = { .request = request };

	return parse_plan (&c, document, out, err);
}

int
spec_parse_process (const struct spec_document *document, struct plan *out, struct error *err)
{
	AUTO (context_done) struct spec_context c = { 0 };
	struct ocispec_source source = source_of (document);
	struct oci_process *process;

	if (oci_process_parse (&c.doc, &source, &process, err) < 0)
		return -1;
	spec_process (&c, process);
	return finish (&c, out, err);
}

int
spec_parse_resources (const struct spec_document *document, struct plan *out, struct error *err)
{
	AUTO (context_done) struct spec_context c = { 0 };
	struct ocispec_source source = source_of (document);
	struct oci_linux_resources *resources;

	if (oci_linux_resources_parse (&c.doc, &source, &resources, err) < 0)
		return -1;
	spec_resources (&c, resources);
	return finish (&c, out, err);
}

/* The schema has the array in a config alone: so it becomes one, on the same lines. */
int
spec_parse_mounts (const struct spec_document *document, enum spec_mounts_use use,
	struct plan *plan, struct error *err)
{
	const struct spec_request request = { .bundle = plan->bundle };
	AUTO (context_done) struct spec_context c = { .request = &request };
	AUTO (plan_done) struct plan parsed = { 0 };
	autofree char *text = xasprintf (
		"{\"ociVersion\":\"1.0.0\",\"mounts\":%.*s}", (int) document->size, document->text);
	struct ocispec_source source = source_of (document);
	struct oci_runtime_config *config;

	if (document->text[strspn (document->text, " \t\r\n")] != '[')
		return fail (err, 0, "%s: must be an array of mounts", document->file);
	source.text = text;
	source.size = strlen (text);
	if (oci_runtime_config_parse (&c.doc, &source, &config, err) < 0)
		return -1;
	c.plan.namespaces = plan->namespaces;
	spec_mounts (&c, config, use);
	if (finish (&c, &parsed, err) < 0)
		return -1;
	plan->mounts = parsed.mounts;
	plan->n_mounts = parsed.n_mounts;
	plan_adopt (plan, &parsed);
	return 0;
}

int
spec_load (const struct spec_request *request, char **out_text, size_t *out_size,
	const char **out_name, struct error *err)
{
	autofree char *in_bundle = NULL;
	const char *path = request->config;

	*out_name = path ? path : SPEC_CONFIG_NAME;
	if (!path)
		path = in_bundle = xasprintf ("%s/%s", request->bundle, SPEC_CONFIG_NAME);
	if (fd_read_regular_file (AT_FDCWD, path, CONFIG_SIZE_MAX, out_text, out_size, err) == 0)
		return 0;
	if (err->code == ENOENT && !request->config)
		return fail_hint (
			err, ENOENT, "it is what makes a directory a bundle", "open '%s'", path);
	return -1;
}

int
spec_read_plan (const struct spec_request *request, struct plan *out, struct error *err)
{
	AUTO (context_done)
	struct spec_context c = { .request = request, .looks_at_files = true };
	struct spec_document document;
	autofree char *text = NULL;

	if (spec_load (request, &text, &document.size, &document.file, err) < 0)
		return -1;
	document.text = text;
	return parse_plan (&c, &document, out, err);
}
