/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The systemd driver: the container is a transient scope, a unit whose cgroup systemd makes and
 * removes, and whose limits it knows.
 *
 * A scope has to have a process from the beginning, and ends with its last one. The container's first
 * process is to be born inside, so that the scope comes first: its process meanwhile is a helper of
 * ours that does nothing, and ends when the container's is there.
 *
 * On cgroup v1 systemd makes the directories of those hierarchies that it knows; the others are made
 * at the same paths, as the cgroupfs driver does. All that systemd has no property for is written to
 * the files, which is what Delegate=yes allows.
 */
#include "base/auto.h"
#include "base/str.h"
#include "cgroup/bus.h"
#include "cgroup/cpuset.h"
#include "cgroup/devices.h"
#include "cgroup/driver.h"
#include "cgroup/limits.h"
#include "cgroup/subtree.h"
#include "cgroup/systemd_path.h"
#include "cgroup/systemd_properties.h"
#include "cgroup/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOTED "/run/systemd/system" /* sd_booted(3) */
#define PATIENCE_MS 30000
/* What was not awaited to its end is asked to go away: who asked for that does not wait long. */
#define UNDO_PATIENCE_MS 3000

struct systemd_scope {
	struct systemd_unit unit; /* of a loaded one the name alone */
	struct bus_candidates candidates;
	struct bus_patience patience;
	const char *address; /* of the bus that answered */
	struct unit_properties wanted; /* by annotations */
	const char *container_id; /* borrowed */
	bool is_user; /* a user's systemd */
	bool is_ours; /* started by us, or loaded */
	bool is_new; /* started by us with its limits */
	struct bus *bus; /* owned; NULL: closed */
	pid_t helper; /* 0: none */
};

static int
open_bus (struct systemd_scope *scope, struct error *err)
{
	if (scope->bus)
		return 0;
	return bus_open (&scope->candidates, &scope->patience, &scope->bus, &scope->address, err);
}

/* Children must not inherit a way to systemd. */
static void
close_bus (struct systemd_scope *scope)
{
	bus_close (scope->bus);
	scope->bus = NULL;
}

static void
end_helper (struct systemd_scope *scope)
{
	if (scope->helper <= 0)
		return;
	kill (scope->helper, SIGKILL);
	while (waitpid (scope->helper, NULL, 0) < 0 && errno == EINTR)
		;
	scope->helper = 0;
}

/* ---- places */

static int
check_host (struct error *err)
{
	if (!bus_is_built_in ())
		return fail (err, 0, "this build of davit has no systemd cgroup driver");
	if (access (BOOTED, F_OK) < 0)
		return fail_hint (err, 0, "there is no " BOOTED "; leave out --systemd-cgroup",
			"systemd is not process 1 of this host, so that it can't make control groups");
	return 0;
}

/* The hierarchy in which systemd keeps track of a unit's processes. */
static struct place *
main_place (struct cgroup *cgroup)
{
	struct place *place = cgroup_place_v2 (cgroup);

	return place ? place : cgroup_place_v1 (cgroup, "name=systemd");
}

/* `path` is the scope's. */
static void
set_places (struct cgroup *cgroup, const char *path)
{
	struct cgroup_hierarchies *all = cgroup->hierarchies;
	const char *subgroup = cgroup->plan->subgroup;

	for (size_t i = 0; i < all->n; i++) {
		const struct cgroup_hierarchy *hierarchy = &all->entries[i];

		cgroup->places[i] = (struct place){
			.hierarchy = hierarchy->is_v2 ? CGROUP2 : hierarchy->controllers,
			.path = arena_printf (cgroup->arena, "%s%s%s%s", hierarchy->mount_point,
				path, subgroup ? "/" : "", subgroup ? subgroup : ""),
			.mount_length = strlen (hierarchy->mount_point),
			.is_v2 = hierarchy->is_v2,
			.fd = -1,
		};
	}
}

/* Nothing is asked of systemd until all that the config says of the unit is understood. */
static int
understand_plan (struct cgroup *cgroup, const char *container_id, struct error *err)
{
	const struct cgroup_plan *plan = cgroup->plan;
	struct systemd_scope *scope = cgroup->scope;

	scope->container_id = container_id;
	scope->is_user = cgroup->rootless;
	scope->patience = (struct bus_patience){ PATIENCE_MS, plan->interrupt_fd };
	scope->wanted.arena = cgroup->arena;
	bus_find_candidates (cgroup->arena, &plan->buses, scope->is_user, &scope->candidates);
	for (size_t i = 0; i < plan->n_properties; i++)
		if (properties_add_annotation (&scope->wanted, &plan->properties[i], err) < 0)
			return -1;
	if (systemd_unit_find (
		    cgroup->arena, plan->path, container_id, scope->is_user, &scope->unit, err) < 0)
		return cgroup_blame (cgroup, err);
	return 0;
}

static int
find_places (struct cgroup *cgroup, const char *container_id, struct error *err)
{
	struct arena *arena = cgroup->arena;
	struct systemd_scope *scope = arena_alloc (arena, sizeof *scope);
	const char *top = "";

	cgroup->scope = scope;
	if (understand_plan (cgroup, container_id, err) < 0 || check_host (err) < 0 ||
		open_bus (scope, err) < 0)
		return -1;
	/* the system's is at the top, a user's somewhere below */
	if (scope->is_user && bus_control_group (scope->bus, arena, NULL, &top, err) < 0)
		return -1;
	cgroup->n = cgroup->hierarchies->n;
	cgroup->places = arena_alloc (arena, (cgroup->n + 1) * sizeof *cgroup->places);
	set_places (cgroup, arena_printf (arena, "%s%s", top, scope->unit.path));
	if (!main_place (cgroup))
		return fail (
			err, 0, "the hierarchy of control groups that systemd uses is not mounted");
	if (cgroup->plan->subgroup && !(cgroup->n == 1 && cgroup->places[0].is_v2))
		return fail (err, 0, "%s: this needs a host with cgroup v2 alone",
			cgroup->plan->subgroup_at);
	return 0;
}

/* ---- making it */

/* Dies with us, and holds nothing of ours meanwhile: not the lock, not the terminal. */
static _Noreturn void
helper_main (pid_t parent)
{
	prctl (PR_SET_PDEATHSIG, SIGKILL);
	if (getppid () != parent)
		_exit (1);
	close_range (0, ~0u, 0);
	for (;;)
		pause ();
}

static int
start_helper (struct systemd_scope *scope, struct error *err)
{
	pid_t parent = getpid ();

	scope->helper = fork ();
	if (scope->helper == 0)
		helper_main (parent);
	if (scope->helper > 0)
		return 0;
	scope->helper = 0;
	return fail (err, errno, "fork the scope's first process");
}

static struct unit_properties
properties_of (struct cgroup *cgroup)
{
	return (struct unit_properties){
		.arena = cgroup->arena,
		.has_v1_shares = cgroup_place_v1 (cgroup, "cpu") != NULL,
	};
}

static void
add_text (struct unit_properties *properties, const char *name, const char *text)
{
	properties_add (properties,
		&(struct unit_property){ .name = name, .signature = "s", .text = text });
}

static void
add_bool (struct unit_properties *properties, const char *name, bool value)
{
	properties_add (properties,
		&(struct unit_property){ .name = name, .signature = "b", .number = value });
}

static void
add_basics (const struct systemd_scope *scope, struct unit_properties *out)
{
	uint32_t *pid = arena_alloc (out->arena, sizeof *pid);

	*pid = (uint32_t) scope->helper;
	add_text (out, "Description",
		arena_printf (out->arena, "davit container %s", scope->container_id));
	add_text (out, "Slice", scope->unit.slice);
	add_bool (out, "Delegate", true);
	add_bool (out, "DefaultDependencies", false);
	/* one that has failed is of no use: nobody can start it again */
	add_text (out, "CollectMode", "inactive-or-failed");
	add_bool (out, "CPUAccounting", true);
	add_bool (out, "MemoryAccounting", true);
	add_bool (out, "IOAccounting", true);
	add_bool (out, "TasksAccounting", true);
	properties_add (out, &(struct unit_property){
				     .name = "PIDs", .signature = "au", .entries = pid, .n = 1 });
}

static void
add_devices (const struct systemd_scope *scope, const struct resources_plan *resources,
	struct unit_properties *out)
{
	struct device_list devices;

	/* a user's systemd may not load BPF programs */
	if (scope->is_user)
		return;
	device_list_make (out->arena, resources->devices, resources->n_devices, &devices);
	properties_add_devices (out, &devices);
}

/* Takes out what is late, or leaves nothing else. */
static void
keep_late (struct unit_properties *properties, bool is_late)
{
	size_t n = 0;

	for (size_t i = 0; i < properties->n; i++)
		if (properties->entries[i].is_late == is_late)
			properties->entries[n++] = properties->entries[i];
	properties->n = n;
}

static int
describe_scope (struct cgroup *cgroup, struct unit_properties *out, struct error *err)
{
	const struct cgroup_plan *plan = cgroup->plan;

	add_basics (cgroup->scope, out);
	if (properties_add_limits (out, &plan->resources, NULL, err) < 0)
		return -1;
	keep_late (out, false);
	add_devices (cgroup->scope, &plan->resources, out);
	/* they come last: systemd takes the last of two */
	for (size_t i = 0; i < cgroup->scope->wanted.n; i++)
		properties_add (out, &cgroup->scope->wanted.entries[i]);
	return 0;
}

/* What this systemd does not know yet is left to the files. */
static int
leave_out_unknown (
	struct systemd_scope *scope, struct unit_properties *properties, struct error *err)
{
	unsigned int newest = 0, version;
	size_t n = 0;

	for (size_t i = 0; i < properties->n; i++)
		if (properties->entries[i].since > newest)
			newest = properties->entries[i].since;
	if (newest == 0)
		return 0;
	if (bus_systemd_version (scope->bus, &version, err) < 0)
		return -1;
	for (size_t i = 0; i < properties->n; i++)
		if (properties->entries[i].since <= version)
			properties->entries[n++] = properties->entries[i];
	properties->n = n;
	return 0;
}

/* A unit that has failed holds its name until it is reset. One that is in use is left alone. */
static int
start_unit (
	struct systemd_scope *scope, const struct unit_properties *properties, struct error *err)
{
	struct error ignored;

	if (bus_start_unit (scope->bus, scope->unit.name, properties, err) == 0)
		return 0;
	/* it will have to be stopped, whenever it comes */
	scope->is_ours = err->code == EINPROGRESS;
	if (err->code != EEXIST)
		return -1;
	error_ignore (bus_reset_failed_unit (scope->bus, scope->unit.name, &ignored),
		"the second try will tell");
	return bus_start_unit (scope->bus, scope->unit.name, properties, err);
}

/* The main place is there or below. */
static char *
scope_directory (struct cgroup *cgroup)
{
	const char *path = main_place (cgroup)->path, *subgroup = cgroup->plan->subgroup;
	size_t below = subgroup ? strlen (subgroup) + 1 : 0;

	return xasprintf ("%.*s", (int) (strlen (path) - below), path);
}

/* An annotation may have changed the slice, and some names are changed for the directory. */
static int
find_where_it_is (struct cgroup *cgroup, struct error *err)
{
	struct systemd_scope *scope = cgroup->scope;
	autofree char *expected = scope_directory (cgroup);
	const char *path;

	if (access (expected, F_OK) == 0)
		return 0;
	if (bus_control_group (scope->bus, cgroup->arena, scope->unit.name, &path, err) < 0)
		return -1;
	set_places (cgroup, path);
	return 0;
}

static int
start_scope (struct cgroup *cgroup, struct error *err)
{
	struct unit_properties properties = properties_of (cgroup);
	struct systemd_scope *scope = cgroup->scope;

	if (open_bus (scope, err) < 0 || start_helper (scope, err) < 0 ||
		describe_scope (cgroup, &properties, err) < 0 ||
		leave_out_unknown (scope, &properties, err) < 0 ||
		start_unit (scope, &properties, err) < 0)
		return -1;
	scope->is_ours = scope->is_new = true;
	return find_where_it_is (cgroup, err);
}

/* With the helper inside: what holds processes itself can't give its controllers to those below. */
static int
make_subgroup (struct cgroup *cgroup, struct error *err)
{
	autofree char *scope = scope_directory (cgroup);
	struct place *place = main_place (cgroup);

	place->mount_length = strlen (scope);
	if (cgroupfs_make_directories (place, err) < 0 ||
		place_attach (place, cgroup->scope->helper, err) < 0 ||
		subtree_enable_controllers (place, err) < 0)
		return error_prefix (err, "%s", cgroup->plan->subgroup_at);
	return 0;
}

static int
prepare_birth (struct cgroup *cgroup, struct error *err)
{
	struct place *place = main_place (cgroup);

	if (place->is_there)
		return 0;
	if (start_scope (cgroup, err) < 0)
		return -1;
	close_bus (cgroup->scope);
	if (cgroup->plan->subgroup && make_subgroup (cgroup, err) < 0)
		return -1;
	place->is_there = place->made = true;
	return 0;
}

/* Of v1: systemd has made some, with the helper inside. */
static int
make_place (struct place *place, struct error *err)
{
	if (place->is_there)
		return 0;
	if (cgroupfs_make_directories (place, err) < 0)
		return -1;
	place->is_there = place->made = true;
	return place_has (place, "cpuset") ? cpuset_inherit (place, err) : 0;
}

static int
create (struct cgroup *cgroup, struct error *err)
{
	if (prepare_birth (cgroup, err) < 0)
		return -1;
	for (size_t i = 0; i < cgroup->n; i++)
		if (make_place (&cgroup->places[i], err) < 0)
			return -1;
	return 0;
}

/* A user may lack the right to move a process out of a login session; that user's systemd has ways. */
static int
attach_by_systemd (
	struct systemd_scope *scope, const struct place *place, pid_t pid, struct error *err)
{
	/* an exec may go below the scope */
	const char *below = strstr (place->path, scope->unit.name);
	int r;

	below = below ? below + strlen (scope->unit.name) : "";
	if (open_bus (scope, err) < 0)
		return -1;
	r = bus_attach (scope->bus, scope->unit.name, *below ? below : "/", pid, err);
	close_bus (scope);
	return r;
}

static int
bring_in (struct systemd_scope *scope, struct place *place, pid_t pid, struct error *err)
{
	if (place_attach (place, pid, err) == 0)
		return 0;
	if (!place->is_v2 || (err->code != EACCES && err->code != EPERM))
		return -1;
	return attach_by_systemd (scope, place, pid, err);
}

/* The process is inside when this returns: what was there in its place may go. */
static int
settle (struct cgroup *cgroup, pid_t pid, enum cgroup_birth *birth, struct error *err)
{
	struct systemd_scope *scope = cgroup->scope;
	struct place *place = main_place (cgroup);
	bool is_inside = place && place->is_v2 && *birth == CGROUP_BORN_INSIDE;

	if (!place || !place->is_there)
		return 0;
	/* who execs into a v1 cgroup enters by itself, and nobody holds a place for him */
	if (!is_inside && (place->is_v2 || scope->helper > 0)) {
		if (bring_in (scope, place, pid, err) < 0)
			return -1;
		*birth = place->is_v2 ? CGROUP_BORN_INSIDE : CGROUP_BORN_OUTSIDE;
	}
	end_helper (scope);
	return 0;
}

/* ---- limits */

/* Controllers that systemd does not know are not enabled by it. */
static int
enable_controllers (
	struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	struct place *place = cgroup_place_v2 (cgroup);

	if (!place || place->mount_length == 0 ||
		resources->n_hugepages + resources->n_rdma + resources->n_unified == 0)
		return 0;
	return subtree_enable_controllers (place, err);
}

static int
set_properties (struct systemd_scope *scope, struct unit_properties *properties, struct error *err)
{
	int r;

	if (properties->n == 0)
		return 0;
	r = open_bus (scope, err);
	if (r == 0)
		r = leave_out_unknown (scope, properties, err);
	if (r == 0)
		r = bus_set_properties (scope->bus, scope->unit.name, properties, err);
	close_bus (scope);
	return r;
}

static int
apply (struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	struct unit_properties properties = properties_of (cgroup);
	struct systemd_scope *scope = cgroup->scope;
	struct place *place = cgroup_place_v2 (cgroup);

	if (properties_add_limits (&properties, resources, place, err) < 0)
		return -1;
	if (scope->is_new)
		keep_late (&properties, true);
	if (set_properties (scope, &properties, err) < 0)
		return -1;
	if (enable_controllers (cgroup, resources, err) < 0)
		return -1;
	return limits_apply (cgroup, resources, err);
}

static int
apply_devices (struct cgroup *cgroup, const struct resources_plan *resources, struct error *err)
{
	struct unit_properties properties = properties_of (cgroup);
	struct systemd_scope *scope = cgroup->scope;

	if (!scope->is_new)
		add_devices (scope, resources, &properties);
	if (set_properties (scope, &properties, err) < 0)
		return -1;
	return devices_apply (cgroup, resources, err);
}

/* ---- the end */

static int
end_unit (struct systemd_scope *scope, struct error *err)
{
	int r;

	end_helper (scope);
	if (!scope->is_ours)
		return 0;
	r = open_bus (scope, err);
	if (r == 0)
		r = bus_stop_unit (scope->bus, scope->unit.name, err);
	if (r == 0)
		r = bus_reset_failed_unit (scope->bus, scope->unit.name, err);
	close_bus (scope);
	return r;
}

static int
destroy (struct cgroup *cgroup, struct error *err)
{
	struct wait wait = wait_begin (TREE_REMOVE_MS);
	struct error ignored;
	int r = end_unit (cgroup->scope, err);

	for (size_t i = 0; i < cgroup->n; i++) {
		struct place *place = &cgroup->places[i];

		if (!place->made)
			continue;
		if (tree_remove (place, &wait, r < 0 ? &ignored : err) < 0)
			r = -1;
		else
			place->made = place->is_there = false;
	}
	return r;
}

static void
undo (struct cgroup *cgroup)
{
	struct wait wait = wait_begin (TREE_REMOVE_MS);
	struct error ignored;

	cgroup->scope->patience = (struct bus_patience){ .ms = UNDO_PATIENCE_MS };
	close_bus (cgroup->scope);
	error_ignore (end_unit (cgroup->scope, &ignored), "the first error is the news");
	cgroup->scope->is_ours = false;
	for (size_t i = 0; i < cgroup->n; i++)
		tree_remove_made (&cgroup->places[i], &wait);
}

static void
release (struct cgroup *cgroup)
{
	if (!cgroup->scope)
		return;
	end_helper (cgroup->scope);
	close_bus (cgroup->scope);
}

const struct cgroup_ops systemd_ops = {
	.find_places = find_places,
	.prepare_birth = prepare_birth,
	.create = create,
	.apply = apply,
	.apply_devices = apply_devices,
	.settle = settle,
	.destroy = destroy,
	.undo = undo,
	.release = release,
};

/* ---- the state file */

const struct cgroup_unit *
cgroup_save_unit (const struct cgroup *cgroup, struct arena *arena)
{
	const struct systemd_scope *scope = cgroup->scope;
	struct cgroup_unit *unit;

	if (!scope)
		return NULL;
	unit = arena_alloc (arena, sizeof *unit);
	unit->name = arena_strdup (arena, scope->unit.name);
	unit->bus = arena_strdup (arena, scope->address);
	unit->is_user = scope->is_user;
	return unit;
}

void
cgroup_load_unit (struct cgroup *cgroup, const struct cgroup_unit *unit)
{
	struct systemd_scope *scope;

	if (cgroup->driver != CGROUP_SYSTEMD)
		return;
	scope = arena_alloc (cgroup->arena, sizeof *scope);
	scope->unit.name = arena_strdup (cgroup->arena, unit->name);
	scope->candidates.addresses[0] = arena_strdup (cgroup->arena, unit->bus);
	scope->patience.ms = PATIENCE_MS;
	scope->is_user = unit->is_user;
	scope->is_ours = true;
	cgroup->scope = scope;
}
