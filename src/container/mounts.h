/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mounts: more mounts for a container that runs, or fewer.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

struct mounts_request {
	const char *root; /* the directory of all containers */
	const char *id;
	/* A JSON array of mounts as in a config; its file and text. */
	const char *file, *text;
	bool remove; /* what is at their destinations, else they are made */
	void (*warn) (const char *text);
};

/* Sources are the host's, destinations the container's. All or none are made. They are not kept in the
 * container's config: nothing but the container itself knows of them. */
CHECKED int container_mounts (const struct mounts_request *request, struct error *err);
