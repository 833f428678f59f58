/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "launch/ns_plan.h"

#include <linux/sched.h>
#include <stdio.h>

#define NEW(kind) [kind] = NS_NEW
#define JOIN(kind) [kind] = NS_JOIN

static const struct row {
	const char *what;
	enum ns_how how[NS_KINDS];
	bool has_middle;
	enum ns_kind joins[NS_KINDS];
	size_t n_joins;
	uint64_t time_unshare, clone_flags, init_unshare, late_unshare;
	bool maps_ids, in_user_namespace;
} rows[] = {
	{ .what = "nothing asked, nothing done" },
	{
		.what = "the default bundle: one clone, the dear ones beside the parent",
		.how = { NEW (NS_MOUNT), NEW (NS_PID), NEW (NS_IPC), NEW (NS_UTS), NEW (NS_NETWORK),
			NEW (NS_CGROUP) },
		.clone_flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS,
		.init_unshare = CLONE_NEWNET | CLONE_NEWIPC,
		.late_unshare = CLONE_NEWCGROUP,
	},
	{
		.what = "a new user namespace owns all the others",
		.how = { NEW (NS_USER), NEW (NS_MOUNT), NEW (NS_PID), NEW (NS_NETWORK) },
		.clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID,
		.init_unshare = CLONE_NEWNET,
		.maps_ids = true,
		.in_user_namespace = true,
	},
	{
		.what = "a pod's network is joined by init itself",
		.how = { NEW (NS_MOUNT), NEW (NS_PID), JOIN (NS_NETWORK), JOIN (NS_IPC),
			JOIN (NS_UTS) },
		.joins = { NS_IPC, NS_UTS, NS_NETWORK },
		.n_joins = 3,
		.clone_flags = CLONE_NEWNS | CLONE_NEWPID,
	},
	{
		.what = "a joined pid namespace counts for children only",
		.how = { NEW (NS_MOUNT), JOIN (NS_PID) },
		.has_middle = true,
		.joins = { NS_PID },
		.n_joins = 1,
		.clone_flags = CLONE_NEWNS,
	},
	{
		.what = "a new time namespace is made by init, in the user namespace that is to own it",
		.how = { NEW (NS_USER), NEW (NS_MOUNT), NEW (NS_TIME) },
		.maps_ids = true,
		.in_user_namespace = true,
		.time_unshare = CLONE_NEWTIME,
		.clone_flags = CLONE_NEWUSER | CLONE_NEWNS,
	},
	{
		.what = "a joined user namespace comes last and before what is new",
		.how = { JOIN (NS_USER), JOIN (NS_NETWORK), NEW (NS_MOUNT), NEW (NS_PID) },
		.has_middle = true,
		.joins = { NS_NETWORK, NS_USER },
		.n_joins = 2,
		.clone_flags = CLONE_NEWNS | CLONE_NEWPID,
		.in_user_namespace = true,
	},
	{
		.what = "the host's network is joined before a new user namespace is made",
		.how = { NEW (NS_USER), JOIN (NS_NETWORK), NEW (NS_MOUNT) },
		.has_middle = true,
		.joins = { NS_NETWORK },
		.n_joins = 1,
		.clone_flags = CLONE_NEWUSER | CLONE_NEWNS,
		.maps_ids = true,
		.in_user_namespace = true,
	},
	{
		.what = "paths are of the host until the mount namespace is joined",
		.how = { JOIN (NS_MOUNT), JOIN (NS_CGROUP), JOIN (NS_UTS), JOIN (NS_TIME) },
		.has_middle = true,
		.joins = { NS_UTS, NS_CGROUP, NS_TIME, NS_MOUNT },
		.n_joins = 4,
	},
};

static void
check (const struct row *row)
{
	struct namespaces_plan plan = { 0 };
	struct ns_steps steps;

	print_message ("%s\n", row->what);
	for (int kind = 0; kind < NS_KINDS; kind++)
		plan.ns[kind].how = row->how[kind];
	ns_plan (&plan, &steps);
	assert_int_equal (steps.has_middle, row->has_middle);
	assert_int_equal (steps.n_joins, row->n_joins);
	for (size_t i = 0; i < row->n_joins; i++)
		assert_int_equal (steps.joins[i], row->joins[i]);
	assert_int_equal (steps.time_unshare, row->time_unshare);
	assert_int_equal (steps.clone_flags, row->clone_flags);
	assert_int_equal (steps.init_unshare, row->init_unshare);
	assert_int_equal (steps.late_unshare, row->late_unshare);
	assert_int_equal (steps.maps_ids, row->maps_ids);
	assert_int_equal (steps.in_user_namespace, row->in_user_namespace);
}

static void
test_each_combination_has_its_calls_in_order (void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
		check (&rows[i]);
}

/* Whatever is asked, each new namespace is made once and each joined one joined once. */
static void
test_every_namespace_is_made_or_joined_once (void **state)
{
	for (unsigned int n = 0; n < 6561; n++) { /* 3 to the power of NS_KINDS */
		struct namespaces_plan plan = { 0 };
		uint64_t made, news = 0;
		size_t joins = 0;
		struct ns_steps s;

		for (unsigned int kind = 0, rest = n; kind < NS_KINDS; kind++, rest /= 3) {
			plan.ns[kind].how = (enum ns_how) (rest % 3);
			news |= rest % 3 == NS_NEW ? ns_table[kind].clone_flag : 0;
			joins += rest % 3 == NS_JOIN;
		}
		ns_plan (&plan, &s);
		made = s.time_unshare | s.clone_flags | s.init_unshare | s.late_unshare;
		assert_int_equal (made, news);
		assert_int_equal (
			s.time_unshare + s.clone_flags + s.init_unshare + s.late_unshare, made);
		assert_int_equal (s.n_joins, joins);
		assert_false (s.clone_flags & CLONE_NEWCGROUP);
	}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_each_combination_has_its_calls_in_order),
		cmocka_unit_test (test_every_namespace_is_made_or_joined_once),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
