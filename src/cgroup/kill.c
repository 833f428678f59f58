/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * kill: a signal to all that is in a cgroup.
 */
#include "base/auto.h"
#include "cgroup/driver.h"
#include "cgroup/freeze.h"
#include "cgroup/tree.h"
#include "cgroup/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#define KILL_MS 10000
#define FREEZE_MS 500 /* a round without is no loss, there will be another one */

/* One that may not be signalled does not save the others. */
static int
signal_all (struct place *place, int signal, size_t *out_n, struct error *err)
{
	autofree pid_t *pids = NULL;
	size_t n = 0;
	int r = 0;

	if (tree_pids (place, CGROUP_BELOW, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (kill (pids[i], signal) < 0 && errno != ESRCH)
			r = fail (
				err, errno, "send signal %d to process %d", signal, (int) pids[i]);
	*out_n = n;
	return r;
}

/* Frozen ones can't fork, so that one round gets them all. Without a freezer, or where it does not
 * stop everybody, they are outrun: until nobody is left. On v1 a frozen process does not even die. */
static int
kill_by_hand (struct cgroup *cgroup, struct place *place, struct error *err)
{
	struct place *freezer = freeze_place (cgroup);
	struct wait wait = wait_begin (KILL_MS);
	struct error ignored;

	for (;;) {
		bool frozen = freezer && freeze_stop (freezer, FREEZE_MS, &ignored) == 0;
		size_t n = 0;
		int r = signal_all (place, SIGKILL, &n, err);

		if (freezer)
			error_ignore (cgroup_thaw (cgroup, &ignored), "the next round tries again");
		if (r < 0)
			return -1;
		if (n == 0 || frozen)
			return 0;
		if (!wait_a_little (&wait))
			return fail (
				err, ETIMEDOUT, "kill the processes of cgroup '%s'", place->path);
	}
}

int
cgroup_kill (struct cgroup *cgroup, int signal, struct error *err)
{
	struct place *place = cgroup_place_of_processes (cgroup);
	size_t n;

	if (!place)
		return 0;
	if (signal != SIGKILL)
		return signal_all (place, signal, &n, err);
	/* Linux 5.14; what it kills includes those that are being forked, and frozen ones */
	if (place->is_v2 && place_write (place, "cgroup.kill", "1", err) == 0) {
		struct place *v1 = cgroup_place_v1 (cgroup, "freezer");
		struct error ignored;

		if (v1 && v1->is_there)
			error_ignore (freeze_let_run (v1, 0, &ignored),
				"on v1 frozen ones die when they thaw; usually none is");
		return 0;
	}
	return kill_by_hand (cgroup, place, err);
}
