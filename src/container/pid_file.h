/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pid_file: the file in which engines look for a pid.
 */
#pragma once

#include "base/error.h"

#include <sys/types.h>

/* Writes it atomically, as runc does without a newline. Nothing is done when path is NULL. */
CHECKED int pid_file_write (const char *path, pid_t pid, struct error *err);
