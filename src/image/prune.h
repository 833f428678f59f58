/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * prune: takes out of a store what no name and no bundle needs; and verify: looks whether what is in it
 * is what it should be.
 */
#pragma once

#include "base/error.h"
#include "image/store.h"

struct prune_report {
	size_t n_blobs, n_layers;
	uint64_t bytes; /* of the blobs */
};

/* store: opened with STORE_PRUNE or STORE_TRY_PRUNE. partial: what has come of blobs goes as well. */
enum prune_partial { PRUNE_KEEP_PARTIAL, PRUNE_PARTIAL };
CHECKED int prune (const struct store *store, enum prune_partial partial, struct prune_report *out,
	struct error *err);

struct verify_request {
	const struct store *store;
	bool repairs; /* damaged blobs are removed: the next pull fetches them */
	/* Told of everything that is wrong. */
	void (*problem) (void *data, const char *text);
	void *data;
};

struct verify_report {
	size_t n_blobs, n_problems;
	uint64_t bytes;
};

/* Hashes every blob, and looks whether each image has all that it needs. */
CHECKED int verify (
	const struct verify_request *request, struct verify_report *out, struct error *err);
