/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * child: runs what changes the calling process (ids, limits, namespaces, filters) in a child, whose
 * end is then what a test looks at. Include after unit.h.
 */
#pragma once

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: these say what is wrong on stderr and end it. */
#define EXPECT(condition)                                                                         \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf (stderr, "%s:%d: not true: %s (errno: %s)\n", __FILE__, __LINE__, \
				#condition, strerror (errno));                                    \
			_exit (1);                                                                \
		}                                                                                 \
	} while (0)

#define EXPECT_OK(call)                                                                           \
	do {                                                                                      \
		if ((call) < 0) {                                                                 \
			fprintf (stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, err.text); \
			_exit (1);                                                                \
		}                                                                                 \
	} while (0)

/* The call fails and its message has `part` in it. */
#define EXPECT_FAILS(call, part)                                                                   \
	do {                                                                                       \
		EXPECT ((call) < 0);                                                               \
		if (!strstr (err.text, part)) {                                                    \
			fprintf (stderr, "%s:%d: '%s' is not in '%s'\n", __FILE__, __LINE__, part, \
				err.text);                                                         \
			_exit (1);                                                                 \
		}                                                                                  \
	} while (0)

/* Runs f in a child and returns its wait status. */
static inline int
child_run (void (*f) (void *data), void *data)
{
	pid_t pid;
	int status;

	fflush (NULL);
	pid = fork ();
	if (pid == 0) {
		f (data);
		_exit (0);
	}
	while (waitpid (pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

#define assert_child_succeeds(f, data) assert_int_equal (child_run ((f), (data)), 0)

/* Skips the test, saying why. */
#define skip_because(why)                               \
	do {                                            \
		print_message ("skipped: %s\n", (why)); \
		skip ();                                \
	} while (0)

#define skip_unless_root()                         \
	do {                                       \
		if (geteuid () != 0)               \
			skip_because ("not root"); \
	} while (0)
