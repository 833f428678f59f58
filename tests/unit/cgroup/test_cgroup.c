/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Making it, getting in, stopping, killing, and that nothing stays behind: as root, in cgroups of the
 * test's own, on whatever this host has (v1, v2 or both).
 */
#include "unit.h"

#include "box.h"

/* ---- being there and not */

static void
it_is_made_in_each_hierarchy_and_removed (void **state)
{
	struct box *box = *state;

	make (box);
	assert_all (box, "/box", true);
	assert_ok (cgroup_destroy (box->cgroup, &box->err));
	assert_all (box, "/box", false);
	assert_ok (cgroup_destroy (box->cgroup, &box->err));
	remove_all (box, "");
}

static void
undo_removes_the_parents_too (void **state)
{
	struct box *box = *state;

	box->plan.path = under (box, "/a/b/box");
	make (box);
	assert_all (box, "/a/b/box", true);
	cgroup_undo (box->cgroup);
	assert_all (box, "", false);
}

static void
undo_leaves_parents_that_were_there (void **state)
{
	struct box *box = *state;

	box->plan.path = under (box, "/a/box");
	decide (box);
	for (size_t i = 0; i < box->cgroup->n; i++)
		assert_int_equal (mkdir (host_path (box, i, ""), 0755), 0);
	make (box);
	cgroup_undo (box->cgroup);
	assert_all (box, "/a", false);
	assert_all (box, "", true);
	remove_all (box, "");
}

static void
one_that_was_there_is_used_and_stays (void **state)
{
	struct box *box = *state;

	box->plan.path = under (box, "");
	decide (box);
	for (size_t i = 0; i < box->cgroup->n; i++)
		assert_int_equal (mkdir (host_path (box, i, ""), 0755), 0);
	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	end_inside (box);
	assert_ok (cgroup_destroy (box->cgroup, &box->err));
	cgroup_undo (box->cgroup);
	assert_all (box, "", true);
	remove_all (box, "");
}

/* And nobody in it is killed by those who clean up. */
static void
one_that_holds_processes_is_refused (void **state)
{
	struct box *box = *state;
	struct cgroup *second = NULL;
	struct cgroup_plan plan;

	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	plan = box->plan;
	assert_ok (cgroup_new (&box->arena, &plan, "box", false, &second, &box->err));
	if (cgroup_prepare_birth (second, &box->err) == 0)
		assert_fails (cgroup_create (second, &box->err), "holds 1 process");
	assert_non_null (strstr (box->err.text, "at the path: cgroup '"));
	assert_ok (cgroup_kill (second, SIGKILL, &box->err));
	cgroup_undo (second);
	cgroup_free (second);
	assert_int_equal (waitpid (box->pid, NULL, WNOHANG), 0);
	assert_int_equal (count_pids (box, CGROUP_THIS), 1);
	assert_all (box, "/box", true);
}

static void
one_that_holds_processes_further_below_is_refused (void **state)
{
	struct box *box = *state;
	struct cgroup *second = NULL;
	struct cgroup_plan plan;

	box->plan.path = under (box, "/a/b/box");
	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	plan = box->plan;
	plan.path = under (box, "");
	assert_ok (cgroup_new (&box->arena, &plan, "box", false, &second, &box->err));
	if (cgroup_prepare_birth (second, &box->err) == 0)
		assert_fails (cgroup_create (second, &box->err), "holds 1 process");
	cgroup_free (second);
}

static void
one_that_is_frozen_is_refused (void **state)
{
	struct box *box = *state;
	struct cgroup *second = NULL;
	struct cgroup_plan plan;

	make (box);
	assert_ok (cgroup_freeze (box->cgroup, &box->err));
	plan = box->plan;
	assert_ok (cgroup_new (&box->arena, &plan, "box", false, &second, &box->err));
	if (cgroup_prepare_birth (second, &box->err) == 0)
		assert_fails (cgroup_create (second, &box->err), "is frozen");
	cgroup_free (second);
	assert_ok (cgroup_thaw (box->cgroup, &box->err));
}

static void
a_failed_create_leaves_nothing (void **state)
{
	struct box *box = *state;
	size_t last;
	pid_t pid;

	decide (box);
	last = box->cgroup->n - 1;
	assert_int_equal (mkdir (host_path (box, last, ""), 0755), 0);
	assert_int_equal (mkdir (host_path (box, last, "/box"), 0755), 0);
	assert_int_equal (mkdir (host_path (box, last, "/box/full"), 0755), 0);
	if (has_v1 (box, "cpuset") && place_has (&box->cgroup->places[last], "cpuset"))
		skip_because ("the last hierarchy takes no process yet");
	pid = fork_sleeper ();
	assert_ok (fd_write_file (AT_FDCWD, host_path (box, last, "/box/full/cgroup.procs"),
		arena_printf (&box->arena, "%d", (int) pid), &box->err));
	if (cgroup_prepare_birth (box->cgroup, &box->err) == 0)
		assert_fails (cgroup_create (box->cgroup, &box->err), "holds 1 process");
	for (size_t i = 0; i < last; i++)
		assert_false (exists (host_path (box, i, "")));
	kill (pid, SIGKILL);
	waitpid (pid, NULL, 0);
	assert_true (exists (host_path (box, last, "/box/full")));
	remove_all (box, "/box/full");
	remove_all (box, "/box");
	remove_all (box, "");
}

static void
make_deep (const char *top, int depth)
{
	int fd = open (top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < depth; i++) {
		int next;

		assert_int_equal (mkdirat (fd, "down", 0755), 0);
		assert_int_equal (mkdirat (fd, "side", 0755), 0);
		next = openat (fd, "down", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true (next >= 0);
		close (fd);
		fd = next;
	}
	close (fd);
}

static void
what_was_made_inside_is_removed_with_it (void **state)
{
	struct box *box = *state;

	box->plan.path = under (box, "");
	make (box);
	make_deep (host_path (box, box->cgroup->n - 1, ""), 50);
	assert_int_equal (count_pids (box, CGROUP_BELOW), 0);
	assert_ok (cgroup_destroy (box->cgroup, &box->err));
	assert_all (box, "", false);
}

static void
a_busy_one_is_waited_for_and_then_an_error (void **state)
{
	struct box *box = *state;

	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	assert_fails (cgroup_destroy (box->cgroup, &box->err), "it still holds processes");
	/* dying takes a moment */
	kill (box->pid, SIGKILL);
	assert_ok (cgroup_destroy (box->cgroup, &box->err));
	end_inside (box);
	remove_all (box, "");
}

static void
a_saved_one_is_found_again (void **state)
{
	struct box *box = *state;
	struct cgroup *loaded = NULL, *made;
	struct cgroup_saved *saved;
	size_t n;

	make (box);
	made = box->cgroup;
	assert_int_equal (run_inside (box, NULL), 0);
	n = cgroup_save (box->cgroup, &box->arena, &saved);
	assert_int_equal (n, box->cgroup->n);
	assert_true (saved[0].made);
	assert_ok (cgroup_load (
		&box->arena, cgroup_driver (box->cgroup), saved, n, &loaded, &box->err));
	box->cgroup = loaded;
	assert_int_equal (count_pids (box, CGROUP_THIS), 1);
	assert_ok (cgroup_kill (loaded, SIGKILL, &box->err));
	waitpid (box->pid, NULL, 0);
	box->pid = 0;
	assert_ok (cgroup_destroy (loaded, &box->err));
	cgroup_free (loaded);
	box->cgroup = made;
	assert_all (box, "/box", false);
	remove_all (box, "");
}

static void
a_saved_path_does_not_lead_astray (void **state)
{
	struct box *box = *state;
	struct cgroup_saved up = { "pids", "/sys/fs/cgroup/pids/../../x", true };
	struct cgroup_saved relative = { "pids", "x", true };
	struct cgroup *loaded;

	assert_fails (cgroup_load (&box->arena, CGROUP_CGROUPFS, &up, 1, &loaded, &box->err),
		"is not where a cgroup of ours is");
	assert_fails (cgroup_load (&box->arena, CGROUP_CGROUPFS, &relative, 1, &loaded, &box->err),
		"is not where a cgroup of ours is");
}

/* ---- getting in */

static void
assert_is_inside (struct box *box, pid_t pid, const char *path)
{
	autofree char *file = xasprintf ("/proc/%d/cgroup", (int) pid);
	autofree char *text = NULL;
	struct cgroup_hierarchies *all = box->cgroup->hierarchies;

	assert_ok (fd_read_file (AT_FDCWD, file, 1 << 20, &text, NULL, &box->err));
	cgroup_parse_own (&box->arena, all, text);
	for (size_t i = 0; i < all->n; i++)
		assert_string_equal (all->entries[i].own, path);
}

static void
a_process_enters_by_itself (void **state)
{
	struct box *box = *state;

	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	assert_is_inside (box, box->pid, under (box, "/box"));
	assert_int_equal (count_pids (box, CGROUP_THIS), 1);
}

static void
a_process_is_put_in (void **state)
{
	struct box *box = *state;

	make (box);
	box->pid = fork_sleeper ();
	assert_ok (cgroup_attach (box->cgroup, box->pid, &box->err));
	assert_is_inside (box, box->pid, under (box, "/box"));
	end_inside (box);
	assert_fails (cgroup_attach (box->cgroup, 4194304, &box->err),
		"put process 4194304 into cgroup '");
}

static void
a_process_is_born_inside_and_enters_the_others (void **state)
{
	struct box *box = *state;
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int fds[CGROUP_ENTRIES_MAX], n, fd, ends[2];
	char byte;

	decide (box);
	assert_int_equal (cgroup_clone_fd (box->cgroup), -1);
	assert_ok (cgroup_prepare_birth (box->cgroup, &box->err));
	fd = cgroup_clone_fd (box->cgroup);
	if (fd < 0)
		skip_because ("no cgroup2");
	assert_ok (cgroup_create (box->cgroup, &box->err));
	assert_ok (n = cgroup_open_entries (box->cgroup, CGROUP_BORN_INSIDE, fds, &box->err));
	assert_int_equal (n, box->cgroup->n - 1);
	assert_int_equal (pipe2 (ends, O_CLOEXEC), 0);
	args.cgroup = (uint64_t) fd;
	box->pid = sys_clone3 (&args);
	if (box->pid == 0) {
		if (cgroup_enter (fds, (size_t) n, &box->err) == 0 && write (ends[1], "", 1) == 1)
			pause ();
		_exit (1);
	}
	assert_true (box->pid > 0);
	while (n > 0)
		close (fds[--n]);
	close (ends[1]);
	assert_int_equal (read (ends[0], &byte, 1), 1);
	close (ends[0]);
	assert_is_inside (box, box->pid, under (box, "/box"));
}

static void
below_the_cgroup_is_what_its_processes_have_made (void **state)
{
	struct box *box = *state;

	make (box);
	for (size_t i = 0; i < box->cgroup->n; i++) {
		struct place *place = &box->cgroup->places[i];

		if (!place->is_there)
			continue;
		assert_true (place_open (place, &box->err) >= 0);
		assert_int_equal (mkdirat (place->fd, "a", 0755), 0);
		assert_int_equal (mkdirat (place->fd, "a/b", 0755), 0);
	}
	assert_fails (cgroup_go_below (box->cgroup, NULL, "a/../..", &box->err),
		"is not below the container's control group");
	assert_fails (cgroup_go_below (box->cgroup, NULL, "nosuch", &box->err), "/box/nosuch'");
	assert_fails (cgroup_go_below (box->cgroup, "nosuch,noone", "a", &box->err),
		"no control group with 'nosuch,noone'");
	assert_ok (cgroup_go_below (box->cgroup, NULL, "/", &box->err));
	assert_ok (cgroup_go_below (box->cgroup, NULL, "/a/b", &box->err));
	for (size_t i = 0; i < box->cgroup->n; i++)
		if (box->cgroup->places[i].is_there)
			assert_non_null (strstr (box->cgroup->places[i].path, "/box/a/b"));
}

static void
a_hierarchy_can_be_named_to_go_below (void **state)
{
	struct box *box = *state;
	struct place *place;

	make (box);
	place = cgroup_place_v1 (box->cgroup, "memory");
	if (!place || !cgroup_place_v1 (box->cgroup, "pids"))
		skip_because ("no v1 hierarchies");
	assert_true (place_open (place, &box->err) >= 0);
	assert_int_equal (mkdirat (place->fd, "a", 0755), 0);
	assert_ok (cgroup_go_below (box->cgroup, "nosuch,memory", "a", &box->err));
	assert_non_null (strstr (place->path, "/box/a"));
	assert_null (strstr (cgroup_place_v1 (box->cgroup, "pids")->path, "/box/a"));
	/* for the end of the test */
	assert_int_equal (rmdir (place->path), 0);
	place->path = arena_strndup (&box->arena, place->path, strlen (place->path) - 2);
	place_close (place);
}

static void
beside_an_init_that_has_divided_its_cgroup (void **state)
{
	struct box *box = *state;
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	struct place *place;
	const char *controller;
	autofree char *pid_text = NULL;
	autofree char *path = NULL;
	pid_t other;

	make (box);
	place = cgroup_place_v2 (box->cgroup);
	if (!place)
		skip_because ("no cgroup2");
	path = xstrdup (place->path);
	controller = has_v2 (box, "memory") ? "+memory" : "+hugetlb";
	assert_int_equal (run_inside (box, NULL), 0);
	assert_int_equal (cgroup_go_beside (box->cgroup, box->pid, &box->err), 0);
	assert_int_equal (cgroup_go_beside (box->cgroup, getpid (), &box->err), 0);

	pid_text = xasprintf ("%d", (int) box->pid);
	assert_int_equal (mkdirat (place_open (place, &box->err), "init.scope", 0755), 0);
	assert_ok (place_write (place, "init.scope/cgroup.procs", pid_text, &box->err));
	if (place_write (place, "cgroup.subtree_control", controller, &box->err) < 0)
		skip_because ("no controller to divide it by");
	args.cgroup = (uint64_t) cgroup_clone_fd (box->cgroup);
	assert_int_equal (sys_clone3 (&args), -1);
	assert_int_equal (errno, EBUSY);
	assert_int_equal (cgroup_go_beside (box->cgroup, box->pid, &box->err), 1);
	args.cgroup = (uint64_t) cgroup_clone_fd (box->cgroup);
	other = sys_clone3 (&args);
	if (other == 0) {
		pause ();
		_exit (1);
	}
	assert_true (other > 0);
	assert_int_equal (count_pids (box, CGROUP_THIS), 2);
	kill (other, SIGKILL);
	waitpid (other, NULL, 0);
	place_close (place);
	place->path = arena_strdup (&box->arena, path);
}

/* ---- stopping and killing */

static int
fork_forever (void)
{
	signal (SIGCHLD, SIG_IGN);
	for (int i = 0; i < 4; i++)
		if (fork () == 0)
			for (;;)
				if (fork () == 0)
					usleep (100);
	return 0;
}

static void
wait_until_empty (struct box *box)
{
	for (int i = 0; i < 500 && count_pids (box, CGROUP_BELOW) > 0; i++)
		usleep (10000);
	assert_int_equal (count_pids (box, CGROUP_BELOW), 0);
}

static void
kill_leaves_none_however_fast_they_fork (void **state)
{
	struct box *box = *state;

	box->plan.resources.pids_limit = (struct opt_i64) SET (50);
	make (box);
	assert_ok (cgroup_apply (box->cgroup, &box->plan.resources, &box->err));
	assert_int_equal (run_inside (box, fork_forever), 0);
	usleep (50000);
	assert_ok (cgroup_kill (box->cgroup, SIGKILL, &box->err));
	wait_until_empty (box);
	end_inside (box);
}

/* A kernel before 5.14, or v1: without cgroup.kill. */
static void
kill_by_hand_leaves_none_either (void **state)
{
	struct box *box = *state;
	struct place *places;
	size_t n = 0, whole;

	box->plan.resources.pids_limit = (struct opt_i64) SET (50);
	make (box);
	if (!has_v1 (box, "freezer"))
		skip_because ("no v1 freezer");
	assert_ok (cgroup_apply (box->cgroup, &box->plan.resources, &box->err));
	assert_int_equal (run_inside (box, fork_forever), 0);
	usleep (50000);
	places = box->cgroup->places;
	whole = box->cgroup->n;
	box->cgroup->places = arena_alloc (&box->arena, whole * sizeof *places);
	for (size_t i = 0; i < whole; i++)
		if (!places[i].is_v2)
			box->cgroup->places[n++] = places[i];
	box->cgroup->n = n;
	assert_ok (cgroup_kill (box->cgroup, SIGKILL, &box->err));
	wait_until_empty (box);
	for (size_t i = 0; i < n; i++)
		place_close (&box->cgroup->places[i]);
	box->cgroup->n = whole;
	box->cgroup->places = places;
	end_inside (box);
}

static void
frozen_processes_stop_and_go_on (void **state)
{
	struct box *box = *state;

	make (box);
	assert_int_equal (cgroup_is_frozen (box->cgroup, &box->err), 0);
	assert_int_equal (run_inside (box, fork_forever), 0);
	assert_ok (cgroup_freeze (box->cgroup, &box->err));
	assert_int_equal (cgroup_is_frozen (box->cgroup, &box->err), 1);
	assert_ok (cgroup_freeze (box->cgroup, &box->err));
	assert_ok (cgroup_thaw (box->cgroup, &box->err));
	assert_int_equal (cgroup_is_frozen (box->cgroup, &box->err), 0);
	assert_ok (cgroup_thaw (box->cgroup, &box->err));
	assert_ok (cgroup_kill (box->cgroup, SIGKILL, &box->err));
	wait_until_empty (box);
	end_inside (box);
}

static void
frozen_processes_die (void **state)
{
	struct box *box = *state;

	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	assert_ok (cgroup_freeze (box->cgroup, &box->err));
	if (has_v1 (box, "freezer"))
		assert_ok (place_write (cgroup_place_v1 (box->cgroup, "freezer"), "freezer.state",
			"FROZEN", &box->err));
	assert_int_equal (cgroup_is_frozen (box->cgroup, &box->err), 1);
	assert_ok (cgroup_kill (box->cgroup, SIGKILL, &box->err));
	waitpid (box->pid, NULL, 0);
	box->pid = 0;
}

static int
ignore_term (void)
{
	signal (SIGTERM, SIG_IGN);
	return 0;
}

static void
another_signal_is_sent_once_to_all_below (void **state)
{
	struct box *box = *state;
	struct place *place;
	int status;

	make (box);
	assert_int_equal (run_inside (box, ignore_term), 0);
	place = cgroup_place_of_processes (box->cgroup);
	assert_ok (place_open (place, &box->err));
	assert_int_equal (mkdirat (place->fd, "below", 0755), 0);
	if (!place_has (place, "cpuset")) /* it would not take a process yet */
		assert_ok (place_write (place, "below/cgroup.procs",
			arena_printf (&box->arena, "%d", (int) box->pid), &box->err));
	assert_ok (cgroup_kill (box->cgroup, SIGTERM, &box->err));
	assert_ok (cgroup_kill (box->cgroup, SIGUSR1, &box->err));
	assert_int_equal (waitpid (box->pid, &status, 0), box->pid);
	box->pid = 0;
	assert_int_equal (WTERMSIG (status), SIGUSR1);
}

static void
without_a_place_nothing_happens (void **state)
{
	struct box *box = *state;
	struct hierarchy *list;

	box->plan.driver = CGROUP_DISABLED;
	box->plan.resources.pids_limit = (struct opt_i64) SET (5);
	assert_ok (cgroup_new (&box->arena, &box->plan, "box", false, &box->cgroup, &box->err));
	assert_ok (cgroup_prepare_birth (box->cgroup, &box->err));
	assert_ok (cgroup_create (box->cgroup, &box->err));
	assert_ok (cgroup_apply (box->cgroup, &box->plan.resources, &box->err));
	assert_int_equal (cgroup_clone_fd (box->cgroup), -1);
	assert_int_equal (count_pids (box, CGROUP_BELOW), 0);
	assert_ok (cgroup_kill (box->cgroup, SIGKILL, &box->err));
	assert_fails (cgroup_freeze (box->cgroup, &box->err), "this container has no cgroup");
	assert_ok (cgroup_destroy (box->cgroup, &box->err));
	if (exists ("/sys/fs/cgroup"))
		assert_true (cgroup_list_hierarchies (box->cgroup, &list) > 0);
}

/* ---- without rights */

static void
go_rootless (void *data)
{
	struct box *box = data;
	struct error err;
	struct cgroup_saved *saved;
	struct device_rule rule = { .type = 'a', .major = -1, .minor = -1, .read = true };

	box->plan.path = NULL;
	EXPECT (setresgid (65534, 65534, 65534) == 0 && setresuid (65534, 65534, 65534) == 0);
	EXPECT_OK (cgroup_new (&box->arena, &box->plan, "box", true, &box->cgroup, &err));
	EXPECT_OK (cgroup_prepare_birth (box->cgroup, &err));
	EXPECT_OK (cgroup_create (box->cgroup, &err));
	EXPECT (cgroup_save (box->cgroup, &box->arena, &saved) == 0);
	EXPECT (cgroup_clone_fd (box->cgroup) == -1);
	box->plan.resources.devices = &rule;
	box->plan.resources.n_devices = 1;
	EXPECT_OK (cgroup_apply (box->cgroup, &box->plan.resources, &err));
	box->plan.resources.pids_limit = (struct opt_i64) SET (5);
	EXPECT_FAILS (cgroup_apply (box->cgroup, &box->plan.resources, &err),
		"at the resources: /pids/limit: there is no controller 'pids' (this user may not");
	box->plan.path = under (box, "/box");
	EXPECT_OK (cgroup_new (&box->arena, &box->plan, "box", true, &box->cgroup, &err));
	if (cgroup_prepare_birth (box->cgroup, &err) == 0)
		EXPECT_FAILS (cgroup_create (box->cgroup, &err), "at the path: make cgroup '");
}

static void
rootless_one_goes_without_unless_asked (void **state)
{
	struct box *box = *state;

	skip_unless_root ();
	assert_child_succeeds (go_rootless, box);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		TEST (it_is_made_in_each_hierarchy_and_removed),
		TEST (undo_removes_the_parents_too),
		TEST (undo_leaves_parents_that_were_there),
		TEST (one_that_was_there_is_used_and_stays),
		TEST (one_that_holds_processes_is_refused),
		TEST (one_that_holds_processes_further_below_is_refused),
		TEST (one_that_is_frozen_is_refused),
		TEST (a_failed_create_leaves_nothing),
		TEST (what_was_made_inside_is_removed_with_it),
		TEST (a_busy_one_is_waited_for_and_then_an_error),
		TEST (a_saved_one_is_found_again),
		TEST (a_saved_path_does_not_lead_astray),
		TEST (a_process_enters_by_itself),
		TEST (a_process_is_put_in),
		TEST (a_process_is_born_inside_and_enters_the_others),
		TEST (below_the_cgroup_is_what_its_processes_have_made),
		TEST (a_hierarchy_can_be_named_to_go_below),
		TEST (beside_an_init_that_has_divided_its_cgroup),
		TEST (kill_leaves_none_however_fast_they_fork),
		TEST (kill_by_hand_leaves_none_either),
		TEST (frozen_processes_stop_and_go_on),
		TEST (frozen_processes_die),
		TEST (another_signal_is_sent_once_to_all_below),
		TEST (without_a_place_nothing_happens),
		TEST (rootless_one_goes_without_unless_asked),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
