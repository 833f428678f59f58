/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/decompress.h"
#include "base/mem.h"
#include "image/gunzip.h"

#include <errno.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* The biggest window that zstd's own tools take without being told to: 128 MiB. */
#define MAX_WINDOW_LOG 27

#define MAGIC_SIZE 6
#define GZIP_FIRST 0x1f

struct job {
	struct byte_input *in; /* borrowed */
	struct ring *out; /* borrowed */
	struct decompress_budget *budget; /* borrowed */
	/* What was read and not yet used. */
	const unsigned char *data;
	size_t size;
	/* The first bytes, when they came in pieces. */
	unsigned char head[MAGIC_SIZE];
	size_t head_size;
	bool is_head_given;
	const unsigned char *rest;
	size_t rest_size;
	/* The chunk that is being filled. */
	unsigned char *chunk;
	size_t used;
	bool has_pending; /* the room was used up: there may be output without more input */
};

/* More input into data and size. Returns 0 at the end. */
static int
more (struct job *job, struct error *err)
{
	const void *data;
	size_t size;
	int r;

	if (!job->is_head_given) {
		job->is_head_given = true;
		job->data = job->head;
		job->size = job->head_size;
		if (job->size > 0)
			return 1;
	}
	if (job->rest_size > 0) {
		job->data = job->rest;
		job->size = job->rest_size;
		job->rest_size = 0;
		return 1;
	}
	r = job->in->next (job->in, &data, &size, err);
	if (r <= 0)
		return r;
	job->data = data;
	job->size = size;
	return 1;
}

/* Reads on until there is enough to tell what it is. */
static int
read_head (struct job *job, struct error *err)
{
	while (job->head_size < MAGIC_SIZE) {
		const void *data;
		size_t size, n;
		int r = job->in->next (job->in, &data, &size, err);

		if (r <= 0)
			return r;
		n = MAGIC_SIZE - job->head_size < size ? MAGIC_SIZE - job->head_size : size;
		memcpy (job->head + job->head_size, data, n);
		job->head_size += n;
		job->rest = (const unsigned char *) data + n;
		job->rest_size = size - n;
	}
	return 0;
}

static int
spend (struct job *job, size_t size, struct error *err)
{
	if (atomic_fetch_sub (&job->budget->left, (int64_t) size) < (int64_t) size)
		return fail (err, 0,
			"the layers are bigger than %llu bytes when they are unpacked (see --max-size)",
			(unsigned long long) job->budget->whole);
	return 0;
}

/* A chunk with room in it, in job->chunk. */
static int
make_room (struct job *job, struct error *err)
{
	void *chunk;

	if (job->chunk && job->used < RING_CHUNK)
		return 0;
	if (job->chunk) {
		ring_commit (job->out, job->used);
		job->chunk = NULL;
	}
	if (ring_reserve (job->out, &chunk, err) < 0)
		return -1;
	job->chunk = chunk;
	job->used = 0;
	return 0;
}

static int
copy_plain (struct job *job, struct error *err)
{
	int r;

	while ((r = more (job, err)) > 0) {
		while (job->size > 0) {
			size_t n;

			if (make_room (job, err) < 0)
				return -1;
			n = RING_CHUNK - job->used < job->size ? RING_CHUNK - job->used : job->size;
			memcpy (job->chunk + job->used, job->data, n);
			job->used += n;
			job->data += n;
			job->size -= n;
			if (spend (job, n, err) < 0)
				return -1;
		}
	}
	return r;
}

/* Behind the last member: zeros that fill a block up are fine. */
static int
skip_zeros (struct job *job, struct error *err)
{
	int r = 1;

	while (r > 0) {
		for (size_t i = 0; i < job->size; i++)
			if (job->data[i] != 0)
				return fail (err, 0, "there is something behind the gzip stream");
		r = more (job, err);
	}
	return r;
}

static int
gunzip_some (struct job *job, struct gunzip *gunzip, struct error *err)
{
	struct gunzip_step step = { job->data, job->size, job->chunk + job->used,
		RING_CHUNK - job->used };
	size_t room = step.room;
	int r = gunzip_step (gunzip, &step, err);

	if (r < 0)
		return -1;
	job->data = step.in;
	job->size = step.in_size;
	job->used += room - step.room;
	job->has_pending = step.room == 0;
	return spend (job, room - step.room, err) < 0 ? -1 : r;
}

/* One member after the other, until what comes is no member. */
static int
gunzip_members (struct job *job, struct gunzip *gunzip, struct error *err)
{
	bool is_between = false;

	for (;;) {
		int r;

		if (job->size == 0 && !job->has_pending) {
			r = more (job, err);
			if (r < 0 || (r == 0 && is_between))
				return r;
			if (r == 0)
				return fail (err, 0, "the gzip stream is cut short");
		}
		if (is_between && job->data[0] != GZIP_FIRST)
			return skip_zeros (job, err);
		is_between = false;
		if (make_room (job, err) < 0)
			return -1;
		r = gunzip_some (job, gunzip, err);
		if (r < 0)
			return -1;
		if (r == 1) {
			is_between = true;
			job->has_pending = false;
			gunzip_reset (gunzip);
		}
	}
}

static int
decompress_gzip (struct job *job, struct error *err)
{
	struct gunzip *gunzip = gunzip_new ();
	int r = gunzip_members (job, gunzip, err);

	gunzip_free (&gunzip);
	return r;
}

static int
unzstd_piece (struct job *job, ZSTD_DCtx *context, size_t *out_state, struct error *err)
{
	ZSTD_inBuffer in = { job->data, job->size, 0 };

	for (;;) {
		ZSTD_outBuffer out;
		size_t before, n;

		if (make_room (job, err) < 0)
			return -1;
		out = (ZSTD_outBuffer){ job->chunk, RING_CHUNK, job->used };
		before = out.pos;
		n = ZSTD_decompressStream (context, &out, &in);
		if (ZSTD_isError (n))
			return fail (
				err, 0, "the zstd stream is damaged: %s", ZSTD_getErrorName (n));
		job->used = out.pos;
		if (spend (job, out.pos - before, err) < 0)
			return -1;
		*out_state = n;
		if (in.pos == in.size && (out.pos < out.size || n == 0))
			return 0;
	}
}

static int
decompress_zstd (struct job *job, struct error *err)
{
	ZSTD_DCtx *context = ZSTD_createDCtx ();
	size_t state = 0;
	int r;

	if (!context)
		abort ();
	ZSTD_DCtx_setParameter (context, ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
	while ((r = more (job, err)) > 0)
		if (unzstd_piece (job, context, &state, err) < 0) {
			r = -1;
			break;
		}
	ZSTD_freeDCtx (context);
	if (r == 0 && state != 0)
		return fail (err, 0, "the zstd stream is cut short");
	return r;
}

static int
refuse_bzip2 (struct job *job, struct error *err)
{
	return fail_as (err, ENOTSUP, "the layer is compressed with bzip2");
}

static int
refuse_xz (struct job *job, struct error *err)
{
	return fail_as (err, ENOTSUP, "the layer is compressed with xz");
}

static const struct format {
	const char *magic;
	size_t size;
	int (*run) (struct job *job, struct error *err);
	unsigned char mask; /* of the first byte; 0: all of it counts */
} formats[] = {
	{ "\x1f\x8b", 2, decompress_gzip, 0 },
	{ "\x28\xb5\x2f\xfd", 4, decompress_zstd, 0 },
	{ "\x50\x2a\x4d\x18", 4, decompress_zstd, 0xf0 }, /* a frame to be skipped */
	{ "BZh", 3, refuse_bzip2, 0 },
	{ "\xfd"
	  "7zXZ",
		6, refuse_xz, 0 },
};

static const struct format *
find_format (const struct job *job)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		const struct format *f = &formats[i];
		unsigned char first = job->head[0];

		if (f->mask)
			first &= f->mask;
		if (job->head_size >= f->size && first == (unsigned char) f->magic[0] &&
			memcmp (job->head + 1, f->magic + 1, f->size - 1) == 0)
			return f;
	}
	return NULL;
}

int
decompress (struct byte_input *in, struct ring *out, struct decompress_budget *budget,
	struct error *err)
{
	struct job job = { .in = in, .out = out, .budget = budget };
	const struct format *format;

	if (read_head (&job, err) < 0)
		return -1;
	format = find_format (&job);
	if ((format ? format->run (&job, err) : copy_plain (&job, err)) < 0)
		return -1;
	if (job.chunk)
		ring_commit (out, job.used);
	ring_finish (out);
	return 0;
}

const char *
decompress_gzip_library (void)
{
	return gunzip_library;
}
