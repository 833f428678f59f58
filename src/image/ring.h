/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ring: bytes from one thread to one or two others, in chunks and with a bound: who is ahead waits.
 *
 * Every reader sees every byte, in place. An error from any side reaches all: the first one counts.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

#define RING_MAX_READERS 2

/* What all rings of layers have as chunk_size: big enough for one call of write(2) to be worth it. */
#define RING_CHUNK ((size_t) 256 * 1024)

struct ring;

struct ring *ring_new (size_t chunks, size_t chunk_size, unsigned int readers);
void ring_free (struct ring **ring);

/* ---- the writer */

/* Waits for a free chunk: *out_chunk is where chunk_size bytes may be written. -1 after ring_fail. */
CHECKED int ring_reserve (struct ring *ring, void **out_chunk, struct error *err);

/* Hands the first `size` bytes of the reserved chunk on; 0 gives the chunk back unused. */
void ring_commit (struct ring *ring, size_t size);

/* There is no more. */
void ring_finish (struct ring *ring);

/* ---- a reader, numbered from 0 */

/* Gives the chunk back that was read before and waits for the next one. Returns 1, or 0 at the end; -1
 * after ring_fail. */
CHECKED int ring_read (struct ring *ring, unsigned int reader, const void **out_data,
	size_t *out_size, struct error *err);

/* ---- anybody */

/* Ends it for all with this error. */
void ring_fail (struct ring *ring, const struct error *why);

/* Whether it has failed; *out is then the first error. */
int ring_failure (struct ring *ring, struct error *out);
