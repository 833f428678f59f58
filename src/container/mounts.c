/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The container's own processes are around the one that mounts, as with an exec: it opens what is the
 * host's first, hides itself, joins the namespaces, and goes by fds below the root from there on. It
 * takes two processes, because a procfs shows the pid namespace that its maker is in, and who joins one
 * is not in it, but his children are.
 */
#include "container/mounts.h"
#include "base/auto.h"
#include "base/str.h"
#include "container/container.h"
#include "container/saved_config.h"
#include "kernel/lsm.h"
#include "kernel/mount_source.h"
#include "kernel/rootfs.h"
#include "plan/namespaces.h"
#include "spec/spec.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct mounting {
	const struct mounts_request *request;
	struct container container;
	struct plan plan; /* whose mounts are those of the request */
	int *source_fds; /* owned; one a mount */
	bool opens_inside; /* the sources: the caller has no right to outside */
	struct rootfs_inputs inputs;
};

static int
open_sources (const struct mounting *mounting, struct error *err)
{
	const struct plan *plan = &mounting->plan;

	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct mount_plan *mount = &plan->mounts[i];

		if (mount->type && str_starts (mount->type, "cgroup") && !mount->options.bind)
			return fail (err, 0, "%s: control groups can't be mounted later",
				mount->at ? mount->at : mount->destination);
		if (mounting->request->remove || !mount_source_is_needed (mount, true))
			continue;
		mounting->source_fds[i] = mount_source_open (mount, err);
		if (mounting->source_fds[i] < 0)
			return -1;
	}
	return 0;
}

static int
enter (const struct mounting *mounting, uint64_t namespaces, struct error *err)
{
	if (setns (mounting->container.pidfd, (int) namespaces) < 0)
		return errno == ESRCH ? fail (err, 0, "container not running")
				      : fail (err, errno, "join the container's namespaces");
	/* what is made in a user namespace is its root's */
	if (namespaces & CLONE_NEWUSER && (setresgid (0, 0, 0) < 0 || setresuid (0, 0, 0) < 0) &&
		errno != EINVAL)
		return fail (err, errno, "become root in the user namespace");
	return 0;
}

/* In the container's user namespace there is the right to take trees out of a mount namespace, if it is
 * one that belongs to it: a copy of the host's. */
static int
open_sources_inside (const struct mounting *mounting, struct error *err)
{
	if (enter (mounting, CLONE_NEWUSER, err) < 0)
		return -1;
	if (unshare (CLONE_NEWNS) < 0)
		return fail (err, errno, "make a mount namespace to open the sources in");
	return open_sources (mounting, err);
}

static int
join (const struct mounting *mounting, struct error *err)
{
	const struct namespaces_plan *namespaces = &mounting->plan.namespaces;
	uint64_t all = 0;

	for (int kind = 0; kind < NS_KINDS; kind++)
		if (namespaces->ns[kind].how != NS_INHERIT)
			all |= ns_table[kind].clone_flag;
	if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail (err, errno, "become undumpable");
	if (mounting->opens_inside) {
		if (open_sources_inside (mounting, err) < 0)
			return -1;
		all &= ~(uint64_t) CLONE_NEWUSER;
	}
	return enter (mounting, all, err);
}

static int
change_mounts (const struct mounting *mounting, struct error *err)
{
	struct rootfs rootfs;

	if (rootfs_begin_inside (&rootfs, &mounting->plan, &mounting->inputs, err) < 0)
		return -1;
	return mounting->request->remove ? rootfs_remove (&rootfs, err) : rootfs_add (&rootfs, err);
}

/* Runs it in a child; *err is in memory that both have. */
static int
in_child (int (*work) (const struct mounting *mounting, struct error *err),
	const struct mounting *mounting, struct error *err)
{
	pid_t pid = fork ();
	int status;

	if (pid < 0)
		return fail (err, errno, "start a process");
	if (pid == 0)
		_exit (work (mounting, err) < 0);
	while (waitpid (pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail (err, errno, "wait for a process");
	if (status == 0)
		return 0;
	return WIFEXITED (status) ? -1 : fail (err, 0, "the process that mounts was killed");
}

static int
join_and_change (const struct mounting *mounting, struct error *err)
{
	if (join (mounting, err) < 0)
		return -1;
	return in_child (change_mounts, mounting, err);
}

static int
work (const struct mounting *mounting, struct error *err)
{
	struct error *shared = mmap (
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (shared == MAP_FAILED)
		return fail (err, errno, "map memory");
	r = in_child (join_and_change, mounting, shared);
	if (r < 0)
		*err = *shared;
	munmap (shared, sizeof *shared);
	return r;
}

static int
prepare (struct mounting *mounting, struct error *err)
{
	const struct mounts_request *request = mounting->request;
	const struct spec_document document = { request->file, request->text,
		strlen (request->text) };
	struct plan *plan = &mounting->plan;
	enum container_status status;

	if (container_open (request->root, request->id, CONTAINER_LOOK, &mounting->container, err) <
			0 ||
		container_status (&mounting->container, &status, err) < 0)
		return -1;
	if (mounting->container.pidfd < 0)
		return fail (err, 0, "container not running");
	if (saved_config_plan (&mounting->container, plan, err) < 0 ||
		spec_parse_mounts (&document,
			request->remove ? SPEC_MOUNTS_TO_REMOVE : SPEC_MOUNTS_TO_MAKE, plan,
			err) < 0)
		return -1;
	for (size_t i = 0; i < plan->n_warnings; i++)
		request->warn (plan->warnings[i]);
	mounting->source_fds = xcalloc (plan->n_mounts + 1, sizeof *mounting->source_fds);
	for (size_t i = 0; i < plan->n_mounts; i++)
		mounting->source_fds[i] = -1;
	mounting->inputs = (struct rootfs_inputs){
		.source_fds = mounting->source_fds,
		.in_userns = plan->namespaces.ns[NS_USER].how != NS_INHERIT,
		.mount_label = plan->mount_label && lsm_has_selinux () ? plan->mount_label : NULL,
	};
	if (open_sources (mounting, err) == 0)
		return 0;
	mounting->opens_inside = err->code == EPERM && mounting->inputs.in_userns;
	return mounting->opens_inside ? 0 : -1;
}

int
container_mounts (const struct mounts_request *request, struct error *err)
{
	struct mounting mounting = {
		.request = request,
		.container = { .dir_fd = -1, .pidfd = -1 },
	};
	int r = prepare (&mounting, err);

	if (r == 0)
		r = work (&mounting, err);
	for (size_t i = 0; mounting.source_fds && i < mounting.plan.n_mounts; i++)
		auto_close_fd (&mounting.source_fds[i]);
	free (mounting.source_fds);
	plan_done (&mounting.plan);
	container_done (&mounting.container);
	return r;
}
