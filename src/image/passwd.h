/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd: which ids an image's User means, by the image's own etc/passwd and etc/group.
 *
 * These files are the image's: they may be symlinks to anywhere, FIFOs, or without an end. They are read
 * inside the image's tree only, if they are regular files, and to a limit (CVE-2024-9676,
 * CVE-2026-47262). What is all digits is a number and never a name (CVE-2026-46680), and a number that
 * is no id is an error (CVE-2024-40635).
 */
#pragma once

#include "base/error.h"
#include "image/view.h"

#include <stddef.h>
#include <stdint.h>

#define PASSWD_MAX_FILE (4U << 20)
#define PASSWD_MAX_LINE 65536U
#define PASSWD_MAX_GROUPS 1024U

/* { 0 } is root. */
struct passwd_user {
	uint32_t uid, gid;
	uint32_t *groups; /* owned; without gid */
	size_t n_groups;
	char *home; /* owned; NULL if nobody says */
};

/* user: USER[:GROUP], each a name or a number; NULL or "" is root. Groups are those that /etc/group has the
 * user in, unless a group is given. */
CHECKED int passwd_find (
	const struct view *view, const char *user, struct passwd_user *out, struct error *err);
void passwd_user_done (struct passwd_user *user);
