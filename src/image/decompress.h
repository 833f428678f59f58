/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * decompress: layers as they are stored into the tar that they are: gzip (any number of members), zstd
 * (any number of frames; zstd:chunked is just that, its table of contents sits in a frame to be
 * skipped), or plain.
 *
 * Always in this process: a program found by name may be the image's (CVE-2026-41567). What is in
 * front of us is seen by its first bytes; a media type is only what somebody says.
 */
#pragma once

#include "image/byte_input.h"
#include "image/ring.h"

#include <stdatomic.h>
#include <stdint.h>

/* What may still come out, for all layers of an image together. */
struct decompress_budget {
	_Atomic int64_t left; /* bytes */
	uint64_t whole; /* for the message */
};

/* The whole of `in` into the ring, ring_finish included. A stream that is cut, damaged, or bigger than
 * the budget is an error, and so is what stands behind a gzip stream if it isn't zeros. */
CHECKED int decompress (struct byte_input *in, struct ring *out, struct decompress_budget *budget,
	struct error *err);

/* The same into a sink, which a thread of its own feeds. */
struct blob_sink;
CHECKED int decompress_into (struct byte_input *in, struct blob_sink *out,
	struct decompress_budget *budget, struct error *err);

/* "ISA-L" or "zlib": which one gunzips. */
const char *decompress_gzip_library (void);
