/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/tar_pax.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>

#define XATTR_PREFIX "SCHILY.xattr."
#define NANOS_DIGITS 9

struct record {
	const char *key; /* with a NUL behind it */
	const char *value; /* the same, but it may hold others */
	size_t size; /* of the value */
};

static int
bad_value (const struct record *record, struct error *err)
{
	return fail (err, 0, "a pax header has a bad value for '%.100s'", record->key);
}

static int
set_text (const struct record *record, const char **out, struct error *err)
{
	if (strlen (record->value) != record->size)
		return bad_value (record, err);
	/* an empty one takes back what was said before */
	*out = record->size > 0 ? record->value : NULL;
	return 0;
}

static int
set_number (const struct record *record, uint64_t max, uint64_t *out, struct error *err)
{
	if (strlen (record->value) != record->size || !str_to_u64 (record->value, max, out))
		return bad_value (record, err);
	return 0;
}

static int
set_path (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	return set_text (r, &pax->path, err);
}

static int
set_link (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	return set_text (r, &pax->link, err);
}

static int
set_size (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	pax->has_size = r->size > 0;
	return r->size > 0 ? set_number (r, INT64_MAX, &pax->size, err) : 0;
}

static int
set_uid (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	uint64_t id = 0;

	pax->has_uid = r->size > 0;
	if (r->size > 0 && set_number (r, UINT32_MAX - 1, &id, err) < 0)
		return -1;
	pax->uid = (uint32_t) id;
	return 0;
}

static int
set_gid (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	uint64_t id = 0;

	pax->has_gid = r->size > 0;
	if (r->size > 0 && set_number (r, UINT32_MAX - 1, &id, err) < 0)
		return -1;
	pax->gid = (uint32_t) id;
	return 0;
}

/* "-12.25": seconds, and as many digits of the fraction as there are; those behind the ninth are cut. */
static int
set_mtime (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	const char *point = strchr (r->value, '.');
	char whole[24];
	size_t n = point ? (size_t) (point - r->value) : r->size;
	long nanos = 0;
	int64_t seconds;

	pax->has_mtime = r->size > 0;
	if (r->size == 0)
		return 0;
	if (strlen (r->value) != r->size || n >= sizeof whole)
		return bad_value (r, err);
	memcpy (whole, r->value, n);
	whole[n] = '\0';
	if (!str_to_i64 (whole, INT64_MIN / 2, INT64_MAX / 2, &seconds))
		return bad_value (r, err);
	if (point && strspn (point + 1, "0123456789") != strlen (point + 1))
		return bad_value (r, err);
	for (int i = 0; point && i < NANOS_DIGITS; i++) {
		bool has_digit = strlen (point) > (size_t) i + 1;

		nanos = nanos * 10 + (has_digit ? point[i + 1] - '0' : 0);
	}
	if (whole[0] == '-' && nanos > 0) {
		seconds--;
		nanos = 1000000000L - nanos;
	}
	pax->mtime = (struct timespec){ .tv_sec = seconds, .tv_nsec = nanos };
	return 0;
}

static int
set_sparse_major (
	struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	pax->is_sparse_1 = str_equal (r->value, "1");
	return pax->is_sparse_1 || str_equal (r->value, "0") ? 0 : bad_value (r, err);
}

static int
set_sparse_minor (
	struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	return str_equal (r->value, "0") || str_equal (r->value, "1") ? 0 : bad_value (r, err);
}

static int
set_sparse_name (
	struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	return set_text (r, &pax->sparse_name, err);
}

static int
set_real_size (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	pax->has_real_size = true;
	return set_number (r, INT64_MAX, &pax->real_size, err);
}

static int
set_blocks (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	uint64_t count;

	pax->has_map = true;
	return set_number (r, TAR_MAX_STRETCHES, &count, err);
}

int
tar_pax_add_stretch (struct tar_pax *pax, uint64_t offset, uint64_t size, struct error *err)
{
	if (pax->n_stretches >= TAR_MAX_STRETCHES)
		return fail_as (
			err, E2BIG, "a sparse file in more than %u pieces", TAR_MAX_STRETCHES);
	if (pax->n_stretches == pax->stretches_room) {
		pax->stretches_room = pax->stretches_room ? 2 * pax->stretches_room : 16;
		pax->stretches =
			xrealloc (pax->stretches, pax->stretches_room * sizeof *pax->stretches);
	}
	pax->stretches[pax->n_stretches++] = (struct tar_stretch){ offset, size };
	return 0;
}

static int
set_offset (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	uint64_t offset;

	if (pax->is_offset_next || set_number (r, INT64_MAX, &offset, err) < 0)
		return bad_value (r, err);
	pax->has_map = true;
	pax->is_offset_next = true;
	return tar_pax_add_stretch (pax, offset, 0, err);
}

static int
set_numbytes (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	uint64_t size;

	if (!pax->is_offset_next || set_number (r, INT64_MAX, &size, err) < 0)
		return bad_value (r, err);
	pax->is_offset_next = false;
	pax->stretches[pax->n_stretches - 1].size = size;
	return 0;
}

/* "offset,size,offset,size" */
static int
set_map (struct tar_pax *pax, struct arena *arena, const struct record *r, struct error *err)
{
	char *text = arena_strndup (arena, r->value, r->size);
	uint64_t pair[2];

	pax->has_map = true;
	pax->n_stretches = 0;
	for (int i = 0; text && *text; i = !i) {
		char *comma = strchr (text, ',');

		if (comma)
			*comma = '\0';
		if (!str_to_u64 (text, INT64_MAX, &pair[i]))
			return bad_value (r, err);
		text = comma ? comma + 1 : NULL;
		if (i == 0 && !text)
			return bad_value (r, err);
		if (i == 1 && tar_pax_add_stretch (pax, pair[0], pair[1], err) < 0)
			return -1;
	}
	return 0;
}

static const struct {
	const char *key;
	int (*set) (struct tar_pax *pax, struct arena *arena, const struct record *record,
		struct error *err);
} keys[] = {
	{ "path", set_path },
	{ "linkpath", set_link },
	{ "size", set_size },
	{ "uid", set_uid },
	{ "gid", set_gid },
	{ "mtime", set_mtime },
	{ "GNU.sparse.major", set_sparse_major },
	{ "GNU.sparse.minor", set_sparse_minor },
	{ "GNU.sparse.name", set_sparse_name },
	{ "GNU.sparse.realsize", set_real_size },
	{ "GNU.sparse.size", set_real_size },
	{ "GNU.sparse.numblocks", set_blocks },
	{ "GNU.sparse.offset", set_offset },
	{ "GNU.sparse.numbytes", set_numbytes },
	{ "GNU.sparse.map", set_map },
};

static int
add_xattr (struct tar_pax *pax, const struct record *record, struct error *err)
{
	char *name = (char *) record->key + strlen (XATTR_PREFIX);
	size_t i;

	if (*name == '\0')
		return bad_value (record, err);
	for (i = 0; i < pax->n_xattrs; i++)
		if (str_equal (pax->xattrs[i].name, name))
			break;
	if (i == pax->xattrs_room) {
		pax->xattrs_room = pax->xattrs_room ? 2 * pax->xattrs_room : 8;
		pax->xattrs = xrealloc (pax->xattrs, pax->xattrs_room * sizeof *pax->xattrs);
	}
	if (i == pax->n_xattrs)
		pax->n_xattrs++;
	pax->xattrs[i] = (struct tar_xattr){ name, (char *) record->value, record->size };
	return 0;
}

static int
take (struct tar_pax *pax, struct arena *arena, const struct record *record, struct error *err)
{
	if (str_starts (record->key, XATTR_PREFIX))
		return add_xattr (pax, record, err);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (str_equal (record->key, keys[i].key))
			return keys[i].set (pax, arena, record, err);
	return 0;
}

/* The record at text, of which `left` bytes are there. Returns its length. */
static int
cut_record (char *text, size_t left, struct record *out, size_t *out_length, struct error *err)
{
	char *blank = memchr (text, ' ', left < 20 ? left : 20);
	char *end, *equals;
	uint64_t length;

	if (!blank)
		return fail (err, 0, "a pax header is damaged");
	*blank = '\0';
	if (!str_to_u64 (text, left, &length) || length < (size_t) (blank - text) + 3)
		return fail (err, 0, "a pax header has a record of a wrong length");
	end = text + length - 1;
	if (*end != '\n')
		return fail (err, 0, "a pax header has a record without its end");
	*end = '\0';
	equals = memchr (blank + 1, '=', (size_t) (end - blank - 1));
	if (!equals || equals == blank + 1)
		return fail (err, 0, "a pax header has a record without a key");
	*equals = '\0';
	if (strlen (blank + 1) != (size_t) (equals - blank - 1))
		return fail (err, 0, "a pax header has a key with a NUL");
	*out = (struct record){ blank + 1, equals + 1, (size_t) (end - equals - 1) };
	*out_length = (size_t) length;
	return 0;
}

int
tar_pax_parse (struct tar_pax *pax, struct arena *arena, const char *records, size_t size,
	struct error *err)
{
	char *text = arena_alloc (arena, size + 1);
	size_t at = 0;

	memcpy (text, records, size);
	while (at < size) {
		struct record record;
		size_t length = 0;

		/* padding that some writers leave */
		if (text[at] == '\0')
			break;
		if (cut_record (text + at, size - at, &record, &length, err) < 0 ||
			take (pax, arena, &record, err) < 0)
			return -1;
		at += length;
	}
	if (pax->is_offset_next)
		return fail (err, 0, "a pax header has a sparse map that is cut");
	return 0;
}

void
tar_pax_done (struct tar_pax *pax)
{
	free (pax->xattrs);
	free (pax->stretches);
	*pax = (struct tar_pax){ 0 };
}
