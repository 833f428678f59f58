/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * box: a cgroup of a test's own in whatever hierarchies this host has, perhaps with a process inside.
 * Include after unit.h.
 */
#pragma once

#include "child.h"

#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "cgroup/driver.h"
#include "cgroup/manager.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SET(v)            \
	{                 \
		true, (v) \
	}

/* Where the tests of this process are: others may run beside it. */
static char box_top[64];

struct box {
	struct arena arena;
	struct cgroup_plan plan;
	struct cgroup *cgroup;
	pid_t pid; /* of a process inside */
	struct error err;
};

#define assert_ok(call)                                      \
	do {                                                 \
		if ((call) < 0) {                            \
			print_error ("%s\n", box->err.text); \
			_fail (__FILE__, __LINE__);          \
		}                                            \
	} while (0)

#define assert_fails(call, part)                                                                 \
	do {                                                                                     \
		assert_int_equal ((call), -1);                                                   \
		if (!strstr (box->err.text, (part)) || strstr (box->err.text, "No such file")) { \
			print_error ("'%s' is not in '%s'\n", (part), box->err.text);            \
			_fail (__FILE__, __LINE__);                                              \
		}                                                                                \
	} while (0)

/* A path below the test's own cgroup; "" is that itself. */
static inline char *
under (struct box *box, const char *path)
{
	return arena_printf (&box->arena, "%s%s", box_top, path);
}

static inline int
box_begin (void **state)
{
	static struct box box;

	snprintf (box_top, sizeof box_top, "/davit-unit-test-%d", (int) getpid ());
	box = (struct box){ .plan = { .driver = CGROUP_CGROUPFS,
				    .at = "at the path",
				    .resources = { .at = "at the resources" } } };
	box.plan.path = under (&box, "/box");
	*state = &box;
	return 0;
}

static inline int
box_done (void **state)
{
	struct box *box = *state;

	if (box->pid > 0) {
		kill (box->pid, SIGKILL);
		waitpid (box->pid, NULL, 0);
	}
	if (box->cgroup) {
		error_ignore (cgroup_kill (box->cgroup, SIGKILL, &box->err), "cleaning up");
		cgroup_undo (box->cgroup);
		cgroup_free (box->cgroup);
	}
	arena_done (&box->arena);
	return 0;
}

static inline void
decide (struct box *box)
{
	skip_unless_root ();
	assert_ok (cgroup_new (&box->arena, &box->plan, "box", false, &box->cgroup, &box->err));
	if (box->cgroup->n == 0)
		skip_because ("no cgroup is mounted");
}

static inline void
make (struct box *box)
{
	decide (box);
	assert_ok (cgroup_prepare_birth (box->cgroup, &box->err));
	assert_ok (cgroup_create (box->cgroup, &box->err));
}

/* A process that waits to be killed; the end of the test will do. */
static inline pid_t
fork_sleeper (void)
{
	pid_t pid;

	fflush (NULL);
	pid = fork ();
	if (pid == 0) {
		prctl (PR_SET_PDEATHSIG, SIGKILL);
		pause ();
		_exit (0);
	}
	return pid;
}

/* A process that enters, calls f, tells its result by one byte, and waits to be killed. Returns what f
 * has returned, or -1 when it could not enter. */
static inline int
run_inside (struct box *box, int (*f) (void))
{
	int fds[CGROUP_ENTRIES_MAX], n, ends[2];
	signed char result = -1;

	assert_int_equal (pipe2 (ends, O_CLOEXEC), 0);
	assert_ok (n = cgroup_open_entries (box->cgroup, CGROUP_BORN_OUTSIDE, fds, &box->err));
	fflush (NULL);
	box->pid = fork ();
	if (box->pid == 0) {
		prctl (PR_SET_PDEATHSIG, SIGKILL);
		if (cgroup_enter (fds, (size_t) n, &box->err) == 0)
			result = (signed char) (f ? f () : 0);
		else
			fprintf (stderr, "%s\n", box->err.text);
		if (write (ends[1], &result, 1) == 1)
			pause ();
		_exit (1);
	}
	while (n > 0)
		close (fds[--n]);
	close (ends[1]);
	assert_int_equal (read (ends[0], &result, 1), 1);
	close (ends[0]);
	return result;
}

static inline void
end_inside (struct box *box)
{
	kill (box->pid, SIGKILL);
	waitpid (box->pid, NULL, 0);
	box->pid = 0;
}

static inline size_t
count_pids (struct box *box, enum cgroup_depth depth)
{
	autofree pid_t *pids = NULL;
	size_t n = 0;

	assert_ok (cgroup_pids (box->cgroup, depth, &pids, &n, &box->err));
	return n;
}

/* The text of a file of the place that has the controller; "" if it is not there. */
static inline const char *
text_of (struct box *box, const char *controller, const char *file)
{
	static char text[4096];
	struct place *place = cgroup_place_v1 (box->cgroup, controller);

	if (!place)
		place = cgroup_place_v2 (box->cgroup);
	if (!place || place_read (place, file, text, sizeof text, &box->err) < 0)
		text[0] = '\0';
	return text;
}

static inline bool
has_v1 (struct box *box, const char *controller)
{
	return cgroup_place_v1 (box->cgroup, controller) != NULL;
}

/* cgroup2 is all there is, and has this controller. */
static inline bool
has_v2 (struct box *box, const char *controller)
{
	return box->cgroup->hierarchies->mode == CGROUP_MODE_V2 &&
	       cgroup_list_has (text_of (box, "", "cgroup.controllers"), ' ', controller);
}

static inline bool
exists (const char *path)
{
	return access (path, F_OK) == 0;
}

/* A path below the test's own cgroup, in the i-th hierarchy. */
static inline char *
host_path (struct box *box, size_t i, const char *path)
{
	return arena_printf (&box->arena, "%s%s%s",
		box->cgroup->hierarchies->entries[i].mount_point, box_top, path);
}

static inline void
assert_all (struct box *box, const char *path, bool there)
{
	for (size_t i = 0; i < box->cgroup->n; i++)
		assert_int_equal (exists (host_path (box, i, path)), there);
}

static inline void
remove_all (struct box *box, const char *path)
{
	for (size_t i = 0; i < box->cgroup->n; i++)
		error_ignore (rmdir (host_path (box, i, path)), "it need not be there");
}

#define TEST(f) cmocka_unit_test_setup_teardown (f, box_begin, box_done)
