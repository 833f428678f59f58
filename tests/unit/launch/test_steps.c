/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The order of steps is data: what has to come before what is told here, with the reason.
 */
#include "unit.h"

#include "base/auto.h"
#include "launch/describe_plan.h"
#include "launch/ns_plan.h"
#include "launch/steps.h"

#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

static const struct order {
	enum story story;
	enum actor actor;
	const char *first, *then;
	const char *why;
} orders[] = {
	{ STORY_CREATE, ACTOR_PARENT, "open the namespaces to join", "start the first process",
		"a path that is no namespace fails before anything is made" },
	{ STORY_CREATE, ACTOR_PARENT, "compile the seccomp filter", "start the first process",
		"after the fork the child does no big allocations" },
	{ STORY_CREATE, ACTOR_PARENT, "limit the control group", "tell: control group is ready",
		"no process runs without its limits" },
	{ STORY_CREATE, ACTOR_PARENT, "tell: control group is ready", "prepare the record",
		"the control groups in it are final" },
	{ STORY_CREATE, ACTOR_PARENT, "prepare the record", "wait: init is ready",
		"init does not wait for a file to be written" },
	{ STORY_CREATE, ACTOR_PARENT, "run the runtime hooks", "tell: hooks have run",
		"network hooks are done before the program starts" },
	{ STORY_CREATE, ACTOR_INIT, "adjust the oom score", "become root in the user namespace",
		"afterwards its file is the host root's" },
	{ STORY_CREATE, ACTOR_MIDDLE, "adjust the oom score", "join the namespaces",
		"afterwards its file is the host root's" },
	{ STORY_CREATE, ACTOR_INIT, "wait: ids are mapped", "prepare the root",
		"without a mapped id the kernel refuses to make files" },
	{ STORY_CREATE, ACTOR_INIT, "enter the control group", "make the cgroup namespace",
		"its root is where its maker is" },
	{ STORY_CREATE, ACTOR_INIT, "mount the other file systems", "make the devices",
		"/dev is mounted by then" },
	{ STORY_CREATE, ACTOR_INIT, "connect to the seccomp agent", "pivot into the root",
		"its socket is a path of the host" },
	{ STORY_CREATE, ACTOR_INIT, "run the createContainer hooks", "pivot into the root",
		"the spec: their paths are the host's" },
	{ STORY_CREATE, ACTOR_INIT, "wait: hooks have run", "run the createContainer hooks",
		"the spec's lifecycle" },
	{ STORY_CREATE, ACTOR_INIT, "run the createContainer hooks",
		"hide paths and close the root", "they may still write to a read-only root" },
	{ STORY_CREATE, ACTOR_INIT, "pivot into the root", "find the program",
		"it is the container's file" },
	{ STORY_CREATE, ACTOR_INIT, "pivot into the root", "take the container's null device",
		"it is the container's file" },
	{ STORY_CREATE, ACTOR_INIT, "take the container's null device", "load seccomp early",
		"the filter need not allow it" },
	{ STORY_CREATE, ACTOR_INIT, "forbid new privileges", "load seccomp early",
		"only so an unprivileged filter may be loaded" },
	{ STORY_CREATE, ACTOR_INIT, "load seccomp early", "drop the bounding capabilities",
		"without no_new_privs it needs CAP_SYS_ADMIN" },
	{ STORY_CREATE, ACTOR_INIT, "drop the bounding capabilities", "become the user",
		"it needs CAP_SETPCAP" },
	{ STORY_CREATE, ACTOR_INIT, "become the user", "set the capabilities",
		"a change of user clears them" },
	{ STORY_CREATE, ACTOR_INIT, "become the user", "enter the working directory",
		"what the user may not enter is not entered for him" },
	{ STORY_CREATE, ACTOR_INIT, "wait: recorded", "wait: start",
		"nobody waits who can't be found" },
	{ STORY_CREATE, ACTOR_INIT, "wait: start", "run the startContainer hooks",
		"the spec: they belong to start" },
	{ STORY_CREATE, ACTOR_INIT, "close inherited file descriptors", "execute the program",
		"CVE-2024-21626" },
	{ STORY_CREATE, ACTOR_INIT, "run the startContainer hooks", "load seccomp",
		"the filter is for the program" },
	{ STORY_EXEC, ACTOR_MIDDLE, "refuse to be looked at", "join the namespaces",
		"CVE-2016-9962" },
	{ STORY_EXEC, ACTOR_INIT, "refuse to be looked at", "join the namespaces",
		"CVE-2016-9962" },
	{ STORY_EXEC, ACTOR_INIT, "adjust the oom score", "refuse to be looked at",
		"afterwards its file is not ours to write" },
	{ STORY_EXEC, ACTOR_INIT, "connect to the seccomp agent", "join the namespaces",
		"its socket is a path of the host" },
	{ STORY_EXEC, ACTOR_MIDDLE, "connect to the seccomp agent", "join the namespaces",
		"its socket is a path of the host" },
	{ STORY_CREATE, ACTOR_PARENT, "move the network devices", "run the runtime hooks",
		"hooks may be about them" },
	{ STORY_CREATE, ACTOR_PARENT, "make the resctrl group", "assign it to the resctrl group",
		"it exists by then" },
	{ STORY_CREATE, ACTOR_PARENT, "assign it to the resctrl group",
		"tell: control group is ready", "its children are not moved with it" },
	{ STORY_EXEC, ACTOR_PARENT, "assign it to the resctrl group",
		"tell: control group is ready", "its children are not moved with it" },
	{ STORY_CREATE, ACTOR_INIT, "make the other namespaces", "tell: the network namespace",
		"until then it is the host's" },
	{ STORY_CREATE, ACTOR_INIT, "wait: network devices are there", "write the sysctls",
		"net.ipv4.conf has files of theirs" },
	{ STORY_CREATE, ACTOR_INIT, "wait: network devices are there",
		"run the createContainer hooks", "hooks may be about them" },
	{ STORY_CREATE, ACTOR_INIT, "make the cgroup namespace",
		"enter the delegated control group",
		"its root is the container's cgroup, where the limits are to be seen" },
	{ STORY_CREATE, ACTOR_PARENT, "limit the control group", "make the delegated control group",
		"the limits are the container's, not the delegated one's" },
	{ STORY_CREATE, ACTOR_PARENT, "wait: init is ready", "divide the control group",
		"a cgroup that holds processes can't be divided" },
	{ STORY_CREATE, ACTOR_INIT, "enter the control group", "set the memory policy",
		"its nodes have to be in the cpuset" },
	{ STORY_EXEC, ACTOR_INIT, "enter the control group", "set the memory policy",
		"its nodes have to be in the cpuset" },
	{ STORY_EXEC, ACTOR_INIT, "enter the control group", "set the final cpu affinity",
		"the spec: after the transition to the container's cgroup" },
	{ STORY_EXEC, ACTOR_INIT, "become the user", "set the capabilities",
		"a change of user clears them" },
	{ STORY_EXEC, ACTOR_INIT, "close inherited file descriptors", "execute the program",
		"CVE-2024-21626" },
};

static int
position (const struct order *order, const char *name)
{
	const struct step *steps = steps_of (order->story, order->actor);

	for (int i = 0; steps[i].name; i++)
		if (strcmp (steps[i].name, name) == 0)
			return i;
	print_error ("%s has no step '%s'\n", actor_names[order->story][order->actor], name);
	return -1;
}

static void
test_what_must_come_first_comes_first (void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE (orders); i++) {
		int first = position (&orders[i], orders[i].first);
		int then = position (&orders[i], orders[i].then);

		assert_true (first >= 0 && then >= 0);
		if (first >= then)
			print_error ("'%s' comes after '%s': %s\n", orders[i].first, orders[i].then,
				orders[i].why);
		assert_true (first < then);
	}
}

static void
test_the_last_step_of_init_executes_the_program (void **state)
{
	for (int story = 0; story < STORIES; story++) {
		const struct step *step = steps_of ((enum story) story, ACTOR_INIT);

		while (step[1].name)
			step++;
		assert_string_equal (step->name, "execute the program");
	}
}

/* Faults are injected and plans are read by name. */
static void
test_no_process_has_two_steps_of_one_name (void **state)
{
	for (int story = 0; story < STORIES; story++)
		for (int actor = 0; actor < ACTORS; actor++) {
			const struct step *steps =
				steps_of ((enum story) story, (enum actor) actor);

			for (size_t i = 0; steps[i].name; i++)
				for (size_t k = 0; k < i; k++)
					assert_string_not_equal (steps[i].name, steps[k].name);
		}
}

static void
test_an_exec_joins_all_that_the_container_has_of_its_own (void **state)
{
	struct namespaces_plan plan = { 0 };
	struct ns_steps steps;

	plan.ns[NS_PID].how = NS_NEW;
	plan.ns[NS_MOUNT].how = NS_NEW;
	plan.ns[NS_NETWORK].how = NS_JOIN;
	ns_plan_exec (&plan, true, &steps);
	assert_false (steps.has_middle);
	assert_int_equal (steps.parent_setns, CLONE_NEWPID);
	assert_int_equal (steps.child_setns, CLONE_NEWNS | CLONE_NEWNET);
	assert_false (steps.in_user_namespace);
}

static void
test_an_unprivileged_exec_goes_through_the_user_namespace (void **state)
{
	struct namespaces_plan plan = { 0 };
	struct ns_steps steps;

	plan.ns[NS_USER].how = NS_NEW;
	plan.ns[NS_PID].how = NS_NEW;
	ns_plan_exec (&plan, false, &steps);
	assert_true (steps.has_middle);
	assert_int_equal (steps.parent_setns, 0);
	assert_int_equal (steps.child_setns, CLONE_NEWUSER | CLONE_NEWPID);
	assert_true (steps.in_user_namespace);
}

static void
test_a_plan_is_described_by_what_applies (void **state)
{
	struct plan plan = { .hostname = "berth", .root = { .path = "/srv/root" } };
	struct buffer text = { 0 };

	describe_plan_text (&plan, &text);
	assert_non_null (strstr (text.data, "  set the host name\n      berth\n"));
	assert_null (strstr (text.data, "set the domain name"));
	assert_null (strstr (text.data, "middle:"));
	buffer_done (&text);
	plan.namespaces.ns[NS_TIME].how = NS_NEW;
	describe_plan_text (&plan, &text);
	assert_non_null (strstr (text.data, "make the time namespace"));
	assert_null (strstr (text.data, "middle:"));
	buffer_done (&text);
	plan.namespaces.ns[NS_TIME].how = NS_JOIN;
	describe_plan_text (&plan, &text);
	assert_non_null (strstr (text.data, "middle:\n"));
	buffer_done (&text);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_what_must_come_first_comes_first),
		cmocka_unit_test (test_the_last_step_of_init_executes_the_program),
		cmocka_unit_test (test_no_process_has_two_steps_of_one_name),
		cmocka_unit_test (test_an_exec_joins_all_that_the_container_has_of_its_own),
		cmocka_unit_test (test_an_unprivileged_exec_goes_through_the_user_namespace),
		cmocka_unit_test (test_a_plan_is_described_by_what_applies),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
