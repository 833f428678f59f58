/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/configs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* ---- the root */

struct bundle {
	char directory[32];
};

static void
bundle_done (struct bundle *bundle)
{
	autofree char *command = xasprintf ("rm -rf '%s'", bundle->directory);

	assert_int_equal (system (command), 0);
}

/* A directory with "root/fs" and a file "file" in it. */
static struct bundle
make_bundle (void)
{
	struct bundle bundle = { "/tmp/davit-spec-XXXXXX" };
	autofree char *directory = NULL, *below = NULL, *file = NULL;
	FILE *f;

	assert_non_null (mkdtemp (bundle.directory));
	directory = xasprintf ("%s/root", bundle.directory);
	below = xasprintf ("%s/root/fs", bundle.directory);
	file = xasprintf ("%s/file", bundle.directory);
	assert_int_equal (mkdir (directory, 0755), 0);
	assert_int_equal (mkdir (below, 0755), 0);
	f = fopen (file, "w");
	assert_non_null (f);
	fclose (f);
	return bundle;
}

/* The plan's root, or the error, of a config whose root.path is `path`. */
static int
read_root (const struct bundle *bundle, const char *path, struct plan *out, struct error *err)
{
	struct spec_request request = { .bundle = bundle->directory };
	autofree char *text = xasprintf (
		"{\"ociVersion\":\"1.0.0\",\n\"root\":{\"path\":\"%s\",\"readonly\":true}}", path);
	struct spec_document document = { "config.json", text, strlen (text) };

	if (spec_parse_plan (&request, &document, out, err) < 0)
		return -1;
	if (spec_find_root (out, err) == 0)
		return 0;
	plan_done (out);
	return -1;
}

static void
the_root_is_a_directory_of_the_bundle (void **state)
{
	static const char *const same[] = { "root/fs", "./root/fs", "root//fs/", "root/./fs/." };
	AUTO (bundle_done) struct bundle bundle = make_bundle ();
	autofree char *expected = xasprintf ("%s/root/fs", bundle.directory);
	autofree char *not_there = xasprintf (
		"config.json:2: /root/path: the root file system '%s/nowhere': no such file",
		bundle.directory);
	autofree char *no_directory = xasprintf (
		"config.json:2: /root/path: the root file system '%s/file' is not a directory",
		bundle.directory);
	struct error err = { 0 };
	struct plan unused;

	for (size_t i = 0; i < ARRAY_SIZE (same); i++) {
		AUTO (plan_done) struct plan plan = { 0 };

		assert_int_equal (read_root (&bundle, same[i], &plan, &err), 0);
		assert_string_equal (plan.root.path, expected);
		assert_true (plan.root.readonly);
		assert_string_equal (plan.root.at, "config.json:2: /root");
	}
	autofree char *link = xasprintf ("%s/link", bundle.directory);
	assert_int_equal (symlink ("root/../root/fs", link), 0);
	AUTO (plan_done) struct plan linked = { 0 };
	assert_int_equal (read_root (&bundle, "link", &linked, &err), 0);
	assert_string_equal (linked.root.path, expected);
	assert_int_equal (read_root (&bundle, "nowhere", &unused, &err), -1);
	assert_string_equal (err.text, not_there);
	assert_int_equal (err.code, ENOENT);
	assert_int_equal (read_root (&bundle, "file", &unused, &err), -1);
	assert_string_equal (err.text, no_directory);
	assert_int_equal (read_root (&bundle, "", &unused, &err), -1);
	assert_string_equal (err.text, "config.json:2: /root/path: must not be empty");
}

/* A container's saved config has to be understood when its root is gone. */
static void
a_config_in_memory_is_understood_without_its_root (void **state)
{
	static const struct spec_request request = { .bundle = "/nowhere" };
	static const char text[] = "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"fs\"}}";
	struct spec_document document = { "config.json", text, strlen (text) };
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err = { 0 };

	if (spec_parse_plan (&request, &document, &plan, &err) < 0)
		assert_string_equal (err.text, "");
	assert_string_equal (plan.root.path, "/nowhere/fs");
}

static void
an_absolute_root_is_taken_as_it_is (void **state)
{
	AUTO (bundle_done) struct bundle bundle = make_bundle ();
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err = { 0 };

	assert_int_equal (read_root (&bundle, "//tmp/.", &plan, &err), 0);
	assert_string_equal (plan.root.path, "/tmp");
}

static void
a_config_without_a_root_is_refused (void **state)
{
	static const struct spec_request request = { .bundle = "/bundle" };
	static const char text[] = "{\"ociVersion\":\"1.3.0\"}";
	struct spec_document document = { "config.json", text, strlen (text) };
	struct error err = { 0 };
	struct plan plan;

	assert_int_equal (spec_parse_plan (&request, &document, &plan, &err), -1);
	assert_string_equal (err.text, "config.json:1: /root: is missing");
}

static void
propagation_of_the_root_is_one_of_four (void **state)
{
	static const struct {
		const char *word;
		unsigned long flag;
	} rows[] = {
		{ "private", MS_PRIVATE },
		{ "rprivate", MS_PRIVATE | MS_REC },
		{ "shared", MS_SHARED },
		{ "rshared", MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE },
		{ "rslave", MS_SLAVE | MS_REC },
		{ "unbindable", MS_UNBINDABLE },
		{ "runbindable", MS_UNBINDABLE | MS_REC },
	};
	static const struct verdict wrong = {
		LINUX ("\"rootfsPropagation\":\"public\""),
		"/linux/rootfsPropagation: 'public' is not one of private, shared, slave, "
		"unbindable, rprivate, rshared, rslave or runbindable",
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
		autofree char *members =
			xasprintf (LINUX ("\"rootfsPropagation\":\"%s\""), rows[i].word);
		AUTO (plan_done) struct plan plan;

		plan_of (members, &plan);
		assert_int_equal (plan.root.propagation, rows[i].flag);
	}
	check_verdict (&wrong);
}

/* ---- mounts */

#define MOUNT(members) "\"mounts\":[{" members "}]"

static void
mounts_are_kept_in_order_and_resolved (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct mount_plan *m;

	plan_of ("\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},\n"
		 "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":["
		 "\"nosuid\",\"mode=755\",\"size=64k\"]},\n"
		 "{\"destination\":\"/a/../b\",\"type\":\"x\",\"source\":\"./data\",\"options\":["
		 "\"rbind\",\"ro\"]},"
		 "{\"destination\":\"/c\",\"source\":\"/abs\",\"options\":[\"bind\"]},"
		 "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\"}]",
		&plan);
	m = plan.mounts;
	assert_int_equal (plan.n_mounts, 5);
	assert_string_equal (m[0].at, "config.json:2: /mounts/0");
	assert_string_equal (m[0].destination, "/proc");
	assert_string_equal (m[0].source, "proc");
	assert_string_equal (m[1].at, "config.json:3: /mounts/1");
	assert_true (m[1].options.attr_set & MOUNT_ATTR_NOSUID);
	assert_string_equal (m[1].options.data, "mode=755,size=64k");
	assert_string_equal (m[2].at, "config.json:4: /mounts/2");
	assert_string_equal (m[2].destination, "/a/../b");
	assert_string_equal (m[2].source, "/bundle/./data");
	assert_true (m[2].options.bind && m[2].options.bind_recursive);
	assert_string_equal (m[3].source, "/abs");
	assert_null (m[3].type);
	assert_string_equal (m[4].type, "cgroup");
	assert_string_equal (m[4].source, "cgroup");
}

static void
a_relative_destination_is_taken_from_the_root_with_a_warning (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of (MOUNT ("\"destination\":\"mnt/x\",\"type\":\"tmpfs\""), &plan);
	assert_string_equal (plan.mounts[0].destination, "/mnt/x");
	assert_int_equal (plan.n_warnings, 1);
	assert_string_equal (plan.warnings[0],
		"config.json:2: /mounts/0/destination: 'mnt/x' is relative, which is deprecated: "
		"taken as '/mnt/x'");
}

static void
a_mount_is_of_a_file_system_or_a_bind_mount (void **state)
{
	static const struct verdict rows[] = {
		{ MOUNT ("\"destination\":\"\",\"type\":\"tmpfs\""),
			"/mounts/0/destination: must not be empty" },
		{ MOUNT ("\"type\":\"tmpfs\""), "/mounts/0: 'destination' is missing" },
		{ MOUNT ("\"destination\":\"/a\",\"source\":\"/b\""),
			"/mounts/0/type: is missing, and the options say of no bind mount "
			"(add the option \"bind\" or \"rbind\")" },
		{ MOUNT ("\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/b\""),
			"/mounts/0/type: 'bind' is no file system: it is the options that make a "
			"bind mount (add the option \"bind\" or \"rbind\")" },
		{ MOUNT ("\"destination\":\"/a\",\"options\":[\"remount\",\"ro\"]"), NULL },
		{ MOUNT ("\"destination\":\"/a\",\"options\":[\"rshared\"]"), NULL },
		{ MOUNT ("\"destination\":\"/a\",\"type\":\"bind\",\"options\":[\"bind\"]"),
			"/mounts/0/source: is missing: a bind mount needs one" },
		{ MOUNT ("\"destination\":\"/a\",\"options\":[\"bind\",\"remount\",\"ro\"]"),
			NULL },
		{ MOUNT ("\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\","
			 "\"idmap=uids=0-1-2\"]"),
			"/mounts/0/options: option 'idmap=uids=0-1-2': give the maps as "
			"uidMappings and gidMappings of the mount" },
	};

	CHECK_VERDICTS (rows);
}

#define MAP "[{\"containerID\":0,\"hostID\":5,\"size\":1}]"
#define IDMAP "\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"idmap\"]"

static void
an_idmapped_mount_has_mappings (void **state)
{
	static const struct verdict rows[] = {
		{ MOUNT ("\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"idmap\"],"
			 "\"uidMappings\":" MAP ",\"gidMappings\":" MAP),
			"/mounts/0: only a bind mount can be idmapped" },
		{ MOUNT (IDMAP),
			"/mounts/0/options: an idmapped mount needs uidMappings and gidMappings, "
			"or a user namespace" },
		{ MOUNT (IDMAP) "," LINUX ("\"namespaces\":[{\"type\":\"user\",\"path\":\"/u\"}]"),
			"/mounts/0/options: an idmapped mount needs the mappings of the joined "
			"user namespace (say them in linux.uidMappings and gidMappings)" },
		{ MOUNT (IDMAP ",\"uidMappings\":" MAP),
			"/mounts/0/gidMappings: is missing beside uidMappings" },
		{ MOUNT (IDMAP ",\"gidMappings\":" MAP),
			"/mounts/0/uidMappings: is missing beside gidMappings" },
		{ MOUNT (IDMAP ",\"uidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":0}],"
			       "\"gidMappings\":" MAP),
			"/mounts/0/uidMappings/0/size: must not be 0" },
	};
	AUTO (plan_done) struct plan own, unnamed, containers;

	CHECK_VERDICTS (rows);
	plan_of (MOUNT (IDMAP ",\"uidMappings\":" MAP ",\"gidMappings\":" MAP), &own);
	assert_true (own.mounts[0].options.idmap);
	assert_int_equal (own.mounts[0].id_maps.n_uids, 1);
	assert_int_equal (own.mounts[0].id_maps.gids[0].host, 5);
	plan_of (MOUNT ("\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\"],"
			"\"uidMappings\":" MAP ",\"gidMappings\":" MAP),
		&unnamed);
	assert_true (unnamed.mounts[0].options.idmap);
	plan_of (
		MOUNT (IDMAP) "," LINUX ("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":" MAP
					 ",\"gidMappings\":" MAP),
		&containers);
	assert_int_equal (containers.mounts[0].id_maps.n_uids, 1);
	assert_int_equal (containers.mounts[0].id_maps.uids[0].host, 5);
}

/* ---- devices */

#define DEVICE(members) LINUX ("\"devices\":[{" members "}]")
#define NULL_IS(minor)                                                         \
	"{\"path\":\"/dev/null\",\"type\":\"c\",\"major\":1,\"minor\":" #minor \
	",\"fileMode\":420,\"uid\":1,\"gid\":2}"

static void
the_default_devices_come_first (void **state)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} expected[] = {
		{ "/dev/null", 1, 3 },
		{ "/dev/zero", 1, 5 },
		{ "/dev/full", 1, 7 },
		{ "/dev/random", 1, 8 },
		{ "/dev/urandom", 1, 9 },
		{ "/dev/tty", 5, 0 },
	};
	AUTO (plan_done) struct plan plan;

	plan_of (LINUX ("\"devices\":[{\"path\":\"/dev/fuse\",\"type\":\"c\",\"major\":10,"
			"\"minor\":229}]"),
		&plan);
	assert_int_equal (plan.n_devices, 7);
	for (size_t i = 0; i < ARRAY_SIZE (expected); i++) {
		assert_string_equal (plan.devices[i].path, expected[i].path);
		assert_int_equal (plan.devices[i].type, S_IFCHR);
		assert_int_equal (plan.devices[i].major, expected[i].major);
		assert_int_equal (plan.devices[i].minor, expected[i].minor);
		assert_int_equal (plan.devices[i].mode, 0666);
		assert_int_equal (plan.devices[i].uid, 0);
		assert_null (plan.devices[i].at);
	}
	assert_string_equal (plan.devices[6].path, "/dev/fuse");
	assert_string_equal (plan.devices[6].at, "config.json:2: /linux/devices/0");
	assert_int_equal (plan.devices[6].minor, 229);
	assert_int_equal (plan.devices[6].mode, 0666);
}

static void
a_device_has_a_type_a_mode_and_an_owner (void **state)
{
	AUTO (plan_done) struct plan plan;
	const struct device_plan *d;

	plan_of (LINUX ("\"devices\":[{\"path\":\"/b\",\"type\":\"b\",\"major\":8,\"minor\":1,"
			"\"fileMode\":25008,\"uid\":3,\"gid\":4},"
			"{\"path\":\"/u\",\"type\":\"u\",\"major\":1,\"minor\":3},"
			"{\"path\":\"/p\",\"type\":\"p\",\"fileMode\":0}]"),
		&plan);
	d = &plan.devices[6];
	assert_int_equal (d[0].type, S_IFBLK);
	assert_int_equal (d[0].mode, 0660); /* 0060660 with the file type, as older engines write */
	assert_int_equal (d[0].uid, 3);
	assert_int_equal (d[0].gid, 4);
	assert_int_equal (d[1].type, S_IFCHR);
	assert_int_equal (d[2].type, S_IFIFO);
	assert_int_equal (d[2].mode, 0);
}

static void
a_default_device_can_get_another_mode_and_owner (void **state)
{
	AUTO (plan_done) struct plan plan;

	plan_of (LINUX ("\"devices\":[" NULL_IS (3) "]"), &plan);
	assert_int_equal (plan.n_devices, 6);
	assert_int_equal (plan.devices[0].mode, 0644);
	assert_int_equal (plan.devices[0].uid, 1);
	assert_string_equal (plan.devices[0].at, "config.json:2: /linux/devices/0");
}

static void
a_device_is_whole_and_contradicts_no_other (void **state)
{
	static const struct verdict rows[] = {
		{ DEVICE ("\"path\":\"dev/x\",\"type\":\"c\",\"major\":1,\"minor\":3"),
			"/linux/devices/0/path: 'dev/x' is not an absolute path" },
		{ DEVICE ("\"path\":\"/x\",\"type\":\"c\",\"minor\":3"),
			"/linux/devices/0/major: is missing: a device node needs major and minor" },
		{ DEVICE ("\"path\":\"/x\",\"type\":\"b\",\"major\":3"),
			"/linux/devices/0/minor: is missing: a device node needs major and minor" },
		{ DEVICE ("\"path\":\"/x\",\"type\":\"p\""), NULL },
		{ DEVICE ("\"path\":\"/x\",\"type\":\"c\",\"major\":4096,\"minor\":3"),
			"/linux/devices/0/major: must be a number from 0 to 4095" },
		{ DEVICE ("\"path\":\"/x\",\"type\":\"c\",\"major\":1,\"minor\":1048576"),
			"/linux/devices/0/minor: must be a number from 0 to 1048575" },
		{ DEVICE ("\"path\":\"/x\",\"type\":\"c\",\"major\":-1,\"minor\":0"),
			"/linux/devices/0/major: must be a number from 0 to 4095" },
		{ DEVICE ("\"path\":\"/x\",\"type\":\"d\",\"major\":1,\"minor\":0"),
			"/linux/devices/0/type: 'd' does not match ^[cbup]$" },
		{ LINUX ("\"devices\":[" NULL_IS (3) "," NULL_IS (3) "]"), NULL },
		{ LINUX ("\"devices\":[" NULL_IS (4) "]"),
			"/linux/devices/0/path: '/dev/null' is a default device, and is another "
			"device" },
		{ LINUX ("\"devices\":[{\"path\":\"/dev/null\",\"type\":\"c\",\"major\":2,"
			 "\"minor\":3}]"),
			"/linux/devices/0/path: '/dev/null' is a default device, and is another "
			"device" },
		{ LINUX ("\"devices\":[{\"path\":\"/dev/null\",\"type\":\"b\",\"major\":1,"
			 "\"minor\":3}]"),
			"/linux/devices/0/path: '/dev/null' is a default device, and is another "
			"device" },
		{ LINUX ("\"devices\":[{\"path\":\"/x\",\"type\":\"p\"},"
			 "{\"path\":\"/x\",\"type\":\"c\",\"major\":1,\"minor\":3}]"),
			"/linux/devices/1/path: '/x' is there twice, and is another device" },
	};

	CHECK_VERDICTS (rows);
}

/* ---- hidden paths */

static void
paths_are_hidden_by_their_absolute_names (void **state)
{
	static const struct verdict rows[] = {
		{ LINUX ("\"maskedPaths\":[\"/a\",\"b\"]"),
			"/linux/maskedPaths/1: 'b' is not an absolute path" },
		{ LINUX ("\"readonlyPaths\":[\"\"]"),
			"/linux/readonlyPaths/0: '' is not an absolute path" },
	};
	AUTO (plan_done) struct plan plan;

	CHECK_VERDICTS (rows);
	plan_of (LINUX ("\"maskedPaths\":[\"/a\",\n\"/b\"],\"readonlyPaths\":[\n\"/c\"],"
			"\"mountLabel\":\"l\""),
		&plan);
	assert_int_equal (plan.n_masked_paths, 2);
	assert_string_equal (plan.masked_paths[1].path, "/b");
	assert_string_equal (plan.masked_paths[1].at, "config.json:3: /linux/maskedPaths/1");
	assert_int_equal (plan.n_readonly_paths, 1);
	assert_string_equal (plan.readonly_paths[0].path, "/c");
	assert_string_equal (plan.readonly_paths[0].at, "config.json:4: /linux/readonlyPaths/0");
	assert_string_equal (plan.mount_label, "l");
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (the_root_is_a_directory_of_the_bundle),
		cmocka_unit_test (a_config_in_memory_is_understood_without_its_root),
		cmocka_unit_test (an_absolute_root_is_taken_as_it_is),
		cmocka_unit_test (a_config_without_a_root_is_refused),
		cmocka_unit_test (propagation_of_the_root_is_one_of_four),
		cmocka_unit_test (mounts_are_kept_in_order_and_resolved),
		cmocka_unit_test (a_relative_destination_is_taken_from_the_root_with_a_warning),
		cmocka_unit_test (a_mount_is_of_a_file_system_or_a_bind_mount),
		cmocka_unit_test (an_idmapped_mount_has_mappings),
		cmocka_unit_test (the_default_devices_come_first),
		cmocka_unit_test (a_device_has_a_type_a_mode_and_an_owner),
		cmocka_unit_test (a_default_device_can_get_another_mode_and_owner),
		cmocka_unit_test (a_device_is_whole_and_contradicts_no_other),
		cmocka_unit_test (paths_are_hidden_by_their_absolute_names),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
