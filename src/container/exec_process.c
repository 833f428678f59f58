/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/exec_process.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "container/saved_config.h"
#include "container/user_lookup.h"
#include "plan/capabilities.h"
#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
read_process_file (const struct exec_request *request, struct plan *plan, struct error *err)
{
	struct spec_document document = { .file = request->process_file };
	AUTO (plan_done) struct plan parsed = { 0 };
	autofree char *text = NULL;

	if (fd_read_file (
		    AT_FDCWD, request->process_file, CONFIG_LIMIT, &text, &document.size, err) < 0)
		return -1;
	document.text = text;
	if (spec_parse_process (&document, &parsed, err) < 0)
		return -1;
	for (size_t i = 0; i < parsed.n_warnings; i++)
		request->warn (parsed.warnings[i]);
	/* the one thing of a process that the config has elsewhere, for all of the container's */
	if (plan->process) {
		parsed.process->has_personality = plan->process->has_personality;
		parsed.process->personality = plan->process->personality;
	}
	plan->process = parsed.process;
	plan_adopt (plan, &parsed);
	return 0;
}

static bool
names_same_variable (const char *a, const char *b)
{
	size_t n = strcspn (a, "=");

	return strncmp (a, b, n + 1) == 0;
}

/* The last one of a name holds, at the place of the first. */
static int
add_environment (const struct exec_request *request, struct arena *arena,
	struct process_plan *process, struct error *err)
{
	size_t n = 0;
	char **environment;

	while (process->env && process->env[n])
		n++;
	environment = arena_alloc (arena, (n + request->n_environment + 1) * sizeof *environment);
	if (n > 0)
		memcpy (environment, process->env, n * sizeof *environment);
	for (size_t i = 0; i < request->n_environment; i++) {
		const char *entry = request->environment[i];
		size_t k = 0;

		if (!strchr (entry, '=') || *entry == '=')
			return fail (err, 0, "--env '%s' is not NAME=VALUE", entry);
		while (k < n && !names_same_variable (environment[k], entry))
			k++;
		environment[k] = (char *) entry;
		n += k == n;
	}
	process->env = environment;
	return 0;
}

static int
set_user (const struct exec_request *request, pid_t pid, struct process_plan *process,
	struct error *err)
{
	struct user_found user;
	autofd root = -1;
	char path[64];

	if (!request->user)
		return 0;
	snprintf (path, sizeof path, "/proc/%d/root", (int) pid);
	root = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail (err, errno, "open the container's root");
	if (user_lookup (root, request->user, &user, err) < 0)
		return error_prefix (err, "--user");
	process->uid = user.uid;
	if (user.has_gid)
		process->gid = user.gid;
	return 0;
}

static int
set_groups (const struct exec_request *request, struct arena *arena, struct process_plan *process,
	struct error *err)
{
	size_t n = process->n_groups;
	gid_t *groups = arena_alloc (arena, (n + request->n_groups + 1) * sizeof *groups);

	if (n > 0)
		memcpy (groups, process->groups, n * sizeof *groups);
	for (size_t i = 0; i < request->n_groups; i++) {
		uint64_t gid;

		if (!str_to_u64 (request->groups[i], UINT32_MAX - 1, &gid))
			return fail (err, 0, "--additional-gids '%s' is no group id",
				request->groups[i]);
		groups[n++] = (gid_t) gid;
	}
	process->groups = groups;
	process->n_groups = n;
	return 0;
}

/* Never into the inheritable set (CVE-2022-29162), and so not into the ambient one either. */
static int
add_capabilities (
	const struct exec_request *request, struct process_plan *process, struct error *err)
{
	for (size_t i = 0; i < request->n_capabilities; i++) {
		int number = capability_from_name (request->capabilities[i]);
		uint64_t bit = number < 0 ? 0 : CAPABILITY_BIT (number);

		if (number < 0)
			return fail (err, 0, "--cap '%s' is no capability (\"CAP_CHOWN\" is one)",
				request->capabilities[i]);
		process->capabilities.set = true;
		process->capabilities.bounding |= bit;
		process->capabilities.effective |= bit;
		process->capabilities.permitted |= bit;
	}
	return 0;
}

/* The container's own process with what the command line says instead. */
static int
change_process (const struct exec_request *request, pid_t pid, struct plan *plan, struct error *err)
{
	struct process_plan *process = plan->process;

	process->at = NULL;
	process->args = request->arguments;
	process->terminal = request->terminal;
	if (request->cwd)
		process->cwd = request->cwd;
	if (process->cwd[0] != '/')
		return fail (err, 0, "--cwd '%s' is not absolute", process->cwd);
	if (request->apparmor_profile)
		process->apparmor_profile = request->apparmor_profile;
	if (request->selinux_label)
		process->selinux_label = request->selinux_label;
	process->no_new_privileges |= request->no_new_privileges;
	if (add_environment (request, &plan->arena, process, err) < 0 ||
		set_user (request, pid, process, err) < 0 ||
		set_groups (request, &plan->arena, process, err) < 0)
		return -1;
	return add_capabilities (request, process, err);
}

int
exec_process (const struct exec_request *request, pid_t pid, struct plan *plan, struct error *err)
{
	if (request->process_file)
		return read_process_file (request, plan, err);
	if (!request->arguments[0])
		return fail (err, 0, "exec needs a program, or --process");
	if (!plan->process)
		return fail (err, 0,
			"the container's config has no process to take the rest from: use --process");
	return change_process (request, pid, plan, err);
}
