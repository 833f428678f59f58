/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/saved_config.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "spec/spec.h"

#include <fcntl.h>
#include <string.h>

int
saved_config_plan (struct container *container, struct plan *out, struct error *err)
{
	const struct spec_request request = {
		/* only the paths in it depend on the bundle */
		.bundle = container->record ? container->record->bundle : "/",
		/* whoever it was has accepted the config */
		.seccomp_receiver = container->record && container->record->seccomp_receiver
					    ? container->record->seccomp_receiver
					    : "/",
	};
	struct spec_document document = { .file = "config.json" };
	autofree char *text = NULL;

	if (fd_read_file (
		    container->dir_fd, "config.json", CONFIG_LIMIT, &text, &document.size, err) < 0)
		return error_prefix (err, "container '%s'", container->id);
	document.text = text;
	return spec_parse_plan (&request, &document, out, err);
}

/* "/pod7/abc" and "system.slice:davit:abc" bear the name "abc". */
static bool
path_bears_name (const char *path, const char *id)
{
	const char *last = strpbrk (path, "/:") ? path + strlen (path) : path;

	while (last > path && !strchr ("/:", last[-1]))
		last--;
	return str_equal (last, id);
}

/* A class of its own bears its name, and a monitoring group always does. */
static void
guess_rdt (struct container *container, const struct rdt_plan *plan)
{
	const char *mount_point;
	struct rdt_place place;
	struct error ignored;

	if (!plan || rdt_find_mount (&container->arena, &mount_point, &ignored) < 0)
		return;
	error_ignore (
		rdt_locate (&container->arena, mount_point, plan, container->id, &place, &ignored),
		"what it complains of is what we look for");
	place.is_ours = !plan->clos_id;
	container_record_rdt (container, &place);
}

int
container_guess_record (struct container *container, struct error *err)
{
	AUTO (plan_done) struct plan plan = { 0 };
	struct oci_davit_record *record = arena_alloc (&container->arena, sizeof *record);
	struct cgroup *cgroup = NULL;

	record->id = container->id;
	if (saved_config_plan (container, &plan, err) == 0 &&
		(!plan.cgroup.path || path_bears_name (plan.cgroup.path, container->id)) &&
		cgroup_new (&container->arena, &plan.cgroup, container->id, false, &cgroup, err) <
			0)
		return -1;
	container->record = record;
	guess_rdt (container, plan.rdt);
	container_record_cgroup (container, cgroup, CGROUP_RECORD_INTENT);
	cgroup_free (cgroup);
	return 0;
}
