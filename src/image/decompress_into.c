/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/decompress.h"
#include "image/source.h"

#include <pthread.h>

#define CHUNKS 4

struct outlet {
	struct ring *ring;
	struct blob_sink *sink; /* borrowed */
};

static void *
feed (void *data)
{
	struct outlet *outlet = data;
	const void *piece;
	struct error err;
	size_t size;

	while (ring_read (outlet->ring, 0, &piece, &size, &err) > 0)
		if (outlet->sink->write (outlet->sink, piece, size, &err) < 0) {
			ring_fail (outlet->ring, &err);
			break;
		}
	return NULL;
}

int
decompress_into (struct byte_input *in, struct blob_sink *out, struct decompress_budget *budget,
	struct error *err)
{
	struct outlet outlet = { ring_new (CHUNKS, RING_CHUNK, 1), out };
	pthread_t feeder;
	int r, code = pthread_create (&feeder, NULL, feed, &outlet);

	if (code == 0) {
		r = decompress (in, outlet.ring, budget, err);
		if (r < 0)
			ring_fail (outlet.ring, err);
		pthread_join (feeder, NULL);
		if (ring_failure (outlet.ring, err))
			r = -1;
	} else {
		r = fail (err, code, "start a thread");
	}
	ring_free (&outlet.ring);
	return r;
}
