/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"
#include "base/str.h"
#include "cli/command.h"
#include "container/verbs.h"
#include "spec/spec.h"

#include <fcntl.h>
#include <unistd.h>

#define RESOURCES_LIMIT (16u << 20) /* bytes of JSON */

struct update_options {
	const char *resources;
	const char *blkio_weight;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period, *cpu_rt_runtime;
	const char *cpu_idle, *cpuset_cpus, *cpuset_mems;
	const char *kernel_memory, *kernel_memory_tcp;
	const char *memory, *memory_reservation, *memory_swap;
	const char *pids_limit, *l3_cache_schema, *mem_bw_schema;
};

#define UPDATE_ROW(name, member, placeholder, help)                                        \
	{                                                                                  \
		name, NULL, STRING_INTO (struct update_options, member), placeholder, help \
	}

static const struct option_row options[] = {
	{ "resources", "r", STRING_INTO (struct update_options, resources), "FILE",
		"a file with linux.resources as JSON, or - for standard input;\nthe options below are not looked at then" },
	UPDATE_ROW ("blkio-weight", blkio_weight, "N", "share of block I/O, 10 to 1000"),
	UPDATE_ROW ("cpu-period", cpu_period, "US", "period that the quota is of, in microseconds"),
	UPDATE_ROW ("cpu-quota", cpu_quota, "US", "CPU time in a period; -1 is no limit"),
	UPDATE_ROW ("cpu-burst", cpu_burst, "US", "unused CPU time that may be used later"),
	UPDATE_ROW ("cpu-share", cpu_share, "N", "share of CPU time, relative to others"),
	UPDATE_ROW ("cpu-rt-period", cpu_rt_period, "US", "period of the realtime limit"),
	UPDATE_ROW ("cpu-rt-runtime", cpu_rt_runtime, "US", "realtime CPU time in a period"),
	UPDATE_ROW ("cpu-idle", cpu_idle, "0|1", "1: only what nobody else uses"),
	UPDATE_ROW ("cpuset-cpus", cpuset_cpus, "LIST", "CPUs to use, like 0-3,7"),
	UPDATE_ROW ("cpuset-mems", cpuset_mems, "LIST", "memory nodes to use"),
	UPDATE_ROW ("memory", memory, "SIZE", "memory, like 512M; -1 is no limit"),
	UPDATE_ROW ("memory-reservation", memory_reservation, "SIZE",
		"memory that is not reclaimed first"),
	UPDATE_ROW ("memory-swap", memory_swap, "SIZE", "memory and swap together; -1 is no limit"),
	UPDATE_ROW ("pids-limit", pids_limit, "N", "number of processes; -1 is no limit"),
	{ "kernel-memory", NULL, STRING_INTO (struct update_options, kernel_memory), "SIZE",
		"has no effect: the kernel has no such limit any more", true },
	{ "kernel-memory-tcp", NULL, STRING_INTO (struct update_options, kernel_memory_tcp), "SIZE",
		"has no effect: the kernel has no such limit any more", true },
	{ "l3-cache-schema", NULL, STRING_INTO (struct update_options, l3_cache_schema), "SCHEMA",
		"share of the L3 cache, like L3:0=ff, for a container with linux.intelRdt" },
	{ "mem-bw-schema", NULL, STRING_INTO (struct update_options, mem_bw_schema), "SCHEMA",
		"share of the memory bandwidth, like MB:0=50" },
	{ 0 },
};

/* What an option's value is. */
enum kind {
	KIND_NUMBER, /* or -1 */
	KIND_SIZE, /* or -1 */
	KIND_TEXT,
};

/* The options become the JSON that they stand for, so that there is one place that checks it. Sorted by
 * `object`, a member of the resources. */
static const struct member {
	const char *option;
	size_t offset; /* of a const char * in struct update_options */
	const char *object, *name;
	enum kind kind;
} members[] = {
#define MEMBER(option, field, object, name, kind)                                   \
	{                                                                           \
		option, offsetof (struct update_options, field), object, name, kind \
	}
	MEMBER ("blkio-weight", blkio_weight, "blockIO", "weight", KIND_NUMBER),
	MEMBER ("cpu-period", cpu_period, "cpu", "period", KIND_NUMBER),
	MEMBER ("cpu-quota", cpu_quota, "cpu", "quota", KIND_NUMBER),
	MEMBER ("cpu-burst", cpu_burst, "cpu", "burst", KIND_NUMBER),
	MEMBER ("cpu-share", cpu_share, "cpu", "shares", KIND_NUMBER),
	MEMBER ("cpu-rt-period", cpu_rt_period, "cpu", "realtimePeriod", KIND_NUMBER),
	MEMBER ("cpu-rt-runtime", cpu_rt_runtime, "cpu", "realtimeRuntime", KIND_NUMBER),
	MEMBER ("cpu-idle", cpu_idle, "cpu", "idle", KIND_NUMBER),
	MEMBER ("cpuset-cpus", cpuset_cpus, "cpu", "cpus", KIND_TEXT),
	MEMBER ("cpuset-mems", cpuset_mems, "cpu", "mems", KIND_TEXT),
	MEMBER ("memory", memory, "memory", "limit", KIND_SIZE),
	MEMBER ("memory-reservation", memory_reservation, "memory", "reservation", KIND_SIZE),
	MEMBER ("memory-swap", memory_swap, "memory", "swap", KIND_SIZE),
	MEMBER ("pids-limit", pids_limit, "pids", "limit", KIND_NUMBER),
#undef MEMBER
};

static int
add_number (
	struct json_writer *json, const struct member *member, const char *text, struct error *err)
{
	uint64_t value;

	if (str_equal (text, "-1")) {
		json_int (json, member->name, -1);
		return 0;
	}
	if (!(member->kind == KIND_SIZE ? str_to_size (text, INT64_MAX, &value)
					: str_to_u64 (text, INT64_MAX, &value)))
		return fail (err, 0, "--%s takes a %s, not '%s'", member->option,
			member->kind == KIND_SIZE ? "size or -1" : "number", text);
	json_int (json, member->name, (int64_t) value);
	return 0;
}

static int
write_resources (struct json_writer *json, const struct update_options *options, struct error *err)
{
	const char *object = NULL;

	json_open_object (json, NULL);
	for (size_t i = 0; i < ARRAY_SIZE (members); i++) {
		const struct member *member = &members[i];
		const char *text = *(const char *const *) ((const char *) options + member->offset);

		if (!text)
			continue;
		if (!object || !str_equal (object, member->object)) {
			if (object)
				json_close (json);
			object = member->object;
			json_open_object (json, object);
		}
		if (member->kind == KIND_TEXT)
			json_string (json, member->name, text);
		else if (add_number (json, member, text, err) < 0)
			return -1;
	}
	if (object)
		json_close (json);
	json_close (json);
	return 0;
}

static int
parse_options (const struct update_options *options, struct plan *out, struct error *err)
{
	struct spec_document document = { .file = "the options" };
	struct json_writer json = { 0 };
	int r;

	r = write_resources (&json, options, err);
	if (r == 0) {
		document.text = json.text.data;
		document.size = json.text.size;
		r = spec_parse_resources (&document, out, err);
	}
	json_writer_done (&json);
	return r;
}

static int
read_resources (const char *path, struct plan *out, struct error *err)
{
	bool is_stdin = str_equal (path, "-");
	struct spec_document document = { .file = is_stdin ? "standard input" : path };
	autofree char *text = NULL;
	int r = is_stdin ? fd_read_all (STDIN_FILENO, RESOURCES_LIMIT, &text, &document.size,
				   document.file, err)
			 : fd_read_file (
				   AT_FDCWD, path, RESOURCES_LIMIT, &text, &document.size, err);

	if (r < 0)
		return -1;
	document.text = text;
	return spec_parse_resources (&document, out, err);
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct update_options *update = data;
	AUTO (plan_done) struct plan plan = { 0 };
	int r = update->resources ? read_resources (update->resources, &plan, err)
				  : parse_options (update, &plan, err);

	if (r < 0)
		return -1;
	if ((update->l3_cache_schema || update->mem_bw_schema) &&
		container_update_rdt (globals->root, arguments[0], update->l3_cache_schema,
			update->mem_bw_schema, err) < 0)
		return -1;
	if (update->kernel_memory || update->kernel_memory_tcp)
		cli_warn ("--kernel-memory and --kernel-memory-tcp have no effect: "
			  "the kernel has no such limits any more");
	for (size_t i = 0; i < plan.n_warnings; i++)
		cli_warn (plan.warnings[i]);
	return container_update (globals->root, arguments[0], &plan.cgroup.resources, err);
}

const struct command cmd_update = {
	.name = "update",
	.arguments = "CONTAINER",
	.summary = "change the limits of a container",
	.options = options,
	.options_size = sizeof (struct update_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
