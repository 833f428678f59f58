/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * context: what the parts of spec/ share: the document, the plan in the making, and where problems
 * go. Private to spec/.
 *
 * A part that finds a problem names it and goes on with what is left. When a plan is wanted the first
 * problem is the error and the rest are forgotten; for spec_check all are kept, those that the parser
 * found among them. So a part may meet things that were complained of already: what the schema
 * requires may be NULL, an enum may be any text. It then says nothing and leaves them out.
 *
 * Everything that is allocated lives in the document's arena, which becomes the plan's: strings
 * of the config are used where they are.
 */
#pragma once

#include "plan/plan.h"
#include "spec/spec.h"

#include <ocispec/runtime_config.h>

struct spec_context {
	struct ocispec_doc doc; /* owned */
	const struct spec_request *request; /* borrowed; NULL for a process or resources alone */
	struct plan plan; /* its arena stays empty until the end */
	struct error error; /* the first problem */
	size_t n_errors; /* problems so far; not the parser's */
	bool wants_all; /* problems and warnings go to doc.problems */
	bool looks_at_files;
	size_t warnings_size; /* room in plan.warnings */
};

static inline void *
spec_alloc (struct spec_context *c, size_t count, size_t size)
{
	return arena_alloc (&c->doc.arena, count * size);
}

/* Where a struct of the config is, for the `at` members of the plan. */
static inline const char *
spec_at (struct spec_context *c, const struct ocispec_place *place)
{
	return ocispec_at_place (&c->doc, place);
}

/* "" is absent, as engines written in Go have it. */
static inline const char *
spec_text (const char *s)
{
	return s && *s ? s : NULL;
}

/* The config is wrong at address (anything that ocispec_where knows). The text follows a colon. */
void spec_problem (struct spec_context *c, const void *address, const char *format, ...)
	PRINTF (3, 4);
void spec_problem_hint (struct spec_context *c, const void *address, const char *hint,
	const char *format, ...) PRINTF (4, 5);

/* The same when a function of another layer found it: its text and errno value. */
void spec_problem_cause (struct spec_context *c, const void *address, const struct error *cause);

/* It works, but has to be told. */
void spec_warning (struct spec_context *c, const void *address, const char *format, ...)
	PRINTF (3, 4);

/* ---- the parts; each fills its members of c->plan */

void spec_namespaces (struct spec_context *c, const struct oci_linux *linux); /* namespaces.c */
void spec_root (struct spec_context *c, const struct oci_runtime_config *config); /* root.c */
/* mounts.c */
void spec_mounts (
	struct spec_context *c, const struct oci_runtime_config *config, enum spec_mounts_use use);
void spec_devices (struct spec_context *c, const struct oci_linux *linux); /* devices.c */
void spec_hidden_paths (struct spec_context *c, const struct oci_linux *linux); /* paths.c */
void spec_sysctls (struct spec_context *c, const struct oci_linux *linux); /* sysctls.c */
void spec_seccomp (struct spec_context *c, const struct oci_seccomp *seccomp); /* seccomp.c */
void spec_hooks (struct spec_context *c, const struct oci_hooks *hooks); /* hooks.c */
void spec_annotations (
	struct spec_context *c, const struct oci_runtime_config *config); /* annotations.c */

/* process.c: plan.process, but for the personality */
void spec_process (struct spec_context *c, const struct oci_process *process);
/* scheduling.c */
void spec_scheduling (
	struct spec_context *c, const struct oci_process *process, struct process_plan *out);
/* privileges.c: user, capabilities, rlimits */
void spec_privileges (
	struct spec_context *c, const struct oci_process *process, struct process_plan *out);
/* process.c: belongs to the process and is in the config's linux section */
void spec_personality (struct spec_context *c, const struct oci_personality *personality);

/* memory_policy.c: plan.memory_policy */
void spec_memory_policy (struct spec_context *c, const struct oci_memory_policy *policy);

/* net_devices.c; the namespaces are known */
void spec_net_devices (struct spec_context *c, const struct oci_linux *linux);

/* intel_rdt.c: plan.rdt */
void spec_intel_rdt (struct spec_context *c, const struct oci_intel_rdt *rdt);

/* resources.c: plan.cgroup.resources */
void spec_resources (struct spec_context *c, const struct oci_linux_resources *resources);
/* device_rules.c */
void spec_device_rules (struct spec_context *c, const struct oci_linux_resources *resources);
/* block_limits.c */
void spec_block_limits (struct spec_context *c, const struct oci_block_io *block);

/* ids.c: uidMappings and gidMappings of the container or of a mount. The address of each member
 * (for problems), and what is in it. */
struct spec_mappings {
	struct oci_id_mapping *const *const *uids;
	size_t n_uids;
	struct oci_id_mapping *const *const *gids;
	size_t n_gids;
};
void spec_id_maps (
	struct spec_context *c, const struct spec_mappings *mappings, struct id_maps *out);
/* Whether the map has this id inside. */
bool spec_maps_id (const struct id_map *map, size_t n, uint32_t id);
