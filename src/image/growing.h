/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * growing: a file that one thread appends to while another reads it: what comes from the network goes
 * on at its own speed, and what unpacks it at its own, with the page cache between them and no more
 * memory.
 */
#pragma once

#include "image/byte_input.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct growing {
	struct byte_input input; /* the reader */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int fd; /* borrowed; read with pread */
	const char *name; /* borrowed */
	uint64_t size; /* so many bytes may be read */
	bool is_finished, has_failed;
	struct error why;
	uint64_t at; /* the reader's */
	char *piece; /* owned; the reader's */
};

/* size: what is in the file already. */
void growing_init (struct growing *growing, int fd, const char *name, uint64_t size);
void growing_done (struct growing *growing);

/* Up to there it may be read now. */
void growing_extend (struct growing *growing, uint64_t size);
void growing_finish (struct growing *growing);

/* The reader gets this error instead of more. */
void growing_fail (struct growing *growing, const struct error *why);
