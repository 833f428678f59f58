/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * wait: waiting for the kernel, with a bound, where there is nothing to poll. Private to cgroup/.
 *
 *	struct wait wait = wait_begin (5000);
 *
 *	while (!is_done ())
 *		if (!wait_a_little (&wait))
 *			return fail (...);
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct wait {
	int64_t deadline; /* CLOCK_MONOTONIC, ms */
	unsigned int pause_us;
};

struct wait wait_begin (unsigned int ms);

/* Sleeps: at first 50 microseconds, each time longer, at most 20 ms. False: time is up, and it did
 * not sleep. */
bool wait_a_little (struct wait *wait);

/* What is left, for poll(2); 0 when time is up. */
int wait_left_ms (const struct wait *wait);
