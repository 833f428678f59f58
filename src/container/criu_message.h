/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * criu_message: what is said to CRIU and what it answers, as messages. Source: CRIU's images/rpc.proto,
 * whose numbers are fixed for good; criu.org/RPC.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* enum criu_req_type */
enum criu_request {
	CRIU_DUMP = 1,
	CRIU_RESTORE = 2,
	CRIU_PRE_DUMP = 4,
	CRIU_NOTIFY = 6,
	CRIU_FEATURE_CHECK = 9,
	CRIU_VERSION = 10,
};

/* Fields of message criu_opts. The comment is their type, where they are no bool. */
enum criu_option {
	CRIU_IMAGES_DIR_FD = 1, /* int32 */
	CRIU_PID = 2, /* int32 */
	CRIU_LEAVE_RUNNING = 3,
	CRIU_EXT_UNIX_SK = 4,
	CRIU_TCP_ESTABLISHED = 5,
	CRIU_EVASIVE_DEVICES = 6,
	CRIU_SHELL_JOB = 7,
	CRIU_FILE_LOCKS = 8,
	CRIU_LOG_LEVEL = 9, /* int32 */
	CRIU_LOG_FILE = 10, /* string, a name in the work directory */
	CRIU_PAGE_SERVER = 11, /* message: see criu_add_page_server */
	CRIU_NOTIFY_SCRIPTS = 12,
	CRIU_ROOT = 13, /* string */
	CRIU_PARENT_IMG = 14, /* string, below the images' directory */
	CRIU_TRACK_MEM = 15,
	CRIU_AUTO_DEDUP = 16,
	CRIU_WORK_DIR_FD = 17, /* int32 */
	CRIU_LINK_REMAP = 18,
	CRIU_EXT_MNT = 23, /* message, repeated: see criu_add_pair */
	CRIU_CG_ROOT = 25, /* message, repeated: see criu_add_pair */
	CRIU_RST_SIBLING = 26, /* what is restored becomes the client's child */
	CRIU_INHERIT_FD = 27, /* message, repeated: see criu_add_inherited_fd */
	CRIU_MANAGE_CGROUPS_MODE = 34, /* enum criu_cgroups_mode */
	CRIU_EXTERNAL = 37, /* string, repeated */
	CRIU_EMPTY_NS = 38, /* uint32: CLONE_NEWNET */
	CRIU_JOIN_NS = 39, /* message, repeated: see criu_add_pair */
	CRIU_FREEZE_CGROUP = 44, /* string */
	CRIU_TCP_SKIP_IN_FLIGHT = 46,
	CRIU_LAZY_PAGES = 48,
	CRIU_ORPHAN_PTS_MASTER = 50,
	CRIU_CONFIG_FILE = 51, /* string */
	CRIU_TCP_CLOSE = 52,
	CRIU_LSM_PROFILE = 53, /* string */
	CRIU_LSM_MOUNT_CONTEXT = 63, /* string */
	CRIU_NETWORK_LOCK = 64, /* enum criu_network_lock_method: 1 iptables, 2 nftables, 3 skip */
};

enum criu_cgroups_mode {
	CRIU_CGROUPS_IGNORE = 0,
	CRIU_CGROUPS_SOFT = 3,
	CRIU_CGROUPS_FULL = 4,
	CRIU_CGROUPS_STRICT = 5,
	CRIU_CGROUPS_DEFAULT = 6,
};

/* A message criu_opts is a buffer that these, protobuf_add_number and protobuf_add_text fill. */

/* Adds an option that is two strings: an external mount (its name, where it is), the root of a
 * hierarchy (a controller, its path), or a namespace to join (its kind, a file). */
void criu_add_pair (
	struct buffer *options, enum criu_option option, const char *first, const char *second);

/* A descriptor of CRIU's takes the place of what `key` names in the images. */
void criu_add_inherited_fd (struct buffer *options, const char *key, int fd);

void criu_add_page_server (struct buffer *options, const char *address, int port);

/* A request as it is sent. options: a message criu_opts; NULL: none. */
void criu_write_request (
	struct buffer *out, enum criu_request request, const struct buffer *options);

/* Asks which of the features `mem_track` and `lazy_pages` there are. */
void criu_write_feature_check (struct buffer *out);

/* What is answered to a notification. */
void criu_write_notified (struct buffer *out, bool success);

struct criu_reply {
	int request; /* enum criu_request, or another number */
	bool success;
	int error; /* an errno value; 0: none */
	char message[320]; /* CRIU's first error; "" when it tells none */
	char script[40]; /* of a CRIU_NOTIFY: what happens */
	pid_t pid; /* of a CRIU_NOTIFY or CRIU_RESTORE: the first process's; else 0 */
	bool has_mem_track, has_lazy_pages; /* of a CRIU_FEATURE_CHECK */
	int version; /* of a CRIU_VERSION: 31701 is 3.17.1 */
};

/* Reads a reply. What it has besides is left out, text that is too long is cut. */
CHECKED int criu_read_reply (
	const char *data, size_t size, struct criu_reply *out, struct error *err);
