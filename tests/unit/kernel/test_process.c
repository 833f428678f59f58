/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"
#include "child.h"

#include "base/auto.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "kernel/caps.h"
#include "kernel/keyring.h"
#include "kernel/oom.h"
#include "kernel/personality.h"
#include "kernel/procfs.h"
#include "kernel/rlimits.h"
#include "kernel/sched.h"
#include "kernel/user.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BIT(name) CAPABILITY_BIT (name)

struct status_sets {
	uint64_t inheritable, permitted, effective, bounding, ambient;
};

static uint64_t
status_field (const char *text, const char *name)
{
	const char *found = strstr (text, name);

	EXPECT (found);
	return strtoull (found + strlen (name), NULL, 16);
}

static struct status_sets
read_status (void)
{
	autofree char *text = NULL;
	struct error err;

	EXPECT_OK (fd_read_file (AT_FDCWD, "/proc/self/status", 65536, &text, NULL, &err));
	return (struct status_sets){ status_field (text, "CapInh:"), status_field (text, "CapPrm:"),
		status_field (text, "CapEff:"), status_field (text, "CapBnd:"),
		status_field (text, "CapAmb:") };
}

static bool
is_capable (int capability)
{
	struct error err;
	uint64_t own = 0;

	return caps_of_self (&own, &err) == 0 && (own & CAPABILITY_BIT (capability));
}

/* As launch does it: bounding, keep, ids, sets. */
static void
become (const struct process_plan *process)
{
	struct error err;

	EXPECT_OK (caps_drop_bounding (&process->capabilities, &err));
	EXPECT_OK (caps_keep_over_setuid (&err));
	EXPECT_OK (user_set_ids (process, USER_GROUPS_SET, &err));
	EXPECT_OK (caps_apply (&process->capabilities, &err));
}

static void
root_with_three_capabilities (void *data)
{
	const uint64_t three = BIT (CAP_KILL) | BIT (CAP_NET_BIND_SERVICE) | BIT (CAP_AUDIT_WRITE);
	struct process_plan process = { .capabilities = { .set = true,
						.bounding = three,
						.effective = three,
						.permitted = three } };
	struct status_sets got;

	become (&process);
	got = read_status ();
	EXPECT (got.bounding == three);
	EXPECT (got.permitted == three);
	EXPECT (got.effective == three);
	EXPECT (got.inheritable == 0);
	EXPECT (got.ambient == 0);
}

static void
test_root_keeps_exactly_the_asked_capabilities (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (root_with_three_capabilities, NULL);
}

static void
user_with_ambient_capability (void *data)
{
	const uint64_t one = BIT (CAP_NET_BIND_SERVICE);
	struct process_plan process = { .uid = 1000,
		.gid = 1000,
		.capabilities = { .set = true,
			.bounding = one,
			.effective = one,
			.permitted = one,
			.inheritable = one,
			.ambient = one } };
	struct status_sets got;

	become (&process);
	got = read_status ();
	EXPECT (got.bounding == one && got.permitted == one && got.effective == one);
	EXPECT (got.inheritable == one && got.ambient == one);
	EXPECT (getuid () == 1000 && geteuid () == 1000 && getgid () == 1000);
}

static void
test_ambient_capabilities_live_through_the_change_of_user (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (user_with_ambient_capability, NULL);
}

static void
user_without_ambient (void *data)
{
	const uint64_t one = BIT (CAP_NET_BIND_SERVICE);
	struct process_plan process = { .uid = 1000,
		.gid = 1000,
		.capabilities = {
			.set = true, .bounding = one, .effective = one, .permitted = one } };
	char *argv[] = { "grep", "-q", "CapEff:.*0000000000000000", "/proc/self/status", NULL };

	become (&process);
	EXPECT (read_status ().ambient == 0);
	execv ("/bin/grep", argv);
	EXPECT (!"exec");
}

static void
test_a_plain_user_program_has_no_capabilities (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (user_without_ambient, NULL);
}

/* A caller with an ambient set of its own, and a config that asks for another. */
static void
stale_ambient (void *data)
{
	const uint64_t both = BIT (CAP_KILL) | BIT (CAP_NET_RAW);
	struct process_plan process = { .capabilities = { .set = true,
						.bounding = both,
						.effective = both,
						.permitted = both,
						.inheritable = both,
						.ambient = BIT (CAP_KILL) } };
	struct process_plan before = process;
	struct error err;

	before.capabilities.ambient = both;
	EXPECT_OK (caps_apply (&before.capabilities, &err));
	EXPECT (read_status ().ambient == both);
	EXPECT_OK (caps_apply (&process.capabilities, &err));
	EXPECT (read_status ().ambient == BIT (CAP_KILL));
	process.capabilities.inheritable = 0;
	EXPECT_OK (caps_apply (&process.capabilities, &err));
	EXPECT (read_status ().ambient == 0);
}

static void
test_the_callers_ambient_capabilities_are_not_passed_on (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (stale_ambient, NULL);
}

static void
ask_for_too_much (void *data)
{
	const uint64_t kill = BIT (CAP_KILL);
	struct capability_sets first = { .bounding = kill, .permitted = kill, .effective = kill };
	struct capability_sets all = { .bounding = ~0ull,
		.permitted = ~0ull,
		.effective = ~0ull,
		.inheritable = ~0ull,
		.ambient = ~0ull };
	struct error err;

	EXPECT_OK (caps_apply (&first, &err));
	EXPECT_OK (caps_drop_bounding (&all, &err));
	EXPECT_OK (caps_apply (&all, &err));
	EXPECT (read_status ().permitted == kill && read_status ().effective == kill);
	EXPECT (read_status ().ambient == kill);
	EXPECT_FAILS (caps_drop_bounding (&first, &err), "CAP_SETPCAP");
}

static void
test_what_can_not_be_given_is_left_out (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (ask_for_too_much, NULL);
}

static void
test_ungrantable_capabilities_are_told (void **state)
{
	const uint64_t kill = BIT (CAP_KILL), raw = BIT (CAP_NET_RAW);
	struct capability_sets sets = {
		.bounding = kill | raw, .permitted = kill, .effective = kill
	};

	assert_true (caps_ungrantable (&sets, kill | raw) == 0);
	assert_true (caps_ungrantable (&sets, kill) == raw);
	assert_true (caps_ungrantable (&sets, 0) == (kill | raw));
	sets.effective |= raw; /* not permitted */
	assert_true (caps_ungrantable (&sets, kill | raw) == raw);
	sets.permitted |= raw;
	sets.ambient = raw; /* not inheritable */
	assert_true (caps_ungrantable (&sets, kill | raw) == raw);
	sets.inheritable = raw;
	assert_true (caps_ungrantable (&sets, kill | raw) == 0);
	sets.bounding = kill; /* what is inheritable must be in the bounding set */
	assert_true (caps_ungrantable (&sets, kill | raw) == raw);
}

static void
test_the_kernels_capabilities_match_its_own_count (void **state)
{
	autofree char *text = NULL;
	struct error err;
	int last;

	if (fd_read_file (AT_FDCWD, "/proc/sys/kernel/cap_last_cap", 64, &text, NULL, &err) < 0)
		skip_because ("no /proc/sys/kernel/cap_last_cap");
	last = atoi (text);
	assert_true (caps_of_kernel () == (CAPABILITY_BIT (last) | (CAPABILITY_BIT (last) - 1)));
}

static void
set_groups (void *data)
{
	gid_t groups[] = { 7, 70000, 4000000000u };
	struct process_plan process = { .uid = 1000, .gid = 100, .groups = groups, .n_groups = 3 };
	gid_t got[8];
	uid_t r, e, s;
	struct error err;

	EXPECT_OK (user_set_ids (&process, USER_GROUPS_SET, &err));
	EXPECT (getgroups (8, got) == 3);
	EXPECT (got[0] == 7 && got[1] == 70000 && got[2] == 4000000000u);
	EXPECT (getresuid (&r, &e, &s) == 0 && r == 1000 && e == 1000 && s == 1000);
	EXPECT (getresgid (&r, &e, &s) == 0 && r == 100 && e == 100 && s == 100);
	EXPECT_FAILS (user_set_ids (&process, USER_GROUPS_SET, &err), "CAP_SETUID");
}

static void
drop_groups (void *data)
{
	struct process_plan process = { .uid = 0, .gid = 0 };
	gid_t groups[] = { 7, 8 };
	struct error err;

	EXPECT (setgroups (2, groups) == 0);
	EXPECT_OK (user_set_ids (&process, USER_GROUPS_KEEP, &err));
	EXPECT (getgroups (0, NULL) == 2);
	EXPECT_OK (user_set_ids (&process, USER_GROUPS_DENIED, &err));
	EXPECT (getgroups (0, NULL) == 2);
	EXPECT_OK (user_set_ids (&process, USER_GROUPS_SET, &err));
	EXPECT (getgroups (0, NULL) == 0);
	process.groups = groups;
	process.n_groups = 2;
	EXPECT_FAILS (user_set_ids (&process, USER_GROUPS_DENIED, &err), "setgroups is denied");
}

static void
test_groups_are_exactly_the_configs (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (set_groups, NULL);
	assert_child_succeeds (drop_groups, NULL);
}

static void
test_the_id_that_means_no_change_is_refused (void **state)
{
	struct process_plan process = { .uid = (uid_t) -1 };
	struct error err;

	assert_int_equal (user_set_ids (&process, USER_GROUPS_KEEP, &err), -1);
	process.uid = getuid ();
	process.gid = (gid_t) -1;
	assert_int_equal (user_set_ids (&process, USER_GROUPS_KEEP, &err), -1);
}

static void
unmapped_id (void *data)
{
	struct process_plan process = { .uid = 77, .gid = 0 };
	struct error err;

	EXPECT (unshare (CLONE_NEWUSER) == 0);
	EXPECT_OK (fd_write_file (AT_FDCWD, "/proc/self/setgroups", "deny", &err));
	EXPECT_OK (fd_write_file (AT_FDCWD, "/proc/self/gid_map", "0 0 1", &err));
	EXPECT_OK (fd_write_file (AT_FDCWD, "/proc/self/uid_map", "0 0 1", &err));
	EXPECT_FAILS (user_set_ids (&process, USER_GROUPS_DENIED, &err), "set uid 77: ");
	EXPECT (strstr (err.text, "not mapped"));
}

static void
test_an_unmapped_user_is_explained (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (unmapped_id, NULL);
}

static uid_t
owner (int fd)
{
	struct stat st;

	EXPECT (fstat (fd, &st) == 0);
	return st.st_uid;
}

static void
own_stdio (void *data)
{
	int pipes[2], sockets[2];

	EXPECT (pipe (pipes) == 0 && socketpair (AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	EXPECT (dup2 (pipes[1], 1) == 1 && dup2 (sockets[0], 0) == 0);
	EXPECT (dup2 (open ("/dev/null", O_RDWR), 2) == 2);
	user_own_stdio (4711);
	EXPECT (owner (0) == 4711 && owner (1) == 4711);
	EXPECT (owner (2) == 0); /* /dev/null stays root's */
	int file = open ("/tmp", O_TMPFILE | O_RDWR, 0600);
	EXPECT (file >= 0 && dup2 (file, 2) == 2);
	user_own_stdio (4711);
	EXPECT (owner (2) == 0); /* and so does a file */
}

static void
test_pipes_go_to_the_user_and_files_do_not (void **state)
{
	skip_unless_root ();
	assert_child_succeeds (own_stdio, NULL);
}

static void
lower_limits (void *data)
{
	struct rlimit_plan limits[] = { { RLIMIT_NOFILE, "RLIMIT_NOFILE", 100, 200, NULL },
		{ RLIMIT_CORE, "RLIMIT_CORE", 0, 0, NULL } };
	struct rlimit_plan raise = { RLIMIT_CORE, "RLIMIT_CORE", 1, RLIM_INFINITY,
		"config.json:7: /process/rlimits/0" };
	struct rlimit_plan upside_down = { RLIMIT_CPU, "RLIMIT_CPU", 20, 10, NULL };
	struct rlimit got;
	struct error err;

	EXPECT_OK (rlimits_apply (0, limits, 2, &err));
	EXPECT (getrlimit (RLIMIT_NOFILE, &got) == 0 && got.rlim_cur == 100 && got.rlim_max == 200);
	EXPECT (getrlimit (RLIMIT_CORE, &got) == 0 && got.rlim_cur == 0 && got.rlim_max == 0);
	EXPECT_FAILS (rlimits_apply (0, &upside_down, 1, &err), "the soft limit is above");
	if (is_capable (CAP_SYS_RESOURCE)) {
		struct capability_sets none = { 0 };

		EXPECT_OK (caps_apply (&none, &err));
	}
	EXPECT_FAILS (rlimits_apply (0, &raise, 1, &err), "config.json:7: /process/rlimits/0: set "
							  "RLIMIT_CORE to soft 1");
	EXPECT (strstr (err.text, "CAP_SYS_RESOURCE"));
}

static void
test_limits_are_set_and_what_is_missing_is_named (void **state)
{
	assert_child_succeeds (lower_limits, NULL);
}

static void
limits_of_another (void *data)
{
	struct rlimit_plan limit = { RLIMIT_FSIZE, "RLIMIT_FSIZE", 12345, 23456, NULL };
	struct rlimit got;
	struct error err;
	pid_t pid = fork ();

	if (pid == 0) {
		pause ();
		_exit (0);
	}
	EXPECT_OK (rlimits_apply (pid, &limit, 1, &err));
	EXPECT (prlimit (pid, RLIMIT_FSIZE, NULL, &got) == 0 && got.rlim_cur == 12345);
	kill (pid, SIGKILL);
	EXPECT (waitpid (pid, NULL, 0) == pid);
}

static void
test_a_parent_sets_its_childs_limits (void **state)
{
	assert_child_succeeds (limits_of_another, NULL);
}

static void
raise_limit (void *data)
{
	struct rlimit_plan limit = { RLIMIT_CORE, "RLIMIT_CORE", 1, 2, NULL };
	struct rlimit zero = { 0, 0 };
	struct error err;

	EXPECT (setrlimit (RLIMIT_CORE, &zero) == 0);
	EXPECT_OK (rlimits_apply (0, &limit, 1, &err));
}

static void
test_limits_can_be_raised_with_the_capability (void **state)
{
	if (!is_capable (CAP_SYS_RESOURCE))
		skip_because ("no CAP_SYS_RESOURCE");
	assert_child_succeeds (raise_limit, NULL);
}

static void
set_scheduler (void *data)
{
	struct scheduler_plan nothing = { .policy = 99 };
	struct scheduler_plan batch = { .set = true, .policy = SCHED_BATCH, .nice = 5 };
	struct scheduler_plan iso = { .set = true, .policy = 4, .at = "config.json:3: /x" };
	struct io_priority_plan idle = { .set = true, .class = IOPRIO_CLASS_IDLE };
	struct io_priority_plan wrong = { .set = true, .class = IOPRIO_CLASS_BE, .priority = 8 };
	struct error err;

	EXPECT_OK (scheduler_apply (&nothing, &err));
	EXPECT_OK (scheduler_apply (&batch, &err));
	EXPECT (sched_getscheduler (0) == SCHED_BATCH);
	EXPECT (nice (0) == 5);
	EXPECT_FAILS (scheduler_apply (&iso, &err), "config.json:3: /x: set scheduler SCHED_ISO");
	EXPECT_OK (io_priority_apply (&idle, &err));
	EXPECT (syscall (SYS_ioprio_get, 1, 0) == IOPRIO_PRIO_VALUE (IOPRIO_CLASS_IDLE, 0));
	EXPECT_FAILS (io_priority_apply (&wrong, &err), "I/O priority 8 is not between 0 and 7");
}

static void
test_scheduler_and_io_priority_are_set (void **state)
{
	assert_child_succeeds (set_scheduler, NULL);
}

static void
set_real_time (void *data)
{
	struct scheduler_plan fifo = { .set = true,
		.policy = SCHED_FIFO,
		.priority = 7,
		.flags = 1 /* SCHED_FLAG_RESET_ON_FORK */ };
	struct sched_param got;
	struct error err;

	if (scheduler_apply (&fifo, &err) < 0)
		_exit (77);
	EXPECT (sched_getscheduler (0) == (SCHED_FIFO | SCHED_RESET_ON_FORK));
	EXPECT (sched_getparam (0, &got) == 0 && got.sched_priority == 7);
}

static void
test_real_time_priority_is_set (void **state)
{
	int status = child_run (set_real_time, NULL);

	if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
		skip_because ("no real-time scheduling allowed here");
	assert_int_equal (status, 0);
}

static void
set_affinity (void *data)
{
	struct error err;
	cpu_set_t got;

	EXPECT_OK (affinity_apply (0, NULL, &err));
	EXPECT_OK (affinity_apply (0, "0,8000-8191", &err));
	EXPECT (sched_getaffinity (0, sizeof got, &got) == 0);
	EXPECT (CPU_COUNT (&got) == 1 && CPU_ISSET (0, &got));
	EXPECT_FAILS (affinity_apply (0, "8191", &err), "none of them is there");
	EXPECT_FAILS (affinity_apply (0, "x", &err), "not a list of CPUs");
}

static void
test_affinity_is_set_and_wrong_cpus_are_explained (void **state)
{
	assert_child_succeeds (set_affinity, NULL);
}

static void
set_oom (void *data)
{
	char text[16];
	struct error err;
	autofd procfs = procfs_open_private (&err);

	EXPECT_OK (procfs);
	EXPECT_OK (oom_set_score_adj (procfs, 321, &err));
	EXPECT_OK (fd_read_line (AT_FDCWD, "/proc/self/oom_score_adj", text, sizeof text, &err));
	EXPECT (strcmp (text, "321") == 0);
	EXPECT_FAILS (oom_set_score_adj (procfs, 1001, &err), "oom_score_adj");
	if (is_capable (CAP_SYS_RESOURCE))
		return;
	EXPECT_FAILS (oom_set_score_adj (procfs, -500, &err), "set oomScoreAdj -500: ");
	EXPECT (strstr (err.text, "CAP_SYS_RESOURCE"));
}

static void
test_oom_score_adj_is_set_and_lowering_explained (void **state)
{
	assert_child_succeeds (set_oom, NULL);
}

static void
set_personality (void *data)
{
	struct process_plan process = { .personality = PER_LINUX32 };
	struct error err;

	EXPECT_OK (personality_apply (&process, &err));
	EXPECT (personality (0xffffffff) == PER_LINUX);
	process.has_personality = true;
	EXPECT_OK (personality_apply (&process, &err));
	EXPECT (personality (0xffffffff) == PER_LINUX32);
}

static void
test_personality_is_set (void **state)
{
	assert_child_succeeds (set_personality, NULL);
}

static void
join_keyring (void *data)
{
	char text[256];
	struct error err;
	long first, second;

	if (sys_keyctl (KEYCTL_GET_KEYRING_ID, (unsigned long) KEY_SPEC_SESSION_KEYRING, 0, 0, 0) <
			0 &&
		errno == ENOSYS)
		_exit (77);
	EXPECT_OK (keyring_join ("davit-unit-test", KEYRING_SEARCH_USER, &err));
	first = sys_keyctl (
		KEYCTL_GET_KEYRING_ID, (unsigned long) KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
	EXPECT (sys_keyctl (KEYCTL_DESCRIBE, (unsigned long) first, (unsigned long) text,
			sizeof text, 0) > 0);
	EXPECT (strstr (text, ";_ses.davit-unit-test"));
	EXPECT (strstr (text, ";3f1b0000;")); /* 3f130000 is the kernel's default */
	EXPECT_OK (keyring_join ("davit-unit-test", KEYRING_SEARCH_OTHER, &err));
	second = sys_keyctl (
		KEYCTL_GET_KEYRING_ID, (unsigned long) KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
	EXPECT (first == second); /* exec joins the container's */
	EXPECT (sys_keyctl (KEYCTL_DESCRIBE, (unsigned long) second, (unsigned long) text,
			sizeof text, 0) > 0);
	EXPECT (strstr (text, ";3f1b0008;"));
}

static void
test_session_keyring_is_joined_and_searchable (void **state)
{
	int status = child_run (join_keyring, NULL);

	if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
		skip_because ("the kernel has no keyrings");
	assert_int_equal (status, 0);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_root_keeps_exactly_the_asked_capabilities),
		cmocka_unit_test (test_ambient_capabilities_live_through_the_change_of_user),
		cmocka_unit_test (test_a_plain_user_program_has_no_capabilities),
		cmocka_unit_test (test_the_callers_ambient_capabilities_are_not_passed_on),
		cmocka_unit_test (test_what_can_not_be_given_is_left_out),
		cmocka_unit_test (test_ungrantable_capabilities_are_told),
		cmocka_unit_test (test_the_kernels_capabilities_match_its_own_count),
		cmocka_unit_test (test_groups_are_exactly_the_configs),
		cmocka_unit_test (test_the_id_that_means_no_change_is_refused),
		cmocka_unit_test (test_an_unmapped_user_is_explained),
		cmocka_unit_test (test_pipes_go_to_the_user_and_files_do_not),
		cmocka_unit_test (test_limits_are_set_and_what_is_missing_is_named),
		cmocka_unit_test (test_a_parent_sets_its_childs_limits),
		cmocka_unit_test (test_limits_can_be_raised_with_the_capability),
		cmocka_unit_test (test_scheduler_and_io_priority_are_set),
		cmocka_unit_test (test_real_time_priority_is_set),
		cmocka_unit_test (test_affinity_is_set_and_wrong_cpus_are_explained),
		cmocka_unit_test (test_oom_score_adj_is_set_and_lowering_explained),
		cmocka_unit_test (test_personality_is_set),
		cmocka_unit_test (test_session_keyring_is_joined_and_searchable),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
