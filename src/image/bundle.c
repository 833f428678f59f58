/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/bundle.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/rooted.h"
#include "base/str.h"
#include "image/bundle_record.h"
#include "image/flatten.h"
#include "image/layers.h"
#include "image/overlay.h"
#include "image/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define MAX_VOLUMES 128

static const char *const parts[] = { "rootfs", "upper", "work", "volumes", "config.json",
	BUNDLE_RECORD };

struct build {
	const struct bundle_request *request;
	int dir; /* owned; of the bundle */
	struct layer_stack stack;
	struct passwd_user user;
	struct tree_copy copy;
	struct runtime_volume volumes[MAX_VOLUMES]; /* strings owned by the arena */
	size_t n_volumes;
	struct arena arena;
	bool was_made; /* the directory */
	bool is_mounted;
};

/* ---- the directory */

static int
is_empty (int dir, struct error *err)
{
	int fd = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir (fd);
	struct dirent *entry;
	int n = 0;

	if (!list)
		return fail (err, errno, "read the bundle's directory");
	while ((entry = readdir (list)))
		n++;
	closedir (list);
	return n <= 2;
}

static int
open_directory (struct build *build, struct error *err)
{
	const char *path = build->request->path;
	int r;

	/* what is set-user-ID in the root file system is for nobody else (CVE-2021-41091) */
	build->was_made = mkdir (path, 0700) == 0;
	if (!build->was_made && errno != EEXIST)
		return fail (err, errno, "make the bundle '%s'", path);
	build->dir = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (build->dir < 0)
		return fail (err, errno, "open the bundle '%s'", path);
	r = build->was_made ? 1 : is_empty (build->dir, err);
	if (r == 0)
		return fail (err, ENOTEMPTY, "make the bundle '%s'", path);
	return r < 0 ? -1 : 0;
}

/* The container's root has to get through the bundle to its root file system. */
static int
give_to_root_inside (struct build *build, struct error *err)
{
	uint32_t uid, gid;

	if (build->request->uids.n == 0 || build->request->is_rootless ||
		!tree_map_id (&build->request->uids, 0, &uid) ||
		!tree_map_id (&build->request->gids, 0, &gid))
		return 0;
	if (fchown (build->dir, uid, gid) < 0)
		return fail (err, errno, "give the bundle to %u:%u", uid, gid);
	return 0;
}

static int
make_part (struct build *build, const char *name, struct error *err)
{
	int fd;

	if (mkdirat (build->dir, name, 0755) < 0)
		return fail (err, errno, "make '%s/%s'", build->request->path, name);
	fd = openat (build->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail (err, errno, "open '%s/%s'", build->request->path, name) : fd;
}

static int
write_record (struct build *build, struct error *err)
{
	const struct bundle_request *request = build->request;
	const struct image *image = request->image;
	struct oci_image_bundle record = {
		.bundle = request->path,
		.store = request->store->path,
		.image = request->name,
		.manifest = image->document.digest,
		.rootfs = request->rootfs == BUNDLE_OVERLAY ? "overlay" : "copy",
	};
	autofree char **layers = xcalloc (image->n_layers + 1, sizeof *layers);

	/* a copy needs nothing from the store */
	if (request->rootfs == BUNDLE_OVERLAY)
		record.n_layers = image->n_layers;
	for (size_t i = 0; i < record.n_layers; i++)
		layers[i] = image->layers[i].chain_id;
	record.layers = layers;
	return bundle_record_write (request->store, build->dir, &record, err);
}

/* ---- the root file system */

static int
make_copy (struct build *build, struct error *err)
{
	autofd root = make_part (build, "rootfs", err);
	struct flatten_request request = { &build->stack.view, &build->copy, root };

	return root < 0 ? -1 : flatten (&request, err);
}

/* The root directory of an overlay looks like the upper one. */
static int
make_upper (struct build *build, struct error *err)
{
	autofd work = make_part (build, "work", err);
	autofd upper = make_part (build, "upper", err);
	struct stat st;

	if (work < 0 || upper < 0)
		return -1;
	if (fstat (build->stack.fds[0], &st) < 0)
		return fail (err, errno, "look at a layer");
	if (fchown (upper, st.st_uid, st.st_gid) < 0)
		return fail (err, errno, "give '%s/upper' to its owner", build->request->path);
	return tree_finish_directory (upper, &st, err);
}

static int
make_overlay (struct build *build, struct error *err)
{
	autofd rootfs = make_part (build, "rootfs", err);

	if (rootfs < 0 || make_upper (build, err) < 0)
		return -1;
	if (build->request->not_mounted)
		return 0;
	if (bundle_mount (build->request->path, err) < 0)
		return -1;
	build->is_mounted = true;
	return 0;
}

/* ---- what the image's config wants to be there */

static int
make_cwd (struct build *build, struct error *err)
{
	const char *cwd;
	autofd root = -1;
	autofd made = -1;

	if (runtime_config_cwd (build->request->image, &build->request->overrides, &cwd, err) < 0)
		return -1;
	if (str_equal (cwd, "/") ||
		(build->request->rootfs == BUNDLE_OVERLAY && !build->is_mounted))
		return 0;
	root = openat (build->dir, "rootfs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (root < 0)
		return fail (err, errno, "open '%s/rootfs'", build->request->path);
	made = rooted_mkdir_all (root, cwd, 0755, err);
	return made < 0 ? error_prefix (err, "the working directory") : 0;
}

static int
fill_volume (
	struct build *build, int volumes, const char *name, const char *path, struct error *err)
{
	struct flatten_request request = { &build->stack.view, &build->copy, -1 };
	autofree char *resolved = NULL;
	struct view_node node;
	autofd dir = -1;
	int r;

	if (mkdirat (volumes, name, 0755) < 0)
		return fail (err, errno, "make the volume");
	dir = openat (volumes, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return fail (err, errno, "open the volume");
	r = view_resolve (&build->stack.view, path, VIEW_FOLLOW, &resolved, &node, err);
	if (r <= 0 || !S_ISDIR (node.st.st_mode))
		return r < 0 ? -1 : 0;
	request.root = dir;
	return flatten_directory (&request, resolved, err);
}

/* "/data/" -> "/data"; what goes up, or is the root, is no volume (CVE-2022-23648). */
static int
clean_volume (struct build *build, const char *path, const char **out, struct error *err)
{
	size_t n = strlen (path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (*path != '/' || n < 2 || str_path_has_dotdot (path))
		return fail (err, 0, "it is no path for a volume");
	*out = arena_strndup (&build->arena, path, n);
	return 0;
}

static int
compare (const void *a, const void *b)
{
	return strcmp (*(char *const *) a, *(char *const *) b);
}

static int
make_volumes (struct build *build, struct error *err)
{
	const struct oci_container_config *config = build->request->image->config->config;
	const struct oci_string_map *map = config ? config->volumes : NULL;
	autofree char **paths = NULL;
	autofd volumes = -1;

	if (!map || map->n == 0)
		return 0;
	if (map->n > MAX_VOLUMES)
		return fail_as (err, E2BIG, "the image has %zu volumes", map->n);
	paths = xcalloc (map->n, sizeof *paths);
	memcpy (paths, map->keys, map->n * sizeof *paths);
	qsort (paths, map->n, sizeof *paths, compare);
	volumes = make_part (build, "volumes", err);
	if (volumes < 0)
		return -1;
	for (size_t i = 0; i < map->n; i++) {
		struct runtime_volume *volume = &build->volumes[build->n_volumes++];
		char name[24];

		snprintf (name, sizeof name, "%zu", i);
		if (clean_volume (build, paths[i], &volume->destination, err) < 0 ||
			fill_volume (build, volumes, name, volume->destination, err) < 0)
			return error_prefix (err, "volume '%s'", paths[i]);
		/* absolute: not every runtime takes a relative one from the bundle */
		volume->source =
			arena_printf (&build->arena, "%s/volumes/%s", build->request->path, name);
	}
	return 0;
}

static int
write_config (struct build *build, struct error *err)
{
	const struct bundle_request *request = build->request;
	struct runtime_config_request config = {
		.image = request->image,
		.user = &build->user,
		.overrides = &request->overrides,
		.volumes = build->volumes,
		.n_volumes = build->n_volumes,
		.uids = request->uids,
		.gids = request->gids,
		.is_rootless = request->is_rootless,
	};
	autofree char *text = NULL;

	if (runtime_config_make (&config, &text, err) < 0)
		return -1;
	return fd_replace_file (build->dir, "config.json", text, strlen (text), 0644, err);
}

/* ---- all of it */

static int
make (struct build *build, struct error *err)
{
	const struct bundle_request *request = build->request;

	if (layers_open_stack (request->store, request->image, &build->stack, err) < 0 ||
		passwd_find (&build->stack.view,
			runtime_config_user (request->image, &request->overrides), &build->user,
			err) < 0)
		return -1;
	if (write_record (build, err) < 0)
		return -1;
	if ((request->rootfs == BUNDLE_OVERLAY ? make_overlay (build, err)
					       : make_copy (build, err)) < 0)
		return error_prefix (err, "the root file system");
	if (make_volumes (build, err) < 0 || make_cwd (build, err) < 0 ||
		write_config (build, err) < 0)
		return -1;
	return give_to_root_inside (build, err);
}

static void
undo (struct build *build)
{
	struct error ignored;

	if (build->is_mounted && bundle_umount (build->request->path, &ignored) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE (parts); i++)
		error_ignore (tree_remove (build->dir, parts[i], &ignored),
			"the first error is the news");
	if (build->was_made)
		error_ignore (rmdir (build->request->path), "the first error is the news");
	error_ignore (bundle_record_forget (build->request->store, build->request->path, &ignored),
		"prune finds that the bundle isn't there");
}

int
bundle_make (const struct bundle_request *request, struct error *err)
{
	struct build build = {
		.request = request,
		.dir = -1,
		.copy = { .owner_may_stay = request->is_rootless },
	};
	int r = open_directory (&build, err);

	if (!request->is_rootless) {
		build.copy.uids = request->uids;
		build.copy.gids = request->gids;
	}
	if (r == 0) {
		r = make (&build, err);
		if (r < 0)
			undo (&build);
	}
	if (build.dir >= 0)
		close (build.dir);
	layer_stack_done (&build.stack);
	passwd_user_done (&build.user);
	arena_done (&build.arena);
	return r;
}

/* ---- later */

static int
mount_record (const char *path, const struct oci_image_bundle *record, struct error *err)
{
	autofree char *layers = xasprintf ("%s/layers", record->store);
	autofree char *upper = xasprintf ("%s/upper", path), *work = xasprintf ("%s/work", path);
	autofree char *target = xasprintf ("%s/rootfs", path);
	autofree const char **lowers = xcalloc (record->n_layers + 1, sizeof *lowers);
	struct overlay_mount overlay = {
		.layers_path = layers,
		.lowers = lowers,
		.n_lowers = record->n_layers,
		.upper = upper,
		.work = work,
		.target = target,
		.kind = overlay_kind_of_process (),
	};

	for (size_t i = 0; i < record->n_layers; i++) {
		const char *chain_id = record->layers[record->n_layers - 1 - i];

		if (digest_check (chain_id, BUNDLE_RECORD, NULL, err) < 0)
			return -1;
		lowers[i] = digest_hex (chain_id);
	}
	return overlay_mount (&overlay, err);
}

int
bundle_mount (const char *path, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	autofree char *target = xasprintf ("%s/rootfs", path);
	struct oci_image_bundle *record;
	int r;

	if (bundle_record_read (path, &doc, &record, err) < 0)
		return -1;
	if (!str_equal (record->rootfs, "overlay"))
		return 0;
	r = overlay_is_mounted (target, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	return mount_record (path, record, err) < 0 ? -1 : 1;
}

int
bundle_umount (const char *path, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	autofree char *target = xasprintf ("%s/rootfs", path);
	struct oci_image_bundle *record;

	if (bundle_record_read (path, &doc, &record, err) < 0)
		return -1;
	return overlay_unmount (target, err);
}

int
bundle_remove (const char *path, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	struct oci_image_bundle *record;
	autofd dir = -1;

	if (bundle_record_read (path, &doc, &record, err) < 0 || bundle_umount (path, err) < 0)
		return -1;
	dir = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail (err, errno, "open '%s'", path);
	/* the record last: as long as it is there the removal can be done again */
	for (size_t i = 0; i < ARRAY_SIZE (parts); i++)
		if (tree_remove (dir, parts[i], err) < 0)
			return error_prefix (err, "%s", path);
	if (rmdir (path) < 0)
		return fail (err, errno, "remove '%s'", path);
	if (store_open (record->store, STORE_READ, &store, err) < 0)
		return err->code == ENOENT ? 0 : -1;
	return bundle_record_forget (&store, record->bundle, err);
}
