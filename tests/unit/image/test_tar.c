/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "image/byte_input.h"
#include "image/tar.h"
#include "image/tar_header.h"
#include "image/tar_write.h"

#include <stdio.h>
#include <string.h>

struct number_row {
	const char *field;
	size_t size;
	bool is_number;
	int64_t value;
};

#define FIELD(text) text, sizeof (text) - 1

static const struct number_row numbers[] = {
	{ FIELD ("0000644\0"), true, 0644 },
	{ FIELD ("   644 \0"), true, 0644 },
	{ FIELD ("644\0xyz\0"), true, 0644 },
	{ FIELD ("\0\0\0\0\0\0\0\0"), true, 0 },
	{ FIELD ("77777777"), true, 077777777 },
	{ FIELD ("0000648\0"), false, 0 },
	{ FIELD ("-000644\0"), false, 0 },
	{ FIELD ("0x0644\0\0"), false, 0 },
	{ FIELD ("\x80\0\0\0\0\0\1\0"), true, 256 },
	{ FIELD ("\xff\xff\xff\xff\xff\xff\xff\xff"), true, -1 },
	{ FIELD ("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfb"), true, -5 },
	/* 2^63 - 1 and one more */
	{ FIELD ("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), true, INT64_MAX },
	{ FIELD ("\x80\0\0\0\x80\0\0\0\0\0\0\0"), false, 0 },
	{ FIELD ("\x80\0\0\1\0\0\0\0\0\0\0\0"), false, 0 },
};

static void
numbers_are_octal_or_base_256_and_fit (void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE (numbers); i++) {
		int64_t value = 12345;
		bool r = tar_number (numbers[i].field, numbers[i].size, &value);

		if (r != numbers[i].is_number || (r && value != numbers[i].value))
			print_error ("row %zu: %d %lld\n", i, r, (long long) value);
		assert_int_equal (r, numbers[i].is_number);
		if (r)
			assert_int_equal (value, numbers[i].value);
	}
}

/* ---- archives that our own writer makes */

struct buffer_sink {
	struct blob_sink sink;
	struct buffer text;
};

static int
write_buffer (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	buffer_add (&((struct buffer_sink *) sink)->text, data, size);
	return 0;
}

static void
write_entries (struct buffer_sink *out, const struct tar_entry *entries, size_t n)
{
	struct tar_writer writer;
	struct error err;

	*out = (struct buffer_sink){ .sink = { write_buffer } };
	tar_writer_init (&writer, &out->sink);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal (tar_write_entry (&writer, &entries[i], &err), 0);
		for (uint64_t left = writer.left; left > 0; left--)
			assert_int_equal (tar_write_data (&writer, "x", 1, &err), 0);
	}
	assert_int_equal (tar_write_end (&writer, &err), 0);
	tar_writer_done (&writer);
}

/* An input that gives a byte, or a few, at a time. */
struct drops {
	struct byte_input input;
	const char *data;
	size_t left, step;
};

static int
next_drop (struct byte_input *input, const void **out_data, size_t *out_size, struct error *err)
{
	struct drops *drops = (struct drops *) input;

	if (drops->left == 0)
		return 0;
	*out_data = drops->data;
	*out_size = drops->step < drops->left ? drops->step : drops->left;
	drops->data += *out_size;
	drops->left -= *out_size;
	return 1;
}

static char long_path[3000], long_link[3000];

static const struct tar_entry entries[] = {
	{ .type = TAR_DIRECTORY, .path = "dir/", .mode = 01777, .mtime = { 1000000000, 0 } },
	{ .type = TAR_FILE, .path = "dir/file", .mode = 04755, .uid = 12, .gid = 34, .size = 1000 },
	{ .type = TAR_FILE, .path = "empty", .mode = 0 },
	{ .type = TAR_SYMLINK, .path = "link", .link = "dir/file", .mode = 0777 },
	{ .type = TAR_LINK, .path = "hard", .link = "dir/file" },
	{ .type = TAR_CHAR, .path = "null", .major = 1, .minor = 3 },
	{ .type = TAR_BLOCK_DEVICE, .path = "disk", .major = 4095, .minor = 1048575 },
	{ .type = TAR_FIFO, .path = "fifo" },
	{ .type = TAR_FILE, .path = long_path, .size = 1, .mtime = { 5, 123456789 } },
	{ .type = TAR_SYMLINK, .path = "far", .link = long_link, .mtime = { -5, 250000000 } },
	{ .type = TAR_FILE, .path = "caf\xe9", .size = 512, .uid = 4294967294, .gid = 3000000 },
	{ .type = TAR_FILE,
		.path = "xattrs",
		.xattrs = (struct tar_xattr[]){ { (char *) "user.a", (char *) "1\0=\n2", 5 },
			{ (char *) "security.capability", (char *) "", 0 } },
		.n_xattrs = 2 },
};

static void
assert_same_entry (const struct tar_entry *a, const struct tar_entry *b)
{
	assert_int_equal (a->type, b->type);
	assert_string_equal (a->path, b->path);
	if (b->link)
		assert_string_equal (a->link, b->link);
	assert_int_equal (a->mode, b->mode);
	assert_int_equal (a->uid, b->uid);
	assert_int_equal (a->gid, b->gid);
	assert_int_equal (a->major, b->major);
	assert_int_equal (a->minor, b->minor);
	assert_int_equal (a->size, b->size);
	assert_int_equal (a->mtime.tv_sec, b->mtime.tv_sec);
	assert_int_equal (a->mtime.tv_nsec, b->mtime.tv_nsec);
	assert_int_equal (a->n_xattrs, b->n_xattrs);
	for (size_t i = 0; i < a->n_xattrs; i++) {
		assert_string_equal (a->xattrs[i].name, b->xattrs[i].name);
		assert_int_equal (a->xattrs[i].size, b->xattrs[i].size);
		assert_memory_equal (a->xattrs[i].value, b->xattrs[i].value, b->xattrs[i].size);
	}
}

static void
what_is_written_is_read_whatever_the_pieces (void **state)
{
	static const size_t steps[] = { 1, 7, 511, 512, 513, 100000 };
	struct buffer_sink out;

	memset (long_path, 'p', sizeof long_path - 1);
	memset (long_link, 'l', sizeof long_link - 1);
	write_entries (&out, entries, ARRAY_SIZE (entries));
	for (size_t s = 0; s < ARRAY_SIZE (steps); s++) {
		struct drops drops = { { next_drop }, out.text.data, out.text.size, steps[s] };
		struct tar_reader *tar = tar_new (&drops.input);
		const struct tar_entry *entry;
		struct tar_data data;
		struct error err;

		for (size_t i = 0; i < ARRAY_SIZE (entries); i++) {
			uint64_t size = 0;

			assert_int_equal (tar_next (tar, &entry, &err), 1);
			assert_same_entry (entry, &entries[i]);
			/* of every other one the data are left unread */
			while (i % 2 && tar_read (tar, &data, &err) == 1)
				size += data.size;
			if (i % 2)
				assert_int_equal (size, entries[i].size);
		}
		assert_int_equal (tar_next (tar, &entry, &err), 0);
		assert_int_equal (tar_next (tar, &entry, &err), 0);
		tar_free (&tar);
	}
	buffer_done (&out.text);
}

/* Reads all; returns what the last call did. */
static int
read_all (const void *data, size_t size, struct error *err)
{
	struct memory_input input;
	struct tar_reader *tar;
	const struct tar_entry *entry;
	struct tar_data piece;
	int r;

	memory_input_init (&input, data, size);
	tar = tar_new (&input.input);
	while ((r = tar_next (tar, &entry, err)) > 0)
		while ((r = tar_read (tar, &piece, err)) > 0)
			;
	tar_free (&tar);
	return r;
}

static void
an_archive_that_is_cut_is_an_error (void **state)
{
	struct buffer_sink out;
	struct error err;

	write_entries (&out, entries, ARRAY_SIZE (entries));
	/* of a whole number of blocks, every cut that is not between two entries */
	for (size_t size = 0; size < out.text.size - 1024; size += 100)
		if (read_all (out.text.data, size, &err) == 0)
			assert_int_equal (size % 512, 0);
	/* without the zeros at the end it is one all the same, as it is for Go */
	assert_int_equal (read_all (out.text.data, out.text.size - 1024, &err), 0);
	assert_int_equal (read_all (out.text.data, out.text.size - 512, &err), 0);
	buffer_done (&out.text);
}

static void
a_damaged_header_is_an_error (void **state)
{
	struct buffer_sink out;
	struct error err;

	write_entries (&out, entries, 1);
	for (size_t i = 0; i < 512; i++) {
		/* of the checksum itself a zero may become a blank */
		if (i >= 148 && i < 156)
			continue;
		out.text.data[i] ^= 0x10;
		assert_int_equal (read_all (out.text.data, out.text.size, &err), -1);
		out.text.data[i] ^= 0x10;
	}
	assert_int_equal (read_all (out.text.data, out.text.size, &err), 0);
	buffer_done (&out.text);
}

static const char *const bad_records[] = {
	"4 a=\n", /* too short for itself */
	"99 path=x\n",
	"10 path=x",
	"9 path\n",
	"x path=x\n",
	"6 =x\n\n",
	"11 size=-1\n",
	"29 size=99999999999999999999\n",
	"18 uid=4294967295\n",
	"12 mtime=1x\n",
	"12 path=a\0b\n",
};

static void
a_bad_pax_header_is_an_error (void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE (bad_records); i++) {
		struct buffer_sink out;
		struct error err;
		size_t n = i == ARRAY_SIZE (bad_records) - 1 ? 12 : strlen (bad_records[i]);
		struct tar_entry entry = { .type = TAR_FILE, .path = "pax", .size = n };
		struct tar_header *header;
		unsigned int sum = 0;
		int64_t old;

		write_entries (&out, &entry, 1);
		memcpy (out.text.data + 512, bad_records[i], n);
		header = (struct tar_header *) out.text.data;
		assert_true (tar_number (header->checksum, sizeof header->checksum, &old));
		sum = (unsigned int) old - '0' + 'x';
		header->type = 'x';
		snprintf (header->checksum, 7, "%06o", sum);
		if (read_all (out.text.data, out.text.size, &err) != -1)
			print_error ("row %zu\n", i);
		assert_int_equal (read_all (out.text.data, out.text.size, &err), -1);
		buffer_done (&out.text);
	}
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (numbers_are_octal_or_base_256_and_fit),
		cmocka_unit_test (what_is_written_is_read_whatever_the_pieces),
		cmocka_unit_test (an_archive_that_is_cut_is_an_error),
		cmocka_unit_test (a_damaged_header_is_an_error),
		cmocka_unit_test (a_bad_pax_header_is_an_error),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
