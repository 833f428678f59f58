/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * error: what went wrong, where, and what to do about it, in one value.
 *
 * A function that can fail takes `struct error *err` as its last parameter and returns >= 0, or -1
 * with err filled. The value lives on the caller's stack: no heap, nothing to free, and it fits one
 * packet between processes. It is raised once, where the object is known; callers above only add a
 * prefix (a step's name, a JSON pointer). Nobody below cli/ prints it.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#define ERROR_TEXT_SIZE 508

/* code is an errno value, or 0 for a failure that is none (a config that makes no sense). */
struct error {
	int code;
	char text[ERROR_TEXT_SIZE];
};

#define CHECKED __attribute__ ((warn_unused_result))
#define PRINTF(fmt, a) __attribute__ ((format (printf, fmt, a)))

/* Fills err with the formatted text, and with ": " and the text of errno value `code` when code is
 * not 0. Returns -1, so that `return fail (err, errno, "open '%s'", path);` is the usual form. */
int fail (struct error *err, int code, const char *format, ...) PRINTF (3, 4);

/* The same with a hint in parentheses behind the cause:
 * "mount 'overlay' at '/data': Invalid argument (lowerdir does not exist: /srv/x)". */
int fail_hint (struct error *err, int code, const char *hint, const char *format, ...)
	PRINTF (4, 5);

/* The same with nothing behind the text, which says it all: `code` is for callers that look at it. */
int fail_as (struct error *err, int code, const char *format, ...) PRINTF (3, 4);

/* Puts "prefix: " before err's text and returns -1. When both do not fit, the prefix is shortened
 * in its middle and never the cause. */
int error_prefix (struct error *err, const char *format, ...) PRINTF (2, 3);

/* The text of an errno value as used in messages. ENOENT reads "no such file" here: engines take
 * the usual "No such file or directory" for "the user's command is missing" (exit code 127), so
 * that phrase is kept for just that case. Never NULL; static storage. */
const char *error_errno_text (int code);

/* Names a call whose failure is of no consequence, with the reason why, e.g.
 * `error_ignore (rmdir (p), "somebody else may have removed it");` */
#define error_ignore(call, why)      \
	do {                         \
		(void) sizeof (why); \
		if ((call) < 0) {    \
		}                    \
	} while (0)
