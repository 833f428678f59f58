/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/checkpoint.h"
#include "base/auto.h"
#include "base/protobuf.h"
#include "base/str.h"
#include "container/checkpoint_dirs.h"
#include "container/checkpoint_mounts.h"
#include "container/checkpoint_streams.h"
#include "container/container.h"
#include "container/criu.h"
#include "container/external_namespaces.h"
#include "container/saved_config.h"
#include "container/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#define LOG_LEVEL 4 /* debug, which is what its developers ask for */
#define DEATH_TIMEOUT_MS 10000

struct checkpoint {
	const struct checkpoint_request *request; /* borrowed */
	struct container container;
	struct plan plan; /* of the config as it was at create */
	struct checkpoint_dirs dirs;
	struct buffer options; /* owned; a message criu_opts */
	int status_fd; /* owned */
};

static int
take_status_fd (struct checkpoint *checkpoint, struct error *err)
{
	int fd = checkpoint->request->status_fd;
	int flags;

	if (fd < 0)
		return 0;
	flags = fcntl (fd, F_GETFL);
	if (flags < 0)
		return fail (err, errno, "--status-fd %d", fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return fail (err, 0, "--status-fd %d can't be written to", fd);
	if (fcntl (fd, F_SETFD, FD_CLOEXEC) < 0)
		return fail (err, errno, "--status-fd %d", fd);
	checkpoint->status_fd = fd;
	return 0;
}

static int
check_status (struct checkpoint *checkpoint, struct error *err)
{
	struct container *container = &checkpoint->container;
	enum container_status status;

	if (container_status (container, &status, err) < 0)
		return -1;
	if (status == CONTAINER_CREATED)
		return fail_hint (err, 0, "start it first",
			"cannot checkpoint container '%s': it is created, and runs no program yet",
			container->id);
	if (status != CONTAINER_RUNNING && status != CONTAINER_PAUSED)
		return fail (err, 0, "container not running");
	return 0;
}

static int
open_container (struct checkpoint *checkpoint, struct error *err)
{
	const struct checkpoint_request *request = checkpoint->request;

	if (container_open (request->root, request->id, CONTAINER_CHANGE, &checkpoint->container,
		    err) < 0 ||
		check_status (checkpoint, err) < 0)
		return -1;
	if (saved_config_plan (&checkpoint->container, &checkpoint->plan, err) < 0)
		return -1;
	return checkpoint_mounts_check (&checkpoint->plan, err);
}

/* The cgroup to freeze it by, in the one hierarchy that CRIU looks at; NULL: it stops each process. */
static const char *
freezer_of (const struct oci_davit_record *record)
{
	for (size_t i = 0; i < record->n_cgroups; i++) {
		const struct oci_cgroup_place *place = record->cgroups[i];

		/* beside v1 hierarchies CRIU takes none for cgroup2 */
		if (str_equal (place->hierarchy, "freezer") ||
			(record->n_cgroups == 1 && str_equal (place->hierarchy, "cgroup2")))
			return place->path;
	}
	return NULL;
}

static int
write_streams (struct checkpoint *checkpoint, struct error *err)
{
	AUTO (arena_done) struct arena arena = { 0 };
	struct checkpoint_streams streams;

	if (checkpoint_streams_of (checkpoint->container.record->pid, &arena, &streams, err) < 0)
		return -1;
	checkpoint_streams_add (&streams, &checkpoint->options);
	return checkpoint_streams_write (&checkpoint->dirs, &streams, err);
}

/* What is not in a dump of memory alone. */
static int
add_rest (struct checkpoint *checkpoint, struct error *err)
{
	const struct oci_davit_record *record = checkpoint->container.record;
	struct buffer *options = &checkpoint->options;
	pid_t pid = record->pid;

	if (external_namespaces_add (&checkpoint->plan, options, err) < 0 ||
		checkpoint_mounts_add (&checkpoint->plan, pid, options, err) < 0)
		return -1;
	return write_streams (checkpoint, err);
}

static int
fill_options (struct checkpoint *checkpoint, struct error *err)
{
	const struct checkpoint_request *request = checkpoint->request;
	const struct oci_davit_record *record = checkpoint->container.record;
	const struct checkpoint_dirs *dirs = &checkpoint->dirs;
	struct buffer *options = &checkpoint->options;
	const char *freezer = freezer_of (record);

	protobuf_add_number (options, CRIU_IMAGES_DIR_FD, dirs->images_fd);
	if (dirs->work_fd >= 0)
		protobuf_add_number (options, CRIU_WORK_DIR_FD, dirs->work_fd);
	protobuf_add_number (options, CRIU_LOG_LEVEL, LOG_LEVEL);
	protobuf_add_text (options, CRIU_LOG_FILE, dirs->log);
	protobuf_add_number (options, CRIU_PID, record->pid);
	protobuf_add_text (options, CRIU_ROOT, record->rootfs);
	protobuf_add_number (options, CRIU_NOTIFY_SCRIPTS, true);
	protobuf_add_number (options, CRIU_ORPHAN_PTS_MASTER, true);
	if (freezer)
		protobuf_add_text (options, CRIU_FREEZE_CGROUP, freezer);
	if (request->parent)
		protobuf_add_text (options, CRIU_PARENT_IMG, request->parent);
	criu_add_config_file (options, &checkpoint->plan, request->warn);
	if (criu_settings_add (&request->settings, options, err) < 0)
		return -1;
	return request->pre_dump ? 0 : add_rest (checkpoint, err);
}

static int
on_notify (void *data, const struct criu_reply *reply, int fd, struct error *err)
{
	struct checkpoint *checkpoint = data;

	auto_close_fd (&fd);
	if (!str_equal (reply->script, "status-ready") || checkpoint->status_fd < 0)
		return 0;
	if (write (checkpoint->status_fd, "", 1) < 0)
		return fail (err, errno, "--status-fd %d", checkpoint->status_fd);
	auto_close_fd (&checkpoint->status_fd);
	return 0;
}

static int
pass_directories (void *data, struct error *err)
{
	struct checkpoint *checkpoint = data;

	return checkpoint_dirs_pass (&checkpoint->dirs, err);
}

static int
dump (struct checkpoint *checkpoint, struct error *err)
{
	const struct checkpoint_request *request = checkpoint->request;
	sigset_t deadly, saved;
	const struct criu_call call = {
		.program = request->settings.program,
		.request = request->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP,
		.options = &checkpoint->options,
		.signals = &saved,
		.interrupt_fd = -1,
		.enter = pass_directories,
		.notify = on_notify,
		.data = checkpoint,
	};
	struct criu_reply reply;
	int r;

	/* half a dump would leave the container frozen: CRIU either finishes or undoes it */
	sigemptyset (&deadly);
	sigaddset (&deadly, SIGHUP);
	sigaddset (&deadly, SIGINT);
	sigaddset (&deadly, SIGTERM);
	sigprocmask (SIG_BLOCK, &deadly, &saved);
	r = criu_run (&call, &reply, err);
	if (r < 0) {
		checkpoint_dirs_blame (&checkpoint->dirs, err);
		error_prefix (err, "checkpoint container '%s'", request->id);
	}
	sigprocmask (SIG_SETMASK, &saved, NULL);
	return r;
}

static int
destroy (struct checkpoint *checkpoint, struct error *err)
{
	struct container *container = &checkpoint->container;
	struct pollfd death = { .fd = container->pidfd, .events = POLLIN };

	if (poll (&death, 1, DEATH_TIMEOUT_MS) == 0)
		return fail (err, 0, "the checkpoint is made, and container init still running");
	return container_destroy (container, checkpoint->request->warn, err);
}

static int
prepare (struct checkpoint *checkpoint, struct error *err)
{
	const struct checkpoint_request *request = checkpoint->request;

	if (take_status_fd (checkpoint, err) < 0 || open_container (checkpoint, err) < 0 ||
		criu_settings_check (&request->settings, err) < 0 ||
		checkpoint_dirs_open (request->images, request->work, CHECKPOINT_WRITE,
			&checkpoint->dirs, err) < 0)
		return -1;
	if (request->parent &&
		checkpoint_dirs_check_parent (&checkpoint->dirs, request->parent, err) < 0)
		return -1;
	return fill_options (checkpoint, err);
}

int
container_checkpoint (const struct checkpoint_request *request, struct error *err)
{
	struct checkpoint checkpoint = {
		.request = request,
		.container = { .dir_fd = -1, .pidfd = -1 },
		.dirs = { .images_fd = -1, .work_fd = -1 },
		.status_fd = -1,
	};
	int r = prepare (&checkpoint, err);

	if (r == 0)
		r = dump (&checkpoint, err);
	if (r == 0 && !request->settings.leave_running && !request->pre_dump)
		r = destroy (&checkpoint, err);
	buffer_done (&checkpoint.options);
	auto_close_fd (&checkpoint.status_fd);
	checkpoint_dirs_done (&checkpoint.dirs);
	plan_done (&checkpoint.plan);
	container_done (&checkpoint.container);
	return r;
}
