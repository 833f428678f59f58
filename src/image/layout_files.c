/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/layout_files.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t) 256 * 1024)

void
layout_files_close (struct layout_files *files)
{
	if (files->dir >= 0)
		close (files->dir);
	files->dir = -1;
	archive_close (&files->archive);
}

static int
open_in_archive (const struct layout_files *files, const char *path, struct layout_file *out,
	struct error *err)
{
	const struct archive_file *found;

	if (archive_find (&files->archive, path, &found, err) < 0)
		return -1;
	*out = (struct layout_file){ files->archive.fd, true, found->offset, found->size };
	return 0;
}

int
layout_file_open (const struct layout_files *files, const char *path, struct layout_file *out,
	struct error *err)
{
	autofd fd = -1;
	struct stat st;

	if (files->dir < 0)
		return open_in_archive (files, path, out, err);
	/* somebody else's directory: no FIFO, no way out of it */
	fd = rooted_open (files->dir, path, O_RDONLY | O_NONBLOCK, err);
	if (fd < 0)
		return -1;
	if (fstat (fd, &st) < 0)
		return fail (err, errno, "look at '%s'", path);
	if (!S_ISREG (st.st_mode))
		return fail (err, EINVAL, "'%s' is no regular file", path);
	*out = (struct layout_file){ take_fd (&fd), false, 0, (uint64_t) st.st_size };
	return 0;
}

void
layout_file_close (struct layout_file *file)
{
	if (!file->is_shared && file->fd >= 0)
		close (file->fd);
	file->fd = -1;
}

/* Returns how many bytes, fewer than `size` only at the end of the file. */
static ssize_t
read_at (const struct layout_file *file, uint64_t offset, void *out, size_t size, struct error *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread (file->fd, (char *) out + done, size - done,
			(off_t) (file->offset + offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail (err, errno, "read");
		if (n == 0)
			break;
		done += (size_t) n;
	}
	return (ssize_t) done;
}

int
layout_file_read (const struct layout_files *files, const char *path, size_t limit, char **out_data,
	size_t *out_size, struct error *err)
{
	struct layout_file file;
	autofree char *data = NULL;
	ssize_t n;

	if (layout_file_open (files, path, &file, err) < 0)
		return -1;
	if (file.size > limit) {
		layout_file_close (&file);
		return fail_as (err, EFBIG, "read '%s': more than %zu bytes", path, limit);
	}
	data = xmalloc ((size_t) file.size + 1);
	n = read_at (&file, 0, data, (size_t) file.size, err);
	layout_file_close (&file);
	if (n < 0)
		return error_prefix (err, "%s", path);
	data[n] = '\0';
	*out_data = take_ptr (data);
	*out_size = (size_t) n;
	return 0;
}

int
layout_file_send (const struct layout_file *file, const struct source_blob *blob,
	struct blob_sink *sink, struct error *err)
{
	autofree char *piece = xmalloc (PIECE);
	uint64_t at = blob->offset;

	if (file->size != blob->size)
		return fail_as (err, EBADMSG, "%s has %llu bytes instead of %llu", blob->digest,
			(unsigned long long) file->size, (unsigned long long) blob->size);
	while (at < blob->size) {
		size_t most = blob->size - at < PIECE ? (size_t) (blob->size - at) : PIECE;
		ssize_t n = read_at (file, at, piece, most, err);

		if (n < 0)
			return error_prefix (err, "%s", blob->digest);
		if ((size_t) n < most)
			return fail_as (err, ENODATA, "%s is cut short", blob->digest);
		if (sink->write (sink, piece, (size_t) n, err) < 0)
			return -1;
		at += (uint64_t) n;
	}
	return 0;
}
