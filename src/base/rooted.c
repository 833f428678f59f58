/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rooted.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

/* openat2 answers EAGAIN when it meets ".." while anybody on the machine renames or mounts. */
#define MAX_ATTEMPTS 4096
#define MAX_LINKS 40 /* as the kernel's own limit */
/* How often a path is looked up anew because it changed between two calls. */
#define MAX_ROUNDS 1024

#define IN_ROOT (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)

/* The one system call that looks a path up. -1 and errno. */
static int
resolve (int root, const char *path, int flags, uint64_t how)
{
	int fd, attempts = 0;

	if (*path == '\0')
		path = ".";
	do
		fd = sys_openat2 (root, path, (uint64_t) (flags | O_CLOEXEC), 0, how);
	while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++attempts < MAX_ATTEMPTS)));
	return fd;
}

static int
fail_lookup (struct error *err, int code, const char *verb, const char *path)
{
	const char *hint = NULL;

	if (code == ENOSYS)
		hint = "it takes openat2, which Linux has since 5.6: the kernel is older, or a "
		       "seccomp filter hides it";
	else if (code == EAGAIN)
		hint = "somebody keeps changing it";
	return fail_hint (err, code, hint, "%s '%s'", verb, path);
}

static int
open_existing (int root, const char *path, int flags, uint64_t how, struct error *err)
{
	int fd;

	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		return fail (err, EINVAL, "open '%s': creating is for other functions", path);
	fd = resolve (root, path, flags, how);
	return fd < 0 ? fail_lookup (err, errno, "open", path) : fd;
}

int
rooted_open (int root, const char *path, int flags, struct error *err)
{
	return open_existing (root, path, flags, IN_ROOT, err);
}

int
rooted_open_no_symlinks (int root, const char *path, int flags, struct error *err)
{
	return open_existing (root, path, flags, IN_ROOT | RESOLVE_NO_SYMLINKS, err);
}

/* A path on its way to be made: what is left to look up, with the symlinks met replaced by what they
 * hold. Always resolved from the root: ".." from a directory's fd could leave it, when somebody has
 * moved that directory out in the meantime. */
struct lookup {
	int root; /* borrowed */
	char *text; /* owned */
	int n_links;
};

static void
lookup_done (struct lookup *lookup)
{
	free (lookup->text);
}

/* Replaces the symlink `name`, which is the text's part [start, end), by what it holds. When it is no
 * symlink (any more) nothing is changed, and the next look-up shows what it is. */
static int
expand_link (struct lookup *lookup, int dir, const char *name, size_t start, size_t end)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat (dir, name, target, sizeof target);
	char *text;

	if (n < 0)
		return errno == EINVAL || errno == ENOENT ? 0 : -1; /* nothing to expand */
	if (++lookup->n_links > MAX_LINKS) {
		errno = ELOOP;
		return -1;
	}
	text = xasprintf ("%.*s%.*s%s", (int) (target[0] == '/' ? 0 : start), lookup->text, (int) n,
		target, lookup->text + end);
	free (lookup->text);
	lookup->text = text;
	return 0;
}

/* Opens the longest part of the text that is there, at least one component shorter than the whole.
 * *out_end is where it ends. */
static int
open_longest (struct lookup *lookup, size_t *out_end)
{
	char *text = lookup->text;
	size_t end = strlen (text);
	char saved;
	int fd;

	do {
		while (end > 0 && text[end - 1] == '/')
			end--;
		while (end > 0 && text[end - 1] != '/')
			end--;
		saved = text[end];
		text[end] = '\0';
		fd = resolve (lookup->root, text, O_PATH | O_DIRECTORY, IN_ROOT);
		text[end] = saved;
	} while (fd < 0 && errno == ENOENT && end > 0);
	*out_end = end;
	return fd;
}

/* Makes the directories of the text from `start` on below *dir, which becomes the last one made.
 * Returns 1 when that is the whole text, and 0 when it has to be looked up anew. */
static int
make_components (struct lookup *lookup, int *dir, size_t start, mode_t mode)
{
	char name[NAME_MAX + 2];

	for (;;) {
		const char *text = lookup->text;
		size_t length;
		int child;

		while (text[start] == '/')
			start++;
		length = strcspn (text + start, "/");
		if (length == 0)
			return 1;
		if (length > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy (name, text + start, length);
		name[length] = '\0';
		if (strcmp (name, "..") == 0)
			return 0;
		if (mkdirat (*dir, name, mode) < 0 && strcmp (name, ".") != 0) {
			if (errno != EEXIST)
				return errno == ENOENT ? 0 : -1;
			return expand_link (lookup, *dir, name, start, start + length);
		}
		child = openat (*dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
		close (*dir);
		*dir = child;
		start += length;
	}
}

/* rooted_mkdir_all with libc's shape. */
static int
make_directories (int root, const char *path, mode_t mode)
{
	int fd = resolve (root, path, O_PATH | O_DIRECTORY, IN_ROOT);
	AUTO (lookup_done) struct lookup lookup = { .root = root };

	if (fd >= 0 || errno != ENOENT)
		return fd;
	lookup.text = xstrdup (path);
	for (int round = 0; round < MAX_ROUNDS; round++) {
		size_t end;
		autofd dir = open_longest (&lookup, &end);
		int r = dir < 0 ? -1 : make_components (&lookup, &dir, end, mode);

		if (r > 0)
			return take_fd (&dir);
		if (r < 0 && errno != ENOENT)
			return -1;
		fd = resolve (root, lookup.text, O_PATH | O_DIRECTORY, IN_ROOT);
		if (fd >= 0 || errno != ENOENT)
			return fd;
	}
	return -1; /* with ENOENT, as in a procfs, where nothing can be made */
}

int
rooted_mkdir_all (int root, const char *path, mode_t mode, struct error *err)
{
	int fd = make_directories (root, path, mode);

	return fd < 0 ? fail_lookup (err, errno, "make the directory", path) : fd;
}

/* Where the last component of a path begins; trailing slashes must be gone. */
static size_t
last_component (const char *path)
{
	const char *slash = strrchr (path, '/');

	return slash ? (size_t) (slash - path) + 1 : 0;
}

static int
open_parent (int root, const char *path, size_t name_start)
{
	autofree char *parent = strndup (path, name_start);

	if (!parent)
		abort ();
	return make_directories (root, parent, 0755);
}

#define AGAIN (-2)

/* One attempt to find or make the file. AGAIN: the text has to be looked up anew. */
static int
create_file (struct lookup *lookup, mode_t mode)
{
	autofd fd = resolve (lookup->root, lookup->text, O_PATH, IN_ROOT);
	size_t start = last_component (lookup->text);
	autofd parent = -1;
	struct stat st;

	if (fd >= 0) {
		if (fstat (fd, &st) == 0 && !S_ISDIR (st.st_mode))
			return take_fd (&fd);
		errno = EISDIR;
		return -1;
	}
	if (errno != ENOENT)
		return -1;
	parent = open_parent (lookup->root, lookup->text, start);
	if (parent < 0)
		return -1;
	fd = openat (parent, lookup->text + start,
		O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd >= 0)
		return take_fd (&fd);
	if (errno != EEXIST && errno != ENOENT)
		return -1;
	return expand_link (lookup, parent, lookup->text + start, start, strlen (lookup->text)) < 0
		       ? -1
		       : AGAIN;
}

static void
cut_trailing_slashes (char *text)
{
	size_t size = strlen (text);

	while (size > 1 && text[size - 1] == '/')
		text[--size] = '\0';
}

int
rooted_create_file (int root, const char *path, mode_t mode, struct error *err)
{
	AUTO (lookup_done) struct lookup lookup = { .root = root, .text = xstrdup (path) };
	int fd = AGAIN;

	for (int round = 0; fd == AGAIN && round < MAX_ROUNDS; round++) {
		cut_trailing_slashes (lookup.text);
		fd = create_file (&lookup, mode);
	}
	return fd < 0 ? fail_lookup (err, errno, "create the file", path) : fd;
}

int
rooted_open_parent (int root, const char *path, const char **out_name, struct error *err)
{
	size_t start = last_component (path);
	const char *name = path + start;
	int fd;

	if (*name == '\0' || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
		return fail (err, EINVAL, "'%s' does not end in a name", path);
	fd = open_parent (root, path, start);
	if (fd < 0)
		return fail_lookup (err, errno, "make the directory of", path);
	*out_name = name;
	return fd;
}
