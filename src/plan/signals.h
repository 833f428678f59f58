/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * signals: names and numbers of signals, as kill and an image's StopSignal have them.
 */
#pragma once

#include <stddef.h>

#define SIGNAL_MAX 64
#define SIGNAL_NAME_SIZE 16

/* The number of "SIGTERM", "TERM", "term", "15", "RTMIN+3", "SIGRTMAX-1"; 0 and "0" (which only
 * asks whether the process is there) are among them. -1 when it is none. SIGRTMIN is 34, as every
 * libc has it. */
int signal_from_name (const char *name);

/* Writes the name ("SIGTERM", "SIGRTMIN+3"; the number when it has none) and returns buffer. */
const char *signal_name (int number, char buffer[SIGNAL_NAME_SIZE]);
