/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/steps.h"
#include "base/auto.h"
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

const char *const actor_names[STORIES][ACTORS] = {
	[STORY_CREATE] = { "parent", "middle", "init" },
	[STORY_EXEC] = { "exec parent", "exec middle", "exec init" },
};

const struct step *
steps_of (enum story story, enum actor actor)
{
	static const struct step *const tables[STORIES][ACTORS] = {
		[STORY_CREATE] = { parent_steps, middle_steps, init_steps },
		[STORY_EXEC] = { exec_parent_steps, exec_middle_steps, exec_init_steps },
	};

	return tables[story][actor];
}

#define TRACE_ROOM 256

struct trace_entry {
	const char *name; /* a string of the program: the same address in each process */
	enum actor actor;
	uint64_t begin, end; /* ns, CLOCK_MONOTONIC */
};

struct trace {
	enum story story;
	atomic_uint n;
	struct trace_entry entries[TRACE_ROOM];
};

int
trace_new (enum story story, struct trace **out, struct error *err)
{
	void *p = mmap (NULL, sizeof (struct trace), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return fail (err, errno, "map memory for the trace");
	*out = p;
	(*out)->story = story;
	return 0;
}

void
trace_free (struct trace *trace)
{
	if (trace)
		munmap (trace, sizeof *trace);
}

static uint64_t
now_ns (void)
{
	struct timespec ts;

	clock_gettime (CLOCK_MONOTONIC, &ts);
	return (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec;
}

static struct trace_entry *
trace_begin (struct trace *trace, enum actor actor, const char *name)
{
	unsigned int i;

	if (!trace)
		return NULL;
	i = atomic_fetch_add (&trace->n, 1);
	if (i >= TRACE_ROOM)
		return NULL;
	trace->entries[i] =
		(struct trace_entry){ .name = name, .actor = actor, .begin = now_ns () };
	return &trace->entries[i];
}

int
trace_write (struct trace *trace, const char *path, struct error *err)
{
	unsigned int n = atomic_load (&trace->n);
	FILE *file = fopen (path, "we");

	if (!file)
		return fail (err, errno, "create the trace '%s'", path);
	if (n > TRACE_ROOM)
		n = TRACE_ROOM;
	fputs ("{\"traceEvents\":[\n", file);
	for (int i = 0; i < ACTORS; i++)
		fprintf (file,
			"{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"args\":{\"name\":\"%s\"}},\n",
			i, actor_names[trace->story][i]);
	for (unsigned int i = 0; i < n; i++) {
		const struct trace_entry *e = &trace->entries[i];
		uint64_t end = e->end ? e->end : now_ns ();

		fprintf (file,
			"{\"name\":\"%s\",\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%llu.%03llu,\"dur\":%llu.%03llu}%s\n",
			e->name, e->actor, (unsigned long long) e->begin / 1000,
			(unsigned long long) e->begin % 1000,
			(unsigned long long) (end - e->begin) / 1000,
			(unsigned long long) (end - e->begin) % 1000, i + 1 < n ? "," : "");
	}
	fputs ("],\"displayTimeUnit\":\"ns\"}\n", file);
	if (ferror (file) | fclose (file))
		return fail (err, errno, "write the trace '%s'", path);
	return 0;
}

#ifdef DAVIT_FAULT_INJECTION
/* The first process of a pid namespace is spared its own SIGKILL, but not a trap. */
static _Noreturn void
die_at_once (void)
{
	raise (SIGKILL);
	__builtin_trap ();
}

/* options->fault is "fail:init/pivot into the root" or "kill:...": at that step the process fails or
 * dies. */
static int
inject_fault (const struct launch *launch, enum actor actor, const char *name, struct error *err)
{
	const char *fault = launch->options->fault;
	char wanted[256];

	if (!fault)
		return 0;
	snprintf (wanted, sizeof wanted, "%s/%s", actor_names[launch->story][actor], name);
	if (strncmp (fault, "fail:", 5) == 0 && strcmp (fault + 5, wanted) == 0)
		return fail (err, EIO, "fault injected");
	if (strncmp (fault, "kill:", 5) == 0 && strcmp (fault + 5, wanted) == 0)
		die_at_once ();
	return 0;
}
#else
static int
inject_fault (const struct launch *launch, enum actor actor, const char *name, struct error *err)
{
	return 0;
}
#endif

int
steps_run (enum actor actor, struct launch *launch, struct error *err)
{
	for (const struct step *step = steps_of (launch->story, actor); step->name; step++) {
		struct trace_entry *entry = trace_begin (launch->trace, actor, step->name);
		int r = inject_fault (launch, actor, step->name, err);

		if (r == 0)
			r = step->run (launch, err);
		if (entry)
			entry->end = now_ns ();
		if (r < 0)
			return error_prefix (err, "%s", step->name);
	}
	return 0;
}
