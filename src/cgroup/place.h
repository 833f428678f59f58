/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * place: a container's directory in one hierarchy, and the files in it. Private to cgroup/.
 *
 * Errors name the file by its whole path. The directory is opened when it is first needed.
 */
#pragma once

#include "base/error.h"
#include "cgroup/detect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUP2 "cgroup2" /* the name of the hierarchy without controllers in its name */

/* As long as the kernel's lists of cpus and of devices get; fd_read_file reads what may be longer. */
#define PLACE_LINE 4096

struct place {
	const char *hierarchy; /* "memory", "cpu,cpuacct", "name=systemd"; CGROUP2 */
	const char *path; /* the directory, absolute, on the host */
	/* How much of path is what: the mount point; what was there before we made the rest. 0 when
	 * it was loaded or not made yet. */
	size_t mount_length;
	size_t found_length;
	bool is_v2;
	bool made; /* by davit, the last directory at least */
	bool is_there; /* made or found; before that and when it was left out: false */
	bool has_rules; /* device rules were set by this process */
	int fd; /* owned; O_PATH, -1 until it is needed */
	/* Why controllers are missing here, where making it found that out; else NULL. Static. */
	const char *hint;
};

/* The directory's fd; borrowed. */
CHECKED int place_open (struct place *place, struct error *err);

/* Opens a file in it; the caller's to close. ENOENT in err->code when it is not there. */
CHECKED int place_open_file (struct place *place, const char *file, int flags, struct error *err);

/* Writes text to a file with one write(2). */
CHECKED int place_write (
	struct place *place, const char *file, const char *text, struct error *err);

/* Reads a short file without its last newline. Returns the length. */
CHECKED int place_read (
	struct place *place, const char *file, char *text, size_t size, struct error *err);

/* A file with one number; "max" is UINT64_MAX. */
CHECKED int place_read_u64 (
	struct place *place, const char *file, uint64_t *out, struct error *err);

/* Whether a v1 place is where that controller is. */
bool place_has (const struct place *place, const char *controller);

void place_close (struct place *place);
