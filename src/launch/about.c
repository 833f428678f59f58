/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/about.h"
#include "launch/delegation.h"
#include "base/str.h"
#include "launch/ns_plan.h"
#include "plan/capabilities.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A line of detail, with where the config asks for it. */
static void add (struct buffer *details, const char *at, const char *format, ...) PRINTF (3, 4);

static void
add (struct buffer *details, const char *at, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	buffer_add_text (details, text);
	if (at)
		buffer_printf (details, "  [%s]", at);
	buffer_add_char (details, '\n');
	free (text);
}

static struct ns_steps
steps_of_namespaces (const struct plan *plan)
{
	struct ns_steps steps;

	ns_plan (&plan->namespaces, &steps);
	return steps;
}

static bool
add_joins (const struct plan *plan, const struct ns_steps *steps, struct buffer *details)
{
	for (size_t i = 0; i < steps->n_joins; i++) {
		const struct namespace_plan *ns = &plan->namespaces.ns[steps->joins[i]];

		add (details, ns->at, "%s: %s", ns_table[steps->joins[i]].name, ns->path);
	}
	return steps->n_joins > 0;
}

bool
about_joins (const struct plan *plan, struct buffer *details)
{
	struct ns_steps steps = steps_of_namespaces (plan);

	return add_joins (plan, &steps, details);
}

bool
about_joins_of_init (const struct plan *plan, struct buffer *details)
{
	struct ns_steps steps = steps_of_namespaces (plan);

	return !steps.has_middle && add_joins (plan, &steps, details);
}

static bool
add_flags (uint64_t flags, struct buffer *details)
{
	for (int kind = 0; kind < NS_KINDS; kind++)
		if (flags & ns_table[kind].clone_flag)
			add (details, NULL, "a new %s namespace", ns_table[kind].name);
	return flags != 0;
}

bool
about_clone (const struct plan *plan, struct buffer *details)
{
	struct ns_steps steps = steps_of_namespaces (plan);

	if (steps.has_middle)
		add (details, NULL, "the middle process, which starts init");
	add_flags (steps.clone_flags, details);
	return true;
}

bool
about_middle (const struct plan *plan, struct buffer *details)
{
	return steps_of_namespaces (plan).has_middle;
}

bool
about_time (const struct plan *plan, struct buffer *details)
{
	const struct time_offset *monotonic = &plan->namespaces.monotonic;
	const struct time_offset *boottime = &plan->namespaces.boottime;

	if (!steps_of_namespaces (plan).time_unshare)
		return false;
	if (monotonic->set)
		add (details, NULL, "monotonic: %" PRId64 " s %u ns", monotonic->secs,
			monotonic->nanosecs);
	if (boottime->set)
		add (details, NULL, "boottime: %" PRId64 " s %u ns", boottime->secs,
			boottime->nanosecs);
	return true;
}

bool
about_unshare (const struct plan *plan, struct buffer *details)
{
	return add_flags (steps_of_namespaces (plan).init_unshare, details);
}

bool
about_cgroup_namespace (const struct plan *plan, struct buffer *details)
{
	return steps_of_namespaces (plan).late_unshare != 0;
}

bool
about_new_user (const struct plan *plan, struct buffer *details)
{
	return plan->namespaces.ns[NS_USER].how == NS_NEW;
}

bool
about_user_namespace (const struct plan *plan, struct buffer *details)
{
	return plan->namespaces.ns[NS_USER].how != NS_INHERIT;
}

static void
add_maps (const char *what, const struct id_map *maps, size_t n, struct buffer *details)
{
	for (size_t i = 0; i < n; i++)
		add (details, NULL, "%s %u..%u inside are %u..%u outside", what, maps[i].container,
			maps[i].container + maps[i].size - 1, maps[i].host,
			maps[i].host + maps[i].size - 1);
}

bool
about_id_maps (const struct plan *plan, struct buffer *details)
{
	const struct id_maps *maps = &plan->namespaces.id_maps;

	if (plan->namespaces.ns[NS_USER].how != NS_NEW)
		return false;
	add_maps ("uids", maps->uids, maps->n_uids, details);
	add_maps ("gids", maps->gids, maps->n_gids, details);
	return true;
}

bool
about_mount_sources (const struct plan *plan, struct buffer *details)
{
	bool new_userns = plan->namespaces.ns[NS_USER].how == NS_NEW;
	bool any = false;

	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *mount = &plan->mounts[i];

		if (!mount->options.idmap && !(mount->options.bind && new_userns))
			continue;
		add (details, mount->at, "%s%s", mount->source,
			mount->options.idmap ? ", with its ids mapped" : "");
		any = true;
	}
	return any;
}

bool
about_cgroup (const struct plan *plan, struct buffer *details)
{
	if (plan->cgroup.driver == CGROUP_DISABLED)
		return false;
	add (details, plan->cgroup.at, "%s",
		plan->cgroup.path ? plan->cgroup.path : "named after the container");
	return true;
}

bool
about_delegation (const struct plan *plan, struct buffer *details)
{
	uid_t uid;

	if (plan->cgroup.driver == CGROUP_DISABLED || !delegation_owner (plan, &uid))
		return false;
	add (details, NULL, "user %u may divide it, where it is of cgroup v2", uid);
	return true;
}

bool
about_delegated (const struct plan *plan, struct buffer *details)
{
	if (!plan->cgroup.delegated)
		return false;
	add (details, plan->cgroup.delegated_at, "%s", plan->cgroup.delegated);
	return true;
}

bool
about_limits (const struct plan *plan, struct buffer *details)
{
	if (plan->cgroup.driver == CGROUP_DISABLED)
		return false;
	if (plan->cgroup.resources.at)
		add (details, plan->cgroup.resources.at, "as the config says");
	add (details, NULL, "%zu device rules, and the devices that every container has",
		plan->cgroup.resources.n_devices);
	return true;
}

bool
about_terminal (const struct plan *plan, struct buffer *details)
{
	return plan->process && plan->process->terminal;
}

static bool
add_hooks (const struct plan *plan, enum hook_kind kind, struct buffer *details)
{
	const struct hooks *hooks = &plan->hooks[kind];

	for (size_t i = 0; i < hooks->n; i++)
		add (details, hooks->entries[i].at, "%s: %s", hook_names[kind],
			hooks->entries[i].path);
	return hooks->n > 0;
}

bool
about_runtime_hooks (const struct plan *plan, struct buffer *details)
{
	bool any = add_hooks (plan, HOOK_PRESTART, details);

	return add_hooks (plan, HOOK_CREATE_RUNTIME, details) || any;
}

bool
about_hook_outputs (const struct plan *plan, struct buffer *details)
{
	if (plan->hooks_stdout)
		add (details, NULL, "standard output: %s", plan->hooks_stdout);
	if (plan->hooks_stderr)
		add (details, NULL, "standard error: %s", plan->hooks_stderr);
	return plan->hooks_stdout || plan->hooks_stderr;
}

bool
about_waiting_for_hooks (const struct plan *plan, struct buffer *details)
{
	return plan->hooks[HOOK_PRESTART].n + plan->hooks[HOOK_CREATE_RUNTIME].n > 0;
}

bool
about_create_container_hooks (const struct plan *plan, struct buffer *details)
{
	return add_hooks (plan, HOOK_CREATE_CONTAINER, details);
}

bool
about_start_container_hooks (const struct plan *plan, struct buffer *details)
{
	return add_hooks (plan, HOOK_START_CONTAINER, details);
}

bool
about_loopback (const struct plan *plan, struct buffer *details)
{
	return plan->namespaces.ns[NS_NETWORK].how == NS_NEW;
}

bool
about_moving_net_devices (const struct plan *plan, struct buffer *details)
{
	return plan->n_net_devices > 0;
}

bool
about_net_devices (const struct plan *plan, struct buffer *details)
{
	for (size_t i = 0; i < plan->n_net_devices; i++)
		add (details, plan->net_devices[i].at, "%s becomes %s", plan->net_devices[i].name,
			plan->net_devices[i].new_name);
	return plan->n_net_devices > 0;
}

static bool
add_word (const char *word, struct buffer *details)
{
	if (word)
		add (details, NULL, "%s", word);
	return word != NULL;
}

bool
about_host_name (const struct plan *plan, struct buffer *details)
{
	return add_word (plan->hostname, details);
}

bool
about_domain_name (const struct plan *plan, struct buffer *details)
{
	return add_word (plan->domainname, details);
}

bool
about_root (const struct plan *plan, struct buffer *details)
{
	add (details, plan->root.at, "%s", plan->root.path);
	return true;
}

size_t
about_first_cgroup_mount (const struct plan *plan)
{
	size_t i = 0;

	while (i < plan->n_mounts &&
		!(plan->mounts[i].type && str_starts (plan->mounts[i].type, "cgroup")))
		i++;
	return i;
}

static bool
add_mounts (const struct plan *plan, size_t from, size_t to, struct buffer *details)
{
	for (size_t i = from; i < to; i++) {
		const struct mount_plan *mount = &plan->mounts[i];
		const struct mount_options *options = &mount->options;

		add (details, mount->at, "%s of %s at %s%s%s",
			options->bind ? "bind mount"
			: mount->type ? mount->type
				      : "mount",
			mount->source ? mount->source : "nothing", mount->destination,
			options->data ? ": " : "", options->data ? options->data : "");
	}
	return from < to;
}

bool
about_early_mounts (const struct plan *plan, struct buffer *details)
{
	return add_mounts (plan, 0, about_first_cgroup_mount (plan), details);
}

bool
about_late_mounts (const struct plan *plan, struct buffer *details)
{
	return add_mounts (plan, about_first_cgroup_mount (plan), plan->n_mounts, details);
}

bool
about_devices (const struct plan *plan, struct buffer *details)
{
	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct device_plan *device = &plan->devices[i];

		add (details, device->at, "%s %c %u:%u mode %03o", device->path,
			S_ISBLK (device->type)	 ? 'b'
			: S_ISCHR (device->type) ? 'c'
						 : 'p',
			device->major, device->minor, device->mode);
	}
	return true;
}

bool
about_seccomp (const struct plan *plan, struct buffer *details)
{
	if (!plan->seccomp)
		return false;
	add (details, plan->seccomp->at, "%zu rules", plan->seccomp->n_rules);
	return true;
}

bool
about_seccomp_agent (const struct plan *plan, struct buffer *details)
{
	return plan->seccomp && plan->seccomp->notifies &&
	       add_word (plan->seccomp->listener_path, details);
}

bool
about_seccomp_early (const struct plan *plan, struct buffer *details)
{
	return plan->seccomp && !(plan->process && plan->process->no_new_privileges);
}

bool
about_seccomp_late (const struct plan *plan, struct buffer *details)
{
	return plan->seccomp && plan->process && plan->process->no_new_privileges;
}

bool
about_sysctls (const struct plan *plan, struct buffer *details)
{
	for (size_t i = 0; i < plan->n_sysctls; i++)
		add (details, plan->sysctls[i].at, "%s = %s", plan->sysctls[i].name,
			plan->sysctls[i].value);
	return plan->n_sysctls > 0;
}

bool
about_hidden_paths (const struct plan *plan, struct buffer *details)
{
	for (size_t i = 0; i < plan->n_readonly_paths; i++)
		add (details, plan->readonly_paths[i].at, "read-only: %s",
			plan->readonly_paths[i].path);
	for (size_t i = 0; i < plan->n_masked_paths; i++)
		add (details, plan->masked_paths[i].at, "masked: %s", plan->masked_paths[i].path);
	if (plan->root.readonly)
		add (details, plan->root.at, "the root becomes read-only");
	return true;
}

bool
about_oom_score (const struct plan *plan, struct buffer *details)
{
	if (!plan->process || !plan->process->has_oom_score_adj)
		return false;
	add (details, NULL, "%d", plan->process->oom_score_adj);
	return true;
}

bool
about_rdt (const struct plan *plan, struct buffer *details)
{
	const struct rdt_plan *rdt = plan->rdt;

	if (!rdt)
		return false;
	add (details, rdt->at, "%s",
		!rdt->clos_id			? "one of the container's own"
		: str_equal (rdt->clos_id, "/") ? "the root group"
						: rdt->clos_id);
	add_word (rdt->l3_cache, details);
	add_word (rdt->memory_bandwidth, details);
	for (size_t i = 0; i < rdt->n_schemata; i++)
		add_word (rdt->schemata[i], details);
	if (rdt->monitoring)
		add (details, NULL, "with a monitoring group");
	return true;
}

bool
about_rdt_assignment (const struct plan *plan, struct buffer *details)
{
	return plan->rdt != NULL;
}

bool
about_rlimits (const struct plan *plan, struct buffer *details)
{
	const struct process_plan *process = plan->process;

	if (!process)
		return false;
	for (size_t i = 0; i < process->n_rlimits; i++)
		add (details, process->rlimits[i].at, "%s %" PRIu64 ", at most %" PRIu64,
			process->rlimits[i].name, (uint64_t) process->rlimits[i].soft,
			(uint64_t) process->rlimits[i].hard);
	return process->n_rlimits > 0;
}

bool
about_scheduler (const struct plan *plan, struct buffer *details)
{
	if (!plan->process || !plan->process->scheduler.set)
		return false;
	add (details, plan->process->scheduler.at, "policy %u", plan->process->scheduler.policy);
	return true;
}

bool
about_io_priority (const struct plan *plan, struct buffer *details)
{
	if (!plan->process || !plan->process->io_priority.set)
		return false;
	add (details, plan->process->io_priority.at, "class %d, priority %d",
		plan->process->io_priority.class, plan->process->io_priority.priority);
	return true;
}

bool
about_memory_policy (const struct plan *plan, struct buffer *details)
{
	const struct memory_policy_plan *policy = &plan->memory_policy;

	if (!policy->mode)
		return false;
	add (details, policy->at, "%s%s%s", policy->mode->name, policy->nodes ? " of nodes " : "",
		policy->nodes ? policy->nodes : "");
	return true;
}

bool
about_personality (const struct plan *plan, struct buffer *details)
{
	return plan->process && plan->process->has_personality;
}

bool
about_labels (const struct plan *plan, struct buffer *details)
{
	bool any = false;

	if (plan->process) {
		any = add_word (plan->process->selinux_label, details);
		any = add_word (plan->process->apparmor_profile, details) || any;
	}
	return any;
}

bool
about_no_new_privileges (const struct plan *plan, struct buffer *details)
{
	return plan->process && plan->process->no_new_privileges;
}

bool
about_other_user (const struct plan *plan, struct buffer *details)
{
	return plan->process && plan->process->uid != 0;
}

bool
about_user (const struct plan *plan, struct buffer *details)
{
	if (!plan->process)
		return false;
	add (details, NULL, "uid %u, gid %u, %zu more groups", plan->process->uid,
		plan->process->gid, plan->process->n_groups);
	return true;
}

static void
add_capabilities (const char *name, uint64_t set, struct buffer *details)
{
	struct buffer names = { 0 };

	for (int i = 0; i < CAPABILITIES; i++)
		if (set & CAPABILITY_BIT (i))
			buffer_printf (&names, " %s", capability_names[i]);
	add (details, NULL, "%s:%s", name, names.data ? names.data : " none");
	buffer_done (&names);
}

bool
about_bounding (const struct plan *plan, struct buffer *details)
{
	if (!plan->process)
		return false;
	add_capabilities ("what stays", plan->process->capabilities.bounding, details);
	return true;
}

bool
about_capabilities (const struct plan *plan, struct buffer *details)
{
	const struct capability_sets *sets;

	if (!plan->process)
		return false;
	sets = &plan->process->capabilities;
	add_capabilities ("effective", sets->effective, details);
	add_capabilities ("permitted", sets->permitted, details);
	add_capabilities ("inheritable", sets->inheritable, details);
	add_capabilities ("ambient", sets->ambient, details);
	return true;
}

bool
about_cwd (const struct plan *plan, struct buffer *details)
{
	return plan->process && add_word (plan->process->cwd, details);
}

bool
about_process (const struct plan *plan, struct buffer *details)
{
	return plan->process != NULL;
}

bool
about_program (const struct plan *plan, struct buffer *details)
{
	if (!plan->process)
		return false;
	for (char **argument = plan->process->args; *argument; argument++)
		add (details, NULL, "%s", *argument);
	return true;
}
