/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pull: an image from a source into a store, its layers unpacked on the way.
 *
 * Each layer goes through a pipeline in one pass:
 *
 *	source -> digest, blob file -> decompress -+-> diff id
 *	                                           +-> tar -> files
 *
 * with every arrow but the first a hand-over between threads, so that it takes as long as its slowest
 * stage. Layers go side by side. What was there before is used: whole blobs, parts of blobs, layers.
 * The image gets its name when everything is there and right.
 */
#pragma once

#include "image/image.h"
#include "image/platform.h"
#include "image/source.h"
#include "image/store.h"

#include <stdatomic.h>
#include <stdbool.h>

#define PULL_DEFAULT_MAX_SIZE (UINT64_C (64) << 30)
#define PULL_DEFAULT_MAX_ENTRIES UINT64_C (4000000)

/* What becomes of a layer, for whoever shows it; changed by the layer's threads. */
enum pull_state {
	PULL_WAITS,
	PULL_RUNS,
	PULL_IS_DONE,
};

struct pull_progress {
	const char *digest; /* of the blob */
	uint64_t size;
	bool is_cached; /* the blob was there before */
	_Atomic int state;
	_Atomic uint64_t fetched; /* bytes of the blob that are there */
	_Atomic uint64_t resumed; /* of these, from an earlier run */
	_Atomic uint64_t unpacked; /* bytes that came out */
};

struct pull_options {
	struct platform platform;
	int jobs; /* layers side by side; at least 1 */
	uint64_t max_size; /* of all layers, unpacked */
	uint64_t max_entries;
	bool blobs_only; /* don't unpack */
	/* Called from time to time by the calling thread, first with nothing done and last with
	 * everything; NULL: nobody looks. */
	void (*show) (void *data, const struct pull_progress *layers, size_t n);
	int show_milliseconds;
	/* From any thread. May be NULL. */
	void (*warn) (void *data, const char *text);
	void *data;
	/* Set when it failed, for what else works for it (http_settings.cancelled). May be NULL. */
	atomic_bool *cancelled;
};

/* object: a tag, a digest, or NULL. name: what it is to be called in the store; NULL: it gets no name.
 * *out is the image, image_done is the caller's. */
struct pull_request {
	struct source *source;
	const char *object;
	const char *name;
};
CHECKED int pull_image (const struct store *store, const struct pull_request *request,
	const struct pull_options *options, struct image *out, struct error *err);

/* Of an image that is in the store with its blobs: unpacks what is missing. */
CHECKED int pull_unpack (const struct store *store, const struct image *image,
	const struct pull_options *options, struct error *err);
