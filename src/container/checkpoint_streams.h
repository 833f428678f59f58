/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * checkpoint_streams: the first process's standard streams, when they are something outside: a pipe, or
 * a file that no mount of the container leads to. A checkpoint has their names, in the file
 * descriptors.json as runc and crun have it; a restore gives it its own streams in their place.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/mem.h"
#include "container/checkpoint_dirs.h"

#include <sys/types.h>

#define CHECKPOINT_STREAMS 3

struct checkpoint_streams {
	/* "pipe:[17]"; "file[15:af3]", which is what CRIU calls such a file; any path; NULL: unknown */
	const char *names[CHECKPOINT_STREAMS];
};

/* Those of a process. Text is in the arena. */
CHECKED int checkpoint_streams_of (
	pid_t pid, struct arena *arena, struct checkpoint_streams *out, struct error *err);

/* Adds to a message criu_opts what CRIU has to know of them. */
void checkpoint_streams_add (const struct checkpoint_streams *streams, struct buffer *options);
void restore_streams_add (const struct checkpoint_streams *streams, struct buffer *options);

CHECKED int checkpoint_streams_write (const struct checkpoint_dirs *dirs,
	const struct checkpoint_streams *streams, struct error *err);
CHECKED int checkpoint_streams_read (const struct checkpoint_dirs *dirs, struct arena *arena,
	struct checkpoint_streams *out, struct error *err);
