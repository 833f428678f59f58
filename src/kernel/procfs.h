/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * procfs: a /proc that nobody else can have tampered with.
 *
 * A path in /proc may be overmounted or be a symlink by the time it is used, and then a write meant
 * for attr/exec lands in sysrq-trigger (CVE-2019-16884, CVE-2025-52881). So what is written goes
 * through a detached instance of procfs of our own, and never leaves it.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

/* A fd (O_PATH like: for the functions below) of the root of a private procfs instance of the
 * caller's pid namespace. Where that can't be made (EPERM, EACCES: unprivileged, or nested with a
 * masked /proc) it is /proc itself, which then must be the root of a procfs and may not have mounts
 * on the paths used. The caller closes it. Linux 5.2. */
CHECKED int procfs_open_private (struct error *err);

/* Opens path ("self/attr/exec") below the fd with openat2: no mount point and no magic link is
 * crossed and nothing outside reached. flags: O_*; O_CLOEXEC is added. Where an LSM forbids the
 * private instance its open (AppArmor in LXC), /proc is tried under the same rules. */
CHECKED int procfs_open (int procfs, const char *path, int flags, struct error *err);

/* Writes text to the file in one write(2). */
CHECKED int procfs_write (int procfs, const char *path, const char *text, struct error *err);

/* Reads a short file, trailing newlines cut off; returns the length. */
CHECKED int procfs_read_line (
	int procfs, const char *path, char *buffer, size_t size, struct error *err);
