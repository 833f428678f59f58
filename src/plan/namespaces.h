/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * namespaces: which namespaces the container gets, which it joins, and how ids and clocks map.
 * Source: runtime-spec config-linux.md, "Namespaces", "User namespace mappings", "Time offsets".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ns_kind {
	NS_USER,
	NS_MOUNT,
	NS_PID,
	NS_IPC,
	NS_UTS,
	NS_NETWORK,
	NS_CGROUP,
	NS_TIME,
	NS_KINDS
};

/* One row a kind, indexed by enum ns_kind. */
struct ns_info {
	const char *name; /* the spec's word: "network" */
	const char *proc_name; /* below /proc/PID/ns: "net" */
	uint64_t clone_flag; /* CLONE_NEWNET */
};
extern const struct ns_info ns_table[NS_KINDS];

/* The kind of the spec's word, or -1. */
int ns_kind_from_name (const char *name);

enum ns_how {
	NS_INHERIT, /* not in the config: davit's own */
	NS_NEW,
	NS_JOIN, /* of a path */
};

struct namespace_plan {
	enum ns_how how;
	const char *path; /* when NS_JOIN */
	const char *at; /* "config.json:12: /linux/namespaces/0", or NULL */
};

/* One line of /proc/PID/uid_map: `size` ids from `container` on are the host's from `host` on. */
struct id_map {
	uint32_t container;
	uint32_t host;
	uint32_t size;
};

struct id_maps {
	struct id_map *uids;
	size_t n_uids;
	struct id_map *gids;
	size_t n_gids;
};

struct time_offset {
	bool set;
	int64_t secs;
	uint32_t nanosecs;
};

struct namespaces_plan {
	struct namespace_plan ns[NS_KINDS];
	struct id_maps
		id_maps; /* of a new user namespace; of a joined one as the config tells them */
	struct time_offset monotonic;
	struct time_offset boottime;
};
