/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Blobs on their way into the store. The lock is the partial file's own: when its owner renames or
 * removes the file, whoever waited has the lock of a file that has no such name any more, and looks
 * again.
 */
#include "image/store.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PIECE (256 * 1024)
#define PARTIAL_PATH_SIZE (sizeof "partial/sha256-" + 128)

static void
partial_path (const struct store_ingest *ingest, char out[PARTIAL_PATH_SIZE])
{
	snprintf (out, PARTIAL_PATH_SIZE, "partial/%s-%s",
		digest_algorithm_name (digest_algorithm_of (ingest->digest)),
		digest_hex (ingest->digest));
}

/* Returns 1 when the fd is that of the file with this name. */
static int
is_still_named (const struct store_ingest *ingest, const char *path)
{
	struct stat mine, there;

	return fstat (ingest->fd, &mine) == 0 &&
	       fstatat (ingest->store->fd, path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

/* Returns 1 with the locked file in ingest->fd, or 0 when the blob is complete. */
static int
lock_partial (struct store_ingest *ingest, const char *path, struct error *err)
{
	for (;;) {
		int r = store_has_blob (ingest->store, ingest->digest, ingest->size, err);

		if (r != 0)
			return r < 0 ? -1 : 0;
		ingest->fd = openat (
			ingest->store->fd, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (ingest->fd < 0)
			return fail (err, errno, "open '%s/%s'", ingest->store->path, path);
		do
			r = flock (ingest->fd, LOCK_EX);
		while (r < 0 && errno == EINTR);
		if (r < 0)
			return fail (err, errno, "lock '%s/%s'", ingest->store->path, path);
		if (is_still_named (ingest, path))
			break;
		close (take_fd (&ingest->fd));
	}
	/* between the look and the lock it may have become complete under its real name */
	return store_has_blob (ingest->store, ingest->digest, ingest->size, err) == 0;
}

/* What came in an earlier run has to go through the hash again. */
static int
hash_what_is_there (struct store_ingest *ingest, const char *path, struct error *err)
{
	autofree char *piece = xmalloc (PIECE);
	uint64_t at = 0;
	ssize_t n;

	while ((n = pread (ingest->fd, piece, PIECE, (off_t) at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail (err, errno, "read '%s/%s'", ingest->store->path, path);
		digest_update (ingest->stream, piece, (size_t) n);
		at += (uint64_t) n;
	}
	ingest->offset = at;
	if (lseek (ingest->fd, (off_t) at, SEEK_SET) < 0)
		return fail (err, errno, "seek in '%s/%s'", ingest->store->path, path);
	return 0;
}

static int
begin (struct store_ingest *ingest, struct error *err)
{
	char path[PARTIAL_PATH_SIZE];
	struct stat st;
	int r;

	partial_path (ingest, path);
	r = lock_partial (ingest, path, err);
	if (r < 0)
		return -1;
	ingest->is_complete = r == 0;
	if (ingest->is_complete) {
		if (ingest->fd >= 0 && unlinkat (ingest->store->fd, path, 0) < 0 && errno != ENOENT)
			return fail (err, errno, "remove '%s/%s'", ingest->store->path, path);
		/* somebody may wait for this lock whom our caller will wait for */
		store_ingest_end (ingest);
		return 0;
	}
	ingest->stream = digest_new (digest_algorithm_of (ingest->digest));
	if (fstat (ingest->fd, &st) < 0)
		return fail (err, errno, "look at '%s/%s'", ingest->store->path, path);
	if (st.st_size == 0)
		return 0;
	/* longer than the blob is: of no use */
	if ((uint64_t) st.st_size > ingest->size) {
		if (ftruncate (ingest->fd, 0) < 0)
			return fail (err, errno, "empty '%s/%s'", ingest->store->path, path);
		return 0;
	}
	return hash_what_is_there (ingest, path, err);
}

int
store_ingest_begin (const struct store *store, const char *digest, uint64_t size,
	struct store_ingest *out, struct error *err)
{
	struct store_ingest ingest = { .store = store, .size = size, .fd = -1 };

	if (digest_check (digest, "a blob", NULL, err) < 0)
		return -1;
	snprintf (ingest.digest, sizeof ingest.digest, "%s", digest);
	if (begin (&ingest, err) < 0) {
		store_ingest_end (&ingest);
		return -1;
	}
	*out = ingest;
	return 0;
}

int
store_ingest_open (const struct store_ingest *ingest, struct error *err)
{
	char path[PARTIAL_PATH_SIZE];
	int fd;

	if (ingest->is_complete)
		return store_open_blob (ingest->store, ingest->digest, err);
	partial_path (ingest, path);
	/* not dup(2): a lock of flock(2) is held until the last duplicate is closed */
	fd = openat (ingest->store->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail (err, errno, "open '%s/%s'", ingest->store->path, path) : fd;
}

int
store_ingest_write (struct store_ingest *ingest, const void *data, size_t size, struct error *err)
{
	if (size > ingest->size - ingest->offset)
		return fail_as (err, EFBIG, "%s is longer than its %llu bytes", ingest->digest,
			(unsigned long long) ingest->size);
	if (fd_write_all (ingest->fd, data, size, ingest->digest, err) < 0)
		return error_prefix (err, "store '%s'", ingest->store->path);
	digest_update (ingest->stream, data, size);
	ingest->offset += size;
	return 0;
}

static int
check (struct store_ingest *ingest, const char *path, struct error *err)
{
	char found[DIGEST_TEXT_SIZE];

	if (ingest->offset != ingest->size)
		return fail_as (err, ENODATA, "%s ends after %llu of its %llu bytes",
			ingest->digest, (unsigned long long) ingest->offset,
			(unsigned long long) ingest->size);
	digest_finish (ingest->stream, found);
	if (str_equal (found, ingest->digest))
		return 0;
	error_ignore (unlinkat (ingest->store->fd, path, 0), "the wrong digest is the news");
	return fail_as (err, EBADMSG, "what came for %s has the digest %s", ingest->digest, found);
}

int
store_ingest_commit (struct store_ingest *ingest, struct error *err)
{
	char path[PARTIAL_PATH_SIZE];
	autofree char *name = xasprintf ("blobs/%s/%s",
		digest_algorithm_name (digest_algorithm_of (ingest->digest)),
		digest_hex (ingest->digest));

	partial_path (ingest, path);
	if (check (ingest, path, err) < 0)
		return -1;
	if (renameat (ingest->store->fd, path, ingest->store->fd, name) < 0)
		return fail (
			err, errno, "rename '%s' to '%s' in '%s'", path, name, ingest->store->path);
	ingest->is_complete = true;
	store_ingest_end (ingest);
	return 0;
}

void
store_ingest_end (struct store_ingest *ingest)
{
	if (ingest->fd >= 0)
		close (ingest->fd);
	ingest->fd = -1;
	digest_free (&ingest->stream);
}
