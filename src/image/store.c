/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The directory itself, its locks, and the blobs that are there.
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

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define INDEX_TEXT                                                                        \
	"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," \
	"\"manifests\":[]}"
#define BLOB_PATH_SIZE (sizeof "blobs/sha256/" + 128)

static const char *const directories[] = {
	"blobs",
	"blobs/sha256",
	"blobs/sha512",
	"partial",
	"layers",
	"bundles",
	"tmp",
	"locks",
};

/* mkdir -p. */
static int
make_path (const char *path, mode_t mode, struct error *err)
{
	autofree char *text = xstrdup (path);

	for (char *p = text + 1;; p++) {
		char saved = *p;

		if (saved != '/' && saved != '\0')
			continue;
		*p = '\0';
		if (mkdir (text, mode) < 0 && errno != EEXIST)
			return fail (err, errno, "make the directory '%s'", text);
		*p = saved;
		if (saved == '\0')
			return 0;
	}
}

static int
make_file (int dirfd, const char *name, const char *text, struct error *err)
{
	if (faccessat (dirfd, name, F_OK, 0) == 0)
		return 0;
	return fd_replace_file (dirfd, name, text, strlen (text), 0644, err);
}

static int
fill (struct store *store, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (directories); i++)
		if (mkdirat (store->fd, directories[i], 0755) < 0 && errno != EEXIST)
			return fail (err, errno, "make the directory '%s/%s'", store->path,
				directories[i]);
	return 0;
}

/* The files that make it a layout, the last of which is made last. */
static int
make_layout (struct store *store, struct error *err)
{
	autofd lock = store_lock (store, "index", err);

	if (lock < 0 || make_file (store->fd, "index.json", INDEX_TEXT, err) < 0)
		return -1;
	return make_file (store->fd, "oci-layout", LAYOUT_TEXT, err);
}

static int
flock_whole (int fd, int how)
{
	int r;

	do
		r = flock (fd, how);
	while (r < 0 && errno == EINTR);
	return r;
}

int
store_lock (const struct store *store, const char *name, struct error *err)
{
	autofree char *path = xasprintf ("locks/%s", name);
	autofd fd = openat (store->fd, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail (err, errno, "open '%s/%s'", store->path, path);
	if (flock_whole (fd, LOCK_EX) < 0)
		return fail (err, errno, "lock '%s/%s'", store->path, path);
	return take_fd (&fd);
}

static const int lock_kinds[] = {
	[STORE_READ] = LOCK_SH,
	[STORE_WRITE] = LOCK_SH,
	[STORE_PRUNE] = LOCK_EX,
	[STORE_TRY_PRUNE] = LOCK_EX | LOCK_NB,
	[STORE_LAYOUT] = LOCK_SH,
};

static int
lock_whole (struct store *store, enum store_mode mode, struct error *err)
{
	store->lock =
		openat (store->fd, "locks/store", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (store->lock < 0)
		return fail (err, errno, "open '%s/locks/store'", store->path);
	if (flock_whole (store->lock, lock_kinds[mode]) < 0)
		return fail_hint (err, errno, errno == EWOULDBLOCK ? "somebody works in it" : NULL,
			"lock '%s'", store->path);
	return 0;
}

int
store_open (const char *path, enum store_mode mode, struct store *out, struct error *err)
{
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };

	if (*path != '/')
		return fail (err, EINVAL, "open the store '%s': the path has to be absolute", path);
	/* A store is its owner's alone, since there are set-user-ID programs below it (CVE-2021-41091). A
	 * layout for others has nothing but blobs. */
	if (mode != STORE_READ && make_path (path, mode == STORE_LAYOUT ? 0755 : 0700, err) < 0)
		return -1;
	store.path = xstrdup (path);
	store.mode = mode;
	store.fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store.fd < 0)
		return fail (err, errno, "open the store '%s'", path);
	if (fill (&store, err) < 0 || lock_whole (&store, mode, err) < 0 ||
		make_layout (&store, err) < 0)
		return -1;
	*out = store;
	store = (struct store){ .fd = -1, .lock = -1 };
	return 0;
}

/* Leaves a layout as others know it, unless somebody else is at work in it. Partial blobs stay. */
static void
clean_layout (struct store *store)
{
	static const char *const locks[] = { "locks/index", "locks/tmp", "locks/store" };

	if (flock (store->lock, LOCK_EX | LOCK_NB) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE (locks); i++)
		error_ignore (unlinkat (store->fd, locks[i], 0), "it may not have been made");
	for (size_t i = ARRAY_SIZE (directories); i > 0; i--)
		error_ignore (unlinkat (store->fd, directories[i - 1], AT_REMOVEDIR),
			"what is not empty stays");
}

void
store_close (struct store *store)
{
	if (store->mode == STORE_LAYOUT && store->fd >= 0 && store->lock >= 0)
		clean_layout (store);
	free (store->path);
	if (store->fd >= 0)
		close (store->fd);
	if (store->lock >= 0)
		close (store->lock);
	*store = (struct store){ .fd = -1, .lock = -1 };
}

static void
blob_path (const char *digest, char out[BLOB_PATH_SIZE])
{
	snprintf (out, BLOB_PATH_SIZE, "blobs/%s/%s",
		digest_algorithm_name (digest_algorithm_of (digest)), digest_hex (digest));
}

int
store_has_blob (const struct store *store, const char *digest, uint64_t size, struct error *err)
{
	char path[BLOB_PATH_SIZE];
	struct stat st;

	if (digest_check (digest, "a blob", NULL, err) < 0)
		return -1;
	blob_path (digest, path);
	if (fstatat (store->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return fail (err, errno, "look at '%s/%s'", store->path, path);
	}
	return S_ISREG (st.st_mode) && (size == 0 || (uint64_t) st.st_size == size);
}

int
store_open_blob (const struct store *store, const char *digest, struct error *err)
{
	char path[BLOB_PATH_SIZE];
	autofd fd = -1;
	struct stat st;

	if (digest_check (digest, "a blob", NULL, err) < 0)
		return -1;
	blob_path (digest, path);
	fd = openat (store->fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat (fd, &st) < 0)
		return fail (err, errno, "open '%s/%s'", store->path, path);
	if (!S_ISREG (st.st_mode))
		return fail (err, EINVAL, "'%s/%s' is no regular file", store->path, path);
	return take_fd (&fd);
}

int
store_read_document (const struct store *store, const char *digest, char **out_data,
	size_t *out_size, struct error *err)
{
	autofd fd = store_open_blob (store, digest, err);
	char found[DIGEST_TEXT_SIZE];
	autofree char *data = NULL;
	size_t size;

	if (fd < 0 || fd_read_all (fd, SOURCE_MAX_DOCUMENT, &data, &size, digest, err) < 0)
		return -1;
	digest_of (digest_algorithm_of (digest), data, size, found);
	if (!str_equal (found, digest))
		return fail_as (err, EBADMSG,
			"the blob %s in the store '%s' is damaged: its digest is %s", digest,
			store->path, found);
	*out_data = take_ptr (data);
	if (out_size)
		*out_size = size;
	return 0;
}

int
store_add_document (const struct store *store, const char *digest, const void *data, size_t size,
	struct error *err)
{
	AUTO (store_ingest_end) struct store_ingest ingest = { .fd = -1 };

	if (store_ingest_begin (store, digest, size, &ingest, err) < 0)
		return -1;
	if (ingest.is_complete)
		return 0;
	if (store_ingest_write (&ingest, (const char *) data + ingest.offset,
		    size - (size_t) ingest.offset, err) < 0)
		return -1;
	return store_ingest_commit (&ingest, err);
}
