/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/pull.h"
#include "base/auto.h"
#include "base/mem.h"
#include "image/layers.h"
#include "image/pull_layer.h"

#include <errno.h>
#include <time.h>

#define MAX_JOBS 64

void
pull_fail (struct pull *pull, const struct error *why)
{
	pthread_mutex_lock (&pull->lock);
	if (!pull->has_failed) {
		pull->has_failed = true;
		pull->why = *why;
	}
	if (pull->options->cancelled)
		atomic_store (pull->options->cancelled, true);
	pthread_cond_broadcast (&pull->changed);
	pthread_mutex_unlock (&pull->lock);
}

bool
pull_has_failed (struct pull *pull)
{
	bool r;

	pthread_mutex_lock (&pull->lock);
	r = pull->has_failed;
	pthread_mutex_unlock (&pull->lock);
	return r;
}

/* The lowest one that nobody has taken: whoever waits for those below waits for somebody at work. */
static bool
take_layer (struct pull *pull, size_t *out)
{
	bool is_there;

	pthread_mutex_lock (&pull->lock);
	is_there = !pull->has_failed && pull->next < pull->image->n_layers;
	if (is_there)
		*out = pull->next++;
	pthread_mutex_unlock (&pull->lock);
	return is_there;
}

static void
tell_done (struct pull *pull, size_t i)
{
	pthread_mutex_lock (&pull->lock);
	pull->is_done[i] = true;
	pthread_cond_broadcast (&pull->changed);
	pthread_mutex_unlock (&pull->lock);
}

static void *
work (void *data)
{
	struct pull *pull = data;
	struct error err;
	size_t i;

	while (take_layer (pull, &i)) {
		if (pull_layer (pull, i, &err) < 0) {
			error_prefix (&err, "layer %zu of %zu", i + 1, pull->image->n_layers);
			pull_fail (pull, &err);
			break;
		}
		tell_done (pull, i);
	}
	pthread_mutex_lock (&pull->lock);
	pull->n_working--;
	pthread_cond_broadcast (&pull->changed);
	pthread_mutex_unlock (&pull->lock);
	return NULL;
}

static void
show (struct pull *pull)
{
	const struct pull_options *options = pull->options;

	if (options->show)
		options->show (options->data, pull->progress, pull->image->n_layers);
}

/* Until all threads have ended; with a look at the progress now and then. */
static void
wait_for_all (struct pull *pull)
{
	long long step =
		(long long) (pull->options->show_milliseconds > 0 ? pull->options->show_milliseconds
								  : 1000) *
		1000000;
	struct timespec when;

	clock_gettime (CLOCK_MONOTONIC, &when);
	pthread_mutex_lock (&pull->lock);
	while (pull->n_working > 0) {
		long long nanos = when.tv_nsec + step;

		when.tv_sec += nanos / 1000000000;
		when.tv_nsec = nanos % 1000000000;
		while (pull->n_working > 0 && pthread_cond_clockwait (&pull->changed, &pull->lock,
						      CLOCK_MONOTONIC, &when) != ETIMEDOUT)
			;
		pthread_mutex_unlock (&pull->lock);
		show (pull);
		pthread_mutex_lock (&pull->lock);
	}
	pthread_mutex_unlock (&pull->lock);
}

static void
run (struct pull *pull)
{
	pthread_t threads[MAX_JOBS];
	size_t n = 0, most = (size_t) (pull->options->jobs < 1		? 1
				       : pull->options->jobs > MAX_JOBS ? MAX_JOBS
									: pull->options->jobs);

	if (most > pull->image->n_layers)
		most = pull->image->n_layers;
	show (pull);
	while (n < most) {
		int code;

		pthread_mutex_lock (&pull->lock);
		pull->n_working++;
		pthread_mutex_unlock (&pull->lock);
		code = pthread_create (&threads[n], NULL, work, pull);
		if (code != 0) {
			struct error err;

			fail (&err, code, "start a thread");
			pthread_mutex_lock (&pull->lock);
			pull->n_working--;
			pthread_mutex_unlock (&pull->lock);
			pull_fail (pull, &err);
			break;
		}
		n++;
	}
	wait_for_all (pull);
	while (n > 0)
		pthread_join (threads[--n], NULL);
}

static void
init (struct pull *pull)
{
	const struct pull_options *options = pull->options;
	size_t n = pull->image->n_layers;

	pull->bytes.whole = options->max_size;
	atomic_init (&pull->bytes.left, (int64_t) options->max_size);
	pull->entries.whole = options->max_entries;
	atomic_init (&pull->entries.left, (int64_t) options->max_entries);
	pthread_mutex_init (&pull->lock, NULL);
	pthread_cond_init (&pull->changed, NULL);
	pull->progress = xcalloc (n + 1, sizeof *pull->progress);
	pull->is_done = xcalloc (n + 1, sizeof *pull->is_done);
	pull->roots = xmalloc ((n + 1) * sizeof *pull->roots);
	for (size_t i = 0; i < n; i++) {
		const struct oci_descriptor *descriptor = pull->image->layers[i].descriptor;

		pull->roots[i] = -1;
		pull->progress[i].digest = descriptor->digest;
		pull->progress[i].size = (uint64_t) descriptor->size;
	}
}

static void
done (struct pull *pull)
{
	for (size_t i = 0; i < pull->image->n_layers; i++)
		if (pull->roots[i] >= 0)
			close (pull->roots[i]);
	free (pull->roots);
	free (pull->is_done);
	free (pull->progress);
	pthread_cond_destroy (&pull->changed);
	pthread_mutex_destroy (&pull->lock);
}

static int
pull_layers (const struct store *store, struct source *source, const struct image *image,
	const struct pull_options *options, struct error *err)
{
	struct pull pull = { .store = store, .source = source, .image = image, .options = options };
	int r = 0;

	init (&pull);
	run (&pull);
	if (pull.has_failed) {
		*err = pull.why;
		r = -1;
	}
	done (&pull);
	return r;
}

int
pull_unpack (const struct store *store, const struct image *image,
	const struct pull_options *options, struct error *err)
{
	if (layers_sweep (store, err) < 0)
		return -1;
	return pull_layers (store, NULL, image, options, err);
}

static int
keep_documents (const struct store *store, const struct image *image, struct error *err)
{
	if (store_add_document (store, image->manifest->config->digest, image->config_text,
		    image->config_size, err) < 0)
		return -1;
	return store_add_document (
		store, image->document.digest, image->document.data, image->document.size, err);
}

int
pull_image (const struct store *store, const struct pull_request *request,
	const struct pull_options *options, struct image *out, struct error *err)
{
	AUTO (image_done) struct image image = { 0 };
	struct store_name name = { .name = request->name };

	if (layers_sweep (store, err) < 0 ||
		image_fetch (request->source, request->object, &options->platform, &image, err) <
			0 ||
		pull_layers (store, request->source, &image, options, err) < 0 ||
		keep_documents (store, &image, err) < 0)
		return -1;
	name.media_type = image.document.media_type;
	name.digest = image.document.digest;
	name.size = image.document.size;
	if (request->name && store_set_name (store, &name, err) < 0)
		return -1;
	*out = image;
	image = (struct image){ 0 };
	return 0;
}
