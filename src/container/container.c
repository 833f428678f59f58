/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/container.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/str.h"
#include "launch/gate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define RECORD_NAME "state.json"
#define NEXT_RECORD_NAME ".state.json.next"
#define RECORD_LIMIT (64u << 20) /* annotations may be many */
#define ID_MAX 255

const char *const container_status_names[] = {
	[CONTAINER_CREATING] = "creating",
	[CONTAINER_CREATED] = "created",
	[CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",
	[CONTAINER_STOPPED] = "stopped",
};

/* Indexed by enum cgroup_driver; the words of the record. */
static const char *const driver_names[] = {
	[CGROUP_CGROUPFS] = "cgroupfs",
	[CGROUP_SYSTEMD] = "systemd",
	[CGROUP_DISABLED] = "disabled",
};

bool
container_id_is_valid (const char *id)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
	size_t n = strspn (id, letters);

	return n > 0 && n <= ID_MAX && id[n] == '\0' && id[0] != '.';
}

static int
check_id (const char *id, struct error *err)
{
	if (container_id_is_valid (id))
		return 0;
	return fail_hint (err, EINVAL,
		"letters, digits, '_', '+', '-', and '.' but for the first; at most 255",
		"invalid id format: '%s'", id);
}

static void
container_init (struct container *container, const char *root, const char *id)
{
	*container = (struct container){ .root = root, .id = id, .dir_fd = -1, .pidfd = -1 };
	container->path = arena_printf (&container->arena, "%s/%s", root, id);
}

void
container_done (struct container *container)
{
	auto_close_fd (&container->dir_fd);
	auto_close_fd (&container->pidfd);
	ocispec_done (&container->doc);
	arena_done (&container->arena);
}

int
container_does_not_exist (const char *id, struct error *err)
{
	/* "does not exist" is what containerd looks for */
	fail (err, 0, "container does not exist: '%s'", id);
	err->code = ENOENT;
	return -1;
}

void
container_unlock (struct container *container)
{
	flock (container->dir_fd, LOCK_UN);
	container->is_locked = false;
}

/* 1 when it was there, 0 when not. */
static int
read_record (struct container *container, struct error *err)
{
	struct ocispec_source source = { .file = RECORD_NAME };
	autofree char *text = NULL;

	if (fd_read_file (container->dir_fd, RECORD_NAME, RECORD_LIMIT, &text, &source.size, err) <
		0)
		return err->code == ENOENT ? 0 : -1;
	source.text = text;
	if (oci_davit_record_parse (&container->doc, &source, &container->record, err) < 0)
		return error_prefix (err, "container '%s'", container->id);
	return 1;
}

static int
lock (struct container *container, struct error *err)
{
	struct stat st;

	while (flock (container->dir_fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return fail (err, errno, "lock '%s'", container->path);
	/* whoever held it may have removed it */
	if (fstat (container->dir_fd, &st) < 0 || st.st_nlink == 0)
		return container_does_not_exist (container->id, err);
	container->is_locked = true;
	return 0;
}

int
container_lock_again (struct container *container, struct error *err)
{
	if (lock (container, err) == 0)
		return 1;
	if (err->code != ENOENT)
		return -1;
	container->exists = false;
	return 0;
}

static int
open_in (struct container *container, enum container_access access, struct error *err)
{
	container->dir_fd = open (container->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container->dir_fd < 0)
		return errno == ENOENT ? container_does_not_exist (container->id, err)
				       : fail (err, errno, "open '%s'", container->path);
	container->exists = true;
	if (access != CONTAINER_LOOK && lock (container, err) < 0)
		return -1;
	if (read_record (container, err) >= 0)
		return 0;
	container->record = NULL;
	return access == CONTAINER_REMOVE ? 0 : -1;
}

int
container_open (const char *root, const char *id, enum container_access access,
	struct container *out, struct error *err)
{
	struct container container;

	if (!container_id_is_valid (id))
		return check_id (id, err);
	container_init (&container, root, id);
	if (open_in (&container, access, err) < 0) {
		container_done (&container);
		return -1;
	}
	*out = container;
	return 0;
}

/* The parents of a root directory are made like those of /run/davit: for everybody to pass. */
static int
make_root (const char *root, struct error *err)
{
	autofree char *path = xstrdup (root);

	for (char *slash = strchr (path + 1, '/'); slash; slash = strchr (slash + 1, '/')) {
		*slash = '\0';
		if (mkdir (path, 0755) < 0 && errno != EEXIST)
			return fail (err, errno, "make '%s'", path);
		*slash = '/';
	}
	if (mkdir (path, 0700) < 0 && errno != EEXIST)
		return fail (err, errno, "make '%s'", path);
	return 0;
}

static int
make_directory (struct container *container, struct error *err)
{
	for (bool again = false;; again = true) {
		if (mkdir (container->path, 0700) == 0)
			return 0;
		if (errno == EEXIST) {
			fail (err, 0, "container with given ID already exists: '%s'",
				container->id);
			err->code = EEXIST;
			return -1;
		}
		if (errno != ENOENT || again)
			return fail (err, errno, "make '%s'", container->path);
		if (make_root (container->root, err) < 0)
			return -1;
	}
}

int
container_make (const char *root, const char *id, struct container *out, struct error *err)
{
	struct container container;

	if (check_id (id, err) < 0)
		return -1;
	container_init (&container, root, id);
	if (make_directory (&container, err) < 0) {
		container_done (&container);
		return -1;
	}
	container.exists = true;
	container.dir_fd = open (container.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* a delete --force that came between has the lock first, and then there is no directory */
	if (container.dir_fd < 0 || lock (&container, err) < 0) {
		if (container.dir_fd < 0)
			fail (err, errno, "open '%s'", container.path);
		error_ignore (rmdir (container.path), "the first error is the news");
		container_done (&container);
		return -1;
	}
	*out = container;
	return 0;
}

int
container_save (struct container *container, struct error *err)
{
	const char *text = oci_davit_record_print (&container->arena, container->record, 0);

	return fd_replace_file (container->dir_fd, RECORD_NAME, text, strlen (text), 0600, err);
}

int
container_prepare_save (struct container *container, struct error *err)
{
	const char *text = oci_davit_record_print (&container->arena, container->record, 0);
	autofd fd = openat (container->dir_fd, NEXT_RECORD_NAME,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail (err, errno, "create '%s/" NEXT_RECORD_NAME "'", container->path);
	return fd_write_all (fd, text, strlen (text), NEXT_RECORD_NAME, err);
}

int
container_finish_save (struct container *container, struct error *err)
{
	if (renameat (container->dir_fd, NEXT_RECORD_NAME, container->dir_fd, RECORD_NAME) < 0)
		return fail (err, errno, "rename '%s/" NEXT_RECORD_NAME "'", container->path);
	return 0;
}

/* Removes `name` below dirfd with all that it holds. Symlinks are not followed. */
static int
remove_tree (int dirfd, const char *name, struct error *err)
{
	DIR *directory;
	int fd;

	if (unlinkat (dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return fail (err, errno, "remove '%s'", name);
	fd = openat (dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir (fd);
	if (!directory) {
		fail (err, errno, "open '%s'", name);
		auto_close_fd (&fd);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir (directory));)
		if (!str_equal (entry->d_name, ".") && !str_equal (entry->d_name, "..") &&
			remove_tree (fd, entry->d_name, err) < 0) {
			closedir (directory);
			return -1;
		}
	closedir (directory);
	if (unlinkat (dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail (err, errno, "remove '%s'", name);
	return 0;
}

int
container_forget (struct container *container, struct error *err)
{
	/* state.json last of the files: as long as it is there, another delete can go on from here */
	static const char *const usual[] = { GATE_NAME, "config.json", RECORD_NAME };

	if (!container->exists)
		return 0;
	for (size_t i = container->is_gateless ? 1 : 0; i < ARRAY_SIZE (usual); i++)
		if (unlinkat (container->dir_fd, usual[i], 0) < 0 && errno != ENOENT)
			return fail (err, errno, "remove '%s/%s'", container->path, usual[i]);
	if (rmdir (container->path) < 0 && errno != ENOENT &&
		remove_tree (AT_FDCWD, container->path, err) < 0)
		return -1;
	container->exists = false;
	return 0;
}

/* Whether somebody else holds the lock, who is then making the container. */
static bool
is_being_made (struct container *container)
{
	if (container->is_locked)
		return false;
	if (flock (container->dir_fd, LOCK_SH | LOCK_NB) < 0)
		return true;
	flock (container->dir_fd, LOCK_UN);
	return false;
}

static int
is_frozen (struct container *container, struct error *err)
{
	struct cgroup *cgroup;
	int r;

	if (container_cgroup (container, &cgroup, err) < 0)
		return -1;
	r = cgroup ? cgroup_is_frozen (cgroup, err) : 0;
	cgroup_free (cgroup);
	return r;
}

int
container_status (struct container *container, enum container_status *out, struct error *err)
{
	const struct oci_davit_record *record = container->record;
	int frozen;

	if (!record || record->pid == 0) {
		*out = is_being_made (container) ? CONTAINER_CREATING : CONTAINER_STOPPED;
		return 0;
	}
	auto_close_fd (&container->pidfd);
	container->pidfd = proc_open_living (record->pid, record->pid_start, err);
	if (container->pidfd < 0) {
		*out = CONTAINER_STOPPED;
		return err->code == ESRCH ? 0 : -1;
	}
	frozen = is_frozen (container, err);
	if (frozen < 0)
		return -1;
	*out = frozen				       ? CONTAINER_PAUSED
	       : gate_is_waited_at (container->dir_fd) ? CONTAINER_CREATED
						       : CONTAINER_RUNNING;
	return 0;
}

static enum cgroup_driver
driver_from_name (const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE (driver_names); i++)
		if (str_equal (driver_names[i], name))
			return (enum cgroup_driver) i;
	return CGROUP_DISABLED;
}

static int
load_cgroup (struct container *container, const struct cgroup_saved *saved, struct cgroup **out,
	struct error *err)
{
	const struct oci_davit_record *record = container->record;
	const struct oci_systemd_unit *unit = record->systemd_unit;
	enum cgroup_driver driver = driver_from_name (record->cgroup_driver);

	if (driver == CGROUP_SYSTEMD && !unit)
		return fail (err, 0, "the record of container '%s' names no unit of systemd",
			container->id);
	if (cgroup_load (&container->arena, driver, saved, record->n_cgroups, out, err) < 0)
		return -1;
	if (unit)
		cgroup_load_unit (
			*out, &(struct cgroup_unit){ unit->name, unit->bus, unit->is_user });
	return 0;
}

static void
record_unit (struct container *container, const struct cgroup *cgroup)
{
	const struct cgroup_unit *saved = cgroup_save_unit (cgroup, &container->arena);
	struct oci_systemd_unit *unit;

	if (!saved)
		return;
	unit = arena_alloc (&container->arena, sizeof *unit);
	unit->name = saved->name;
	unit->bus = saved->bus;
	unit->is_user = saved->is_user;
	container->record->systemd_unit = unit;
}

int
container_cgroup (struct container *container, struct cgroup **out, struct error *err)
{
	const struct oci_davit_record *record = container->record;
	struct cgroup_saved *saved;

	*out = NULL;
	if (!record)
		return 0;
	saved = arena_alloc (&container->arena, record->n_cgroups * sizeof *saved + 1);
	for (size_t i = 0; i < record->n_cgroups; i++)
		saved[i] = (struct cgroup_saved){
			.hierarchy = record->cgroups[i]->hierarchy,
			.path = record->cgroups[i]->path,
			.made = record->cgroups[i]->made,
		};
	return load_cgroup (container, saved, out, err);
}

void
container_record_cgroup (
	struct container *container, const struct cgroup *cgroup, enum cgroup_record what)
{
	struct oci_davit_record *record = container->record;
	struct arena *arena = &container->arena;
	struct cgroup_saved *saved;
	size_t n;

	record->cgroup_driver = driver_names[cgroup ? cgroup_driver (cgroup) : CGROUP_DISABLED];
	if (!cgroup)
		return;
	record_unit (container, cgroup);
	n = what == CGROUP_RECORD_MADE ? cgroup_save (cgroup, arena, &saved)
				       : cgroup_save_intent (cgroup, container->id, arena, &saved);
	record->cgroups = arena_alloc (arena, (n + 1) * sizeof *record->cgroups);
	record->n_cgroups = n;
	for (size_t i = 0; i < n; i++) {
		struct oci_cgroup_place *place = arena_alloc (arena, sizeof *place);

		place->hierarchy = saved[i].hierarchy;
		place->path = saved[i].path;
		place->made = saved[i].made;
		record->cgroups[i] = place;
	}
}

struct rdt_place
container_rdt (const struct container *container)
{
	const struct oci_resctrl_place *saved =
		container->record ? container->record->resctrl : NULL;

	if (!saved)
		return (struct rdt_place){ 0 };
	return (struct rdt_place){ saved->group, saved->monitor, saved->made };
}

void
container_record_rdt (struct container *container, const struct rdt_place *place)
{
	struct oci_resctrl_place *saved;

	if (!place->group)
		return;
	saved = arena_alloc (&container->arena, sizeof *saved);
	*saved = (struct oci_resctrl_place){
		.group = place->group, .made = place->is_ours, .monitor = place->monitor
	};
	container->record->resctrl = saved;
}
