/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/host_check.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/rooted.h"
#include "base/str.h"
#include "cgroup/detect.h"
#include "cgroup/manager.h"
#include "kernel/caps.h"
#include "kernel/idmap.h"
#include "kernel/lsm.h"
#include "kernel/rdt.h"
#include "kernel/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* One round of checks. */
struct check {
	const struct plan *plan;
	bool privileged;
	host_check_report *report;
	void *data;
};

static void say (const struct check *check, const char *at, const char *hint, const char *format,
	...) PRINTF (4, 5);

static void
say (const struct check *check, const char *at, const char *hint, const char *format, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	check->report (check->data, at, text, hint);
}

static void
check_namespaces (const struct check *check)
{
	for (int kind = 0; kind < NS_KINDS; kind++) {
		const struct namespace_plan *ns = &check->plan->namespaces.ns[kind];
		char path[64];

		if (ns->how == NS_INHERIT)
			continue;
		snprintf (path, sizeof path, "/proc/self/ns/%s", ns_table[kind].proc_name);
		if (access (path, F_OK) < 0)
			say (check, ns->at, "boot a kernel that has them",
				"this kernel has no %s namespaces", ns_table[kind].name);
		else if (ns->how == NS_JOIN && access (ns->path, R_OK) < 0)
			say (check, ns->at, NULL, "the namespace '%s' can't be opened: %s",
				ns->path, error_errno_text (errno));
	}
	if (check->plan->namespaces.ns[NS_MOUNT].how == NS_INHERIT)
		say (check, NULL, "add { \"type\": \"mount\" } to linux.namespaces",
			"davit refuses to start a container without a mount namespace of its own");
	if (!check->privileged && check->plan->namespaces.ns[NS_USER].how == NS_INHERIT)
		say (check, NULL, "add a user namespace, as `davit spec --rootless` does",
			"without root the other namespaces need a user namespace");
}

static void
check_id_maps (const struct check *check)
{
	const struct id_maps *maps = &check->plan->namespaces.id_maps;

	if (check->privileged || check->plan->namespaces.ns[NS_USER].how != NS_NEW ||
		idmap_is_single_own (maps))
		return;
	if (access ("/usr/bin/newuidmap", X_OK) < 0)
		say (check, NULL, "install it (Debian: uidmap)",
			"mapping more ids than one's own needs newuidmap and newgidmap");
}

static bool
has_file_system (const char *list, const char *type)
{
	size_t n = strlen (type);

	for (const char *p = list; (p = strstr (p, type)); p += n)
		if (p > list && p[-1] == '\t' && p[n] == '\n')
			return true;
	return false;
}

static void
check_mounts (const struct check *check)
{
	autofree char *types = NULL;
	struct error ignored;

	/* without it nothing is said about types */
	if (fd_read_file (AT_FDCWD, "/proc/filesystems", 1u << 20, &types, NULL, &ignored) < 0)
		types = NULL;
	for (size_t i = 0; i < check->plan->n_mounts; i++) {
		const struct mount_plan *mount = &check->plan->mounts[i];

		if (mount->options.bind) {
			if (mount->source && access (mount->source, F_OK) < 0)
				say (check, mount->at, NULL, "the source '%s' can't be reached: %s",
					mount->source, error_errno_text (errno));
		} else if (types && mount->type && !mount->options.remount &&
			   !str_starts (mount->type, "cgroup") &&
			   !str_equal (mount->type, "none") &&
			   !has_file_system (types, mount->type)) {
			say (check, mount->at, "its module may be loaded by the mount",
				"the kernel does not know file system '%s' yet", mount->type);
		}
	}
}

/* A limit that was asked for, and the controller that enforces it. */
static void
need_controller (const struct check *check, const struct cgroup_hierarchies *hierarchies,
	const char *name, bool needed)
{
	autofree char *unified = NULL;
	struct error ignored;

	if (!needed)
		return;
	for (size_t i = 0; i < hierarchies->n; i++) {
		const struct cgroup_hierarchy *hierarchy = &hierarchies->entries[i];
		autofree char *path = xasprintf ("%s/cgroup.controllers", hierarchy->mount_point);

		if (!hierarchy->is_v2 && cgroup_list_has (hierarchy->controllers, ',', name))
			return;
		if (hierarchy->is_v2 &&
			fd_read_file (AT_FDCWD, path, 4096, &unified, NULL, &ignored) >= 0) {
			unified[strcspn (unified, "\n")] = '\0';
			if (cgroup_list_has (unified, ' ', name))
				return;
		}
	}
	say (check, check->plan->cgroup.resources.at, NULL,
		"the limits need the cgroup controller '%s', which this host does not have", name);
}

/* Decides where it would be, for which systemd is asked where that is the driver, and makes nothing. */
static void
check_place (const struct check *check, struct arena *arena)
{
	struct cgroup *cgroup = NULL;
	struct error err;

	if (cgroup_new (arena, &check->plan->cgroup, "check", !check->privileged, &cgroup, &err) <
		0)
		say (check, NULL, NULL, "%s", err.text);
	cgroup_free (cgroup);
}

static void
check_cgroup (const struct check *check)
{
	const struct resources_plan *resources = &check->plan->cgroup.resources;
	AUTO (arena_done) struct arena arena = { 0 };
	struct cgroup_hierarchies *hierarchies;
	struct error err;

	if (check->plan->cgroup.driver == CGROUP_SYSTEMD || check->plan->cgroup.delegated)
		check_place (check, &arena);
	if (check->plan->cgroup.driver == CGROUP_DISABLED)
		return;
	if (cgroup_detect (&arena, &hierarchies, &err) < 0) {
		say (check, NULL, NULL, "%s", err.text);
		return;
	}
	need_controller (check, hierarchies, "memory",
		resources->memory.limit.set || resources->memory.swap.set);
	need_controller (
		check, hierarchies, "cpu", resources->cpu.shares.set || resources->cpu.quota.set);
	need_controller (check, hierarchies, "cpuset", resources->cpu.cpus || resources->cpu.mems);
	need_controller (check, hierarchies, "pids", resources->pids_limit.set);
	need_controller (check, hierarchies, "hugetlb", resources->n_hugepages > 0);
	need_controller (check, hierarchies, "rdma", resources->n_rdma > 0);
}

static void
check_net_devices (const struct check *check)
{
	const struct plan *plan = check->plan;
	struct error ignored;
	uint64_t rights;

	for (size_t i = 0; i < plan->n_net_devices; i++)
		if (if_nametoindex (plan->net_devices[i].name) == 0)
			say (check, plan->net_devices[i].at, NULL,
				"there is no network interface '%s'", plan->net_devices[i].name);
	if (plan->n_net_devices > 0 && caps_of_self (&rights, &ignored) == 0 &&
		!(rights & CAPABILITY_BIT (CAP_NET_ADMIN)))
		say (check, plan->net_devices[0].at, NULL,
			"to move network interfaces takes CAP_NET_ADMIN");
}

static void
check_rdt (const struct check *check)
{
	AUTO (arena_done) struct arena arena = { 0 };
	const char *mount_point;
	struct error err;

	if (check->plan->rdt && rdt_find_mount (&arena, &mount_point, &err) < 0)
		say (check, check->plan->rdt->at, NULL, "%s", err.text);
}

static void
check_memory_policy (const struct check *check)
{
	const struct memory_policy_plan *policy = &check->plan->memory_policy;
	struct cpu_list wanted, present;
	struct error ignored;
	char line[4096];

	if (!policy->mode)
		return;
	if (access ("/proc/self/numa_maps", F_OK) < 0)
		say (check, policy->at, NULL, "this kernel is built without NUMA");
	if (!policy->nodes || memory_nodes_parse (policy->nodes, &wanted, &ignored) < 0 ||
		fd_read_line (AT_FDCWD, "/sys/devices/system/node/has_memory", line, sizeof line,
			&ignored) < 0 ||
		memory_nodes_parse (line, &present, &ignored) < 0)
		return;
	for (unsigned int node = 0; node < MEMORY_NODES_MAX; node++)
		if (cpu_list_has (&wanted, node) && !cpu_list_has (&present, node))
			say (check, policy->at, NULL, "this host has no memory node %u", node);
}

static void
check_security (const struct check *check)
{
	const struct plan *plan = check->plan;
	struct error err;

	if (lsm_check (plan->process, plan->mount_label, &err) < 0)
		say (check, NULL, NULL, "%s", err.text);
	if (plan->seccomp && !seccomp_is_built_in ())
		say (check, plan->seccomp->at, NULL, "this build of davit has no seccomp");
}

static void
check_capabilities (const struct check *check)
{
	const struct process_plan *process = check->plan->process;
	struct error ignored;
	uint64_t available, missing;

	if (!process || !process->capabilities.set)
		return;
	if (check->plan->namespaces.ns[NS_USER].how != NS_INHERIT)
		available = caps_of_kernel ();
	else if (caps_of_self (&available, &ignored) < 0)
		return;
	missing = caps_ungrantable (&process->capabilities, available);
	for (int i = 0; i < CAPABILITIES; i++)
		if (missing & CAPABILITY_BIT (i))
			say (check, process->at, NULL, "%s can't be granted here",
				capability_names[i]);
}

static void
check_hooks (const struct check *check)
{
	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		const struct hooks *hooks = &check->plan->hooks[kind];

		/* these are files of the container */
		if (kind == HOOK_START_CONTAINER)
			continue;
		for (size_t i = 0; i < hooks->n; i++)
			if (access (hooks->entries[i].path, X_OK) < 0)
				say (check, hooks->entries[i].at, NULL,
					"the hook '%s' can't be executed: %s",
					hooks->entries[i].path, error_errno_text (errno));
	}
}

/* Of a program with a slash; a mount may still put it there, so the root alone can't tell for sure. */
static void
check_program (const struct check *check)
{
	const struct process_plan *process = check->plan->process;
	autofd root = -1, program = -1;
	struct error err;

	if (!process || !strchr (process->args[0], '/'))
		return;
	root = open (check->plan->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return;
	program = rooted_open (root, process->args[0], O_PATH, &err);
	if (program < 0 && err.code == ENOENT)
		say (check, process->at, "unless a mount brings it",
			"the root file system has no program '%s'", process->args[0]);
}

static void
check_terminal (const struct check *check)
{
	bool has_devpts = false;

	if (!check->plan->process || !check->plan->process->terminal)
		return;
	for (size_t i = 0; i < check->plan->n_mounts; i++) {
		const struct mount_plan *mount = &check->plan->mounts[i];

		has_devpts |= mount->type && str_equal (mount->type, "devpts");
		has_devpts |=
			mount->options.bind && (str_equal (mount->destination, "/dev") ||
						       str_equal (mount->destination, "/dev/pts"));
	}
	if (!has_devpts)
		say (check, check->plan->process->at, "add one at /dev/pts",
			"a terminal needs a mount of type devpts");
}

void
host_check (const struct plan *plan, bool privileged, host_check_report *report, void *data)
{
	static void (*const checks[]) (const struct check *check) = { check_namespaces,
		check_id_maps, check_mounts, check_cgroup, check_net_devices, check_rdt,
		check_memory_policy, check_security, check_capabilities, check_hooks, check_program,
		check_terminal };
	const struct check check = { plan, privileged, report, data };

	for (size_t i = 0; i < ARRAY_SIZE (checks); i++)
		checks[i](&check);
}
