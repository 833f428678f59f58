/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz_tar: libFuzzer on the tar reader and on what decompresses layers. The first byte says in what
 * pieces the rest arrives and what it is. Headers that look like one get the right checksum, without
 * which no mutation would get past it. Beyond not crashing it checks that no entry has more data, or
 * data elsewhere, than it said.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "image/decompress.h"
#include "image/source.h"
#include "image/tar.h"
#include "image/tar_header.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MAX_OUTPUT (4 << 20)

struct pieces {
	struct byte_input input;
	const uint8_t *data;
	size_t left, step;
};

static int
next_piece (struct byte_input *input, const void **out_data, size_t *out_size, struct error *err)
{
	struct pieces *pieces = (struct pieces *) input;

	if (pieces->left == 0)
		return 0;
	*out_size = pieces->step < pieces->left ? pieces->step : pieces->left;
	*out_data = pieces->data;
	pieces->data += *out_size;
	pieces->left -= *out_size;
	return 1;
}

static void
mend_checksums (uint8_t *data, size_t size)
{
	for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK) {
		struct tar_header *header = (struct tar_header *) (data + at);
		unsigned int sum = 0;

		if (memcmp (header->magic, "ustar", 5) != 0)
			continue;
		memset (header->checksum, ' ', sizeof header->checksum);
		for (size_t i = 0; i < TAR_BLOCK; i++)
			sum += data[at + i];
		snprintf (header->checksum, sizeof header->checksum, "%06o", sum);
	}
}

static void
read_tar (struct byte_input *input)
{
	struct tar_reader *tar = tar_new (input);
	const struct tar_entry *entry;
	struct tar_data piece;
	struct error err;

	while (tar_next (tar, &entry, &err) > 0) {
		uint64_t end = 0;

		if (!*entry->path || entry->mode > 07777 || entry->uid == UINT32_MAX)
			__builtin_trap ();
		while (tar_read (tar, &piece, &err) > 0) {
			if (piece.size == 0 || piece.offset < end ||
				piece.offset + piece.size > entry->size)
				__builtin_trap ();
			end = piece.offset + piece.size;
		}
	}
	tar_free (&tar);
}

static int
swallow (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	static const size_t steps[] = { 1, 3, 511, 513, 4096, SIZE_MAX };
	struct decompress_budget budget = { MAX_OUTPUT, MAX_OUTPUT };
	struct blob_sink sink = { swallow };
	autofree uint8_t *copy = NULL;
	struct pieces pieces = { { next_piece }, NULL, 0, 0 };
	struct error err;

	if (size < 1)
		return 0;
	copy = xmalloc (size);
	memcpy (copy, data + 1, size - 1);
	pieces.data = copy;
	pieces.left = size - 1;
	pieces.step = steps[data[0] % ARRAY_SIZE (steps)];
	if (data[0] & 0x80) {
		error_ignore (decompress_into (&pieces.input, &sink, &budget, &err), "it may fail");
		return 0;
	}
	mend_checksums (copy, size - 1);
	read_tar (&pieces.input);
	return 0;
}
