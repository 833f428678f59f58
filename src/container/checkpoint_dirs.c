/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/checkpoint_dirs.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_IMAGES "checkpoint"
#define PARENT "parent" /* CRIU's symlink to the dump before */
#define PARENTS_MAX 100
#define LOG_LIMIT (64u << 20)
#define ERRORS_SHOWN 3

/* What CRIU writes to its work directory. */
static const char *const work_files[] = {
	"dump.log",
	"restore.log",
	"stats-dump",
	"stats-restore",
};

static int
open_directory (const char *path, bool make, struct error *err)
{
	int fd;

	if (make && mkdir (path, 0700) < 0 && errno != EEXIST)
		return fail (err, errno, "make '%s'", path);
	/* the last part of a path in an unpacked archive is the archive's */
	fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return fail_hint (err, errno,
		errno == ELOOP || errno == ENOTDIR ? "it has to be a directory, and no symlink"
						   : NULL,
		"open '%s'", path);
}

static int
check_entry (int dir, const char *name, const char *path, struct error *err)
{
	struct stat st;

	if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail (err, errno, "look at '%s/%s'", path, name);
	if (S_ISREG (st.st_mode) || S_ISDIR (st.st_mode) ||
		(S_ISLNK (st.st_mode) && str_equal (name, PARENT)))
		return 0;
	/* of a page server: `criu lazy-pages` listens there */
	if (S_ISSOCK (st.st_mode) && str_equal (name, "lazy-pages.socket"))
		return 0;
	return fail (
		err, 0, "'%s/%s' is no regular file: a checkpoint holds nothing else", path, name);
}

static int
check_entries (int dir, const char *path, struct error *err)
{
	autofd copy = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = copy < 0 ? NULL : fdopendir (copy);
	int r = 0;

	if (!directory)
		return fail (err, errno, "read '%s'", path);
	copy = -1;
	for (struct dirent *entry; r == 0 && (entry = readdir (directory));)
		r = check_entry (dir, entry->d_name, path, err);
	closedir (directory);
	return r;
}

/* The dump before, that holds the rest of the memory. 1 when there is one: *out_fd. */
static int
open_parent (int dir, const char *path, int *out_fd, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat (dir, PARENT, target, sizeof target - 1);

	if (n < 0)
		return errno == ENOENT || errno == EINVAL
			       ? 0
			       : fail (err, errno, "read '%s/" PARENT "'", path);
	target[n] = '\0';
	if (target[0] == '/')
		return fail (err, 0, "'%s/" PARENT "' leads to '%s': it has to be relative", path,
			target);
	*out_fd = openat (dir, target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out_fd < 0 ? fail (err, errno, "open '%s/" PARENT "'", path) : 1;
}

static int
check_images (int images, const char *path, struct error *err)
{
	autofd dir = -1;
	int current = images;

	for (int i = 0; i < PARENTS_MAX; i++) {
		int next = -1;
		int r;

		if (check_entries (current, path, err) < 0)
			return -1;
		r = open_parent (current, path, &next, err);
		if (r <= 0)
			return r;
		auto_close_fd (&dir);
		current = dir = next;
	}
	return fail (err, ELOOP, "'%s' has more than %d parents", path, PARENTS_MAX);
}

static int
work_directory (const struct checkpoint_dirs *dirs)
{
	return dirs->work_fd < 0 ? dirs->images_fd : dirs->work_fd;
}

static int
check_work (const struct checkpoint_dirs *dirs, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (work_files); i++)
		if (check_entry (dirs->work_fd, work_files[i], dirs->work, err) < 0)
			return -1;
	return 0;
}

int
checkpoint_dirs_open (const char *images, const char *work, enum checkpoint_direction direction,
	struct checkpoint_dirs *out, struct error *err)
{
	bool writes = direction == CHECKPOINT_WRITE;

	*out = (struct checkpoint_dirs){
		.images = images ? images : DEFAULT_IMAGES,
		.work = work	 ? work
			: images ? images
				 : DEFAULT_IMAGES,
		.log = writes ? "dump.log" : "restore.log",
		.images_fd = -1,
		.work_fd = -1,
	};
	out->images_fd = open_directory (out->images, writes, err);
	if (out->images_fd < 0)
		return error_prefix (err, "image path");
	if (check_images (out->images_fd, out->images, err) < 0)
		return -1;
	if (work) {
		out->work_fd = open_directory (work, true, err);
		if (out->work_fd < 0)
			return error_prefix (err, "work path");
		if (check_work (out, err) < 0)
			return -1;
	}
	/* an old one would tell of other errors */
	if (unlinkat (work_directory (out), out->log, 0) < 0 && errno != ENOENT)
		return fail (err, errno, "remove '%s/%s'", out->work, out->log);
	return 0;
}

int
checkpoint_dirs_check_parent (
	const struct checkpoint_dirs *dirs, const char *parent, struct error *err)
{
	autofd fd = -1;

	if (parent[0] == '/')
		return fail (err, 0,
			"--parent-path takes a path relative to the image path, not '%s'", parent);
	fd = openat (dirs->images_fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail (
			err, errno, "invalid parent path '%s' (from '%s')", parent, dirs->images);
	return check_images (fd, parent, err);
}

static int
open_again (const char *path, int fd, struct error *err)
{
	autofd again = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat before, now;

	if (again < 0 || fstat (fd, &before) < 0 || fstat (again, &now) < 0)
		return fail (err, errno, "open '%s'", path);
	if (before.st_dev != now.st_dev || before.st_ino != now.st_ino)
		return fail (err, ESTALE, "open '%s'", path);
	return dup2 (again, fd) < 0 ? fail (err, errno, "keep '%s' open", path) : 0;
}

int
checkpoint_dirs_pass (const struct checkpoint_dirs *dirs, struct error *err)
{
	if (open_again (dirs->images, dirs->images_fd, err) < 0)
		return -1;
	return dirs->work_fd < 0 ? 0 : open_again (dirs->work, dirs->work_fd, err);
}

void
checkpoint_dirs_done (struct checkpoint_dirs *dirs)
{
	auto_close_fd (&dirs->images_fd);
	auto_close_fd (&dirs->work_fd);
}

/* What a line of CRIU's log says when it is an error: "(00.014) Error (criu/mount.c:12): ..." */
static const char *
error_of_line (const char *line, const char *end, size_t *out_size)
{
	static const char mark[] = "Error (";
	const char *found = memmem (line, (size_t) (end - line), mark, sizeof mark - 1);
	const char *text = found ? memmem (found, (size_t) (end - found), "): ", 3) : NULL;

	if (!text)
		return NULL;
	text += 3;
	*out_size = (size_t) (end - text);
	return text;
}

char *
checkpoint_log_errors (const char *log)
{
	struct buffer found = { 0 };
	int n = 0;

	for (const char *line = log; *line && n < ERRORS_SHOWN;) {
		const char *end = strchrnul (line, '\n');
		size_t size;
		const char *text = error_of_line (line, end, &size);

		/* "Dumping FAILED." and its like say what we know */
		if (text && !memmem (text, size, "FAILED", 6)) {
			buffer_add_text (&found, n++ > 0 ? "; " : "");
			buffer_add (&found, text, size);
		}
		line = *end ? end + 1 : end;
	}
	return found.data;
}

static char *
read_log (const struct checkpoint_dirs *dirs)
{
	struct error ignored;
	char *log = NULL;

	if (fd_read_regular_file (
		    work_directory (dirs), dirs->log, LOG_LIMIT, &log, NULL, &ignored) < 0)
		return NULL;
	return log;
}

int
checkpoint_dirs_blame (const struct checkpoint_dirs *dirs, struct error *err)
{
	autofree char *log = read_log (dirs);
	autofree char *errors = log ? checkpoint_log_errors (log) : NULL;

	if (!log)
		return -1;
	if (!errors) {
		struct error before = *err;

		return fail_as (
			err, before.code, "%s (see %s/%s)", before.text, dirs->work, dirs->log);
	}
	return fail_as (err, err->code, "CRIU: %s (see %s/%s)", errors, dirs->work, dirs->log);
}
