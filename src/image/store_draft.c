/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Blobs that are made here, and known by what they turn out to be.
 */
#include "image/store.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

static int
write_draft (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	struct store_draft *draft = (struct store_draft *) sink;

	if (fd_write_all (draft->fd, data, size, draft->name, err) < 0)
		return error_prefix (err, "store '%s'", draft->store->path);
	digest_update (draft->stream, data, size);
	draft->size += size;
	return 0;
}

int
store_draft_begin (const struct store *store, struct store_draft *out, struct error *err)
{
	static unsigned int count;
	/* so that nobody sweeps it away before it has its own lock */
	autofd lock = store_lock (store, "tmp", err);
	struct store_draft draft = { .sink = { write_draft }, .store = store, .fd = -1 };

	if (lock < 0)
		return -1;
	snprintf (draft.name, sizeof draft.name, "tmp/blob.%d.%u", (int) getpid (), count++);
	draft.fd = openat (
		store->fd, draft.name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (draft.fd < 0 || flock (draft.fd, LOCK_EX | LOCK_NB) < 0) {
		fail (err, errno, "create '%s/%s'", store->path, draft.name);
		if (draft.fd >= 0)
			close (draft.fd);
		return -1;
	}
	draft.stream = digest_new (DIGEST_SHA256);
	*out = draft;
	return 0;
}

int
store_draft_commit (struct store_draft *draft, char digest[DIGEST_TEXT_SIZE], struct error *err)
{
	autofree char *path = NULL;

	digest_finish (draft->stream, digest);
	path = xasprintf ("blobs/sha256/%s", digest_hex (digest));
	if (renameat (draft->store->fd, draft->name, draft->store->fd, path) < 0)
		return fail (err, errno, "rename '%s' to '%s' in '%s'", draft->name, path,
			draft->store->path);
	draft->name[0] = '\0';
	return 0;
}

void
store_draft_end (struct store_draft *draft)
{
	if (draft->fd < 0)
		return;
	if (draft->name[0])
		error_ignore (
			unlinkat (draft->store->fd, draft->name, 0), "the next one sweeps it away");
	close (take_fd (&draft->fd));
	digest_free (&draft->stream);
}
