/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/ring.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *memory; /* owned */
	size_t *sizes; /* owned; of each chunk */
	size_t chunks, chunk_size;
	uint64_t written; /* chunks, since the start */
	uint64_t read[RING_MAX_READERS]; /* the same; a chunk counts when it was given back */
	bool is_held[RING_MAX_READERS]; /* the chunk at read[i] is in the reader's hands */
	unsigned int readers;
	bool is_finished, has_failed;
	struct error why;
};

struct ring *
ring_new (size_t chunks, size_t chunk_size, unsigned int readers)
{
	struct ring *ring = xcalloc (1, sizeof *ring);

	pthread_mutex_init (&ring->lock, NULL);
	pthread_cond_init (&ring->changed, NULL);
	ring->memory = xmalloc (chunks * chunk_size);
	ring->sizes = xcalloc (chunks, sizeof *ring->sizes);
	ring->chunks = chunks;
	ring->chunk_size = chunk_size;
	ring->readers = readers;
	return ring;
}

void
ring_free (struct ring **ring)
{
	if (!*ring)
		return;
	pthread_cond_destroy (&(*ring)->changed);
	pthread_mutex_destroy (&(*ring)->lock);
	free ((*ring)->memory);
	free ((*ring)->sizes);
	free (*ring);
	*ring = NULL;
}

static bool
is_full (const struct ring *ring)
{
	for (unsigned int i = 0; i < ring->readers; i++)
		if (ring->written - ring->read[i] >= ring->chunks)
			return true;
	return false;
}

int
ring_reserve (struct ring *ring, void **out_chunk, struct error *err)
{
	bool has_failed;

	pthread_mutex_lock (&ring->lock);
	while (!ring->has_failed && is_full (ring))
		pthread_cond_wait (&ring->changed, &ring->lock);
	has_failed = ring->has_failed;
	if (has_failed)
		*err = ring->why;
	pthread_mutex_unlock (&ring->lock);
	if (has_failed)
		return -1;
	*out_chunk = ring->memory + ring->written % ring->chunks * ring->chunk_size;
	return 0;
}

void
ring_commit (struct ring *ring, size_t size)
{
	if (size == 0)
		return;
	pthread_mutex_lock (&ring->lock);
	ring->sizes[ring->written % ring->chunks] = size;
	ring->written++;
	pthread_cond_broadcast (&ring->changed);
	pthread_mutex_unlock (&ring->lock);
}

void
ring_finish (struct ring *ring)
{
	pthread_mutex_lock (&ring->lock);
	ring->is_finished = true;
	pthread_cond_broadcast (&ring->changed);
	pthread_mutex_unlock (&ring->lock);
}

static void
give_back (struct ring *ring, unsigned int reader)
{
	if (!ring->is_held[reader])
		return;
	ring->is_held[reader] = false;
	ring->read[reader]++;
	pthread_cond_broadcast (&ring->changed);
}

int
ring_read (struct ring *ring, unsigned int reader, const void **out_data, size_t *out_size,
	struct error *err)
{
	int r = 0;

	pthread_mutex_lock (&ring->lock);
	give_back (ring, reader);
	while (!ring->has_failed && !ring->is_finished && ring->read[reader] == ring->written)
		pthread_cond_wait (&ring->changed, &ring->lock);
	if (ring->has_failed) {
		*err = ring->why;
		r = -1;
	} else if (ring->read[reader] != ring->written) {
		size_t i = ring->read[reader] % ring->chunks;

		ring->is_held[reader] = true;
		*out_data = ring->memory + i * ring->chunk_size;
		*out_size = ring->sizes[i];
		r = 1;
	}
	pthread_mutex_unlock (&ring->lock);
	return r;
}

void
ring_fail (struct ring *ring, const struct error *why)
{
	pthread_mutex_lock (&ring->lock);
	if (!ring->has_failed) {
		ring->has_failed = true;
		ring->why = *why;
	}
	pthread_cond_broadcast (&ring->changed);
	pthread_mutex_unlock (&ring->lock);
}

int
ring_failure (struct ring *ring, struct error *out)
{
	int r;

	pthread_mutex_lock (&ring->lock);
	r = ring->has_failed;
	if (r)
		*out = ring->why;
	pthread_mutex_unlock (&ring->lock);
	return r;
}
