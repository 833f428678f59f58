/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * import: an image of one layer, from a directory or a tar.
 */
#pragma once

#include "base/error.h"
#include "base/options.h"
#include "image/image.h"
#include "image/store.h"

struct import_request {
	const struct store *store;
	const char *
		path; /* a directory or a tar, which may be compressed; "-": a tar on standard input */
	const char *name; /* in the store */
	struct platform platform;
	const char *created; /* RFC 3339; NULL: nothing is said */
	/* For the config; NULL and empty: nothing is said. */
	const struct option_list *env, *entrypoint, *cmd, *labels;
	const char *user, *cwd;
};

/* *out: image_done is the caller's. It is not unpacked. */
CHECKED int import_image (
	const struct import_request *request, struct image *out, struct error *err);
