/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * relay: the foreground's copying between the container's terminal and our stdin and stdout.
 *
 * Nothing here ever blocks: not a program that reads nothing, nor a reader of ours that is slow. The
 * caller's loop polls it beside its signalfd and pidfd:
 *
 *	relay_start
 *	forever: n = relay_fds; poll; relay_on_ready
 *	         on SIGWINCH: relay_resize
 *	         when the program has ended: relay_program_ended
 *	         until relay_is_drained
 *	on every way out: relay_done
 *
 * The relay holds the slave open itself, so that a program which closes its terminal for a while
 * (init systems do) is not taken for one that has ended.
 */
#pragma once

#include "base/error.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define RELAY_BUFFER 16384
#define RELAY_FDS 3

/* One of our own two streams, opened anew where that can be done, so that O_NONBLOCK is not set for
 * everybody who shares it (the shell that started us). */
struct relay_stream {
	int fd; /* owned; -1 when closed */
	bool is_socket;
	bool may_block; /* could not be opened anew: poll first, and write little */
};

struct relay_buffer {
	size_t begin, end; /* what is read and not yet written */
	char data[RELAY_BUFFER];
};

struct terminal_relay {
	int master; /* owned; -1 when all of it is read */
	int slave; /* owned; closed when the program has ended */
	struct relay_stream in, out;
	bool program_ended;
	unsigned int last_reads; /* how many more after that */
	bool is_mid_line; /* the last input did not end a line */
	bool started;
	bool is_raw; /* fd 0 is a terminal in raw mode, to be set back to `saved` */
	struct termios saved;
	struct relay_buffer input, output;
};

/* Takes over the master (and closes it in any case). When fd 0 is a terminal, it goes to raw mode
 * and its size to the master. */
CHECKED int relay_start (struct terminal_relay *relay, int master, struct error *err);

/* Fills in what to wait for now; returns how many, 0 when there is nothing to wait for. */
size_t relay_fds (const struct terminal_relay *relay, struct pollfd fds[RELAY_FDS]);

/* Copies what can be copied now; fds as relay_fds filled and poll answered. When our reader has gone
 * the output is thrown away, which is no error; at the end of our stdin the program reads end of
 * file, as far as its terminal is in a mode that knows one. */
CHECKED int relay_on_ready (
	struct terminal_relay *relay, const struct pollfd *fds, size_t n, struct error *err);

/* Gives the size of the caller's terminal, if there is one, to the master. */
CHECKED int relay_resize (struct terminal_relay *relay, struct error *err);

/* The program has ended: what it wrote is still copied, and then the relay is drained even if some
 * other process keeps the slave open. */
void relay_program_ended (struct terminal_relay *relay);

/* Whether all that the ended program wrote has been copied. */
bool relay_is_drained (const struct terminal_relay *relay);

/* Sets the caller's terminal back and closes what the relay owns. Safe on a zeroed relay and twice. */
void relay_done (struct terminal_relay *relay);
