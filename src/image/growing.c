/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/growing.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE ((size_t) 256 * 1024)

/* How much is there behind `at`; waits until there is something. 0 at the end. */
static int
wait_for_more (struct growing *growing, uint64_t *out_size, struct error *err)
{
	int r = 0;

	pthread_mutex_lock (&growing->lock);
	while (growing->size == growing->at && !growing->is_finished && !growing->has_failed)
		pthread_cond_wait (&growing->changed, &growing->lock);
	*out_size = growing->size - growing->at;
	if (growing->has_failed) {
		*err = growing->why;
		r = -1;
	}
	pthread_mutex_unlock (&growing->lock);
	return r;
}

static int
next (struct byte_input *input, const void **out_data, size_t *out_size, struct error *err)
{
	struct growing *growing = (struct growing *) input;
	uint64_t size;
	ssize_t n;

	if (wait_for_more (growing, &size, err) < 0)
		return -1;
	if (size == 0)
		return 0;
	if (!growing->piece)
		growing->piece = xmalloc (PIECE);
	do
		n = pread (growing->fd, growing->piece, size < PIECE ? (size_t) size : PIECE,
			(off_t) growing->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "read '%s'", growing->name);
	if (n == 0)
		return fail (err, EIO, "read '%s': it became shorter", growing->name);
	growing->at += (uint64_t) n;
	*out_data = growing->piece;
	*out_size = (size_t) n;
	return 1;
}

void
growing_init (struct growing *growing, int fd, const char *name, uint64_t size)
{
	*growing = (struct growing){ .input = { next }, .fd = fd, .name = name, .size = size };
	pthread_mutex_init (&growing->lock, NULL);
	pthread_cond_init (&growing->changed, NULL);
}

void
growing_done (struct growing *growing)
{
	pthread_cond_destroy (&growing->changed);
	pthread_mutex_destroy (&growing->lock);
	free (growing->piece);
	growing->piece = NULL;
}

static void
change (struct growing *growing, uint64_t size, bool finished, const struct error *why)
{
	pthread_mutex_lock (&growing->lock);
	if (size > growing->size)
		growing->size = size;
	growing->is_finished |= finished;
	if (why && !growing->has_failed) {
		growing->has_failed = true;
		growing->why = *why;
	}
	pthread_cond_broadcast (&growing->changed);
	pthread_mutex_unlock (&growing->lock);
}

void
growing_extend (struct growing *growing, uint64_t size)
{
	change (growing, size, false, NULL);
}

void
growing_finish (struct growing *growing)
{
	change (growing, 0, true, NULL);
}

void
growing_fail (struct growing *growing, const struct error *why)
{
	change (growing, 0, false, why);
}
