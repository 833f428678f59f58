/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * user_lookup: "UID[:GID]" and "NAME[:GROUP]" as exec --user has them.
 *
 * All digits are a number, and an error when it does not fit: never a name (CVE-2016-3697,
 * CVE-2026-46680). Anything but a number is looked up in the container's etc/passwd and etc/group,
 * which may be anything: they are opened inside its root, read only when they are regular files, and
 * only so far.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct user_found {
	uid_t uid;
	gid_t gid;
	bool has_gid; /* given, or of the user's passwd line */
};

/* root_fd: the container's root, O_PATH; only used for names. */
CHECKED int user_lookup (int root_fd, const char *user, struct user_found *out, struct error *err);
