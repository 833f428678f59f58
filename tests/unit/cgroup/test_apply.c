/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the kernel makes of the limits: as root, in cgroups of the test's own, on whatever this host has
 * (v1, v2 or both).
 */
#include "unit.h"

#include "box.h"

/* ---- limits */

static void
update (struct box *box, struct resources_plan resources)
{
	resources.at = "at the update";
	assert_ok (cgroup_apply (box->cgroup, &resources, &box->err));
}

static void
memory_and_swap_go_up_and_down_in_any_order (void **state)
{
	static const int64_t sizes[] = { 64 << 20, 32 << 20, 128 << 20, 16 << 20, -1, 64 << 20 };
	struct box *box = *state;

	make (box);
	if (!has_v1 (box, "memory") && !has_v2 (box, "memory"))
		skip_because ("no memory controller");
	for (size_t i = 0; i < ARRAY_SIZE (sizes); i++) {
		int64_t swap = sizes[i] < 0 ? -1 : sizes[i] * 3 / 2;
		char expected[32];

		update (box, (struct resources_plan){
				     .memory = { .limit = SET (sizes[i]), .swap = SET (swap) } });
		if (sizes[i] < 0)
			continue;
		snprintf (expected, sizeof expected, "%lld", (long long) sizes[i]);
		if (has_v1 (box, "memory"))
			assert_string_equal (
				text_of (box, "memory", "memory.limit_in_bytes"), expected);
		else
			assert_string_equal (text_of (box, "memory", "memory.max"), expected);
	}
}

static void
quota_period_and_burst_go_up_and_down_in_any_order (void **state)
{
	static const struct {
		int64_t quota;
		uint64_t period, burst;
		const char *max;
	} rows[] = {
		{ 50000, 100000, 50000, "50000 100000" },
		{ 10000, 20000, 1000, "10000 20000" },
		{ 900000, 1000000, 900000, "900000 1000000" },
		{ 5000, 50000, 0, "5000 50000" },
		{ -1, 100000, 0, "max 100000" },
		{ 2000, 100000, 2000, "2000 100000" },
	};
	struct box *box = *state;

	make (box);
	if (!has_v1 (box, "cpu") && !has_v2 (box, "cpu"))
		skip_because ("no cpu controller");
	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		char expected[32];

		update (box, (struct resources_plan){ .cpu = { .quota = SET (rows[i].quota),
							      .period = SET (rows[i].period),
							      .burst = SET (rows[i].burst) } });
		snprintf (expected, sizeof expected, "%llu", (unsigned long long) rows[i].burst);
		if (has_v2 (box, "cpu")) {
			assert_string_equal (text_of (box, "cpu", "cpu.max"), rows[i].max);
			assert_string_equal (text_of (box, "cpu", "cpu.max.burst"), expected);
			continue;
		}
		assert_string_equal (text_of (box, "cpu", "cpu.cfs_burst_us"), expected);
		snprintf (expected, sizeof expected, "%lld", (long long) rows[i].quota);
		assert_string_equal (text_of (box, "cpu", "cpu.cfs_quota_us"), expected);
	}
}

static void
shares_and_idle_go_together (void **state)
{
	struct box *box = *state;

	make (box);
	if (!has_v1 (box, "cpu") && !has_v2 (box, "cpu"))
		skip_because ("no cpu controller");
	if (!*text_of (box, "cpu", "cpu.idle"))
		skip_because ("no cpu.idle before Linux 5.15");
	update (box, (struct resources_plan){ .cpu = { .shares = SET (512), .idle = SET (1) } });
	assert_string_equal (text_of (box, "cpu", "cpu.idle"), "1");
	update (box, (struct resources_plan){ .cpu = { .shares = SET (1024), .idle = SET (0) } });
	assert_string_equal (text_of (box, "cpu", "cpu.idle"), "0");
	if (has_v1 (box, "cpu"))
		assert_string_equal (text_of (box, "cpu", "cpu.shares"), "1024");
	else
		assert_string_equal (text_of (box, "cpu", "cpu.weight"), "100");
}

static void
cpuset_is_handed_down_and_then_set (void **state)
{
	struct box *box = *state;

	box->plan.path = under (box, "/a/b/box");
	make (box);
	if (has_v1 (box, "cpuset")) {
		assert_string_not_equal (text_of (box, "cpuset", "cpuset.cpus"), "");
		assert_string_not_equal (text_of (box, "cpuset", "cpuset.mems"), "");
	} else if (!has_v2 (box, "cpuset")) {
		skip_because ("no cpuset controller");
	}
	update (box, (struct resources_plan){ .cpu = { .cpus = "0", .mems = "0" } });
	assert_string_equal (text_of (box, "cpuset", "cpuset.cpus"), "0");
	assert_int_equal (run_inside (box, NULL), 0);
	box->plan.resources.cpu.cpus = "999";
	assert_fails (cgroup_apply (box->cgroup, &box->plan.resources, &box->err),
		"at the resources: /cpu/cpus: write '999' to '");
}

static int
count_forks (void)
{
	int n = 0;

	for (; n < 20; n++) {
		pid_t pid = fork ();

		if (pid == 0)
			pause ();
		if (pid < 0)
			break;
	}
	return n;
}

static void
a_pids_limit_bites (void **state)
{
	struct box *box = *state;

	box->plan.resources.pids_limit = (struct opt_i64) SET (5);
	make (box);
	if (!has_v1 (box, "pids") && !has_v2 (box, "pids"))
		skip_because ("no pids controller");
	assert_ok (cgroup_apply (box->cgroup, &box->plan.resources, &box->err));
	assert_int_equal (run_inside (box, count_forks), 4);
	assert_ok (cgroup_kill (box->cgroup, SIGKILL, &box->err));
	end_inside (box);
	update (box, (struct resources_plan){ .pids_limit = SET (0) });
	assert_int_equal (run_inside (box, count_forks), 0);
}

/* ---- device rules */

static int
errno_of_open (const char *path, int flags)
{
	int fd = open (path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close (fd);
	return 0;
}

/* A bit for each that is allowed: null, kmsg to read, kmsg to write, and to make a node. */
static int
probe_devices (void)
{
	autofree char *node = xasprintf ("/dev/shm/davit-unit-test.%d", (int) getpid ());
	int result = 0;

	result |= errno_of_open ("/dev/null", O_RDWR) == 0;
	result |= (errno_of_open ("/dev/kmsg", O_RDONLY | O_NONBLOCK) == 0) << 1;
	result |= (errno_of_open ("/dev/kmsg", O_WRONLY) == 0) << 2;
	if (mknod (node, S_IFCHR | 0600, makedev (1, 11)) == 0)
		result |= 1 << 3;
	unlink (node);
	return result;
}

#define RULE(allow_, read_, write_)                                                   \
	{                                                                             \
		.allow = allow_, .type = 'c', .major = 1, .minor = 11, .read = read_, \
		.write = write_                                                       \
	}

static int
probe_inside (struct box *box)
{
	int result = run_inside (box, probe_devices);

	end_inside (box);
	return result;
}

static void
device_rules_bite_and_can_be_changed (void **state)
{
	static struct device_rule deny_all = {
		.type = 'a', .major = -1, .minor = -1, .read = true, .write = true, .mknod = true
	};
	static struct device_rule read_only[] = { RULE (true, true, true),
		RULE (false, false, true) };
	static struct device_rule both = RULE (true, true, true);
	static struct device_rule allow_all;
	struct box *box = *state;

	skip_unless_root ();
	if (probe_devices () != 15)
		skip_because ("no /dev/kmsg here, or no rights to it");
	make (box);
	update (box, (struct resources_plan){ .devices = &deny_all, .n_devices = 1 });
	assert_int_equal (probe_inside (box), 9);
	update (box, (struct resources_plan){ .devices = read_only, .n_devices = 2 });
	assert_int_equal (probe_inside (box), 11);
	update (box, (struct resources_plan){ .devices = &both, .n_devices = 1 });
	assert_int_equal (probe_inside (box), 15);
	update (box, (struct resources_plan){ 0 });
	assert_int_equal (probe_inside (box), 9);
	allow_all = deny_all;
	allow_all.allow = true;
	update (box, (struct resources_plan){ .devices = &allow_all, .n_devices = 1 });
	assert_int_equal (probe_inside (box), 15);
	update (box, (struct resources_plan){ .devices = &deny_all, .n_devices = 1 });
	assert_int_equal (probe_inside (box), 9);
}

static void
a_loaded_one_is_updated (void **state)
{
	static struct device_rule both = RULE (true, true, true);
	struct box *box = *state;
	struct cgroup *made, *loaded = NULL;
	struct cgroup_saved *saved;
	size_t n;

	make (box);
	update (box, (struct resources_plan){ .pids_limit = SET (100) });
	n = cgroup_save (box->cgroup, &box->arena, &saved);
	assert_ok (cgroup_load (&box->arena, CGROUP_CGROUPFS, saved, n, &loaded, &box->err));
	made = box->cgroup;
	box->cgroup = loaded;
	update (box, (struct resources_plan){
			     .pids_limit = SET (70), .devices = &both, .n_devices = 1 });
	update (box, (struct resources_plan){ .devices = &both, .n_devices = 1 });
	assert_string_equal (text_of (box, "pids", "pids.max"), "70");
	box->cgroup = made;
	cgroup_free (loaded);
	if (probe_devices () == 15)
		assert_int_equal (probe_inside (box), 15);
}

/* ---- cgroup2 alone */

static void
below_one_that_holds_processes_a_limit_says_why_not (void **state)
{
	struct box *box = *state;
	char *procs;
	pid_t pid;

	decide (box);
	if (box->cgroup->hierarchies->mode != CGROUP_MODE_V2)
		skip_because ("not a v2 host");
	assert_int_equal (mkdir (host_path (box, 0, ""), 0755), 0);
	procs = host_path (box, 0, "/cgroup.procs");
	pid = fork_sleeper ();
	assert_ok (fd_write_file (
		AT_FDCWD, procs, arena_printf (&box->arena, "%d", (int) pid), &box->err));
	box->plan.resources.memory.limit = (struct opt_i64) SET (1 << 26);
	make (box);
	assert_fails (cgroup_apply (box->cgroup, &box->plan.resources, &box->err),
		"a cgroup above it holds processes");
	assert_int_equal (run_inside (box, NULL), 0);
	end_inside (box);
	kill (pid, SIGKILL);
	waitpid (pid, NULL, 0);
	cgroup_undo (box->cgroup);
	remove_all (box, "");
}

static void
below_a_threaded_one_it_is_threaded (void **state)
{
	struct box *box = *state;
	char text[32];

	decide (box);
	if (!cgroup_place_v2 (box->cgroup))
		skip_because ("no cgroup2");
	box->plan.path = under (box, "/domain/box");
	decide (box);
	for (size_t i = 0; i < box->cgroup->n; i++) {
		const struct cgroup_hierarchy *entry = &box->cgroup->hierarchies->entries[i];

		if (!entry->is_v2)
			continue;
		assert_int_equal (mkdir (host_path (box, i, ""), 0755), 0);
		assert_int_equal (mkdir (host_path (box, i, "/domain"), 0755), 0);
		assert_ok (fd_write_file (AT_FDCWD, host_path (box, i, "/domain/cgroup.type"),
			"threaded", &box->err));
	}
	make (box);
	box->pid = fork_sleeper ();
	assert_ok (cgroup_attach (box->cgroup, box->pid, &box->err));
	assert_ok (place_read (
		cgroup_place_v2 (box->cgroup), "cgroup.type", text, sizeof text, &box->err));
	assert_string_equal (text, "threaded");
	assert_int_equal (count_pids (box, CGROUP_THIS), 1);
	end_inside (box);
	assert_ok (cgroup_destroy (box->cgroup, &box->err));
	make (box);
	assert_int_equal (run_inside (box, NULL), 0);
	assert_ok (cgroup_kill (box->cgroup, SIGKILL, &box->err));
	waitpid (box->pid, NULL, 0);
	box->pid = 0;
	cgroup_undo (box->cgroup);
	remove_all (box, "/domain");
	remove_all (box, "");
}

static uid_t
owner_of (const char *path)
{
	struct stat st;

	return stat (path, &st) == 0 ? st.st_uid : (uid_t) -1;
}

static void
a_delegated_one_belongs_to_the_containers_root (void **state)
{
	struct box *box = *state;

	make (box);
	assert_ok (cgroup_delegate (box->cgroup, 4711, &box->err));
	for (size_t i = 0; i < box->cgroup->n; i++)
		assert_int_equal (owner_of (host_path (box, i, "/box")),
			box->cgroup->hierarchies->mode == CGROUP_MODE_V2 ? 4711 : 0);
	if (box->cgroup->hierarchies->mode != CGROUP_MODE_V2)
		return;
	assert_int_equal (owner_of (host_path (box, 0, "/box/cgroup.procs")), 4711);
	assert_int_equal (owner_of (host_path (box, 0, "/box/cgroup.subtree_control")), 4711);
	assert_int_equal (owner_of (host_path (box, 0, "/box/cgroup.threads")), 4711);
	assert_int_equal (owner_of (host_path (box, 0, "/box/memory.max")), 0);
	assert_int_equal (owner_of (host_path (box, 0, "")), 0);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		TEST (memory_and_swap_go_up_and_down_in_any_order),
		TEST (quota_period_and_burst_go_up_and_down_in_any_order),
		TEST (shares_and_idle_go_together),
		TEST (cpuset_is_handed_down_and_then_set),
		TEST (a_pids_limit_bites),
		TEST (device_rules_bite_and_can_be_changed),
		TEST (a_loaded_one_is_updated),
		TEST (below_one_that_holds_processes_a_limit_says_why_not),
		TEST (below_a_threaded_one_it_is_threaded),
		TEST (a_delegated_one_belongs_to_the_containers_root),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
