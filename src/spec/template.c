/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/template.h"
#include "base/auto.h"

#include <stddef.h>

#define SPEC_VERSION "1.3.0"
#define MAX_OPTIONS 7

/* Whom a row is for. */
enum audience {
	ALL,
	ROOT_ONLY,
	ROOTLESS_ONLY,
};

struct template_mount {
	enum audience audience;
	const char *destination, *type, *source;
	const char *options[MAX_OPTIONS]; /* NULL terminated */
};

static const struct template_mount mounts[] = {
	{ ALL, "/proc", "proc", "proc", { NULL } },
	{ ALL, "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ ROOT_ONLY, "/dev/pts", "devpts", "devpts",
		{ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	/* group 5, tty, has no counterpart outside */
	{ ROOTLESS_ONLY, "/dev/pts", "devpts", "devpts",
		{ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" } },
	{ ALL, "/dev/shm", "tmpfs", "shm",
		{ "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ ALL, "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ ROOT_ONLY, "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	/* sysfs belongs to the network namespace, which is the host's */
	{ ROOTLESS_ONLY, "/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "ro" } },
	{ ALL, "/sys/fs/cgroup", "cgroup", "cgroup",
		{ "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static const struct {
	enum audience audience;
	const char *type;
} namespaces[] = {
	{ ALL, "pid" },
	{ ROOT_ONLY, "network" },
	{ ALL, "ipc" },
	{ ALL, "uts" },
	{ ALL, "mount" },
	{ ALL, "cgroup" },
	{ ROOTLESS_ONLY, "user" },
};

static const char *const arguments[] = { "sh", NULL };
static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm",
	NULL,
};
static const char *const capability_sets[] = { "bounding", "effective", "permitted" };
static const char *const capabilities[] = {
	"CAP_AUDIT_WRITE",
	"CAP_KILL",
	"CAP_NET_BIND_SERVICE",
	NULL,
};
static const char *const masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/sys/firmware",
	"/proc/scsi",
	NULL,
};
static const char *const readonly_paths[] = {
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
	NULL,
};

static bool
is_for (enum audience audience, const struct template_options *options)
{
	return audience == ALL || (audience == ROOTLESS_ONLY) == options->rootless;
}

static void
write_strings (struct json_writer *json, const char *key, const char *const *strings)
{
	json_open_array (json, key);
	for (; *strings; strings++)
		json_string (json, NULL, *strings);
	json_close (json);
}

static void
write_process (struct json_writer *json)
{
	json_open_object (json, "process");
	json_bool (json, "terminal", true);
	json_open_object (json, "user");
	json_int (json, "uid", 0);
	json_int (json, "gid", 0);
	json_close (json);
	write_strings (json, "args", arguments);
	write_strings (json, "env", environment);
	json_string (json, "cwd", "/");
	json_open_object (json, "capabilities");
	for (size_t i = 0; i < ARRAY_SIZE (capability_sets); i++)
		write_strings (json, capability_sets[i], capabilities);
	json_close (json);
	json_open_array (json, "rlimits");
	json_open_object (json, NULL);
	json_string (json, "type", "RLIMIT_NOFILE");
	json_int (json, "hard", 1024);
	json_int (json, "soft", 1024);
	json_close (json);
	json_close (json);
	json_bool (json, "noNewPrivileges", true);
	json_close (json);
}

static void
write_mounts (struct json_writer *json, const struct template_options *options)
{
	json_open_array (json, "mounts");
	for (size_t i = 0; i < ARRAY_SIZE (mounts); i++) {
		if (!is_for (mounts[i].audience, options))
			continue;
		json_open_object (json, NULL);
		json_string (json, "destination", mounts[i].destination);
		json_string (json, "type", mounts[i].type);
		json_string (json, "source", mounts[i].source);
		if (mounts[i].options[0])
			write_strings (json, "options", mounts[i].options);
		json_close (json);
	}
	json_close (json);
}

static void
write_mapping (struct json_writer *json, const char *key, uint64_t host)
{
	json_open_array (json, key);
	json_open_object (json, NULL);
	json_int (json, "containerID", 0);
	json_uint (json, "hostID", host);
	json_int (json, "size", 1);
	json_close (json);
	json_close (json);
}

/* No device but the ones that every container has. */
static void
write_resources (struct json_writer *json)
{
	json_open_object (json, "resources");
	json_open_array (json, "devices");
	json_open_object (json, NULL);
	json_bool (json, "allow", false);
	json_string (json, "access", "rwm");
	json_close (json);
	json_close (json);
	json_close (json);
}

static void
write_linux (struct json_writer *json, const struct template_options *options)
{
	json_open_object (json, "linux");
	if (options->rootless) {
		write_mapping (json, "uidMappings", options->uid);
		write_mapping (json, "gidMappings", options->gid);
	} else {
		write_resources (json);
	}
	json_open_array (json, "namespaces");
	for (size_t i = 0; i < ARRAY_SIZE (namespaces); i++) {
		if (!is_for (namespaces[i].audience, options))
			continue;
		json_open_object (json, NULL);
		json_string (json, "type", namespaces[i].type);
		json_close (json);
	}
	json_close (json);
	write_strings (json, "maskedPaths", masked_paths);
	write_strings (json, "readonlyPaths", readonly_paths);
	json_close (json);
}

void
template_write (struct json_writer *json, const struct template_options *options)
{
	json_open_object (json, NULL);
	json_string (json, "ociVersion", SPEC_VERSION);
	write_process (json);
	json_open_object (json, "root");
	json_string (json, "path", "rootfs");
	json_bool (json, "readonly", true);
	json_close (json);
	json_string (json, "hostname", "davit");
	write_mounts (json, options);
	write_linux (json, options);
	json_close (json);
}
