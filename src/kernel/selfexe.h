/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selfexe: keeps the executable of this program out of a container's reach (CVE-2019-5736).
 *
 * A process that enters a container can be asked by the container to execute /proc/self/exe, which
 * is this program, and through the same link the file could be opened for writing once nobody runs
 * it any more. So /proc/PID/exe of what enters a container must lead to nothing worth writing to.
 *
 * A file that nobody can ever write to is left as it is: a memfd with all seals, one with fs-verity, or
 * one of a file system that is read-only by nature (EROFS, SquashFS, ISO 9660, CramFS). ST_RDONLY of
 * statfs(2) is no such promise: it is set for a read-only mount, and for a file system that is
 * mounted read-only for now; both can be remounted ("ostree" hosts do so for each update), and
 * whoever has kept an open /proc/PID/exe until then can open it again for writing.
 *
 * Else, with privileges, this program moves out of its file: the mappings of the executable are
 * replaced by copies in memory, and the kernel is told that /proc/PID/exe is an empty sealed memfd
 * (PR_SET_MM_MAP). The kernel refuses that as long as any page of the old file is mapped, so it
 * can't be done by halves. It is cheaper than to execute anything, which costs the loading and
 * linking of the program once more; for a program of 330 kB, medians on one machine:
 *
 *	move out of the file				0.35 ms, of which 0.3 for the copy
 *	execute a read-only mount clone (open_tree)	0.75 ms, of which 0.05 for the mount
 *	execute a sealed memfd				1.0 ms, of which 0.3 for the copy
 *
 * and a container gets less than from the other two: not even a file to read, whose pages in the page
 * cache are the host's own (as with a mount clone, where a bug like CVE-2022-0847 is enough).
 *
 * Without privileges, or where the kernel has no PR_SET_MM_MAP (no CONFIG_CHECKPOINT_RESTORE) or
 * allows no executable anonymous memory, the program executes itself again from a sealed memfd.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* First thing of create, run and exec, before any thread or fd of importance; children inherit it.
 * Returns 0 when /proc/self/exe leads to nothing that can be written: it was so (which is found by
 * looking at the file and not by a mark in the environment), or we have moved out. Otherwise the
 * program executes itself again with the same arguments, environment, fds and name, and this does
 * not return; or it fails. */
CHECKED int selfexe_protect (char **argv, struct error *err);

/* Whether nobody can ever write to the file of this fd (not an O_PATH one). What can't be found out
 * counts as no. */
bool selfexe_is_unwritable (int fd);

/* The two ways, for tests. selfexe_move_out fails without harm where it can't be done;
 * selfexe_execute_copy only returns when it fails. */
CHECKED int selfexe_move_out (struct error *err);
CHECKED int selfexe_execute_copy (int executable, char **argv, struct error *err);
