/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * plan: what will be done, decided in full before the first clone.
 *
 * spec/ fills it from config.json; launch/, kernel/ and cgroup/ carry it out and see nothing of JSON.
 * Everything in it is validated and resolved, lives in one arena, and is not changed afterwards.
 * `at` members say where the config asks for a thing, ready to be put before an error
 * ("config.json:41: /mounts/3"); they are NULL where the config does not say.
 */
#pragma once

#include "base/mem.h"
#include "plan/mempolicy.h"
#include "plan/mounts.h"
#include "plan/namespaces.h"
#include "plan/process.h"
#include "plan/resources.h"
#include "plan/seccomp.h"

#include <sys/stat.h>

/* A device node to make. Default devices have at == NULL. */
struct device_plan {
	const char *at;
	const char *path; /* inside the container, absolute */
	mode_t type; /* S_IFCHR, S_IFBLK or S_IFIFO */
	unsigned int major, minor;
	mode_t mode; /* permission bits */
	uid_t uid; /* the container's */
	gid_t gid;
};

/* A network interface that moves into the container's network namespace. */
struct net_device_plan {
	const char *at;
	const char *name; /* outside */
	const char *new_name; /* inside; one that ends with "%d" takes a free number there */
};

/* A class of service of resctrl. */
struct rdt_plan {
	const char *at;
	const char *clos_id; /* "/": the root group; NULL: one of the container's own, by its id */
	const char *l3_cache; /* lines for its schemata, NULL when absent */
	const char *memory_bandwidth;
	char **schemata; /* further lines, to be written last */
	size_t n_schemata;
	bool monitoring; /* in a monitoring group of its own */
};

struct sysctl_plan {
	const char *at;
	const char *name; /* as a path below /proc/sys: "net/ipv4/ip_forward" */
	const char *value;
};

enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS
};
/* The spec's names, indexed by enum hook_kind. */
extern const char *const hook_names[HOOK_KINDS];

struct hook_plan {
	const char *at;
	const char *path;
	char **args; /* NULL terminated; {path} when the config has none */
	char **env; /* NULL terminated; NULL when the config has none: davit's own environment */
	int timeout; /* seconds; 0: none */
};

struct hooks {
	struct hook_plan *entries;
	size_t n;
};

struct annotation {
	const char *key;
	const char *value;
};

struct plan {
	struct arena arena; /* owns everything below */
	const char *config_name; /* as errors name it: "config.json" */
	const char *oci_version;
	const char *bundle; /* absolute */
	struct root_plan root;
	struct namespaces_plan namespaces;
	struct mount_plan *mounts; /* in the config's order */
	size_t n_mounts;
	struct device_plan *devices; /* the default ones, then the config's */
	size_t n_devices;
	struct net_device_plan *net_devices;
	size_t n_net_devices;
	struct path_plan *masked_paths;
	size_t n_masked_paths;
	struct path_plan *readonly_paths;
	size_t n_readonly_paths;
	const char *mount_label; /* SELinux context for mounts, NULL when absent */
	const char *mount_label_type; /* the option it becomes: "context", "fscontext", ... */
	struct process_plan *process; /* NULL: may be created, not started */
	struct memory_policy_plan memory_policy; /* of init, and of what `exec` starts */
	const char *hostname; /* NULL when absent */
	const char *domainname;
	struct sysctl_plan *sysctls;
	size_t n_sysctls;
	struct seccomp_plan *seccomp; /* NULL when absent */
	struct cgroup_plan cgroup;
	struct rdt_plan *rdt; /* NULL when absent */
	struct hooks hooks[HOOK_KINDS];
	/* run.oci.hooks.stdout and .stderr: absolute paths of the host, of files that the hooks' output
	 * is added to; NULL when absent */
	const char *hooks_stdout, *hooks_stderr;
	struct annotation *annotations;
	size_t n_annotations;
	char **warnings; /* what the spec wants told and not failed: unknown capabilities, ... */
	size_t n_warnings;
};

/* The annotation's value, or NULL. */
const char *plan_annotation (const struct plan *plan, const char *key);

/* Makes all memory of `other` live as long as plan, for what is taken over from it. `other` is empty
 * afterwards. */
void plan_adopt (struct plan *plan, struct plan *other);

/* Frees everything; safe on a zeroed plan. */
void plan_done (struct plan *plan);
