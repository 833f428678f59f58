/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gate: where a created container waits for its start.
 *
 * A listening SEQPACKET socket "gate" in the state directory. `start` connects and says go; init
 * answers with an error packet, or by closing the connection when the program is executed. Unlike a
 * fifo it brings the error of a late failure back to the one who can report it.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

#define GATE_NAME "gate"

/* Makes the listening socket below state_fd. Returns its fd. */
CHECKED int gate_make (int state_fd, struct error *err);

/* init: waits for `start`. SIGHUP, SIGINT, SIGQUIT and SIGTERM end the process meanwhile: as process 1
 * of a pid namespace it would be spared otherwise, and `kill` would have no effect. Returns the connection, to be kept (O_CLOEXEC) until the program is
 * executed or has failed. */
CHECKED int gate_wait (int gate_fd, struct error *err);

/* init: tells `start` what went wrong. */
void gate_fail (int connection, const struct error *failure);

/* `start`: opens the gate, and returns 0 once the program is executed, or -1 with init's error. The
 * gate is removed then. pidfd: init's. ECONNREFUSED or ENOENT in err->code: nobody waits there. */
CHECKED int gate_open (int state_fd, int pidfd, struct error *err);

/* Whether somebody waits at the gate of this state directory. One that is left over, because its
 * `start` was killed, is not waited at. */
bool gate_is_waited_at (int state_fd);
