/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mounts: the root, the mounts, and what is hidden, as they will be made.
 * Source: runtime-spec config.md "Root" and "Mounts", config-linux.md "Masked Paths" and on.
 */
#pragma once

#include "plan/namespaces.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The options of one mount, once the words are resolved. */
struct mount_options {
	bool bind; /* bind or rbind: decided by options, not by type */
	bool bind_recursive; /* rbind */
	bool remount;
	uint64_t attr_set; /* MOUNT_ATTR_* on the mount itself */
	uint64_t attr_clear; /* MOUNT_ATTR_*; for atime the whole MOUNT_ATTR__ATIME mask */
	uint64_t rec_attr_set; /* the same on the whole tree: rro, rnosuid, ... (AT_RECURSIVE) */
	uint64_t rec_attr_clear;
	unsigned long
		sb_flags; /* MS_* of the superblock: SYNCHRONOUS DIRSYNC MANDLOCK LAZYTIME I_VERSION SILENT RDONLY */
	unsigned long sb_flags_clear; /* the same, taken away by async, nolazytime, ... */
	unsigned long *
		propagations; /* MS_SHARED|PRIVATE|SLAVE|UNBINDABLE, each perhaps | MS_REC, in order */
	size_t n_propagations;
	const char *
		data; /* what is left, comma separated: "mode=755,size=64k"; NULL when nothing is */
	bool tmpcopyup;
	bool idmap; /* idmap or ridmap; the maps are in struct mount_plan */
	bool idmap_recursive; /* ridmap */
	bool copy_symlink; /* crun's extras */
	bool src_nofollow;
	bool dest_nofollow;
};

struct mount_plan {
	const char *at; /* "config.json:41: /mounts/3" */
	const char *
		destination; /* starts with '/', as the config has it otherwise (".." is resolved in the root) */
	const char *type; /* NULL when absent */
	const char *
		source; /* of a bind: absolute (the bundle is put before); else as in the config; NULL when absent */
	struct mount_options options;
	struct id_maps
		id_maps; /* for idmap; filled in from the container's when the mount has none */
};

struct root_plan {
	const char *at;
	const char *path; /* absolute */
	bool readonly;
	unsigned long
		propagation; /* MS_SHARED|SLAVE|PRIVATE|UNBINDABLE, perhaps | MS_REC; 0 when the config says nothing */
};

/* A path inside the container together with where the config names it. */
struct path_plan {
	const char *at;
	const char *path;
};

/* A hierarchy of control groups, to mount it inside (type "cgroup"). Filled in by launch from
 * cgroup/detect and the container's own place, never by spec. */
struct hierarchy {
	const char *
		directory; /* below /sys/fs/cgroup: "memory", "cpu,cpuacct", "unified"; "" when pure v2 */
	const char *mount_point; /* on the host */
	const char
		*options; /* of a v1 mount: "memory", "cpu,cpuacct", "name=systemd"; NULL for v2 */
	const char *path; /* the container's cgroup in it, starting with '/' */
	bool is_v2;
};
