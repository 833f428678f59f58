/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * resources: the limits of a container's control group, in the spec's own terms and units.
 * Source: runtime-spec config-linux.md, "Control groups". Conversions to files are cgroup/'s.
 */
#pragma once

#include "plan/optional.h"

#include <stddef.h>

struct memory_limits {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp; /* bytes, -1 unlimited */
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct cpu_limits {
	struct opt_u64 shares, burst, period, realtime_period; /* microseconds but for shares */
	struct opt_i64 quota, realtime_runtime, idle;
	const char *cpus; /* NULL when absent */
	const char *mems;
};

struct device_number {
	int64_t major;
	int64_t minor;
};

struct block_weight {
	struct device_number device;
	struct opt_u64 weight, leaf_weight;
	const char *at;
};

struct block_throttle {
	struct device_number device;
	uint64_t rate; /* bytes or operations a second */
	const char *at;
};

struct block_throttles {
	struct block_throttle *entries;
	size_t n;
};

struct block_limits {
	struct opt_u64 weight, leaf_weight;
	struct block_weight *weight_devices;
	size_t n_weight_devices;
	struct block_throttles read_bps, write_bps, read_iops, write_iops;
};

struct hugepage_limit {
	const char *page_size; /* "2MB" */
	uint64_t limit; /* bytes */
	const char *at;
};

struct interface_priority {
	const char *name;
	uint32_t priority;
};

struct network_limits {
	struct opt_u64 class_id;
	struct interface_priority *priorities;
	size_t n_priorities;
};

struct rdma_limit {
	const char *device;
	struct opt_u64 hca_handles, hca_objects;
};

/* One rule of linux.resources.devices. major and minor are -1 for any. */
struct device_rule {
	bool allow;
	char type; /* 'a', 'b', 'c' */
	int64_t major;
	int64_t minor;
	bool read, write, mknod;
	const char *at;
};

struct unified_setting {
	const char *file; /* "memory.high"; without '/' */
	const char *value;
	const char *at;
};

struct resources_plan {
	struct memory_limits memory;
	struct cpu_limits cpu;
	struct block_limits block;
	struct hugepage_limit *hugepages;
	size_t n_hugepages;
	struct network_limits network;
	struct opt_i64 pids_limit; /* -1 unlimited; 0 is a limit */
	struct rdma_limit *rdma;
	size_t n_rdma;
	struct device_rule
		*devices; /* in the config's order; the default allow rules are cgroup/'s */
	size_t n_devices;
	struct unified_setting *unified;
	size_t n_unified;
	const char *at; /* "config.json:80: /linux/resources", NULL when absent */
};

enum cgroup_driver {
	CGROUP_CGROUPFS,
	CGROUP_SYSTEMD,
	CGROUP_DISABLED,
};

/* A property that the container's unit of systemd is to have: the annotation
 * org.systemd.property.NAME. The value is text in a syntax of its own (GVariant's). */
struct unit_property_plan {
	const char *name;
	const char *value;
	const char *at;
};

/* Where the user's systemd and its bus are, as the environment has it; NULL: not there. */
struct bus_places {
	const char *system_bus; /* DBUS_SYSTEM_BUS_ADDRESS */
	const char *user_bus; /* DBUS_SESSION_BUS_ADDRESS */
	const char *runtime_directory; /* XDG_RUNTIME_DIR */
};

struct cgroup_plan {
	enum cgroup_driver driver;
	struct bus_places buses; /* of the caller's; the config has none */
	struct unit_property_plan *properties; /* for the systemd driver alone */
	size_t n_properties;
	/* The annotation run.oci.systemd.subgroup: with the systemd driver the container is in this cgroup
	 * below its scope, and its limits are that one's, too. No ".."; NULL: it is in the scope itself */
	const char *subgroup;
	const char *subgroup_at;
	int interrupt_fd; /* of the caller's: what comes there ends waits for systemd; 0: none */
	const char *path; /* linux.cgroupsPath as in the config; NULL when absent */
	const char *at;
	/* A cgroup below the container's in which its processes are and which they may divide: the
	 * annotation run.oci.delegate-cgroup, without a leading '/' or any ".."; NULL when absent */
	const char *delegated;
	const char *delegated_at;
	struct resources_plan resources;
};
