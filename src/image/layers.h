/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * layers: the unpacked layers in a store, layers/HEX by chain id. One that has its name is complete.
 */
#pragma once

#include "base/error.h"
#include "image/image.h"
#include "image/overlay.h"
#include "image/store.h"
#include "image/view.h"

/* Opens it (O_RDONLY). ENOENT in err->code: it is not there. */
CHECKED int layers_open (const struct store *store, const char *chain_id, struct error *err);

/* A layer on its way. */
struct layer_draft {
	const struct store *store;
	char name[DIGEST_TEXT_SIZE + 32]; /* below tmp/ */
	int fd; /* owned; locked as long as somebody works on it */
};

/* An empty directory in tmp/. */
CHECKED int layers_begin (const struct store *store, const char *chain_id, struct layer_draft *out,
	struct error *err);

/* Gives it its name. */
CHECKED int layers_commit (struct layer_draft *draft, const char *chain_id, struct error *err);

/* Removes it if it got no name. */
void layers_end (struct layer_draft *draft);

/* Removes what killed processes have left in tmp/. */
CHECKED int layers_sweep (const struct store *store, struct error *err);

/* All layers of an image as one view. { 0 } is a valid empty one. */
struct layer_stack {
	struct view view;
	int *fds; /* owned, each too; the topmost first */
	size_t n;
};

/* ENOENT in err->code: one is not there. */
CHECKED int layers_open_stack (const struct store *store, const struct image *image,
	struct layer_stack *out, struct error *err);
void layer_stack_done (struct layer_stack *stack);
