/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * paths: where a container's cgroup goes. Pure: text to text.
 */
#pragma once

#include "base/mem.h"
#include "cgroup/detect.h"

/* The path with "." and "" taken out and ".." resolved within: it starts with '/', has none of these
 * and no '/' at its end; "/" for what leads nowhere. */
char *cgroup_path_clean (struct arena *arena, const char *path);

/* The directory of a container in one hierarchy, absolute on the host. `path` is the config's
 * cgroupsPath or NULL; manager.h says what becomes of it. */
char *cgroup_path_in (struct arena *arena, const struct cgroup_hierarchy *hierarchy,
	const char *path, const char *container_id);
