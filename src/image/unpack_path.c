/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where an entry belongs. Its path may go through symlinks of this layer or of one below, and through
 * directories that this layer does not mention: these have to be made, like the ones below, since in
 * an overlay the upper one's owner and mode count.
 */
#include "image/unpack_state.h"
#include "base/auto.h"
#include "base/rooted.h"
#include "base/str.h"
#include "image/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int
unpack_normalize (const char *path, struct buffer *text, struct error *err)
{
	text->size = 0;
	buffer_add_text (text, "");
	if (str_path_has_dotdot (path))
		return fail (err, 0, "the layer has '%.300s', which leads out of it", path);
	while (*path) {
		size_t length;

		path += strspn (path, "/");
		length = strcspn (path, "/");
		if (length > 0 && !(length == 1 && *path == '.')) {
			if (text->size > 0)
				buffer_add_char (text, '/');
			buffer_add (text, path, length);
		}
		path += length;
	}
	return 0;
}

void
unpack_forget_parent (struct unpack *unpack)
{
	free (unpack->parent_path);
	free (unpack->parent_real);
	unpack->parent_path = unpack->parent_real = NULL;
}

int
unpack_need_view (struct unpack *unpack, struct error *err)
{
	const struct unpack_request *request = unpack->request;
	const int *lowers = NULL;
	size_t n = 0;

	if (unpack->roots)
		return 0;
	if (request->get_lowers && request->get_lowers (request->data, &lowers, &n, err) < 0)
		return -1;
	unpack->roots = xmalloc ((n + 1) * sizeof *unpack->roots);
	unpack->roots[0] = unpack->root;
	for (size_t i = 0; i < n; i++)
		unpack->roots[i + 1] = lowers[i];
	unpack->view = (struct view){ unpack->roots, n + 1, request->kind };
	return 0;
}

/* Makes `name` in dir, as the layers below have it, or root's and 0755 where they have nothing. */
static int
make_like_below (
	struct unpack *unpack, int dir, const char *name, const char *path, struct error *err)
{
	const struct tree_copy copy = { .owner_may_stay = unpack->request->owner_may_stay };
	struct unpack_dir record = { .path = path, .mode = 0755 };
	autofree char *resolved = NULL;
	struct view_node node;
	autofd above = -1;
	int r = view_resolve (&unpack->view, path, VIEW_NO_FOLLOW, &resolved, &node, err);

	if (r < 0)
		return -1;
	if (r == 1 && S_ISDIR (node.st.st_mode)) {
		struct tree_node from = { .st = &node.st };
		autofree char *parent = xstrdup (path);
		char *slash = strrchr (parent, '/');

		if (slash)
			*slash = '\0';
		above = rooted_open_no_symlinks (
			unpack->roots[node.layer], slash ? parent : ".", O_PATH | O_DIRECTORY, err);
		if (above < 0)
			return -1;
		from.dirfd = above;
		from.name = name;
		if (tree_copy_node (&copy, &from, dir, name, err) < 0)
			return -1;
		record.mode = node.st.st_mode & 07777;
		record.mtime = node.st.st_mtim;
	} else if (mkdirat (dir, name, 0755) < 0) {
		return fail (err, errno, "make the directory '%s'", path);
	}
	close (take_fd (&above));
	above = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (above < 0)
		return fail (err, errno, "open '%s'", path);
	if (unpack_note_dir (unpack, above, &record, err) < 0)
		return -1;
	return take_fd (&above);
}

/* The next directory on the way, made if it isn't there. */
static int
step_into (struct unpack *unpack, int dir, const char *name, const char *path, struct error *err)
{
	int fd = openat (dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return fail (err, errno, "open '%s'", path);
	/* a file where a directory has to be: the later one holds */
	if (errno != ENOENT && tree_remove (dir, name, err) < 0)
		return -1;
	return make_like_below (unpack, dir, name, path, err);
}

int
unpack_make_directory (struct unpack *unpack, const char *path, struct error *err)
{
	autofd dir = openat (unpack->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t end = 0;

	if (dir < 0)
		return fail (err, errno, "open the layer");
	while (path[end]) {
		size_t start = end + (path[end] == '/');
		const char *so_far, *name;
		int next;

		end = start + strcspn (path + start, "/");
		so_far = arena_strndup (&unpack->arena, path, end);
		name = arena_strndup (&unpack->arena, path + start, end - start);
		next = step_into (unpack, dir, name, so_far, err);
		if (next < 0)
			return -1;
		close (dir);
		dir = next;
	}
	return take_fd (&dir);
}

/* Something is missing on the way, or it leads somewhere else: with the layers below in sight. */
static int
open_with_view (struct unpack *unpack, const char *parent, char **out_real, struct error *err)
{
	struct view_node node;

	if (unpack_need_view (unpack, err) < 0 ||
		view_resolve (&unpack->view, parent, VIEW_FOLLOW, out_real, &node, err) < 0)
		return -1;
	return unpack_make_directory (unpack, *out_real, err);
}

int
unpack_open_parent (
	struct unpack *unpack, const char *path, const char **out_name, struct error *err)
{
	const char *slash = strrchr (path, '/');
	autofree char *parent = strndup (path, slash ? (size_t) (slash - path) : 0);
	autofree char *real = NULL;
	int fd;

	*out_name = slash ? slash + 1 : path;
	if (!parent)
		return fail (err, ENOMEM, "open '%s'", path);
	if (unpack->parent_path && str_equal (unpack->parent_path, parent))
		return unpack->parent;
	unpack_forget_parent (unpack);
	if (unpack->parent >= 0)
		close (take_fd (&unpack->parent));
	fd = rooted_open (unpack->root, parent, O_PATH | O_DIRECTORY, err);
	if (fd < 0 && (err->code == ENOENT || err->code == ENOTDIR))
		fd = open_with_view (unpack, parent, &real, err);
	if (fd < 0)
		return -1;
	unpack->parent_real = real ? take_ptr (real) : xstrdup (parent);
	unpack->parent_path = take_ptr (parent);
	unpack->parent = fd;
	return fd;
}
