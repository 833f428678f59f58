/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * checkpoint: a running container's processes, written to a directory of images by CRIU, from which
 * restore.h brings them back, here or elsewhere.
 */
#pragma once

#include "container/criu_settings.h"

/* All borrowed. */
struct checkpoint_request {
	const char *root; /* the directory of all containers */
	const char *id;
	const char *images, *work; /* as checkpoint_dirs_open has them */
	const char *parent; /* the images before, relative to these; NULL: none */
	bool pre_dump; /* memory alone, of a container that goes on */
	int status_fd; /* gets a 0 byte when the page server is ready, and is closed; -1: none */
	struct criu_settings settings;
	void (*warn) (const char *text);
};

/* Writes the checkpoint, and deletes the container, as runc and crun do, unless it is to go on. After a
 * failure it goes on. */
CHECKED int container_checkpoint (const struct checkpoint_request *request, struct error *err);
