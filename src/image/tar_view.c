/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A view as a tar: an image's layers flattened, or a directory as a layer.
 */
#include "image/tar_write.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define PIECE (256 * 1024)
#define MAX_XATTRS 64
#define XATTR_SIZE 65536
#define MAX_DEPTH 200

/* A file with several names: the later ones are links to the first. */
struct named_file {
	size_t layer;
	dev_t device;
	ino_t inode;
	char *path; /* owned */
};

struct walk {
	struct tar_writer *writer;
	const struct view *view;
	void *files; /* owned; a tree of named_file, see tsearch(3) */
	struct arena arena; /* of the entry */
	char *piece; /* owned */
	int depth;
};

static int
compare (const void *a, const void *b)
{
	const struct named_file *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->layer < y->layer ? -1 : x->layer > y->layer;
}

static void
free_file (void *data)
{
	struct named_file *file = data;

	free (file->path);
	free (file);
}

/* The first name of the file, if this is not it. */
static const char *
first_name (struct walk *walk, const struct view_node *node, const char *path)
{
	struct named_file key = { node->layer, node->st.st_dev, node->st.st_ino, NULL };
	struct named_file **found, *file;

	if (node->st.st_nlink < 2 || S_ISDIR (node->st.st_mode))
		return NULL;
	found = tfind (&key, &walk->files, compare);
	if (found)
		return (*found)->path;
	file = xmalloc (sizeof *file);
	key.path = xstrdup (path);
	*file = key;
	if (!tsearch (file, &walk->files, compare))
		abort ();
	return NULL;
}

static int
take_xattrs (struct walk *walk, const char *proc_path, struct tar_entry *entry, struct error *err)
{
	char *list = arena_alloc (&walk->arena, XATTR_SIZE);
	ssize_t n = llistxattr (proc_path, list, XATTR_SIZE);

	if (n < 0)
		return errno == ENOTSUP ? 0 : fail (err, errno, "list attributes");
	entry->xattrs = arena_alloc (&walk->arena, MAX_XATTRS * sizeof *entry->xattrs);
	for (char *name = list; name < list + n && entry->n_xattrs < MAX_XATTRS;
		name += strlen (name) + 1) {
		struct tar_xattr *x = &entry->xattrs[entry->n_xattrs];
		ssize_t size;

		if (overlay_owns_xattr (name) || str_equal (name, "security.selinux"))
			continue;
		x->name = name;
		x->value = arena_alloc (&walk->arena, XATTR_SIZE);
		size = lgetxattr (proc_path, name, x->value, XATTR_SIZE);
		if (size < 0)
			continue;
		x->size = (size_t) size;
		entry->n_xattrs++;
	}
	return 0;
}

static int
kind_of (const struct stat *st, struct tar_entry *entry)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		entry->type = TAR_FILE;
		return 1;
	case S_IFDIR:
		entry->type = TAR_DIRECTORY;
		return 1;
	case S_IFLNK:
		entry->type = TAR_SYMLINK;
		return 1;
	case S_IFCHR:
		entry->type = TAR_CHAR;
		return 1;
	case S_IFBLK:
		entry->type = TAR_BLOCK_DEVICE;
		return 1;
	case S_IFIFO:
		entry->type = TAR_FIFO;
		return 1;
	default:
		return 0; /* a socket is nothing without its process */
	}
}

/* Returns 0 for what has no place in a tar. */
static int
describe (struct walk *walk, int dirfd, const char *name, const struct view_node *node,
	struct tar_entry *entry, struct error *err)
{
	const struct stat *st = &node->st;
	char proc_path[PATH_MAX];

	if (!kind_of (st, entry))
		return 0;
	entry->mode = st->st_mode & 07777;
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->mtime = st->st_mtim;
	entry->major = major (st->st_rdev);
	entry->minor = minor (st->st_rdev);
	entry->size = entry->type == TAR_FILE ? (uint64_t) st->st_size : 0;
	entry->link = first_name (walk, node, entry->path);
	if (entry->link) {
		entry->type = TAR_LINK;
		return 1;
	}
	if (entry->type == TAR_SYMLINK) {
		char *target = arena_alloc (&walk->arena, PATH_MAX);
		ssize_t n = readlinkat (dirfd, name, target, PATH_MAX - 1);

		if (n < 0)
			return fail (err, errno, "read the symlink '%s'", entry->path);
		entry->link = target;
	}
	snprintf (proc_path, sizeof proc_path, "/proc/self/fd/%d/%s", dirfd, name);
	return take_xattrs (walk, proc_path, entry, err) < 0 ? -1 : 1;
}

static int
send_file (struct walk *walk, int dirfd, const char *name, struct error *err)
{
	autofd fd = openat (dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail (err, errno, "open '%s'", name);
	while (walk->writer->left > 0) {
		uint64_t most = walk->writer->left < PIECE ? walk->writer->left : PIECE;
		ssize_t n = read (fd, walk->piece, (size_t) most);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail (err, n < 0 ? errno : EIO, "read '%s'", name);
		if (tar_write_data (walk->writer, walk->piece, (size_t) n, err) < 0)
			return -1;
	}
	return 0;
}

static int walk_directory (
	struct walk *walk, const struct view_dir *dir, const char *path, struct error *err);

static int
descend (struct walk *walk, const struct view_dir *dir, const char *name, const char *path,
	struct error *err)
{
	AUTO (view_dir_done) struct view_dir next = { 0 };
	int r;

	if (walk->depth >= MAX_DEPTH)
		return fail (err, 0, "'%.200s...': directories nested too deeply", path);
	if (view_open_dir (walk->view, dir, name, &next, err) < 0)
		return -1;
	walk->depth++;
	r = walk_directory (walk, &next, path, err);
	walk->depth--;
	return r;
}

static int
write_one (struct walk *walk, const struct view_dir *dir, const char *name, const char *path,
	struct error *err)
{
	struct tar_entry entry = { .path = path };
	struct view_node node;
	int dirfd, r = view_look_up (walk->view, dir, name, &node, err);

	if (r <= 0)
		return r;
	dirfd = dir->fds[node.layer];
	r = describe (walk, dirfd, name, &node, &entry, err);
	if (r > 0)
		r = tar_write_entry (walk->writer, &entry, err);
	arena_done (&walk->arena);
	if (r < 0)
		return -1;
	if (entry.type == TAR_FILE && S_ISREG (node.st.st_mode) &&
		send_file (walk, dirfd, name, err) < 0)
		return -1;
	return S_ISDIR (node.st.st_mode) ? descend (walk, dir, name, path, err) : 0;
}

static int
walk_directory (struct walk *walk, const struct view_dir *dir, const char *path, struct error *err)
{
	AUTO (view_names_done) struct view_names names = { 0 };

	if (view_list (walk->view, dir, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		autofree char *inner = *path ? xasprintf ("%s/%s", path, names.names[i])
					     : xstrdup (names.names[i]);

		if (write_one (walk, dir, names.names[i], inner, err) < 0)
			return -1;
	}
	return 0;
}

/* The root directory itself comes first. */
static int
write_root (struct walk *walk, const struct view_dir *dir, struct error *err)
{
	struct tar_entry entry = { .path = "./" };
	struct view_node node = { .layer = 0 };
	int r;

	if (fstat (dir->fds[0], &node.st) < 0)
		return fail (err, errno, "look at a layer");
	r = describe (walk, dir->fds[0], ".", &node, &entry, err);
	if (r > 0)
		r = tar_write_entry (walk->writer, &entry, err);
	arena_done (&walk->arena);
	return r < 0 ? -1 : walk_directory (walk, dir, "", err);
}

int
tar_write_view (struct tar_writer *writer, const struct view *view, struct error *err)
{
	AUTO (view_dir_done) struct view_dir dir = { 0 };
	struct walk walk = { .writer = writer, .view = view };
	int r = 0;

	if (view_open_root (view, &dir, err) < 0)
		return -1;
	walk.piece = xmalloc (PIECE);
	if (view->n > 0)
		r = write_root (&walk, &dir, err);
	tdestroy (walk.files, free_file);
	free (walk.piece);
	return r;
}
