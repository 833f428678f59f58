/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/fd.h"
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

/* Numbers that are given, and where they go; NULL text: not given. */
struct unsigned_value {
	const char *option, *text;
	struct opt_u64 *to;
};

struct signed_value {
	const char *option, *text;
	struct opt_i64 *to;
	bool is_size;
};

static int
set_unsigned (const struct unsigned_value *value, struct error *err)
{
	if (!value->text)
		return 0;
	if (!str_to_u64 (value->text, UINT64_MAX, &value->to->value))
		return fail (err, 0, "--%s takes a number, not '%s'", value->option, value->text);
	value->to->set = true;
	return 0;
}

static int
set_signed (const struct signed_value *value, struct error *err)
{
	uint64_t size;

	if (!value->text)
		return 0;
	value->to->set = true;
	if (str_equal (value->text, "-1")) {
		value->to->value = -1;
		return 0;
	}
	if (!(value->is_size ? str_to_size (value->text, INT64_MAX, &size)
			     : str_to_u64 (value->text, INT64_MAX, &size)))
		return fail (err, 0, "--%s takes a %s or -1, not '%s'", value->option,
			value->is_size ? "size" : "number", value->text);
	value->to->value = (int64_t) size;
	return 0;
}

static int
set_all (const struct update_options *o, struct resources_plan *r, struct error *err)
{
	const struct unsigned_value unsigneds[] = {
		{ "blkio-weight", o->blkio_weight, &r->block.weight },
		{ "cpu-period", o->cpu_period, &r->cpu.period },
		{ "cpu-burst", o->cpu_burst, &r->cpu.burst },
		{ "cpu-share", o->cpu_share, &r->cpu.shares },
		{ "cpu-rt-period", o->cpu_rt_period, &r->cpu.realtime_period },
	};
	const struct signed_value signeds[] = {
		{ "cpu-quota", o->cpu_quota, &r->cpu.quota, false },
		{ "cpu-rt-runtime", o->cpu_rt_runtime, &r->cpu.realtime_runtime, false },
		{ "cpu-idle", o->cpu_idle, &r->cpu.idle, false },
		{ "memory", o->memory, &r->memory.limit, true },
		{ "memory-reservation", o->memory_reservation, &r->memory.reservation, true },
		{ "memory-swap", o->memory_swap, &r->memory.swap, true },
		{ "pids-limit", o->pids_limit, &r->pids_limit, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE (unsigneds); i++)
		if (set_unsigned (&unsigneds[i], err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE (signeds); i++)
		if (set_signed (&signeds[i], err) < 0)
			return -1;
	r->cpu.cpus = o->cpuset_cpus;
	r->cpu.mems = o->cpuset_mems;
	return 0;
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
				  : set_all (update, &plan.cgroup.resources, err);

	if (r < 0)
		return -1;
	if ((update->l3_cache_schema || update->mem_bw_schema) &&
		container_update_rdt (globals->root, arguments[0], update->l3_cache_schema,
			update->mem_bw_schema, err) < 0)
		return -1;
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
