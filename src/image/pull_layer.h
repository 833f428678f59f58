/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pull_layer: the pipeline of one layer, and what the layers of one pull share.
 */
#pragma once

#include "image/decompress.h"
#include "image/pull.h"
#include "image/unpack.h"

#include <pthread.h>

struct pull {
	const struct store *store; /* all borrowed */
	struct source *source;
	const struct image *image;
	const struct pull_options *options;
	struct decompress_budget bytes;
	struct unpack_budget entries;
	struct pull_progress *progress; /* owned; one a layer */
	int *roots; /* owned, each too; of the layers that are done, the topmost first */
	/* ---- under the lock */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool *is_done; /* owned; one a layer, the lowest first */
	size_t next; /* the next layer to be taken */
	size_t n_working; /* threads */
	bool has_failed;
	struct error why; /* the first one */
};

/* All of layer i: afterwards the blob is in the store and its directory in pull->roots. */
CHECKED int pull_layer (struct pull *pull, size_t i, struct error *err);

/* Ends everything with this error, if it is the first. */
void pull_fail (struct pull *pull, const struct error *why);
bool pull_has_failed (struct pull *pull);
