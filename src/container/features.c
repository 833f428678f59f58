/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/features.h"
#include "cgroup/manager.h"
#include "container/criu.h"
#include "kernel/seccomp.h"
#include "plan/capabilities.h"
#include "plan/mount_options.h"
#include "plan/namespaces.h"
#include "plan/plan.h"
#include "plan/seccomp.h"

#include <stdio.h>

#define OCI_VERSION_MIN "1.0.0"
#define OCI_VERSION_MAX "1.3.0"

#ifdef HAVE_APPARMOR
#define APPARMOR true
#else
#define APPARMOR false
#endif
#ifdef HAVE_SELINUX
#define SELINUX true
#else
#define SELINUX false
#endif

/* Annotations that change what davit does: an engine should not take them from just anybody. One that
 * ends with a dot stands for all that begin so. */
static const char *const unsafe_annotations[] = {
	"org.criu.config",
	"run.oci.",
	"org.systemd.property.",
	"module.wasm.image/variant",
	"io.kubernetes.cri.container-type",
};

static void
write_names (struct json_writer *json, const char *key, const char *const *names, size_t n)
{
	json_open_array (json, key);
	for (size_t i = 0; i < n; i++)
		json_string (json, NULL, names[i]);
	json_close (json);
}

static void
write_words (struct json_writer *json, const char *key, const struct seccomp_word *words)
{
	json_open_array (json, key);
	for (; words->name; words++)
		json_string (json, NULL, words->name);
	json_close (json);
}

static void
write_enabled (struct json_writer *json, const char *key, bool enabled)
{
	json_open_object (json, key);
	json_bool (json, "enabled", enabled);
	json_close (json);
}

static void
write_cgroup (struct json_writer *json)
{
	json_open_object (json, "cgroup");
	json_bool (json, "v1", cgroup_capabilities.v1);
	json_bool (json, "v2", cgroup_capabilities.v2);
	json_bool (json, "systemd", cgroup_capabilities.systemd);
	json_bool (json, "systemdUser", cgroup_capabilities.systemd_user);
	json_bool (json, "rdma", cgroup_capabilities.rdma);
	json_close (json);
}

static void
write_seccomp (struct json_writer *json)
{
	size_t n = 0;

	json_open_object (json, "seccomp");
	json_bool (json, "enabled", seccomp_is_built_in ());
	if (seccomp_is_built_in ()) {
		while (seccomp_architectures[n])
			n++;
		write_words (json, "actions", seccomp_actions);
		write_words (json, "operators", seccomp_operators);
		write_names (json, "archs", seccomp_architectures, n);
		write_words (json, "knownFlags", seccomp_flags);
		json_open_array (json, "supportedFlags");
		for (const struct seccomp_word *flag = seccomp_flags; flag->name; flag++)
			if (seccomp_flag_is_supported (flag->value))
				json_string (json, NULL, flag->name);
		json_close (json);
	}
	json_close (json);
}

static void
write_memory_policy (struct json_writer *json)
{
	json_open_object (json, "memoryPolicy");
	json_open_array (json, "modes");
	for (const struct memory_policy_mode *mode = memory_policy_modes; mode->name; mode++)
		json_string (json, NULL, mode->name);
	json_close (json);
	json_open_array (json, "flags");
	for (const struct sched_word *flag = memory_policy_flags; flag->name; flag++)
		json_string (json, NULL, flag->name);
	json_close (json);
	json_close (json);
}

static void
write_linux (struct json_writer *json)
{
	json_open_object (json, "linux");
	json_open_array (json, "namespaces");
	for (int kind = 0; kind < NS_KINDS; kind++)
		json_string (json, NULL, ns_table[kind].name);
	json_close (json);
	write_names (json, "capabilities", capability_names, CAPABILITIES);
	write_cgroup (json);
	write_seccomp (json);
	write_enabled (json, "apparmor", APPARMOR);
	write_enabled (json, "selinux", SELINUX);
	json_open_object (json, "intelRdt");
	json_bool (json, "enabled", true);
	json_bool (json, "schemata", true);
	json_bool (json, "monitoring", true);
	json_close (json);
	write_memory_policy (json);
	json_open_object (json, "mountExtensions");
	write_enabled (json, "idmap", true);
	json_close (json);
	write_enabled (json, "netDevices", true);
	json_close (json);
}

static void
write_annotations (struct json_writer *json)
{
	unsigned int major, minor, micro;
	char version[48];

	json_open_object (json, "annotations");
	json_string (json, "io.github.davit.version", PACKAGE_VERSION);
	json_string (json, "io.github.davit.commit", DAVIT_COMMIT);
	/* the names under which engines look for it */
	if (criu_is_built_in ()) {
		json_string (json, "org.opencontainers.runc.checkpoint.enabled", "true");
		json_string (json, "run.oci.crun.checkpoint.enabled", "true");
	}
	if (seccomp_is_built_in () && seccomp_library_version (&major, &minor, &micro)) {
		snprintf (version, sizeof version, "%u.%u.%u", major, minor, micro);
		json_string (json, "io.github.seccomp.libseccomp.version", version);
	}
	json_close (json);
}

void
features_write (struct json_writer *json)
{
	json_open_object (json, NULL);
	json_string (json, "ociVersionMin", OCI_VERSION_MIN);
	json_string (json, "ociVersionMax", OCI_VERSION_MAX);
	write_names (json, "hooks", hook_names, HOOK_KINDS);
	json_open_array (json, "mountOptions");
	for (size_t i = 0; i < mount_options_count (); i++)
		json_string (json, NULL, mount_options_name (i));
	json_close (json);
	write_linux (json);
	write_annotations (json);
	write_names (json, "potentiallyUnsafeConfigAnnotations", unsafe_annotations,
		sizeof unsafe_annotations / sizeof *unsafe_annotations);
	json_close (json);
}
