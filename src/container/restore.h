/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * restore: a container made from a bundle and a checkpoint (checkpoint.h): its config, control group,
 * mounts from outside and namespaces come from the bundle, its processes and what they had from the
 * checkpoint.
 *
 * CRIU makes the processes. It runs in the container's new control group, and in a mount namespace of
 * its own, where the root file system is mounted as it wants it: whatever fails, no mount is left. The
 * container's init becomes our child.
 */
#pragma once

#include "container/creation.h"
#include "container/criu_settings.h"

/* All borrowed. */
struct restore_request {
	struct create_request create; /* its populate is ours */
	const char *images, *work; /* as checkpoint_dirs_open has them */
	struct criu_settings settings;
};

/* Unless it detaches it waits for the program's end: *out_status as of container_run. */
CHECKED int container_restore (struct restore_request *request, int *out_status, struct error *err);
