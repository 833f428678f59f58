/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Annotations that mean something to crun, and so to us.
 */
#include "spec/context.h"
#include "base/auto.h"
#include "base/str.h"

#include <linux/filter.h>

#define FILTER_MAX 4096 /* instructions; the kernel's BPF_MAXINSNS */

/* One annotation: its value, at the address that problems are named by. */
struct found {
	struct spec_context *c;
	const char *const *address;
	const char *value;
	const struct ocispec_place *place; /* the same as the address, for the plan */
	const struct oci_string_map *all;
};

/* An annotation's value; "" when absent. */
static const char *
value_of (const struct oci_string_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (str_equal (map->keys[i], key))
			return map->values[i];
	return "";
}

static bool
ends_with (const char *text, const char *end)
{
	size_t n = strlen (text), n_end = strlen (end);

	return n >= n_end && str_equal (text + n - n_end, end);
}

static bool
is_web_assembly (const struct process_plan *process)
{
	return process && process->args &&
	       (ends_with (process->args[0], ".wasm") || ends_with (process->args[0], ".wat"));
}

/* The annotations of a pod are also those of its sandbox, which is a container like others. What ends
 * with "-smart" is meant for modules alone, and lets other programs run as they are. */
static void
refuse_handler (const struct found *found)
{
	if (str_equal (value_of (found->all, "io.kubernetes.cri.container-type"), "sandbox"))
		return;
	if (ends_with (found->value, "-smart") && !is_web_assembly (found->c->plan.process))
		return;
	spec_problem (found->c, found->address,
		"asks for the handler '%s', and this build has none", found->value);
}

static void
refuse_plugins (const struct found *found)
{
	spec_problem (found->c, found->address, "asks for plugins, and this build loads none");
}

/* The way to a control group below `whose`. */
static const char *
path_below (const struct found *found, const char *whose)
{
	const char *path = found->value + strspn (found->value, "/");

	if (str_path_has_dotdot (path))
		spec_problem (found->c, found->address, "must not have '..' in it");
	else if (!*path)
		spec_problem (found->c, found->address,
			"must be a control group below the %s, not that itself", whose);
	return path;
}

static void
take_delegated_cgroup (const struct found *found)
{
	found->c->plan.cgroup.delegated = path_below (found, "container's");
	found->c->plan.cgroup.delegated_at = spec_at (found->c, found->place);
}

static void
take_subgroup (const struct found *found)
{
	found->c->plan.cgroup.subgroup = path_below (found, "container's scope");
	found->c->plan.cgroup.subgroup_at = spec_at (found->c, found->place);
}

static void
refuse_cgroup_v1 (const struct found *found)
{
	spec_problem (found->c, found->address,
		"asks for a hierarchy of cgroup v1 on a host of cgroup v2, and this build mounts none");
}

/* "monotonic 5 0", a line a clock, as /proc/PID/timens_offsets takes it: also by the clocks' numbers. */
static bool
add_time_offset (struct namespaces_plan *plan, char *line)
{
	char *clock = strsep (&line, " "), *secs = strsep (&line, " ");
	struct time_offset offset = { .set = true };
	uint64_t nanosecs;

	if (!secs || !line || !str_to_i64 (secs, INT64_MIN, INT64_MAX, &offset.secs) ||
		!str_to_u64 (line, 999999999, &nanosecs))
		return false;
	offset.nanosecs = (unsigned int) nanosecs;
	if (str_equal (clock, "monotonic") || str_equal (clock, "1"))
		plan->monotonic = offset;
	else if (str_equal (clock, "boottime") || str_equal (clock, "7"))
		plan->boottime = offset;
	else
		return false;
	return true;
}

/* From before the specification had linux.timeOffsets, which is what counts when both are there. */
static void
take_time_offsets (const struct found *found)
{
	struct namespaces_plan *plan = &found->c->plan.namespaces;
	char *rest = arena_strdup (&found->c->doc.arena, found->value);
	char *line;

	if (plan->ns[NS_TIME].how != NS_NEW || plan->monotonic.set || plan->boottime.set)
		return;
	while ((line = strsep (&rest, "\n")))
		if (*line && !add_time_offset (plan, line))
			spec_problem (found->c, found->address,
				"must be lines of a clock, seconds and nanoseconds: "
				"\"boottime 3600 0\"");
}

static const char *
path_of_host (const struct found *found)
{
	if (found->value[0] == '/')
		return found->value;
	return arena_printf (
		&found->c->doc.arena, "%s/%s", found->c->request->bundle, found->value);
}

static void
take_hooks_stdout (const struct found *found)
{
	found->c->plan.hooks_stdout = path_of_host (found);
}

static void
take_hooks_stderr (const struct found *found)
{
	found->c->plan.hooks_stderr = path_of_host (found);
}

static void
take_mount_context_type (const struct found *found)
{
	static const char *const types[] = { "context", "fscontext", "defcontext", "rootcontext" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_equal (types[i], found->value))
			found->c->plan.mount_label_type = types[i];
	if (!found->c->plan.mount_label_type)
		spec_problem (found->c, found->address,
			"must be context, fscontext, defcontext or rootcontext, not '%s'",
			found->value);
}

/* 0 to 63; -1 for what is no digit of base64. */
static int
digit_of (char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr (digits, c) : NULL;

	return p ? (int) (p - digits) : -1;
}

/* RFC 4648, whole and without blanks. Returns the number of bytes, 0 when it is none. */
static size_t
decode_base64 (const char *text, unsigned char *out)
{
	size_t n = strcspn (text, "="), size = 0;
	size_t padding = strlen (text + n);
	uint32_t bits = 0;

	if ((n + padding) % 4 != 0 || padding > 2 || strspn (text + n, "=") != padding)
		return 0;
	for (size_t i = 0; i < n; i++) {
		int digit = digit_of (text[i]);

		if (digit < 0)
			return 0;
		bits = bits << 6 | (uint32_t) digit;
		if (i % 4 != 0)
			out[size++] = (unsigned char) (bits >> (6 - 2 * (i % 4)));
	}
	return size;
}

static void
take_filter (const struct found *found)
{
	struct spec_context *c = found->c;
	struct seccomp_plan *plan = spec_alloc (c, 1, sizeof *plan);
	unsigned char *raw = spec_alloc (c, strlen (found->value) + 1, 1);
	size_t size = decode_base64 (found->value, raw);

	if (size == 0 || size % sizeof (struct sock_filter) != 0 ||
		size / sizeof (struct sock_filter) > FILTER_MAX) {
		spec_problem (c, found->address,
			"must be a BPF program of 1 to %d instructions in base64", FILTER_MAX);
		return;
	}
	*plan = (struct seccomp_plan){
		.at = spec_at (c, found->place),
		.raw = raw,
		.raw_size = size,
	};
	c->plan.seccomp = plan;
}

/* Properties of the container's unit of systemd. What is a name and a value is the driver's business: with
 * another one they have no effect. */
#define PROPERTY_PREFIX "org.systemd.property."

static const struct meaning {
	const char *key;
	void (*take) (const struct found *found);
} meanings[] = {
	{ "run.oci.handler", refuse_handler },
	{ "module.wasm.image/variant", refuse_handler },
	{ "run.oci.hooks.stdout", take_hooks_stdout },
	{ "run.oci.hooks.stderr", take_hooks_stderr },
	{ "run.oci.mount_context_type", take_mount_context_type },
	{ "run.oci.seccomp_bpf_data", take_filter },
	{ "run.oci.seccomp.plugins", refuse_plugins },
	{ "run.oci.systemd.force_cgroup_v1", refuse_cgroup_v1 },
	{ "run.oci.timens_offset", take_time_offsets },
	{ "run.oci.systemd.subgroup", take_subgroup },
	{ "run.oci.delegate-cgroup", take_delegated_cgroup },
	/* what is looked at with another, or later, by plan_annotation */
	{ "io.kubernetes.cri.container-type", NULL },
	{ "org.criu.config", NULL },
	{ "run.oci.keep_original_groups", NULL },
	{ "run.oci.pidfd_receiver", NULL },
	{ "run.oci.seccomp.receiver", NULL },
	{ "run.oci.seccomp_fail_unknown_syscall", NULL },
	{ PROPERTY_PREFIX, NULL },
};

const char *
spec_annotation_name (size_t i)
{
	return i < ARRAY_SIZE (meanings) ? meanings[i].key : NULL;
}

static void
add_unit_property (struct spec_context *c, const struct oci_runtime_config *config, size_t i)
{
	const struct oci_string_map *map = config->annotations;
	const struct ocispec_place *place = ocispec_child (config->place, "annotations", 0);
	struct cgroup_plan *cgroup = &c->plan.cgroup;

	if (!cgroup->properties)
		cgroup->properties = spec_alloc (c, map->n, sizeof *cgroup->properties);
	cgroup->properties[cgroup->n_properties++] = (struct unit_property_plan){
		.name = map->keys[i] + sizeof PROPERTY_PREFIX - 1,
		.value = map->values[i],
		.at = spec_at (c, ocispec_child (place, map->keys[i], 0)),
	};
}

void
spec_annotations (struct spec_context *c, const struct oci_runtime_config *config)
{
	const struct oci_string_map *map = config->annotations;
	const struct ocispec_place *annotations = ocispec_child (config->place, "annotations", 0);
	struct plan *plan = &c->plan;

	plan->annotations = spec_alloc (c, map->n, sizeof *plan->annotations);
	for (size_t i = 0; i < map->n; i++) {
		const char *key = map->keys[i], *value = map->values[i];
		const struct found found = { c, (const char *const *) &map->values[i], value,
			ocispec_child (annotations, key, 0), map };

		if (!*key)
			spec_problem (c, &map->values[i], "a key must not be empty");
		if (str_starts (key, PROPERTY_PREFIX))
			add_unit_property (c, config, i);
		for (size_t k = 0; *value && k < ARRAY_SIZE (meanings); k++)
			if (meanings[k].take && str_equal (key, meanings[k].key))
				meanings[k].take (&found);
		plan->annotations[plan->n_annotations++] = (struct annotation){ key, value };
	}
}
