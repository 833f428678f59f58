/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/archive.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/byte_input.h"
#include "image/tar.h"

#include <errno.h>
#include <fcntl.h>

#define MAX_FILES 100000
#define MAX_LINKS 8

/* "./a/../b" -> "b"; what leads out of the archive stays at its root. */
static char *
normalize (const char *path)
{
	char *out = xmalloc (strlen (path) + 2);
	size_t n = 0;

	while (*path) {
		size_t length;

		path += strspn (path, "/");
		length = strcspn (path, "/");
		if (length == 2 && strncmp (path, "..", 2) == 0) {
			while (n > 0 && out[n - 1] != '/')
				n--;
			if (n > 0)
				n--;
		} else if (length > 0 && !(length == 1 && *path == '.')) {
			if (n > 0)
				out[n++] = '/';
			memcpy (out + n, path, length);
			n += length;
		}
		path += length;
	}
	out[n] = '\0';
	return out;
}

/* A symlink is meant from its directory, a hard link from the archive's root. */
static char *
link_target (const struct tar_entry *entry)
{
	const char *slash = strrchr (entry->path, '/');
	autofree char *text = NULL;

	if (entry->type == TAR_LINK)
		return normalize (entry->link);
	if (entry->type != TAR_SYMLINK)
		return NULL;
	text = xasprintf (
		"%.*s/%s", (int) (slash ? slash - entry->path : 0), entry->path, entry->link);
	return normalize (text);
}

static int
compare (const void *a, const void *b)
{
	return strcmp (
		((const struct archive_file *) a)->name, ((const struct archive_file *) b)->name);
}

static int
add_entry (struct archive *archive, size_t *room, struct tar_reader *tar,
	const struct tar_entry *entry, struct error *err)
{
	if (entry->type != TAR_FILE && entry->type != TAR_SYMLINK && entry->type != TAR_LINK)
		return 0;
	if (archive->n_files >= MAX_FILES)
		return fail_as (err, E2BIG, "more than %d files", MAX_FILES);
	if (archive->n_files == *room) {
		*room = *room ? 2 * *room : 64;
		archive->files = xrealloc (archive->files, *room * sizeof *archive->files);
	}
	if (entry->is_sparse)
		return fail_as (err, ENOTSUP, "'%s' is a sparse file", entry->path);
	archive->files[archive->n_files++] = (struct archive_file){
		.name = normalize (entry->path),
		.link = link_target (entry),
		.offset = tar_data_offset (tar),
		.size = tar_data_size (tar),
	};
	return 0;
}

static int
read_index (struct archive *archive, struct error *err)
{
	struct file_input input;
	const struct tar_entry *entry;
	struct tar_reader *tar;
	size_t room = 0;
	int r;

	file_input_init (&input, archive->fd, archive->path);
	tar = tar_new (&input.input);
	while ((r = tar_next (tar, &entry, err)) > 0)
		if (add_entry (archive, &room, tar, entry, err) < 0) {
			r = -1;
			break;
		}
	tar_free (&tar);
	file_input_done (&input);
	if (r == 0 && archive->n_files > 1)
		qsort (archive->files, archive->n_files, sizeof *archive->files, compare);
	return r;
}

int
archive_open (const char *path, struct archive *out, struct error *err)
{
	AUTO (archive_close) struct archive archive = { .fd = -1 };
	unsigned char magic[4] = { 0 };

	archive.path = xstrdup (path);
	archive.fd = open (path, O_RDONLY | O_CLOEXEC);
	if (archive.fd < 0)
		return fail (err, errno, "open '%s'", path);
	if (pread (archive.fd, magic, sizeof magic, 0) < 0)
		return fail (err, errno, "read '%s'", path);
	if ((magic[0] == 0x1f && magic[1] == 0x8b) || (magic[0] == 0x28 && magic[1] == 0xb5))
		return fail_as (err, ENOTSUP,
			"'%s' is compressed: unpack it first (gunzip, zstd -d)", path);
	if (read_index (&archive, err) < 0)
		return error_prefix (err, "%s", path);
	*out = archive;
	archive = (struct archive){ .fd = -1 };
	return 0;
}

void
archive_close (struct archive *archive)
{
	for (size_t i = 0; i < archive->n_files; i++) {
		free (archive->files[i].name);
		free (archive->files[i].link);
	}
	free (archive->files);
	free (archive->path);
	if (archive->fd >= 0)
		close (archive->fd);
	*archive = (struct archive){ .fd = -1 };
}

int
archive_find (const struct archive *archive, const char *name, const struct archive_file **out,
	struct error *err)
{
	struct archive_file key = { 0 };
	const char *wanted = name;

	for (int links = 0; links < MAX_LINKS; links++) {
		const struct archive_file *found;

		key.name = (char *) wanted;
		found = archive->n_files ? bsearch (&key, archive->files, archive->n_files,
						   sizeof *archive->files, compare)
					 : NULL;
		if (!found)
			return fail (err, ENOENT, "find '%s' in '%s'", name, archive->path);
		if (!found->link) {
			*out = found;
			return 0;
		}
		wanted = found->link;
	}
	return fail (err, ELOOP, "find '%s' in '%s'", name, archive->path);
}
