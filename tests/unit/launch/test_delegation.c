/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "launch/delegation.h"

#include <sys/mount.h>

/* A container whose cgroup is given away: each test takes a reason for that away. */
static struct mount_plan cgroup_mount = { .destination = "/sys/fs/cgroup", .type = "cgroup" };
static struct id_map map = { 0, 100000, 65536 };
static struct process_plan process;

static struct plan
delegated (void)
{
	cgroup_mount.options = (struct mount_options){ 0 };
	cgroup_mount.type = "cgroup";
	process.uid = 0;
	return (struct plan){
		.namespaces = { .ns = { [NS_CGROUP] = { .how = NS_NEW },
					[NS_USER] = { .how = NS_NEW } },
			.id_maps = { .uids = &map, .n_uids = 1 } },
		.mounts = &cgroup_mount,
		.n_mounts = 1,
		.process = &process,
	};
}

static void
it_goes_to_the_user_of_the_process_as_the_host_has_him (void **state)
{
	struct plan plan = delegated ();
	uid_t uid;

	assert_true (delegation_owner (&plan, &uid));
	assert_int_equal (uid, 100000);
	process.uid = 7;
	assert_true (delegation_owner (&plan, &uid));
	assert_int_equal (uid, 100007);
	cgroup_mount.type = "cgroup2";
	assert_true (delegation_owner (&plan, &uid));
	plan.namespaces.ns[NS_USER].how = NS_INHERIT;
	assert_true (delegation_owner (&plan, &uid));
	assert_int_equal (uid, 7);
	plan.process = NULL;
	assert_true (delegation_owner (&plan, &uid));
	assert_int_equal (uid, 0);
}

static void
not_without_a_cgroup_namespace_of_its_own (void **state)
{
	struct plan plan = delegated ();
	uid_t uid;

	plan.namespaces.ns[NS_CGROUP].how = NS_INHERIT;
	assert_false (delegation_owner (&plan, &uid));
	plan.namespaces.ns[NS_CGROUP].how = NS_JOIN;
	assert_false (delegation_owner (&plan, &uid));
}

static void
not_without_a_writable_mount (void **state)
{
	struct plan plan = delegated ();
	uid_t uid;

	cgroup_mount.options.attr_set = MOUNT_ATTR_RDONLY;
	assert_false (delegation_owner (&plan, &uid));
	cgroup_mount.options = (struct mount_options){ .rec_attr_set = MOUNT_ATTR_RDONLY };
	assert_false (delegation_owner (&plan, &uid));
	cgroup_mount.options = (struct mount_options){ .sb_flags = MS_RDONLY };
	assert_false (delegation_owner (&plan, &uid));
	cgroup_mount.options = (struct mount_options){ .bind = true };
	assert_false (delegation_owner (&plan, &uid));
	cgroup_mount.options = (struct mount_options){ 0 };
	cgroup_mount.type = "tmpfs";
	assert_false (delegation_owner (&plan, &uid));
	plan.n_mounts = 0;
	assert_false (delegation_owner (&plan, &uid));
}

static void
not_to_a_user_that_the_host_does_not_have (void **state)
{
	struct plan plan = delegated ();
	uid_t uid;

	process.uid = 65536;
	assert_false (delegation_owner (&plan, &uid));
	process.uid = 0;
	plan.namespaces.id_maps.n_uids = 0;
	assert_false (delegation_owner (&plan, &uid));
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (it_goes_to_the_user_of_the_process_as_the_host_has_him),
		cmocka_unit_test (not_without_a_cgroup_namespace_of_its_own),
		cmocka_unit_test (not_without_a_writable_mount),
		cmocka_unit_test (not_to_a_user_that_the_host_does_not_have),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
