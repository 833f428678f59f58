/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/user.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

/* -1 means "leave as it is" to setresuid(2): the program would run as root. */
#define NO_ID ((uid_t) -1)

static const char *
id_hint (int code)
{
	return code == EINVAL  ? "the id is not mapped in the container's user namespace"
	       : code == EPERM ? "it needs CAP_SETUID and CAP_SETGID"
			       : NULL;
}

static int
set_groups (const struct process_plan *process, enum user_groups groups, struct error *err)
{
	if (groups == USER_GROUPS_KEEP)
		return 0;
	if (groups == USER_GROUPS_DENIED && process->n_groups == 0)
		return 0;
	if (groups == USER_GROUPS_DENIED)
		return fail_hint (err, EPERM,
			"setgroups is denied in a user namespace that an unprivileged user has made",
			"set %zu additional groups", process->n_groups);
	if (setgroups (process->n_groups, process->groups) < 0)
		return fail_hint (err, errno, id_hint (errno), "set %zu additional groups",
			process->n_groups);
	return 0;
}

int
user_set_ids (const struct process_plan *process, enum user_groups groups, struct error *err)
{
	gid_t gid = process->gid;
	uid_t uid = process->uid;

	if (uid == NO_ID || gid == NO_ID)
		return fail (err, EINVAL, "set uid %u and gid %u", uid, gid);
	/* Groups before gid before uid: each takes away the right to do the one before it. */
	if (set_groups (process, groups, err) < 0)
		return -1;
	if (setresgid (gid, gid, gid) < 0)
		return fail_hint (err, errno, id_hint (errno), "set gid %u", gid);
	if (setresuid (uid, uid, uid) < 0)
		return fail_hint (err, errno, id_hint (errno), "set uid %u", uid);
	return 0;
}

void
user_own_stdio (uid_t uid)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat (fd, &st) < 0 || st.st_uid == uid)
			continue;
		if (!S_ISFIFO (st.st_mode) && !S_ISSOCK (st.st_mode))
			continue;
		error_ignore (fchown (fd, uid, (gid_t) -1),
			"the open fd works anyway, and its owner may not be mapped here");
	}
}
