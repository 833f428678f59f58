/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/freeze.h"
#include "base/auto.h"
#include "base/str.h"
#include "cgroup/driver.h"
#include "cgroup/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#define FREEZE_MS 10000 /* a process in uninterruptible sleep can't be frozen until that ends */

/* The state in an open cgroup.events. */
static int
read_v2_state (int events, const char *path, struct error *err)
{
	char text[128];
	ssize_t n = pread (events, text, sizeof text - 1, 0);

	if (n < 0)
		return fail (err, errno, "read '%s/cgroup.events'", path);
	text[n] = '\0';
	return strstr (text, "frozen 1") != NULL;
}

/* FROZEN, FREEZING or THAWED; a cgroup above counts. */
static int
read_v1_state (struct place *place, const char *wanted, struct error *err)
{
	char state[32];

	if (place_read (place, "freezer.state", state, sizeof state, err) < 0)
		return -1;
	return str_equal (state, wanted);
}

int
freeze_is_frozen (struct place *place, struct error *err)
{
	autofd events = -1;

	if (!place->is_v2)
		return place_has (place, "freezer") ? read_v1_state (place, "FROZEN", err) : 0;
	events = place_open_file (place, "cgroup.events", O_RDONLY, err);
	if (events < 0)
		return err->code == ENOENT ? 0 : -1; /* the root has none */
	return read_v2_state (events, place->path, err);
}

struct place *
freeze_place (struct cgroup *cgroup)
{
	struct place *place = cgroup_place_v2 (cgroup);

	if (!place || !place->is_there)
		place = cgroup_place_v1 (cgroup, "freezer");
	return place && place->is_there ? place : NULL;
}

/* The kernel notifies of changes in cgroup.events as of an exceptional condition. */
static int
change_v2 (struct place *place, bool frozen, unsigned int ms, struct error *err)
{
	autofd events = place_open_file (place, "cgroup.events", O_RDONLY, err);
	struct wait wait = wait_begin (ms);

	if (events < 0 || place_write (place, "cgroup.freeze", frozen ? "1" : "0", err) < 0)
		return -1;
	for (;;) {
		struct pollfd change = { .fd = events, .events = POLLPRI };
		int state = read_v2_state (events, place->path, err);

		if (state < 0)
			return -1;
		if (state == frozen)
			return 0;
		if (poll (&change, 1, wait_left_ms (&wait)) == 0)
			return fail (err, ETIMEDOUT, "wait until cgroup '%s' %s", place->path,
				frozen ? "is frozen" : "runs");
	}
}

/* Writing FROZEN to a cgroup that is FREEZING has a go at those that were not ready for it. */
static int
change_v1 (struct place *place, const char *state, unsigned int ms, struct error *err)
{
	struct wait wait = wait_begin (ms);

	for (;;) {
		int is_so;

		if (place_write (place, "freezer.state", state, err) < 0)
			return -1;
		is_so = read_v1_state (place, state, err);
		if (is_so != 0)
			return is_so < 0 ? -1 : 0;
		if (!wait_a_little (&wait))
			return fail (
				err, ETIMEDOUT, "wait until cgroup '%s' is %s", place->path, state);
	}
}

int
freeze_stop (struct place *place, unsigned int ms, struct error *err)
{
	return place->is_v2 ? change_v2 (place, true, ms, err)
			    : change_v1 (place, "FROZEN", ms, err);
}

int
freeze_let_run (struct place *place, unsigned int ms, struct error *err)
{
	return place->is_v2 ? change_v2 (place, false, ms, err)
			    : change_v1 (place, "THAWED", ms, err);
}

static int
no_freezer (const struct cgroup *cgroup, struct error *err)
{
	return fail_hint (err, 0,
		cgroup->n == 0 ? "this container has no cgroup"
			       : "neither cgroup2 nor the freezer controller is there",
		"freeze the container");
}

int
cgroup_freeze (struct cgroup *cgroup, struct error *err)
{
	struct place *place = freeze_place (cgroup);
	struct error ignored;

	if (!place)
		return no_freezer (cgroup, err);
	if (freeze_stop (place, FREEZE_MS, err) == 0)
		return 0;
	error_ignore (freeze_let_run (place, 0, &ignored), "that it can't be frozen is the news");
	return -1;
}

/* Somebody may have used the other freezer. */
int
cgroup_thaw (struct cgroup *cgroup, struct error *err)
{
	struct place *place = freeze_place (cgroup);
	struct place *v1 = cgroup_place_v1 (cgroup, "freezer");

	if (!place)
		return no_freezer (cgroup, err);
	if (freeze_let_run (place, FREEZE_MS, err) < 0)
		return -1;
	if (v1 && v1 != place && v1->is_there)
		return freeze_let_run (v1, FREEZE_MS, err);
	return 0;
}

int
cgroup_is_frozen (struct cgroup *cgroup, struct error *err)
{
	struct place *place = freeze_place (cgroup);
	struct place *v1 = cgroup_place_v1 (cgroup, "freezer");
	int frozen = place ? freeze_is_frozen (place, err) : 0;

	if (frozen != 0 || !v1 || v1 == place || !v1->is_there)
		return frozen;
	return freeze_is_frozen (v1, err);
}
