/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * delegate: cgroups that the container may divide further. Of cgroup v2 alone: on v1 whoever may write
 * the files of one can lift the limits that were set for him.
 * Source: kernel cgroup-v2.rst, "Delegation".
 */
#include "base/auto.h"
#include "base/fd.h"
#include "cgroup/driver.h"
#include "cgroup/subtree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define DELEGATE_FILE "/sys/kernel/cgroup/delegate"

/* The names of the files that go to the new owner, one a line. */
static void
read_delegate_list (char text[PLACE_LINE])
{
	struct error ignored;

	if (fd_read_line (AT_FDCWD, DELEGATE_FILE, text, PLACE_LINE, &ignored) <=
		0) /* Linux 4.14 */
		snprintf (text, PLACE_LINE, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads");
}

static int
give_away (struct place *place, uid_t uid, struct error *err)
{
	char text[PLACE_LINE];
	char *rest = text, *file;
	int directory = place_open (place, err);

	if (directory < 0)
		return -1;
	if (fchownat (directory, "", uid, (gid_t) -1, AT_EMPTY_PATH) < 0)
		return fail (err, errno, "give cgroup '%s' to user %u", place->path, uid);
	read_delegate_list (text);
	while ((file = strsep (&rest, "\n")))
		if (*file && !strchr (file, '/') &&
			fchownat (directory, file, uid, (gid_t) -1, AT_SYMLINK_NOFOLLOW) < 0 &&
			errno != ENOENT)
			return fail (err, errno, "give '%s/%s' to user %u", place->path, file, uid);
	return 0;
}

/* The container's own, where it is of cgroup v2 and nothing of it is elsewhere. */
static struct place *
whole_place (struct cgroup *cgroup)
{
	struct place *place = cgroup->n == 1 ? cgroup_place_v2 (cgroup) : NULL;

	return place && place->is_there ? place : NULL;
}

int
cgroup_delegate (struct cgroup *cgroup, uid_t uid, struct error *err)
{
	struct place *place = whole_place (cgroup);

	return place ? give_away (place, uid, err) : 0;
}

int
delegate_check (const struct cgroup *cgroup, struct error *err)
{
	const struct cgroup_plan *plan = cgroup->plan;

	if (!plan->delegated || (cgroup->n == 1 && cgroup->places[0].is_v2))
		return 0;
	if (cgroup->n == 0)
		return fail (err, 0, "%s: there is no control group to delegate one of",
			plan->delegated_at);
	return fail (err, 0, "%s: control groups are delegated on a host with cgroup v2 alone",
		plan->delegated_at);
}

/* `mount_length` is where it ends that limits what is delegated. */
static struct place
delegated_place (struct cgroup *cgroup, const struct place *whole)
{
	return (struct place){
		.hierarchy = CGROUP2,
		.path = arena_printf (cgroup->arena, "%s/%s", whole->path, cgroup->plan->delegated),
		.mount_length = strlen (whole->path),
		.is_v2 = true,
		.fd = -1,
	};
}

static int
make_delegated (struct place *place, uid_t uid, bool rootless, struct error *err)
{
	if (cgroupfs_make_directories (place, err) < 0 || subtree_settle_type (place, err) < 0)
		return -1;
	/* who can't give it to another user of his keeps it */
	if (give_away (place, uid, err) < 0 &&
		!(rootless && (err->code == EPERM || err->code == EACCES)))
		return -1;
	return place_open_file (place, "cgroup.procs", O_WRONLY, err);
}

int
cgroup_open_delegated (struct cgroup *cgroup, uid_t uid, struct error *err)
{
	const struct place *whole = whole_place (cgroup);
	struct place place;
	int fd;

	if (!whole)
		return fail (err, 0, "the container has no control group to delegate one of");
	place = delegated_place (cgroup, whole);
	fd = make_delegated (&place, uid, cgroup->rootless, err);
	place_close (&place);
	return fd;
}

int
cgroup_divide (struct cgroup *cgroup, struct error *err)
{
	const struct place *whole = whole_place (cgroup);
	struct place place;
	int r;

	if (!whole)
		return 0;
	place = delegated_place (cgroup, whole);
	r = subtree_enable_controllers (&place, err);
	place_close (&place);
	return r;
}
