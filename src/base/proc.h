/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * proc: what the host's /proc says of a process. For processes of ours; for what has to be proof
 * against tampering see kernel/procfs.h.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	char state; /* 'R', 'S', 'Z', ... */
	uint64_t ignored; /* bit n - 1: signal n (1 to 31) is ignored */
	uint64_t start_time; /* clock ticks after boot: with the pid it names a process for good */
};

/* ESRCH in err->code: no such process. Source: proc(5), /proc/PID/stat. */
CHECKED int proc_read_stat (pid_t pid, struct proc_stat *out, struct error *err);

/* A pidfd of the process that was started then, if it still lives; a zombie does not. Returns -1 with
 * ESRCH when it is gone. */
CHECKED int proc_open_living (pid_t pid, uint64_t start_time, struct error *err);
