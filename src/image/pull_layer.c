/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The threads of one layer: the one that calls pull_layer gets the blob and writes it down; one
 * decompresses what it finds in the file; two look at what comes out: one hashes it, one unpacks it.
 */
#include "image/pull_layer.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/growing.h"
#include "image/layers.h"

#include <errno.h>
#include <stdio.h>

/* 2 MiB a layer: enough that no thread waits for another one's short pause. */
#define RING_CHUNKS 8

enum { HASHER, UNPACKER, RING_READERS };

struct job {
	struct pull *pull;
	size_t index;
	const struct image_layer *layer;
	struct pull_progress *progress;
	struct blob_sink sink; /* the blob goes in here */
	struct store_ingest ingest;
	struct layer_draft draft;
	struct growing growing;
	struct ring *ring; /* owned */
	char diff_id[DIGEST_TEXT_SIZE]; /* what was found */
	bool was_resumed;
};

static struct job *
job_of_sink (struct blob_sink *sink)
{
	return (struct job *) ((char *) sink - offsetof (struct job, sink));
}

/* ---- the blob */

static int
write_blob (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	struct job *job = job_of_sink (sink);

	if (pull_has_failed (job->pull))
		return fail (err, ECANCELED, "pull it");
	/* When unpacking has failed nobody wants more: unless it may have failed because what an
	 * earlier run has left is wrong, which the blob's digest will show. */
	if (job->ring && !job->was_resumed && ring_failure (job->ring, err))
		return -1;
	if (store_ingest_write (&job->ingest, data, size, err) < 0)
		return -1;
	atomic_store (&job->progress->fetched, job->ingest.offset);
	if (job->ring)
		growing_extend (&job->growing, job->ingest.offset);
	return 0;
}

static int
get_blob (struct job *job, struct error *err)
{
	const struct oci_descriptor *descriptor = job->layer->descriptor;
	struct source_blob blob = {
		.digest = descriptor->digest,
		.size = (uint64_t) descriptor->size,
		.offset = job->ingest.offset,
		.urls = descriptor->urls,
		.n_urls = descriptor->n_urls,
	};

	if (job->ingest.is_complete)
		return 0;
	if (!job->pull->source)
		return fail (err, ENOENT, "the store '%s' lacks the blob %s",
			job->pull->store->path, blob.digest);
	if (blob.offset < blob.size &&
		source_get_blob (job->pull->source, &blob, &job->sink, err) < 0)
		return -1;
	return store_ingest_commit (&job->ingest, err);
}

/* ---- the threads */

static void *
run_decompress (void *data)
{
	struct job *job = data;
	struct error err;

	if (decompress (&job->growing.input, job->ring, &job->pull->bytes, &err) < 0)
		ring_fail (job->ring, &err);
	return NULL;
}

static void *
run_hash (void *data)
{
	struct job *job = data;
	struct digest_stream *stream = digest_new (digest_algorithm_of (job->layer->diff_id));
	const void *piece;
	struct error err;
	size_t size;
	int r;

	while ((r = ring_read (job->ring, HASHER, &piece, &size, &err)) > 0) {
		digest_update (stream, piece, size);
		atomic_fetch_add (&job->progress->unpacked, size);
		if (pull_has_failed (job->pull)) {
			fail (&err, ECANCELED, "unpack it");
			ring_fail (job->ring, &err);
		}
	}
	if (r == 0)
		digest_finish (stream, job->diff_id);
	digest_free (&stream);
	return NULL;
}

/* Waits until all layers below this one are there. */
static int
get_lowers (void *data, const int **out_roots, size_t *out_n, struct error *err)
{
	struct job *job = data;
	struct pull *pull = job->pull;
	int r = 0;

	pthread_mutex_lock (&pull->lock);
	for (size_t i = 0; i < job->index && !pull->has_failed;) {
		if (pull->is_done[i])
			i++;
		else
			pthread_cond_wait (&pull->changed, &pull->lock);
	}
	if (pull->has_failed) {
		*err = pull->why;
		r = -1;
	}
	pthread_mutex_unlock (&pull->lock);
	*out_roots = pull->roots + (pull->image->n_layers - job->index);
	*out_n = job->index;
	return r;
}

static void
tell_warning (void *data, const char *text)
{
	const struct pull_options *options = ((struct job *) data)->pull->options;

	if (options->warn)
		options->warn (options->data, text);
}

static void *
run_unpack (void *data)
{
	struct job *job = data;
	enum overlay_kind kind = overlay_kind_of_process ();
	struct unpack_request request = {
		.root = job->draft.fd,
		.kind = kind,
		.owner_may_stay = kind == OVERLAY_USER,
		.budget = &job->pull->entries,
		.get_lowers = job->index > 0 ? get_lowers : NULL,
		.warn = tell_warning,
		.data = job,
	};
	struct ring_input input;
	struct error err;

	ring_input_init (&input, job->ring, UNPACKER);
	if (unpack_layer (&request, &input.input, &err) < 0)
		ring_fail (job->ring, &err);
	return NULL;
}

static int
start (pthread_t *thread, void *(*run) (void *), struct job *job, struct error *err)
{
	int code = pthread_create (thread, NULL, run, job);

	if (code == 0)
		return 0;
	fail (err, code, "start a thread");
	ring_fail (job->ring, err);
	growing_fail (&job->growing, err);
	return -1;
}

/* Gets the blob with the other threads at work. The error of the stage that failed first counts, but
 * if the blob is not what it should be, then that is why. */
static int
run_stages (struct job *job, struct error *err)
{
	static void *(*const runs[]) (void *) = { run_decompress, run_hash, run_unpack };
	pthread_t threads[ARRAY_SIZE (runs)];
	struct error why;
	size_t n = 0;
	int r = 0;

	while (r == 0 && n < ARRAY_SIZE (runs)) {
		r = start (&threads[n], runs[n], job, err);
		if (r == 0)
			n++;
	}
	if (r == 0) {
		r = get_blob (job, err);
		if (r < 0)
			growing_fail (&job->growing, err);
		else
			growing_finish (&job->growing);
	}
	while (n > 0)
		pthread_join (threads[--n], NULL);
	if (r == 0 && ring_failure (job->ring, &why)) {
		*err = why;
		r = -1;
	}
	return r;
}

static int
check_diff_id (const struct job *job, struct error *err)
{
	if (str_equal (job->diff_id, job->layer->diff_id))
		return 0;
	return fail_as (err, EBADMSG,
		"the layer %s has the diff id %s unpacked; the image's config says %s",
		job->layer->descriptor->digest, job->diff_id, job->layer->diff_id);
}

static int
run_pipeline (struct job *job, struct error *err)
{
	uint64_t there = job->ingest.is_complete ? (uint64_t) job->layer->descriptor->size
						 : job->ingest.offset;
	autofd file = store_ingest_open (&job->ingest, err);
	int r;

	if (file < 0 || layers_begin (job->pull->store, job->layer->chain_id, &job->draft, err) < 0)
		return -1;
	growing_init (&job->growing, file, job->layer->descriptor->digest, there);
	job->ring = ring_new (RING_CHUNKS, RING_CHUNK, RING_READERS);
	r = run_stages (job, err);
	if (r == 0)
		r = check_diff_id (job, err);
	if (r == 0)
		r = layers_commit (&job->draft, job->layer->chain_id, err);
	layers_end (&job->draft);
	growing_done (&job->growing);
	ring_free (&job->ring);
	return r;
}

static int
begin_blob (struct job *job, struct error *err)
{
	const struct oci_descriptor *descriptor = job->layer->descriptor;

	if (store_ingest_begin (job->pull->store, descriptor->digest, (uint64_t) descriptor->size,
		    &job->ingest, err) < 0)
		return -1;
	job->was_resumed = job->ingest.offset > 0;
	job->progress->is_cached = job->ingest.is_complete;
	atomic_store (&job->progress->resumed, job->ingest.offset);
	atomic_store (&job->progress->fetched,
		job->ingest.is_complete ? job->progress->size : job->ingest.offset);
	return 0;
}

/* One attempt. Returns 1 when another one makes sense: what an earlier run had left was wrong. */
static int
attempt (struct job *job, bool unpacks, struct error *err)
{
	int r;

	if (begin_blob (job, err) < 0)
		return -1;
	atomic_store (&job->progress->unpacked, 0);
	r = unpacks ? run_pipeline (job, err) : get_blob (job, err);
	store_ingest_end (&job->ingest);
	if (r < 0 && err->code == EBADMSG && job->was_resumed)
		return 1;
	return r;
}

static int
open_root (struct job *job, struct error *err)
{
	struct pull *pull = job->pull;
	int fd = layers_open (pull->store, job->layer->chain_id, err);

	if (fd < 0)
		return -1;
	pull->roots[pull->image->n_layers - 1 - job->index] = fd;
	return 0;
}

static int
pull_unpacked (struct job *job, struct error *err)
{
	autofree char *name = xasprintf ("layer-%s", digest_hex (job->layer->chain_id));
	autofd lock = store_lock (job->pull->store, name, err);
	bool unpacks;
	int r;

	if (lock < 0)
		return -1;
	unpacks = open_root (job, err) < 0;
	if (unpacks && err->code != ENOENT)
		return -1;
	r = attempt (job, unpacks, err);
	if (r == 1)
		r = attempt (job, unpacks, err);
	if (r == 0 && unpacks)
		r = open_root (job, err);
	return r == 0 ? 0 : -1;
}

static int
pull_blob (struct job *job, struct error *err)
{
	int r = attempt (job, false, err);

	if (r == 1)
		r = attempt (job, false, err);
	return r == 0 ? 0 : -1;
}

int
pull_layer (struct pull *pull, size_t i, struct error *err)
{
	struct job job = {
		.pull = pull,
		.index = i,
		.layer = &pull->image->layers[i],
		.progress = &pull->progress[i],
		.sink = { write_blob },
		.ingest = { .fd = -1 },
		.draft = { .fd = -1 },
	};
	int r;

	atomic_store (&job.progress->state, PULL_RUNS);
	r = pull->options->blobs_only ? pull_blob (&job, err) : pull_unpacked (&job, err);
	if (r == 0)
		atomic_store (&job.progress->state, PULL_IS_DONE);
	return r;
}
