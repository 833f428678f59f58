/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * platform: which of the images in an index is for this machine, or the one that was asked for.
 * In the words of Go: linux/amd64, linux/arm/v7.
 */
#pragma once

#include "base/error.h"

#include <ocispec/image_index.h>

#define PLATFORM_PART_SIZE 32

struct platform {
	char os[PLATFORM_PART_SIZE];
	char architecture[PLATFORM_PART_SIZE];
	char variant[PLATFORM_PART_SIZE]; /* "" if none is asked for */
};

/* OS/ARCH[/VARIANT]; NULL: this machine's. */
CHECKED int platform_parse (const char *text, struct platform *out, struct error *err);

/* How well something fits: 0 not at all, else the more the better. variant may be NULL. */
int platform_rank (const struct platform *platform, const char *os, const char *architecture,
	const char *variant);

/* The best of an index, or an error that lists what there is. What says nothing of its platform may be for
 * any, if nothing better is there. */
CHECKED int platform_choose (const struct platform *platform, const struct oci_image_index *index,
	const char *what, const struct oci_manifest_descriptor **out, struct error *err);
