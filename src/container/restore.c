/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/restore.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/protobuf.h"
#include "base/str.h"
#include "container/checkpoint_dirs.h"
#include "container/checkpoint_mounts.h"
#include "container/checkpoint_streams.h"
#include "container/criu.h"
#include "container/external_namespaces.h"
#include "container/run.h"
#include "launch/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#define LOG_LEVEL 4
#define ROOT_NAME "criu-root"
#define NOTIFY_NAME "notify"
#define CGROUP_FILE_LIMIT 65536

struct restore {
	const struct restore_request *request; /* borrowed */
	struct creation *creation; /* borrowed */
	struct arena arena;
	struct checkpoint_dirs dirs;
	struct external_namespaces namespaces;
	char *root; /* owned; where CRIU finds the root file system */
	char *notify; /* owned; what NOTIFY_DIRECTORY is a mount of */
	struct buffer options; /* owned; a message criu_opts */
	bool has_console; /* and it went to who wants it */
	bool failed_here; /* and not in CRIU, which tells of the consequences */
};

/* ---- in CRIU's process */

/* CRIU wants a root that is a mount, below a mount that nothing hides. */
static int
mount_root (const struct restore *restore, struct error *err)
{
	const char *from = restore->creation->plan.root.path;

	if (mount (from, restore->root, NULL, MS_BIND | MS_REC, NULL) < 0)
		return fail (err, errno, "bind '%s' to '%s'", from, restore->root);
	return 0;
}

static int
enter (void *data, struct error *err)
{
	const struct restore *restore = data;

	if (unshare (CLONE_NEWNS) < 0)
		return fail (err, errno, "make a mount namespace");
	if (mount (NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail (err, errno, "keep mounts from the host");
	if (checkpoint_dirs_pass (&restore->dirs, err) < 0 || mount_root (restore, err) < 0)
		return -1;
	return external_namespaces_pass (&restore->namespaces, err);
}

/* ---- in ours */

/* Where CRIU's process is, what is restored goes: "4:cpu,cpuacct:/path" */
static int
add_cgroup_roots (struct restore *restore, pid_t pid, struct error *err)
{
	autofree char *file = xasprintf ("/proc/%d/cgroup", (int) pid);
	autofree char *text = NULL;
	char *rest;

	if (fd_read_file (AT_FDCWD, file, CGROUP_FILE_LIMIT, &text, NULL, err) < 0)
		return -1;
	rest = text;
	for (char *line; (line = strsep (&rest, "\n"));) {
		char *controllers = strchr (line, ':');
		char *path = controllers ? strchr (controllers + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		controllers++;
		for (char *controller; (controller = strsep (&controllers, ","));)
			criu_add_pair (&restore->options, CRIU_CG_ROOT, controller, path);
	}
	return 0;
}

/* Its process goes where the container's will be, before it has children. */
static int
prepare_process (void *data, pid_t pid, struct error *err)
{
	struct restore *restore = data;
	struct creation *creation = restore->creation;
	enum cgroup_birth birth = CGROUP_BORN_OUTSIDE;

	if (cgroup_settle (creation->cgroup, pid, &birth, err) < 0)
		return -1;
	if (birth == CGROUP_BORN_OUTSIDE && cgroup_attach (creation->cgroup, pid, err) < 0)
		return -1;
	if (creation->plan.rdt && rdt_add_process (&creation->rdt, pid, err) < 0)
		return error_prefix (err, "%s", creation->plan.rdt->at);
	return add_cgroup_roots (restore, pid, err);
}

static int
run_hooks (const struct restore *restore, pid_t pid, struct error *err)
{
	static const enum hook_kind kinds[] = { HOOK_PRESTART, HOOK_CREATE_RUNTIME };
	struct creation *creation = restore->creation;
	const struct plan *plan = &creation->plan;
	const struct hook_surroundings around = {
		.interrupt_fd = creation->signals,
		.outputs = creation->launch.hook_outputs,
	};
	autofree char *state = launch_state_json (plan, creation->request->id, pid, "creating");

	for (size_t i = 0; i < ARRAY_SIZE (kinds); i++) {
		creation->launch.hooks_began |= plan->hooks[kinds[i]].n > 0;
		if (hooks_run (&plan->hooks[kinds[i]], kinds[i], state, &around, err) < 0)
			return -1;
	}
	return 0;
}

/* The master of a terminal that nobody inside holds: the first is the program's. */
static int
take_console (struct restore *restore, int fd, struct error *err)
{
	const struct create_request *create = &restore->request->create;
	autofd master = fd;

	if (restore->has_console || fd < 0)
		return 0;
	restore->has_console = true;
	if (create->console_socket)
		return terminal_send_master (create->console_socket, master, err);
	if (!create->detach)
		restore->creation->launch.console_fd = take_fd (&master);
	return 0;
}

static int
take_init (struct restore *restore, pid_t pid, struct error *err)
{
	struct launch *launch = &restore->creation->launch;

	if (launch->init_pid == pid)
		return 0;
	if (pid <= 0 || launch->init_pid > 0)
		return fail (err, EPROTO, "CRIU says that %d is the first process", (int) pid);
	launch->init_pidfd = pidfd_open (pid, 0);
	if (launch->init_pidfd < 0)
		return fail (err, errno, "open a pidfd of process %d", (int) pid);
	launch->init_pid = pid;
	/* it is not let go yet: its record is there before */
	return creation_prepare_record (restore->creation, err);
}

static int
take_part (struct restore *restore, const struct criu_reply *reply, int fd, struct error *err)
{
	if (str_equal (reply->script, "orphan-pts-master"))
		return take_console (restore, fd, err);
	auto_close_fd (&fd);
	if (str_equal (reply->script, "setup-namespaces"))
		return run_hooks (restore, reply->pid, err);
	if (str_equal (reply->script, "post-restore"))
		return take_init (restore, reply->pid, err);
	return 0;
}

static int
on_notify (void *data, const struct criu_reply *reply, int fd, struct error *err)
{
	struct restore *restore = data;
	int r = take_part (restore, reply, fd, err);

	restore->failed_here = r < 0;
	return r;
}

static int
add_streams (struct restore *restore, struct error *err)
{
	struct checkpoint_streams streams;

	if (checkpoint_streams_read (&restore->dirs, &restore->arena, &streams, err) < 0)
		return -1;
	restore_streams_add (&streams, &restore->options);
	return 0;
}

static int
fill_options (struct restore *restore, struct error *err)
{
	const struct restore_request *request = restore->request;
	const struct plan *plan = &restore->creation->plan;
	const struct checkpoint_dirs *dirs = &restore->dirs;
	struct buffer *options = &restore->options;

	protobuf_add_number (options, CRIU_IMAGES_DIR_FD, dirs->images_fd);
	if (dirs->work_fd >= 0)
		protobuf_add_number (options, CRIU_WORK_DIR_FD, dirs->work_fd);
	protobuf_add_number (options, CRIU_LOG_LEVEL, LOG_LEVEL);
	protobuf_add_text (options, CRIU_LOG_FILE, dirs->log);
	protobuf_add_text (options, CRIU_ROOT, restore->root);
	protobuf_add_number (options, CRIU_EVASIVE_DEVICES, true);
	protobuf_add_number (options, CRIU_RST_SIBLING, true);
	protobuf_add_number (options, CRIU_NOTIFY_SCRIPTS, true);
	protobuf_add_number (options, CRIU_ORPHAN_PTS_MASTER, true);
	criu_add_config_file (options, plan, request->create.warn);
	restore_mounts_add (plan, restore->creation->cgroup, restore->notify, options);
	if (external_namespaces_open (plan, options, &restore->namespaces, err) < 0 ||
		add_streams (restore, err) < 0)
		return -1;
	return criu_settings_add (&request->settings, options, err);
}

static int
make_directories (struct restore *restore, struct error *err)
{
	const struct container *container = &restore->creation->container;
	autofree char *path = realpath (container->path, NULL);

	if (!path)
		return fail (err, errno, "look up '%s'", container->path);
	restore->root = xasprintf ("%s/" ROOT_NAME, path);
	restore->notify = xasprintf ("%s/" NOTIFY_NAME, path);
	if (mkdir (restore->root, 0755) < 0)
		return fail (err, errno, "make '%s'", restore->root);
	if (mkdir (restore->notify, 0755) < 0)
		return fail (err, errno, "make '%s'", restore->notify);
	return 0;
}

static int
make_groups (struct restore *restore, struct error *err)
{
	struct creation *creation = restore->creation;
	const struct plan *plan = &creation->plan;

	if (cgroup_create (creation->cgroup, err) < 0 ||
		cgroup_apply (creation->cgroup, &plan->cgroup.resources, err) < 0)
		return -1;
	if (!plan->rdt)
		return 0;
	if (rdt_make_group (&creation->rdt, plan->rdt, &creation->launch.rdt_made, err) < 0 ||
		rdt_make_monitor (&creation->rdt, &creation->launch.rdt_made, err) < 0)
		return error_prefix (err, "%s", plan->rdt->at);
	return 0;
}

static int
run_criu (struct restore *restore, struct error *err)
{
	const struct criu_call call = {
		.program = restore->request->settings.program,
		.request = CRIU_RESTORE,
		.options = &restore->options,
		.signals = &restore->creation->saved_signals,
		.interrupt_fd = restore->creation->signals,
		.keeps_terminal = true,
		.dies_with_us = true,
		.prepare = prepare_process,
		.enter = enter,
		.notify = on_notify,
		.data = restore,
	};
	struct criu_reply reply;

	if (criu_run (&call, &reply, err) == 0)
		return take_init (restore, reply.pid, err);
	if (!restore->failed_here)
		checkpoint_dirs_blame (&restore->dirs, err);
	return error_prefix (err, "restore container '%s'", restore->creation->request->id);
}

static int
populate (struct restore *restore, struct error *err)
{
	const struct restore_request *request = restore->request;

	struct creation *creation = restore->creation;

	if (checkpoint_mounts_check (&creation->plan, err) < 0 ||
		hook_outputs_open (&creation->plan, &creation->launch.hook_outputs, err) < 0 ||
		criu_settings_check (&request->settings, err) < 0 ||
		checkpoint_dirs_open (
			request->images, request->work, CHECKPOINT_READ, &restore->dirs, err) < 0 ||
		restore_mount_points (&creation->plan, err) < 0 ||
		make_directories (restore, err) < 0 || make_groups (restore, err) < 0 ||
		fill_options (restore, err) < 0 || run_criu (restore, err) < 0)
		return -1;
	/* CRIU's mount namespace went with it */
	if (rmdir (restore->root) < 0)
		return fail (err, errno, "remove '%s'", restore->root);
	return 0;
}

static int
restore_populate (struct creation *creation, struct error *err)
{
	struct restore restore = {
		.request = creation->request->populate_data,
		.creation = creation,
		.dirs = { .images_fd = -1, .work_fd = -1 },
	};
	int r;

	for (int kind = 0; kind < NS_KINDS; kind++)
		restore.namespaces.fds[kind] = -1;
	r = populate (&restore, err);
	buffer_done (&restore.options);
	external_namespaces_close (&restore.namespaces);
	checkpoint_dirs_done (&restore.dirs);
	free (restore.root);
	free (restore.notify);
	arena_done (&restore.arena);
	return r;
}

int
container_restore (struct restore_request *request, int *out_status, struct error *err)
{
	request->create.populate = restore_populate;
	request->create.populate_data = request;
	return container_run (&request->create, out_status, err);
}
