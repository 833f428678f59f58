/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/tar_write.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/tar_header.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* What fits the octal digits of a field, which ends with a NUL. */
#define MAX_ID 07777777
#define MAX_SIZE 077777777777

static const char type_flags[] = {
	[TAR_FILE] = '0',
	[TAR_LINK] = '1',
	[TAR_SYMLINK] = '2',
	[TAR_CHAR] = '3',
	[TAR_BLOCK_DEVICE] = '4',
	[TAR_DIRECTORY] = '5',
	[TAR_FIFO] = '6',
};

void
tar_writer_init (struct tar_writer *writer, struct blob_sink *out)
{
	*writer = (struct tar_writer){ .out = out };
}

void
tar_writer_done (struct tar_writer *writer)
{
	buffer_done (&writer->text);
}

static int
put (struct tar_writer *writer, const void *data, size_t size, struct error *err)
{
	return writer->out->write (writer->out, data, size, err);
}

static int
pad (struct tar_writer *writer, size_t size, struct error *err)
{
	static const char zeros[TAR_BLOCK];

	return size > 0 ? put (writer, zeros, size, err) : 0;
}

static size_t
padding_of (uint64_t size)
{
	return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

/* ---- pax */

static size_t
digits (size_t n)
{
	size_t count = 1;

	while (n >= 10) {
		n /= 10;
		count++;
	}
	return count;
}

/* "LENGTH KEY=VALUE\n", whose length counts itself too. */
static void
add_record (struct buffer *text, const char *key, const void *value, size_t size)
{
	size_t rest = strlen (key) + size + 3, length = rest + digits (rest);

	if (digits (length) != digits (rest))
		length = rest + digits (length);
	buffer_printf (text, "%zu %s=", length, key);
	buffer_add (text, value, size);
	buffer_add_char (text, '\n');
}

static void
add_text_record (struct buffer *text, const char *key, const char *value)
{
	add_record (text, key, value, strlen (value));
}

static void
add_number_record (struct buffer *text, const char *key, uint64_t value)
{
	char number[24];

	snprintf (number, sizeof number, "%" PRIu64, value);
	add_text_record (text, key, number);
}

static void
add_time_record (struct buffer *text, struct timespec time)
{
	char number[48];
	int64_t seconds = time.tv_sec;
	long nanos = time.tv_nsec;

	/* before 1970 the fraction goes the other way */
	if (seconds < 0 && nanos > 0) {
		seconds++;
		nanos = 1000000000L - nanos;
	}
	snprintf (number, sizeof number, "%s%" PRId64 ".%09ld",
		time.tv_sec < 0 && seconds == 0 ? "-" : "", seconds, nanos);
	add_text_record (text, "mtime", number);
}

static void
add_records (struct buffer *text, const struct tar_entry *entry)
{
	if (strlen (entry->path) > sizeof ((struct tar_header *) 0)->name)
		add_text_record (text, "path", entry->path);
	if (entry->link && strlen (entry->link) > sizeof ((struct tar_header *) 0)->link)
		add_text_record (text, "linkpath", entry->link);
	if (entry->size > MAX_SIZE)
		add_number_record (text, "size", entry->size);
	if (entry->uid > MAX_ID)
		add_number_record (text, "uid", entry->uid);
	if (entry->gid > MAX_ID)
		add_number_record (text, "gid", entry->gid);
	if (entry->mtime.tv_sec < 0 || entry->mtime.tv_nsec != 0 || entry->mtime.tv_sec > MAX_SIZE)
		add_time_record (text, entry->mtime);
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		autofree char *key = xasprintf ("SCHILY.xattr.%s", entry->xattrs[i].name);

		add_record (text, key, entry->xattrs[i].value, entry->xattrs[i].size);
	}
}

/* ---- headers */

static void
set_octal (char *field, size_t size, uint64_t value)
{
	field[size - 1] = '\0';
	for (size_t i = size - 1; i > 0; i--) {
		field[i - 1] = (char) ('0' + (value & 7));
		value >>= 3;
	}
}

static void
set_text (char *field, size_t size, const char *text)
{
	size_t n = strlen (text);

	memcpy (field, text, n < size ? n : size);
}

static void
seal (struct tar_header *header)
{
	const unsigned char *bytes = (const unsigned char *) header;
	unsigned int sum = 0;

	memcpy (header->magic,
		"ustar\0"
		"00",
		sizeof header->magic);
	memset (header->checksum, ' ', sizeof header->checksum);
	for (size_t i = 0; i < sizeof *header; i++)
		sum += bytes[i];
	set_octal (header->checksum, sizeof header->checksum - 1, sum);
}

static int
put_records (struct tar_writer *writer, struct error *err)
{
	const struct buffer *text = &writer->text;
	struct tar_header header = { .type = 'x' };

	set_text (header.name, sizeof header.name, "pax");
	set_octal (header.mode, sizeof header.mode, 0644);
	set_octal (header.uid, sizeof header.uid, 0);
	set_octal (header.gid, sizeof header.gid, 0);
	set_octal (header.size, sizeof header.size, text->size);
	set_octal (header.mtime, sizeof header.mtime, 0);
	seal (&header);
	if (put (writer, &header, sizeof header, err) < 0 ||
		put (writer, text->data, text->size, err) < 0)
		return -1;
	return pad (writer, padding_of (text->size), err);
}

/* A field that is too small holds something that is good enough for those who can't read pax. */
static void
fill_header (struct tar_header *header, const struct tar_entry *entry)
{
	int64_t mtime = entry->mtime.tv_sec;
	uint64_t size = entry->type == TAR_FILE ? entry->size : 0;

	set_text (header->name, sizeof header->name, entry->path);
	set_octal (header->mode, sizeof header->mode, entry->mode);
	set_octal (header->uid, sizeof header->uid, entry->uid > MAX_ID ? 0 : entry->uid);
	set_octal (header->gid, sizeof header->gid, entry->gid > MAX_ID ? 0 : entry->gid);
	set_octal (header->size, sizeof header->size, size > MAX_SIZE ? 0 : size);
	set_octal (header->mtime, sizeof header->mtime,
		mtime < 0 || mtime > MAX_SIZE ? 0 : (uint64_t) mtime);
	header->type = type_flags[entry->type];
	if (entry->type == TAR_LINK || entry->type == TAR_SYMLINK)
		set_text (header->link, sizeof header->link, entry->link);
	set_octal (header->major, sizeof header->major, entry->major);
	set_octal (header->minor, sizeof header->minor, entry->minor);
}

int
tar_write_entry (struct tar_writer *writer, const struct tar_entry *entry, struct error *err)
{
	struct tar_header header = { 0 };

	writer->text.size = 0;
	add_records (&writer->text, entry);
	if (writer->text.size > 0 && put_records (writer, err) < 0)
		return -1;
	fill_header (&header, entry);
	seal (&header);
	writer->left = entry->type == TAR_FILE ? entry->size : 0;
	writer->padding = padding_of (writer->left);
	return put (writer, &header, sizeof header, err);
}

int
tar_write_data (struct tar_writer *writer, const void *data, size_t size, struct error *err)
{
	if (size > writer->left)
		return fail (err, 0, "a file became longer while it was read");
	if (put (writer, data, size, err) < 0)
		return -1;
	writer->left -= size;
	return writer->left == 0 ? pad (writer, writer->padding, err) : 0;
}

int
tar_write_end (struct tar_writer *writer, struct error *err)
{
	if (pad (writer, TAR_BLOCK, err) < 0)
		return -1;
	return pad (writer, TAR_BLOCK, err);
}

int
tar_write_text (struct tar_writer *writer, const char *name, const void *data, size_t size,
	struct error *err)
{
	struct tar_entry entry = { .type = TAR_FILE, .path = name, .mode = 0644, .size = size };

	if (tar_write_entry (writer, &entry, err) < 0)
		return -1;
	return size > 0 ? tar_write_data (writer, data, size, err) : 0;
}

static int
write_to_fd (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	struct fd_sink *file = (struct fd_sink *) sink;

	return fd_write_all (file->fd, data, size, file->name, err);
}

void
fd_sink_init (struct fd_sink *sink, int fd, const char *name)
{
	*sink = (struct fd_sink){ { write_to_fd }, fd, name };
}
