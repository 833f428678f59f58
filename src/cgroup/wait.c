/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/wait.h"

#include <errno.h>
#include <time.h>

#define FIRST_PAUSE_US 50
#define LONGEST_PAUSE_US 20000

static int64_t
now_ms (void)
{
	struct timespec now;

	clock_gettime (CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct wait
wait_begin (unsigned int ms)
{
	return (struct wait){ .deadline = now_ms () + ms, .pause_us = FIRST_PAUSE_US };
}

int
wait_left_ms (const struct wait *wait)
{
	int64_t left = wait->deadline - now_ms ();

	return left > 0 ? (int) left : 0;
}

bool
wait_a_little (struct wait *wait)
{
	struct timespec pause = { .tv_nsec = (long) wait->pause_us * 1000 };

	if (wait_left_ms (wait) == 0)
		return false;
	while (nanosleep (&pause, &pause) < 0 && errno == EINTR)
		;
	wait->pause_us *= 2;
	if (wait->pause_us > LONGEST_PAUSE_US)
		wait->pause_us = LONGEST_PAUSE_US;
	return true;
}
