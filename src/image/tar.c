/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/tar.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/tar_header.h"
#include "image/tar_pax.h"

#include <errno.h>
#include <limits.h>

/* The kernel has 12 bits for the major and 20 for the minor number of a device. */
#define MAX_MAJOR 0xfff
#define MAX_MINOR 0xfffff

struct tar_reader {
	struct byte_input *in; /* borrowed */
	const char *data; /* what came and was not used yet; the input's */
	size_t size;
	uint64_t at; /* how far into the archive */
	bool is_ended;
	bool has_entry;
	struct arena arena; /* of the entry */
	struct tar_entry entry;
	struct tar_pax pax;
	const char *long_name, *long_link; /* GNU's, of the entry to come; the arena's */
	uint64_t data_offset, data_size;
	uint64_t left; /* of the entry's data, in the archive */
	size_t padding; /* behind them */
	/* a sparse file's: */
	size_t stretch; /* the one that is read */
	uint64_t stretch_used;
	uint64_t offset; /* a plain file's */
};

struct tar_reader *
tar_new (struct byte_input *in)
{
	struct tar_reader *tar = xcalloc (1, sizeof *tar);

	tar->in = in;
	return tar;
}

void
tar_free (struct tar_reader **tar)
{
	if (!*tar)
		return;
	tar_pax_done (&(*tar)->pax);
	arena_done (&(*tar)->arena);
	free (*tar);
	*tar = NULL;
}

/* Something into data. Returns 0 at the end of the input. */
static int
fill (struct tar_reader *tar, struct error *err)
{
	while (tar->size == 0) {
		const void *data;
		size_t size;
		int r = tar->in->next (tar->in, &data, &size, err);

		if (r <= 0)
			return r;
		tar->data = data;
		tar->size = size;
	}
	return 1;
}

static void
use (struct tar_reader *tar, size_t size)
{
	tar->data += size;
	tar->size -= size;
	tar->at += size;
}

/* All of it into memory. Returns 0 at the end of the input, if that is at the very start. */
static int
read_exactly (struct tar_reader *tar, void *out, size_t size, struct error *err)
{
	size_t have = 0;

	while (have < size) {
		size_t n;
		int r = fill (tar, err);

		if (r < 0)
			return -1;
		if (r == 0 && have == 0)
			return 0;
		if (r == 0)
			return fail (err, 0, "the tar is cut short");
		n = size - have < tar->size ? size - have : tar->size;
		memcpy ((char *) out + have, tar->data, n);
		use (tar, n);
		have += n;
	}
	return 1;
}

static int
skip (struct tar_reader *tar, uint64_t size, struct error *err)
{
	while (size > 0) {
		size_t n;
		int r = fill (tar, err);

		if (r < 0)
			return -1;
		if (r == 0)
			return fail (err, 0, "the tar is cut short");
		n = size < tar->size ? (size_t) size : tar->size;
		use (tar, n);
		size -= n;
	}
	return 0;
}

static size_t
padding_of (uint64_t size)
{
	return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

/* What stands behind the archive's end belongs to the layer's digest all the same. */
static int
drain (struct tar_reader *tar, struct error *err)
{
	int r;

	tar->is_ended = true;
	while ((r = fill (tar, err)) > 0)
		use (tar, tar->size);
	return r;
}

/* Returns 1, or 0 at the end of the archive. */
static int
read_header (struct tar_reader *tar, struct tar_header *header, struct error *err)
{
	int r = read_exactly (tar, header, sizeof *header, err);

	if (r <= 0)
		return r;
	if (tar_header_is_zero (header)) {
		r = read_exactly (tar, header, sizeof *header, err);
		if (r > 0 && !tar_header_is_zero (header))
			return fail (err, 0, "the tar is damaged: a lone block of zeros");
		return r < 0 ? -1 : drain (tar, err);
	}
	if (!tar_header_checksum_is_right (header))
		return fail (err, 0, "the tar is damaged: a header's checksum is wrong");
	return 1;
}

static int
bad_field (const char *name, struct error *err)
{
	return fail (err, 0, "the tar is damaged: a header's %s is no number that can be", name);
}

/* The data of a header that says something of the entry behind it. */
static int
read_special (struct tar_reader *tar, const struct tar_header *header, char **out_data,
	size_t *out_size, struct error *err)
{
	int64_t size;

	if (!tar_number (header->size, sizeof header->size, &size) || size < 0)
		return bad_field ("size", err);
	if (size > TAR_MAX_SPECIAL)
		return fail (
			err, E2BIG, "the tar has a special header of %lld bytes", (long long) size);
	*out_size = (size_t) size;
	*out_data = arena_alloc (&tar->arena, *out_size + 1);
	if (size > 0) {
		int r = read_exactly (tar, *out_data, *out_size, err);

		if (r <= 0)
			return r < 0 ? -1 : fail (err, 0, "the tar is cut short");
	}
	return skip (tar, padding_of ((uint64_t) size), err);
}

static char *
field_text (struct arena *arena, const char *field, size_t size)
{
	return arena_strndup (arena, field, strnlen (field, size));
}

static int
take_special (struct tar_reader *tar, const struct tar_header *header, struct error *err)
{
	char *data = NULL;
	size_t size = 0;

	if (read_special (tar, header, &data, &size, err) < 0)
		return -1;
	switch (header->type) {
	case 'x':
	case 'X': /* Solaris' name for the same */
		tar_pax_done (&tar->pax);
		return tar_pax_parse (&tar->pax, &tar->arena, data, size, err);
	case 'L':
		tar->long_name = data;
		break;
	case 'K':
		tar->long_link = data;
		break;
	}
	return 0;
}

static bool
is_special (char type)
{
	return type == 'x' || type == 'X' || type == 'g' || type == 'L' || type == 'K';
}

static const struct {
	char flag;
	enum tar_type type;
} types[] = {
	{ '0', TAR_FILE },
	{ '\0', TAR_FILE },
	{ '7', TAR_FILE }, /* contiguous: nobody minds */
	{ 'S', TAR_FILE },
	{ '1', TAR_LINK },
	{ '2', TAR_SYMLINK },
	{ '3', TAR_CHAR },
	{ '4', TAR_BLOCK_DEVICE },
	{ '5', TAR_DIRECTORY },
	{ '6', TAR_FIFO },
};

static void
set_names (struct tar_reader *tar, const struct tar_header *header)
{
	struct tar_entry *entry = &tar->entry;
	struct arena *arena = &tar->arena;
	const char *name = field_text (arena, header->name, sizeof header->name);

	/* the prefix is POSIX's; GNU has times there, which nobody wants */
	if (memcmp (header->magic, "ustar\0", 6) == 0 && header->prefix[0] != '\0')
		name = arena_printf (arena, "%s/%s",
			field_text (arena, header->prefix, sizeof header->prefix), name);
	entry->path = tar->pax.path ? tar->pax.path : tar->long_name ? tar->long_name : name;
	if (tar->pax.sparse_name)
		entry->path = tar->pax.sparse_name;
	entry->link = tar->pax.link    ? tar->pax.link
		      : tar->long_link ? tar->long_link
				       : field_text (arena, header->link, sizeof header->link);
}

static int
set_ids (struct tar_reader *tar, const struct tar_header *header, struct error *err)
{
	const struct tar_pax *pax = &tar->pax;
	int64_t uid, gid;

	if (!tar_number (header->uid, sizeof header->uid, &uid) ||
		!tar_number (header->gid, sizeof header->gid, &gid))
		return bad_field ("owner", err);
	if (pax->has_uid)
		uid = pax->uid;
	if (pax->has_gid)
		gid = pax->gid;
	/* the biggest one means "leave it as it is" to chown(2) */
	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return bad_field ("owner", err);
	tar->entry.uid = (uint32_t) uid;
	tar->entry.gid = (uint32_t) gid;
	return 0;
}

static int
set_device (struct tar_entry *entry, const struct tar_header *header, struct error *err)
{
	int64_t major, minor;

	if (entry->type != TAR_CHAR && entry->type != TAR_BLOCK_DEVICE)
		return 0;
	if (!tar_number (header->major, sizeof header->major, &major) ||
		!tar_number (header->minor, sizeof header->minor, &minor) || major < 0 ||
		major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR)
		return bad_field ("device", err);
	entry->major = (uint32_t) major;
	entry->minor = (uint32_t) minor;
	return 0;
}

static int
set_numbers (struct tar_reader *tar, const struct tar_header *header, struct error *err)
{
	int64_t mode, mtime, size;

	if (!tar_number (header->mode, sizeof header->mode, &mode))
		return bad_field ("mode", err);
	if (!tar_number (header->mtime, sizeof header->mtime, &mtime))
		return bad_field ("time", err);
	if (!tar_number (header->size, sizeof header->size, &size) || size < 0)
		return bad_field ("size", err);
	tar->entry.mode = (mode_t) mode & 07777;
	tar->entry.mtime = tar->pax.has_mtime ? tar->pax.mtime : (struct timespec){ mtime, 0 };
	tar->data_size = tar->pax.has_size ? tar->pax.size : (uint64_t) size;
	/* whatever is said of the size of what has none */
	if (tar->entry.type != TAR_FILE)
		tar->data_size = 0;
	if (set_ids (tar, header, err) < 0)
		return -1;
	return set_device (&tar->entry, header, err);
}

static int
set_type (struct tar_reader *tar, const struct tar_header *header, struct error *err)
{
	struct tar_entry *entry = &tar->entry;

	for (size_t i = 0; i < ARRAY_SIZE (types); i++) {
		if (types[i].flag != header->type)
			continue;
		entry->type = types[i].type;
		/* V7 has no type for directories */
		if (entry->type == TAR_FILE && entry->path[0] &&
			entry->path[strlen (entry->path) - 1] == '/')
			entry->type = TAR_DIRECTORY;
		return 0;
	}
	return fail_as (err, ENOTSUP, "'%.200s' is of type '%c', which no layer may have",
		entry->path, header->type > ' ' && header->type < 127 ? header->type : '?');
}

/* ---- sparse files */

static int
add_old_stretches (struct tar_reader *tar, const char *fields, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct tar_sparse_field field;
		int64_t offset, size;

		memcpy (&field, fields + i * sizeof field, sizeof field);
		if (field.size[0] == '\0')
			break;
		if (!tar_number (field.offset, sizeof field.offset, &offset) ||
			!tar_number (field.size, sizeof field.size, &size) || offset < 0 ||
			size < 0)
			return bad_field ("sparse map", err);
		if (tar_pax_add_stretch (&tar->pax, (uint64_t) offset, (uint64_t) size, err) < 0)
			return -1;
	}
	return 0;
}

static int
read_old_map (struct tar_reader *tar, const struct tar_header *header, struct error *err)
{
	const char *block = (const char *) header;
	char more[TAR_BLOCK];
	bool goes_on = block[TAR_GNU_EXTENDED_AT];
	int64_t size;

	if (!tar_number (block + TAR_GNU_REAL_SIZE_AT, 12, &size) || size < 0)
		return bad_field ("real size", err);
	tar->pax.real_size = (uint64_t) size;
	tar->pax.n_stretches = 0;
	if (add_old_stretches (tar, block + TAR_GNU_SPARSE_AT, TAR_GNU_SPARSES, err) < 0)
		return -1;
	while (goes_on) {
		int r = read_exactly (tar, more, sizeof more, err);

		if (r <= 0)
			return r < 0 ? -1 : fail (err, 0, "the tar is cut short");
		if (add_old_stretches (tar, more, TAR_GNU_SPARSES_MORE, err) < 0)
			return -1;
		goes_on = more[TAR_GNU_MORE_EXTENDED_AT];
	}
	return 0;
}

/* One decimal number and its newline from the blocks in front of the data. */
struct map_reader {
	char block[TAR_BLOCK];
	size_t at;
	uint64_t used; /* bytes of the data, in whole blocks */
};

static int
next_number (struct tar_reader *tar, struct map_reader *map, uint64_t *out, struct error *err)
{
	char text[24];
	size_t n = 0;

	for (;;) {
		if (map->at == sizeof map->block) {
			if (tar->data_size - map->used < sizeof map->block ||
				read_exactly (tar, map->block, sizeof map->block, err) <= 0)
				return bad_field ("sparse map", err);
			map->used += sizeof map->block;
			map->at = 0;
		}
		if (map->block[map->at] == '\n')
			break;
		if (n == sizeof text - 1)
			return bad_field ("sparse map", err);
		text[n++] = map->block[map->at++];
	}
	map->at++;
	text[n] = '\0';
	if (!str_to_u64 (text, INT64_MAX, out))
		return bad_field ("sparse map", err);
	return 0;
}

static int
read_map_1 (struct tar_reader *tar, struct error *err)
{
	struct map_reader map = { .at = sizeof map.block };
	uint64_t n, offset, size;

	tar->pax.n_stretches = 0;
	if (next_number (tar, &map, &n, err) < 0)
		return -1;
	for (uint64_t i = 0; i < n; i++)
		if (next_number (tar, &map, &offset, err) < 0 ||
			next_number (tar, &map, &size, err) < 0 ||
			tar_pax_add_stretch (&tar->pax, offset, size, err) < 0)
			return -1;
	tar->data_size -= map.used;
	return 0;
}

static int
check_map (struct tar_reader *tar, struct error *err)
{
	uint64_t end = 0, sum = 0;

	for (size_t i = 0; i < tar->pax.n_stretches; i++) {
		const struct tar_stretch *s = &tar->pax.stretches[i];

		if (s->offset < end || s->size > tar->pax.real_size ||
			s->offset > tar->pax.real_size - s->size)
			return bad_field ("sparse map", err);
		end = s->offset + s->size;
		sum += s->size;
	}
	if (sum != tar->data_size)
		return bad_field ("sparse map", err);
	return 0;
}

static int
set_sparse (struct tar_reader *tar, const struct tar_header *header, struct error *err)
{
	struct tar_entry *entry = &tar->entry;

	if (entry->type != TAR_FILE)
		return 0;
	entry->is_sparse = header->type == 'S' || tar->pax.has_map || tar->pax.is_sparse_1;
	entry->size = entry->is_sparse ? tar->pax.real_size : tar->data_size;
	if (!entry->is_sparse)
		return 0;
	if (header->type == 'S' && read_old_map (tar, header, err) < 0)
		return -1;
	if (tar->pax.is_sparse_1 && read_map_1 (tar, err) < 0)
		return -1;
	entry->size = tar->pax.real_size;
	return check_map (tar, err);
}

/* ---- entries */

static int
take_entry (struct tar_reader *tar, const struct tar_header *header, struct error *err)
{
	struct tar_entry *entry = &tar->entry;
	bool is_link;

	set_names (tar, header);
	if (set_type (tar, header, err) < 0)
		return -1;
	if (set_numbers (tar, header, err) < 0)
		return error_prefix (err, "'%.200s'", entry->path);
	is_link = entry->type == TAR_LINK || entry->type == TAR_SYMLINK;
	if (entry->path[0] == '\0' || (is_link && entry->link[0] == '\0'))
		return fail (err, 0, "the tar is damaged: an entry has no name");
	tar->padding = padding_of (tar->data_size);
	if (set_sparse (tar, header, err) < 0)
		return error_prefix (err, "'%.200s'", entry->path);
	entry->xattrs = tar->pax.xattrs;
	entry->n_xattrs = tar->pax.n_xattrs;
	tar->data_offset = tar->at;
	tar->left = tar->data_size;
	tar->has_entry = true;
	return 0;
}

static void
forget_entry (struct tar_reader *tar)
{
	tar->has_entry = false;
	tar->entry = (struct tar_entry){ 0 };
	tar->long_name = tar->long_link = NULL;
	tar->stretch = 0;
	tar->stretch_used = 0;
	tar->offset = 0;
	tar_pax_done (&tar->pax);
	arena_done (&tar->arena);
}

int
tar_next (struct tar_reader *tar, const struct tar_entry **out, struct error *err)
{
	struct tar_header header;
	unsigned int specials = 0;

	if (tar->is_ended)
		return 0;
	if (tar->has_entry && skip (tar, tar->left + tar->padding, err) < 0)
		return -1;
	forget_entry (tar);
	for (;;) {
		int r = read_header (tar, &header, err);

		if (r <= 0)
			return r;
		if (header.type == 'V')
			continue; /* a volume's label */
		if (!is_special (header.type))
			break;
		if (++specials > 16)
			return fail (err, 0, "the tar has too many special headers in a row");
		if (take_special (tar, &header, err) < 0)
			return -1;
	}
	if (take_entry (tar, &header, err) < 0)
		return -1;
	*out = &tar->entry;
	return 1;
}

/* Where the next byte of a sparse file belongs, and how many stand together there. */
static uint64_t
find_stretch (struct tar_reader *tar, uint64_t *out_offset)
{
	const struct tar_pax *pax = &tar->pax;

	while (pax->stretches[tar->stretch].size == tar->stretch_used) {
		tar->stretch++;
		tar->stretch_used = 0;
	}
	*out_offset = pax->stretches[tar->stretch].offset + tar->stretch_used;
	return pax->stretches[tar->stretch].size - tar->stretch_used;
}

int
tar_read (struct tar_reader *tar, struct tar_data *out, struct error *err)
{
	uint64_t most = tar->left, offset = tar->offset;
	int r;

	if (tar->left == 0)
		return 0;
	r = fill (tar, err);
	if (r <= 0)
		return r < 0 ? -1 : fail (err, 0, "the tar is cut short");
	if (tar->entry.is_sparse)
		most = find_stretch (tar, &offset);
	*out = (struct tar_data){ tar->data, most < tar->size ? (size_t) most : tar->size, offset };
	use (tar, out->size);
	tar->left -= out->size;
	tar->offset += out->size;
	tar->stretch_used += out->size;
	return 1;
}

uint64_t
tar_data_offset (const struct tar_reader *tar)
{
	return tar->data_offset;
}

uint64_t
tar_data_size (const struct tar_reader *tar)
{
	return tar->data_size;
}
