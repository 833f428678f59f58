/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/gunzip.h"
#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>

static unsigned int
at_most (size_t size)
{
	return size < INT_MAX ? (unsigned int) size : INT_MAX;
}

#ifdef HAVE_ISAL

#include <isa-l/igzip_lib.h>

const char *const gunzip_library = "ISA-L";

struct gunzip {
	struct inflate_state state;
};

struct gunzip *
gunzip_new (void)
{
	struct gunzip *gunzip = xmalloc (sizeof *gunzip);

	gunzip_reset (gunzip);
	return gunzip;
}

void
gunzip_reset (struct gunzip *gunzip)
{
	isal_inflate_init (&gunzip->state);
	gunzip->state.crc_flag = ISAL_GZIP;
}

void
gunzip_free (struct gunzip **gunzip)
{
	free (*gunzip);
	*gunzip = NULL;
}

int
gunzip_step (struct gunzip *gunzip, struct gunzip_step *step, struct error *err)
{
	struct inflate_state *state = &gunzip->state;
	unsigned int in = at_most (step->in_size), room = at_most (step->room);
	int r;

	state->next_in = (uint8_t *) step->in;
	state->avail_in = in;
	state->next_out = step->out;
	state->avail_out = room;
	r = isal_inflate (state);
	if (r < 0)
		return fail (err, 0, "the gzip stream is damaged%s",
			r == ISAL_INCORRECT_CHECKSUM ? ": its checksum is wrong" : "");
	step->in_size -= in - state->avail_in;
	step->in = state->next_in;
	step->room -= room - state->avail_out;
	step->out = state->next_out;
	return state->block_state == ISAL_BLOCK_FINISH;
}

#else

#include <string.h>
#include <zlib.h>

const char *const gunzip_library = "zlib";

/* 15: the biggest window; 16: with gzip's header and trailer, and no other */
#define WINDOW_BITS (15 + 16)

struct gunzip {
	z_stream stream;
};

struct gunzip *
gunzip_new (void)
{
	struct gunzip *gunzip = xcalloc (1, sizeof *gunzip);

	if (inflateInit2 (&gunzip->stream, WINDOW_BITS) != Z_OK)
		abort ();
	return gunzip;
}

void
gunzip_reset (struct gunzip *gunzip)
{
	inflateReset (&gunzip->stream);
}

void
gunzip_free (struct gunzip **gunzip)
{
	inflateEnd (&(*gunzip)->stream);
	free (*gunzip);
	*gunzip = NULL;
}

int
gunzip_step (struct gunzip *gunzip, struct gunzip_step *step, struct error *err)
{
	z_stream *stream = &gunzip->stream;
	unsigned int in = at_most (step->in_size), room = at_most (step->room);
	int r;

	stream->next_in = (unsigned char *) step->in;
	stream->avail_in = in;
	stream->next_out = step->out;
	stream->avail_out = room;
	r = inflate (stream, Z_NO_FLUSH);
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return fail (err, 0, "the gzip stream is damaged%s",
			stream->msg && strstr (stream->msg, "check") ? ": its checksum is wrong"
								     : "");
	step->in_size -= in - stream->avail_in;
	step->in = stream->next_in;
	step->room -= room - stream->avail_out;
	step->out = stream->next_out;
	return r == Z_STREAM_END;
}

#endif
