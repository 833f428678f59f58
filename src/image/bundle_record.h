/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * bundle_record: ctr-image.json of a bundle, and the store's copy of it.
 */
#pragma once

#include "base/error.h"
#include "image/store.h"

#include <ocispec/image_bundle.h>

#define BUNDLE_RECORD "ctr-image.json"

/* The store's copy first: whoever prunes must know of the bundle before it is there. */
CHECKED int bundle_record_write (const struct store *store, int dir,
	const struct oci_image_bundle *record, struct error *err);

/* Of the bundle at path. ENOENT in err->code: it is none of ours. */
CHECKED int bundle_record_read (const char *path, struct ocispec_doc *doc,
	struct oci_image_bundle **out, struct error *err);

/* Takes the store's copy away, if it is for that bundle. */
CHECKED int bundle_record_forget (const struct store *store, const char *path, struct error *err);
