/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/view.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/rooted.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#define MAX_LINKS 40 /* as the kernel's own limit */

static void
new_dir (size_t n, struct view_dir *out)
{
	out->fds = xmalloc ((n + 1) * sizeof *out->fds);
	out->n = n;
	for (size_t i = 0; i < n; i++)
		out->fds[i] = -1;
}

void
view_dir_done (struct view_dir *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (dir->fds[i] >= 0)
			close (dir->fds[i]);
	free (dir->fds);
	*dir = (struct view_dir){ 0 };
}

int
view_open_root (const struct view *view, struct view_dir *out, struct error *err)
{
	AUTO (view_dir_done) struct view_dir dir = { 0 };

	new_dir (view->n, &dir);
	for (size_t i = 0; i < view->n; i++) {
		dir.fds[i] = openat (view->roots[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir.fds[i] < 0)
			return fail (err, errno, "open a layer");
	}
	*out = dir;
	dir = (struct view_dir){ 0 };
	return 0;
}

int
view_look_up (const struct view *view, const struct view_dir *dir, const char *name,
	struct view_node *out, struct error *err)
{
	for (size_t i = 0; i < dir->n; i++) {
		if (dir->fds[i] < 0)
			continue;
		if (fstatat (dir->fds[i], name, &out->st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue;
			return fail (err, errno, "look at '%s'", name);
		}
		if (overlay_is_whiteout (&out->st))
			return 0;
		out->layer = i;
		return 1;
	}
	return 0;
}

int
view_open_dir (const struct view *view, const struct view_dir *dir, const char *name,
	struct view_dir *out, struct error *err)
{
	AUTO (view_dir_done) struct view_dir found = { 0 };

	new_dir (dir->n, &found);
	for (size_t i = 0; i < dir->n; i++) {
		int fd;

		if (dir->fds[i] < 0)
			continue;
		fd = openat (dir->fds[i], name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
			break; /* no directory: what is below it is hidden */
		if (fd < 0)
			return fail (err, errno, "open '%s'", name);
		found.fds[i] = fd;
		if (overlay_is_opaque (fd, view->kind))
			break;
	}
	*out = found;
	found = (struct view_dir){ 0 };
	return 0;
}

/* ---- lists */

struct listed {
	char *name; /* owned until taken */
	size_t layer;
	bool is_hidden;
};

struct list {
	struct listed *entries; /* owned */
	size_t n, room;
};

static void
list_done (struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free (list->entries[i].name);
	free (list->entries);
}

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

static int
add_names (struct list *list, int fd, size_t layer, struct error *err)
{
	AUTO (close_dir) DIR *dir = NULL;
	autofd again = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	if (again < 0 || !(dir = fdopendir (again)))
		return fail (err, errno, "read a directory");
	again = -1; /* the DIR's now */
	while (errno = 0, (entry = readdir (dir))) {
		bool is_hidden = false;
		struct stat st;

		if (str_equal (entry->d_name, ".") || str_equal (entry->d_name, ".."))
			continue;
		if (entry->d_type == DT_CHR || entry->d_type == DT_UNKNOWN)
			is_hidden = fstatat (fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
				    overlay_is_whiteout (&st);
		if (list->n == list->room) {
			list->room = list->room ? 2 * list->room : 64;
			list->entries =
				xrealloc (list->entries, list->room * sizeof *list->entries);
		}
		list->entries[list->n++] =
			(struct listed){ xstrdup (entry->d_name), layer, is_hidden };
	}
	return errno ? fail (err, errno, "read a directory") : 0;
}

static int
compare (const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int order = strcmp (x->name, y->name);

	return order ? order : x->layer < y->layer ? -1 : x->layer > y->layer;
}

int
view_list (const struct view *view, const struct view_dir *dir, struct view_names *out,
	struct error *err)
{
	AUTO (list_done) struct list list = { 0 };

	for (size_t i = 0; i < dir->n; i++)
		if (dir->fds[i] >= 0 && add_names (&list, dir->fds[i], i, err) < 0)
			return -1;
	if (list.n > 1)
		qsort (list.entries, list.n, sizeof *list.entries, compare);
	out->names = xcalloc (list.n + 1, sizeof *out->names);
	out->n = 0;
	for (size_t i = 0, first = 0; i < list.n; i++) {
		/* the topmost layer's comes first, and says what becomes of the name */
		if (i > 0 && str_equal (list.entries[i].name, list.entries[first].name))
			continue;
		first = i;
		if (!list.entries[i].is_hidden)
			out->names[out->n++] = xstrdup (list.entries[i].name);
	}
	return 0;
}

void
view_names_done (struct view_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free (names->names[i]);
	free (names->names);
	*names = (struct view_names){ 0 };
}

/* ---- paths */

/* A path on its way: what was walked, without symlinks, and what is to come. */
struct walk {
	const struct view *view;
	char *done; /* owned; "usr/lib" */
	char *rest; /* owned */
	const char *next; /* into rest */
	int n_links;
	struct view_dir dir; /* at done */
	bool is_lost; /* done is not there any more: the rest is only text */
};

static void
walk_done (struct walk *walk)
{
	free (walk->done);
	free (walk->rest);
	view_dir_done (&walk->dir);
}

static int
descend (struct walk *walk, const char *name, struct error *err)
{
	struct view_dir next;

	if (view_open_dir (walk->view, &walk->dir, name, &next, err) < 0)
		return -1;
	view_dir_done (&walk->dir);
	walk->dir = next;
	return 0;
}

static void
append (struct walk *walk, const char *name)
{
	char *longer = *walk->done ? xasprintf ("%s/%s", walk->done, name) : xstrdup (name);

	free (walk->done);
	walk->done = longer;
}

/* Begins anew at the root with that text. */
static int
restart (struct walk *walk, char *text, struct error *err)
{
	free (walk->rest);
	walk->rest = text;
	walk->next = text;
	free (walk->done);
	walk->done = xstrdup ("");
	walk->is_lost = false;
	view_dir_done (&walk->dir);
	return view_open_root (walk->view, &walk->dir, err);
}

static int
go_up (struct walk *walk, struct error *err)
{
	char *slash = strrchr (walk->done, '/');

	if (slash)
		*slash = '\0';
	else
		*walk->done = '\0';
	return restart (walk, xasprintf ("%s/%s", walk->done, walk->next), err);
}

static int
follow_link (struct walk *walk, const char *name, const struct view_node *node, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat (walk->dir.fds[node->layer], name, target, sizeof target - 1);

	if (n < 0)
		return fail (err, errno, "read the symlink '%s'", name);
	if (++walk->n_links > MAX_LINKS)
		return fail (err, ELOOP, "follow the symlink '%s'", name);
	target[n] = '\0';
	return restart (walk,
		target[0] == '/' ? xasprintf ("%s/%s", target, walk->next)
				 : xasprintf ("%s/%s/%s", walk->done, target, walk->next),
		err);
}

/* Cuts the next component off; "." is none. Returns 0 at the end. */
static int
next_component (struct walk *walk, char name[NAME_MAX + 1], bool *out_is_last, struct error *err)
{
	size_t n;

	do {
		walk->next += strspn (walk->next, "/");
		n = strcspn (walk->next, "/");
		if (n == 0)
			return 0;
		if (n > NAME_MAX)
			return fail (err, ENAMETOOLONG, "'%.40s...'", walk->next);
		memcpy (name, walk->next, n);
		name[n] = '\0';
		walk->next += n;
	} while (str_equal (name, "."));
	*out_is_last = walk->next[strspn (walk->next, "/")] == '\0';
	return 1;
}

/* One component. Returns 1 when it was the last one and is there. */
static int
take_step (
	struct walk *walk, const char *name, bool follows, struct view_node *out, struct error *err)
{
	int r;

	if (str_equal (name, ".."))
		return go_up (walk, err);
	r = walk->is_lost ? 0 : view_look_up (walk->view, &walk->dir, name, out, err);
	if (r < 0)
		return -1;
	if (r == 1 && S_ISLNK (out->st.st_mode) && follows)
		return follow_link (walk, name, out, err);
	append (walk, name);
	if (r == 1 && S_ISDIR (out->st.st_mode))
		return descend (walk, name, err) < 0 ? -1 : 1;
	/* behind something that is no directory nothing is there */
	walk->is_lost = true;
	return r;
}

static int
root_node (const struct walk *walk, struct view_node *out, struct error *err)
{
	out->layer = 0;
	if (fstat (walk->dir.fds[0], &out->st) < 0)
		return fail (err, errno, "look at a layer");
	return 1;
}

int
view_resolve (const struct view *view, const char *path, enum view_follow follow, char **out_path,
	struct view_node *out, struct error *err)
{
	AUTO (walk_done) struct walk walk = { .view = view };
	char name[NAME_MAX + 1];
	bool is_last = false;
	int r, more = 0;

	if (restart (&walk, xstrdup (path), err) < 0)
		return -1;
	r = root_node (&walk, out, err);
	while (r >= 0 && (more = next_component (&walk, name, &is_last, err)) > 0) {
		r = take_step (&walk, name, !is_last || follow == VIEW_FOLLOW, out, err);
		/* back at the root, by ".." or by a symlink */
		if (r == 0 && !walk.is_lost && *walk.done == '\0')
			r = root_node (&walk, out, err);
	}
	if (more < 0)
		r = -1;
	if (r < 0)
		return error_prefix (err, "look up '%s' in the image", path);
	*out_path = take_ptr (walk.done);
	return r;
}

int
view_open (const struct view *view, const char *resolved, const struct view_node *node, int flags,
	struct error *err)
{
	return rooted_open_no_symlinks (view->roots[node->layer], resolved, flags, err);
}
