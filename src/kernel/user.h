/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * user: the user and groups of the process to start. Ids are numbers and as the container sees them;
 * names are never looked up (CVE-2016-3697).
 * Source: runtime-spec config.md "POSIX-platform User".
 */
#pragma once

#include "base/error.h"
#include "plan/process.h"

enum user_groups {
	USER_GROUPS_SET, /* the supplementary groups become exactly additionalGids */
	USER_GROUPS_KEEP, /* run.oci.keep_original_groups: the caller's stay */
	USER_GROUPS_DENIED, /* setgroups is "deny" in this user namespace: nothing can be done */
};

/* Child. Sets groups, gid, then uid: real, effective, saved and file system ids. With
 * USER_GROUPS_DENIED a plan that has additional groups is refused. */
CHECKED int user_set_ids (
	const struct process_plan *process, enum user_groups groups, struct error *err);

/* Child, before user_set_ids. Gives those of fds 0, 1 and 2 that are pipes or sockets to uid, so that
 * the program can open /dev/stdout. Files and devices keep their owner: they are somebody's (SEC-23).
 * The container's own terminal has its owner from terminal_open. Can't fail: the program can use
 * the open fds whoever owns them. */
void user_own_stdio (uid_t uid);
