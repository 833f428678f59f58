/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * devices: which device nodes a container may use. Private to cgroup/.
 *
 * A list of rules in order: the default is to deny, then come the config's rules, then what every
 * container has. For each of read, write and mknod the last rule that says something about the device
 * counts. On v1 the list becomes lines for devices.allow and devices.deny, on cgroup2 a BPF program
 * (devices_bpf.h).
 */
#pragma once

#include "cgroup/driver.h"

#define DEVICE_ANY (-1)

enum device_access {
	DEVICE_MKNOD = 1 << 0, /* the kernel's BPF_DEVCG_ACC_* */
	DEVICE_READ = 1 << 1,
	DEVICE_WRITE = 1 << 2,
	DEVICE_ALL = DEVICE_MKNOD | DEVICE_READ | DEVICE_WRITE,
};

/* A rule about devices of one type; one of the config's about both ('a') is two of these. */
struct device_entry {
	bool allow;
	char type; /* 'b' or 'c' */
	int64_t major, minor; /* DEVICE_ANY */
	unsigned int access; /* enum device_access */
	const char *at;
};

struct device_list {
	/* what is not named below; the first rule of all */
	bool default_allow;
	struct device_entry *entries; /* in order */
	size_t n;
};

/* The config's rules and the default ones. What later rules overrule in full is left out, and so
 * is what says the same as the default. Everything lives in the arena. */
void device_list_make (
	struct arena *arena, const struct device_rule *rules, size_t n, struct device_list *out);

/* One v1 hierarchy's form: the default, and exceptions from it without order. Fails for rules that
 * v1 can't express: an exception from an exception. out's entries live in the arena. */
CHECKED int device_list_flatten (struct arena *arena, const struct device_list *list,
	struct device_list *out, struct error *err);

/* Sets the rules of a cgroup. */
CHECKED int devices_apply (
	struct cgroup *cgroup, const struct resources_plan *resources, struct error *err);
