/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/auto.h"
#include "base/str.h"

#include <sys/personality.h>

/* ---- the environment */

/* Names seen, in a table with open addresses. */
struct name_set {
	const char **names; /* owned */
	size_t mask;
};

static size_t
name_length (const char *entry)
{
	return strcspn (entry, "=");
}

/* Returns whether entry's name was in the set. FNV-1a. */
static bool
name_set_add (struct name_set *set, const char *entry)
{
	size_t length = name_length (entry);
	uint64_t hash = UINT64_C (0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char) entry[i]) * UINT64_C (0x100000001b3);
	for (size_t at = hash & set->mask;; at = (at + 1) & set->mask) {
		if (!set->names[at]) {
			set->names[at] = entry;
			return false;
		}
		if (name_length (set->names[at]) == length &&
			memcmp (set->names[at], entry, length) == 0)
			return true;
	}
}

/* Of entries with one name the last one counts, at the place where it stands. */
static char **
resolve_environment (struct spec_context *c, const struct oci_process *process)
{
	size_t n = process->n_env, size = 64, at = n;
	char **env = spec_alloc (c, n + 1, sizeof *env);
	autofree const char **names = NULL;
	struct name_set set;

	while (size < 2 * n)
		size *= 2;
	names = xcalloc (size, sizeof *names);
	set = (struct name_set){ names, size - 1 };
	for (size_t i = n; i-- > 0;) {
		char *entry = process->env[i];

		if (!entry[name_length (entry)] || entry[0] == '=')
			spec_problem (
				c, &process->env[i], "'%s' is not of the form NAME=value", entry);
		else if (!name_set_add (&set, entry))
			env[--at] = entry;
	}
	return env + at;
}

/* ---- the rest */

static void
add_console_size (
	struct spec_context *c, const struct oci_process *process, struct process_plan *out)
{
	const struct oci_console_size *size = process->console_size;

	if (!process->terminal || !size)
		return;
	if (size->width > UINT16_MAX)
		spec_problem (c, &size->width, "must not be more than %d", UINT16_MAX);
	if (size->height > UINT16_MAX)
		spec_problem (c, &size->height, "must not be more than %d", UINT16_MAX);
	out->console_width = (uint16_t) size->width;
	out->console_height = (uint16_t) size->height;
}

void
spec_process (struct spec_context *c, const struct oci_process *process)
{
	struct process_plan *out = spec_alloc (c, 1, sizeof *out);

	*out = (struct process_plan){
		.at = spec_at (c, process->place),
		.terminal = process->terminal,
		.cwd = process->cwd,
		.args = process->args,
		.env = resolve_environment (c, process),
		.no_new_privileges = process->no_new_privileges,
		.has_oom_score_adj = process->has_oom_score_adj,
		.oom_score_adj = process->oom_score_adj,
		.selinux_label = spec_text (process->selinux_label),
		.apparmor_profile = spec_text (process->apparmor_profile),
	};
	c->plan.process = out;
	if (process->n_args == 0)
		spec_problem (c, &process->args, "must name the program to run");
	if (process->cwd && process->cwd[0] != '/')
		spec_problem (c, &process->cwd, "'%s' is not an absolute path", process->cwd);
	add_console_size (c, process, out);
	spec_privileges (c, process, out);
	spec_scheduling (c, process, out);
}

void
spec_personality (struct spec_context *c, const struct oci_personality *personality)
{
	struct process_plan *process = c->plan.process;
	const char *domain = personality->domain;

	if (!domain)
		spec_problem (c, &personality->domain, "is missing");
	if (personality->n_flags > 0)
		spec_problem (c, &personality->flags[0],
			"flags of a personality are not supported: '%s'", personality->flags[0]);
	if (!process || !domain)
		return;
	process->has_personality = true;
	process->personality = str_equal (domain, "LINUX32") ? PER_LINUX32 : PER_LINUX;
}
