/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * archive_write: an image of the store as one file, for others to load.
 */
#pragma once

#include "image/image.h"
#include "image/tar_write.h"

/* oci-archive: an image layout in a tar. tag: its name in there, or NULL. */
CHECKED int archive_write_oci (const struct store *store, const struct image *image,
	const char *tag, struct blob_sink *out, struct error *err);

/* What `docker load` takes: config, plain layers, manifest.json. name: "debian:12", or NULL. */
CHECKED int archive_write_docker (const struct store *store, const struct image *image,
	const char *name, struct blob_sink *out, struct error *err);
