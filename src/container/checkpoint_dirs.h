/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * checkpoint_dirs: the directories of a checkpoint: the one of its images, and the one where CRIU works
 * and logs.
 *
 * A checkpoint may come from anywhere. CRIU opens its files by name and follows symlinks, reading and
 * writing as root, so that we look first: what is no regular file is refused.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum checkpoint_direction {
	CHECKPOINT_WRITE, /* missing directories are made, with mode 0700 */
	CHECKPOINT_READ, /* the work directory alone */
};

struct checkpoint_dirs {
	const char *images; /* borrowed; as it was given */
	const char *work; /* borrowed; the same as images when none was given */
	const char *log; /* the log's name in it: "dump.log", "restore.log" */
	int images_fd; /* owned */
	int work_fd; /* owned; -1: images_fd */
};

/* images NULL: "checkpoint". work NULL: as images. Neither may be a symlink. */
CHECKED int checkpoint_dirs_open (const char *images, const char *work,
	enum checkpoint_direction direction, struct checkpoint_dirs *out, struct error *err);

/* Whether `parent`, relative to the images, is a directory to go on from. */
CHECKED int checkpoint_dirs_check_parent (
	const struct checkpoint_dirs *dirs, const char *parent, struct error *err);

/* In CRIU's process, before it is executed: the descriptors are made ones of this mount namespace, and stay
 * open. */
CHECKED int checkpoint_dirs_pass (const struct checkpoint_dirs *dirs, struct error *err);

/* Puts CRIU's last errors, and where there is more, behind an error. Returns -1. */
int checkpoint_dirs_blame (const struct checkpoint_dirs *dirs, struct error *err);

void checkpoint_dirs_done (struct checkpoint_dirs *dirs);

/* The errors of a log, the first of them first, as one line; NULL when there are none. malloc'd. */
char *checkpoint_log_errors (const char *log);
