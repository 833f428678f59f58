/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * bundle: a directory that a runtime runs as it is:
 *
 *	config.json	see runtime_config.h
 *	rootfs/		an overlay over the image's layers in the store, or a copy
 *	upper/, work/	of the overlay: what the container writes
 *	volumes/N/	what the image wants kept apart from its root file system
 *	ctr-image.json	which image in which store it came from
 *
 * The store knows the bundle (bundles/HEX, by its path), so that prune leaves its layers alone, for as
 * long as ctr-image.json is there.
 */
#pragma once

#include "base/error.h"
#include "image/image.h"
#include "image/runtime_config.h"
#include "image/store.h"

enum bundle_rootfs { BUNDLE_OVERLAY, BUNDLE_COPY };

struct bundle_request {
	const struct store *store;
	const struct image *image; /* unpacked */
	const char *name; /* what it is called; or NULL */
	const char *path; /* absolute; made, or there and empty */
	enum bundle_rootfs rootfs;
	bool not_mounted; /* of an overlay: `ctr-image mount` does it */
	struct runtime_overrides overrides;
	/* The user namespace that the config asks for; n 0: none. */
	struct tree_ids uids, gids;
	/* Who isn't root works in that namespace already, or in one like it; root writes the files with
	 * the ids that they have outside. */
	bool is_rootless;
};

CHECKED int bundle_make (const struct bundle_request *request, struct error *err);

/* Mounts the overlay of a bundle. Returns 1, or 0 when it is mounted already or is a copy. */
CHECKED int bundle_mount (const char *path, struct error *err);

/* Unmounts it. Returns 1, or 0 when nothing was. */
CHECKED int bundle_umount (const char *path, struct error *err);

/* Unmounts and removes the whole bundle. What has no ctr-image.json is none, and is left alone. */
CHECKED int bundle_remove (const char *path, struct error *err);

/* ---- for prune: what the bundles of a store need */

struct bundle_needs {
	char **chain_ids; /* owned, each too */
	size_t n, room;
};

/* Forgets bundles that are not there any more. */
CHECKED int bundle_collect (const struct store *store, struct bundle_needs *out, struct error *err);
void bundle_needs_done (struct bundle_needs *needs);
