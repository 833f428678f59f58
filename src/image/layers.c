/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/layers.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

int
layers_open (const struct store *store, const char *chain_id, struct error *err)
{
	autofree char *path = xasprintf ("layers/%s", digest_hex (chain_id));
	int fd = openat (store->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail (err, errno, "open '%s/%s'", store->path, path);
	return fd;
}

int
layers_begin (
	const struct store *store, const char *chain_id, struct layer_draft *out, struct error *err)
{
	struct layer_draft draft = { .store = store, .fd = -1 };
	/* so that nobody sweeps it away before it has its own lock */
	autofd lock = store_lock (store, "tmp", err);

	if (lock < 0)
		return -1;
	snprintf (
		draft.name, sizeof draft.name, "tmp/%s.%d", digest_hex (chain_id), (int) getpid ());
	/* another container's process had our pid */
	if (tree_remove (store->fd, draft.name, err) < 0)
		return -1;
	if (mkdirat (store->fd, draft.name, 0700) < 0)
		return fail (err, errno, "make '%s/%s'", store->path, draft.name);
	draft.fd = openat (store->fd, draft.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (draft.fd < 0)
		return fail (err, errno, "open '%s/%s'", store->path, draft.name);
	if (flock (draft.fd, LOCK_EX | LOCK_NB) < 0) {
		fail (err, errno, "lock '%s/%s'", store->path, draft.name);
		close (draft.fd);
		return -1;
	}
	*out = draft;
	return 0;
}

int
layers_commit (struct layer_draft *draft, const char *chain_id, struct error *err)
{
	autofree char *path = xasprintf ("layers/%s", digest_hex (chain_id));

	if (renameat (draft->store->fd, draft->name, draft->store->fd, path) < 0)
		return fail (err, errno, "rename '%s' to '%s' in '%s'", draft->name, path,
			draft->store->path);
	draft->name[0] = '\0';
	return 0;
}

void
layers_end (struct layer_draft *draft)
{
	struct error ignored;

	if (draft->fd < 0)
		return;
	if (draft->name[0])
		error_ignore (tree_remove (draft->store->fd, draft->name, &ignored),
			"the next one sweeps it away");
	close (take_fd (&draft->fd));
}

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

/* Removes it unless somebody has it locked. */
static int
sweep_one (int tmp, const char *name, struct error *err)
{
	autofd fd = openat (tmp, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	return tree_remove (tmp, name, err);
}

int
layers_sweep (const struct store *store, struct error *err)
{
	AUTO (close_dir) DIR *dir = NULL;
	autofd tmp = openat (store->fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autofd lock = store_lock (store, "tmp", err);
	struct dirent *entry;
	int fd;

	if (lock < 0)
		return -1;
	if (tmp < 0)
		return fail (err, errno, "open '%s/tmp'", store->path);
	fd = openat (tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir (fd);
	if (!dir)
		return fail (err, errno, "read '%s/tmp'", store->path);
	while (errno = 0, (entry = readdir (dir)))
		if (!str_equal (entry->d_name, ".") && !str_equal (entry->d_name, "..") &&
			sweep_one (tmp, entry->d_name, err) < 0)
			return -1;
	return errno ? fail (err, errno, "read '%s/tmp'", store->path) : 0;
}

int
layers_open_stack (const struct store *store, const struct image *image, struct layer_stack *out,
	struct error *err)
{
	struct layer_stack stack = { .n = image->n_layers };

	stack.fds = xmalloc ((stack.n + 1) * sizeof *stack.fds);
	for (size_t i = 0; i < stack.n; i++)
		stack.fds[i] = -1;
	for (size_t i = 0; i < stack.n; i++) {
		const struct image_layer *layer = &image->layers[stack.n - 1 - i];

		stack.fds[i] = layers_open (store, layer->chain_id, err);
		if (stack.fds[i] < 0) {
			layer_stack_done (&stack);
			return -1;
		}
	}
	stack.view = (struct view){ stack.fds, stack.n, overlay_kind_of_process () };
	*out = stack;
	return 0;
}

void
layer_stack_done (struct layer_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		if (stack->fds[i] >= 0)
			close (stack->fds[i]);
	free (stack->fds);
	*stack = (struct layer_stack){ 0 };
}
