/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selfexe: keeps the executable of this program out of a container's reach (CVE-2019-5736).
 *
 * A process that enters a container can be asked by the container to execute /proc/self/exe, which
 * is this program, and through the same link the file could be opened for writing once nobody runs
 * it any more. So the program that enters containers must run from a file that can't be written:
 * a read-only mount or file system, fs-verity, or a sealed memfd.
 */
#pragma once

#include "base/error.h"

/* First thing of create, run and exec, before any thread or fd of importance. Returns 0 at once when
 * this program already runs from a file that can't be written, which is found by looking at the
 * file and not by a mark in the environment. Otherwise it executes itself again from such a file
 * with the same arguments, environment and fds, and does not return; or fails. */
CHECKED int selfexe_protect (char **argv, struct error *err);
