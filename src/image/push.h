/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * push: an image of the store to a registry: blobs first, side by side, then what names them, so that
 * the registry never has a manifest without its blobs.
 */
#pragma once

#include "image/registry.h"
#include "image/store.h"

struct push_request {
	const struct store *store;
	struct registry *registry;
	const char *host, *repository; /* of the registry, as in a reference */
	const char *digest; /* of the manifest or index in the store */
	const char *media_type;
	const char *object; /* the tag or digest that it is to be known by */
	unsigned int jobs; /* blobs at once; 0: 3 */
	/* Told how a blob gets on, and with sent == size when it is there; any thread. May be NULL. */
	void (*progress) (void *data, const char *digest, uint64_t sent, uint64_t size);
	void *progress_data;
};

/* Layers that must not be distributed (their types say so, and where else they are) are not sent. A blob
 * that another image of the store has in the same registry is mounted from there. */
CHECKED int push_image (const struct push_request *request, struct error *err);
