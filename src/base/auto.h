/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * auto: variables that clean up after themselves.
 *
 * autofree and autofd own what they hold and are initialised where they are declared. Hand over
 * with take_ptr and take_fd. A borrowed fd or pointer never goes into one.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>
#include <errno.h>

static inline void
auto_free_ptr (void *p)
{
	free (*(void **) p);
}

/* Closes without disturbing errno: it may be what the caller is about to report. */
static inline void
auto_close_fd (int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close (*fd);
	*fd = -1;
	errno = saved;
}

#define autofree __attribute__ ((cleanup (auto_free_ptr)))
#define autofd __attribute__ ((cleanup (auto_close_fd))) int

/* AUTO (thing_free) struct thing *t = ...: calls thing_free (&t) at the end of the scope. */
#define AUTO(free_function) __attribute__ ((cleanup (free_function)))

static inline int
take_fd (int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define take_ptr(p)                             \
	({                                      \
		__typeof__ (p) take_ptr_ = (p); \
		(p) = NULL;                     \
		take_ptr_;                      \
	})

#define ARRAY_SIZE(a) (sizeof (a) / sizeof *(a))
