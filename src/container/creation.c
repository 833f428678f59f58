/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/creation.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/timestamp.h"
#include "container/foreground.h"
#include "container/pid_file.h"
#include "container/saved_config.h"
#include "container/warnings.h"
#include "kernel/idmap.h"
#include "launch/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#define NANOSECOND_DIGITS 9

static int
find_bundle (struct creation *creation, struct error *err)
{
	const char *bundle = creation->request->bundle ? creation->request->bundle : ".";

	creation->bundle = realpath (bundle, NULL);
	if (!creation->bundle)
		return fail (err, errno, "bundle '%s'", bundle);
	return 0;
}

/* The text is kept: what counts later is the config as it was now. */
static int
read_config (struct creation *creation, char **out_text, size_t *out_size, struct error *err)
{
	const struct create_request *request = creation->request;
	const struct spec_request spec = {
		.bundle = creation->bundle,
		.config = request->config,
		.driver = request->driver,
		.buses = request->buses,
		.seccomp_receiver = request->seccomp_receiver,
	};
	autofree char *path = request->config ? xstrdup (request->config)
					      : xasprintf ("%s/config.json", creation->bundle);
	const char *slash = strrchr (path, '/');
	struct spec_document document = { .file = slash ? slash + 1 : path };
	autofree char *text = NULL;

	if (fd_read_regular_file (AT_FDCWD, path, CONFIG_LIMIT, &text, &document.size, err) < 0)
		return err->code == ENOENT
			       ? fail_hint (err, 0, "`davit spec` writes one to begin with",
					 "there is no config '%s'", path)
			       : -1;
	document.text = text;
	if (spec_parse_plan (&spec, &document, &creation->plan, err) < 0 ||
		spec_find_root (&creation->plan, err) < 0)
		return -1;
	*out_text = take_ptr (text);
	*out_size = document.size;
	return 0;
}

int
check_preserved_fds (int n, struct error *err)
{
	for (int fd = 3; fd < 3 + n; fd++)
		if (fcntl (fd, F_GETFD) < 0)
			return fail (err, errno,
				"please check that preserved-fd %d (of %d) is open", fd, n);
	return 0;
}

static int
check_console (const struct creation *creation, struct error *err)
{
	const struct create_request *request = creation->request;
	const struct process_plan *process = creation->plan.process;
	bool terminal = process && process->terminal;

	if (terminal && request->detach && !request->console_socket)
		return fail (err, 0,
			"cannot allocate tty if davit will detach without setting console socket");
	if (request->console_socket && (!terminal || !request->detach))
		return fail (err, 0,
			"cannot use console socket if davit will not detach or allocate tty");
	return 0;
}

static int
warn (const struct creation *creation, struct error *err)
{
	const struct plan *plan = &creation->plan;

	for (size_t i = 0; i < plan->n_warnings; i++)
		creation->request->warn (plan->warnings[i]);
	return warn_of_capabilities (plan, creation->request->warn, err);
}

static struct oci_string_map *
annotations_of (struct arena *arena, const struct plan *plan)
{
	struct oci_string_map *map;

	if (plan->n_annotations == 0)
		return NULL;
	map = arena_alloc (arena, sizeof *map);
	map->keys = arena_alloc (arena, plan->n_annotations * sizeof *map->keys);
	map->values = arena_alloc (arena, plan->n_annotations * sizeof *map->values);
	for (size_t i = 0; i < plan->n_annotations; i++) {
		map->keys[i] = arena_strdup (arena, plan->annotations[i].key);
		map->values[i] = arena_strdup (arena, plan->annotations[i].value);
	}
	map->n = plan->n_annotations;
	return map;
}

static void
fill_record (struct creation *creation)
{
	const struct plan *plan = &creation->plan;
	struct arena *arena = &creation->container.arena;
	struct oci_davit_record *record = arena_alloc (arena, sizeof *record);
	const struct create_request *request = creation->request;
	char created[TIMESTAMP_SIZE];

	timestamp_now (NANOSECOND_DIGITS, created);
	*record = (struct oci_davit_record){
		.id = creation->request->id,
		.oci_version = plan->oci_version,
		.bundle = plan->bundle,
		.rootfs = plan->root.path,
		.created = arena_strdup (arena, created),
		.uid = geteuid (),
		.startable = plan->process != NULL,
		.private_pids = plan->namespaces.ns[NS_PID].how == NS_NEW,
		.poststart = plan->hooks[HOOK_POSTSTART].n > 0,
		.poststop = plan->hooks[HOOK_POSTSTOP].n > 0,
		.annotations = annotations_of (arena, plan),
		.seccomp_receiver = request->seccomp_receiver,
	};
	creation->container.record = record;
	/* should we be killed, what is there then is ours */
	container_record_cgroup (&creation->container, creation->cgroup, CGROUP_RECORD_INTENT);
	container_record_rdt (&creation->container, &creation->rdt);
}

/* The same for the groups of resctrl: looked up before they are made, it shows whose they are. */
static int
locate_rdt (struct creation *creation, struct error *err)
{
	const struct rdt_plan *plan = creation->plan.rdt;
	struct arena *arena = &creation->container.arena;
	const char *mount_point;

	if (!plan)
		return 0;
	if (rdt_find_mount (arena, &mount_point, err) < 0 ||
		rdt_locate (arena, mount_point, plan, creation->request->id, &creation->rdt, err) <
			0)
		return error_prefix (err, "%s", plan->at);
	return 0;
}

/* From here on `delete` finds all that a killed create leaves. */
static int
put_on_disk (struct creation *creation, const char *config, size_t size, struct error *err)
{
	const struct create_request *request = creation->request;
	autofd fd = -1;

	if (container_make (request->root, request->id, &creation->container, err) < 0)
		return -1;
	fd = openat (creation->container.dir_fd, "config.json",
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail (err, errno, "create '%s/config.json'", creation->container.path);
	if (fd_write_all (fd, config, size, "config.json", err) < 0)
		return -1;
	creation->plan.cgroup.interrupt_fd = creation->signals;
	if (cgroup_new (&creation->arena, &creation->plan.cgroup, request->id, !request->privileged,
		    &creation->cgroup, err) < 0 ||
		locate_rdt (creation, err) < 0)
		return -1;
	fill_record (creation);
	return container_save (&creation->container, err);
}

enum user_groups
creation_groups (const struct plan *plan, bool privileged)
{
	const struct namespaces_plan *namespaces = &plan->namespaces;
	const char *keep = plan_annotation (plan, "run.oci.keep_original_groups");

	if (keep && str_equal (keep, "1"))
		return USER_GROUPS_KEEP;
	if (!privileged && namespaces->ns[NS_USER].how == NS_NEW &&
		idmap_is_single_own (&namespaces->id_maps))
		return USER_GROUPS_DENIED;
	return USER_GROUPS_SET;
}

int
creation_prepare_record (struct creation *creation, struct error *err)
{
	struct oci_davit_record *record = creation->container.record;

	if (launch_init_start_time (&creation->launch, &record->pid_start, err) < 0)
		return -1;
	record->pid = creation->launch.init_pid;
	container_record_cgroup (&creation->container, creation->cgroup, CGROUP_RECORD_MADE);
	return container_prepare_save (&creation->container, err);
}

static int
prepare_record (void *data, struct error *err)
{
	return creation_prepare_record (data, err);
}

static void
fill_options (struct creation *creation, bool has_gate)
{
	const struct create_request *request = creation->request;

	creation->seccomp_cache = xasprintf ("%s/.seccomp", request->root);
	creation->options = (struct launch_options){
		.id = request->id,
		.state_directory = creation->container.path,
		.state_fd = creation->container.dir_fd,
		.preserve_fds = request->preserve_fds,
		.extra_environment = request->extra_environment,
		.console_socket = request->console_socket,
		.pidfd_socket = request->pidfd_socket ? request->pidfd_socket
						      : plan_annotation (&creation->plan,
								"run.oci.pidfd_receiver"),
		.seccomp_cache = creation->seccomp_cache,
		.fault = request->fault,
		.no_pivot = request->no_pivot,
		.no_new_keyring = request->no_new_keyring,
		.groups = creation_groups (&creation->plan, request->privileged),
		.privileged = request->privileged,
		.rdt = creation->rdt,
		.has_gate = has_gate,
		.while_init_works = prepare_record,
		.data = creation,
	};
}

static int
make (struct creation *creation, bool has_gate, struct error *err)
{
	const struct create_request *request = creation->request;
	autofree char *config = NULL;
	size_t size = 0;

	if (find_bundle (creation, err) < 0 || read_config (creation, &config, &size, err) < 0 ||
		check_console (creation, err) < 0 || warn (creation, err) < 0)
		return -1;
	if (!has_gate && !creation->plan.process)
		return fail (err, 0, "%s has no process to run", creation->plan.config_name);
	if (put_on_disk (creation, config, size, err) < 0)
		return -1;
	if (request->notify_socket &&
		notify_prepare (&creation->container, &creation->plan, err) < 0)
		return -1;
	creation->container.is_gateless = !has_gate;
	fill_options (creation, has_gate);
	launch_init (&creation->launch, &creation->plan, &creation->options, creation->cgroup);
	creation->launch.trace = creation->trace;
	creation->launch.interrupt_fd = creation->signals;
	if ((request->populate ? request->populate (creation, err)
			       : launch_run (&creation->launch, err)) < 0)
		return -1;
	if (container_finish_save (&creation->container, err) < 0)
		return error_prefix (err, "record the container");
	if (pid_file_write (request->pid_file, creation->launch.init_pid, err) < 0)
		return -1;
	creation->has_pid_file = request->pid_file != NULL;
	return 0;
}

int
creation_begin (const struct create_request *request, const sigset_t *signals, bool has_gate,
	struct creation *out, struct error *err)
{
	sigset_t deadly;

	*out = (struct creation){
		.request = request,
		.signals = -1,
		.container = { .dir_fd = -1, .pidfd = -1 },
	};
	sigprocmask (SIG_BLOCK, signals, &out->saved_signals);
	launch_init (&out->launch, &out->plan, &out->options, NULL);
	/* before we have opened anything ourselves */
	if (check_preserved_fds (request->preserve_fds, err) < 0)
		return -1;
	if (request->trace_file && trace_new (STORY_CREATE, &out->trace, err) < 0)
		return -1;
	/* SIGCHLD of a hook, or a new size of the window, ends nothing */
	foreground_deadly_signals (&deadly);
	out->signals = signalfd (-1, &deadly, SFD_CLOEXEC | SFD_NONBLOCK);
	if (out->signals < 0)
		return fail (err, errno, "make a signalfd");
	if (make (out, has_gate, err) == 0)
		return 0;
	creation_undo (out);
	return -1;
}

static void
warn_of_hook (void *data, const char *text)
{
	const struct create_request *request = data;

	request->warn (text);
}

void
creation_undo (struct creation *creation)
{
	const struct create_request *request = creation->request;
	const struct plan *plan = &creation->plan;
	const struct hook_surroundings around = { .interrupt_fd = -1,
		.outputs = creation->launch.hook_outputs,
		.warn = warn_of_hook,
		.data = (void *) request };
	struct error ignored;

	launch_undo (&creation->launch);
	if (creation->has_pid_file)
		error_ignore (unlink (request->pid_file), "there may be one no more");
	if (creation->launch.hooks_began && plan->hooks[HOOK_POSTSTOP].n > 0) {
		autofree char *state = launch_state_json (plan, request->id, 0, "stopped");

		hooks_run_all (&plan->hooks[HOOK_POSTSTOP], HOOK_POSTSTOP, state, &around);
	}
	error_ignore (
		container_forget (&creation->container, &ignored), "the first error is the news");
}

int
creation_done (struct creation *creation, struct error *err)
{
	int r = 0;

	if (creation->trace)
		r = trace_write (creation->trace, creation->request->trace_file, err);
	trace_free (creation->trace);
	launch_done (&creation->launch);
	cgroup_free (creation->cgroup);
	/* like launch_done: the command ends, and so do its fds and the lock */
	creation->container.dir_fd = -1;
	container_done (&creation->container);
	plan_done (&creation->plan);
	arena_done (&creation->arena);
	free (creation->bundle);
	free (creation->seccomp_cache);
	sigprocmask (SIG_SETMASK, &creation->saved_signals, NULL);
	return r;
}

int
container_create (const struct create_request *request, struct error *err)
{
	struct creation creation;
	struct error trace_error;
	sigset_t signals;
	int r;

	foreground_deadly_signals (&signals);
	r = creation_begin (request, &signals, true, &creation, err);
	if (r == 0) {
		r = launch_keep (&creation.launch, err);
		if (r < 0)
			creation_undo (&creation);
	}
	if (creation_done (&creation, &trace_error) < 0 && r == 0)
		return *err = trace_error, -1;
	return r;
}
