/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * program: which file the args name, and in which environment it runs. In the container's root and
 * as its user; the answers are the image's.
 *
 * The wording of the errors is what engines look for: docker and podman make exit code 127 of
 * "executable file not found" and "no such file or directory", and 126 of "permission denied".
 */
#pragma once

#include "plan/process.h"
#include "base/error.h"

/* A variable without its value: that is the process's own id, as the program will have it. */
#define PROGRAM_LISTEN_PID "LISTEN_PID="

/* The process's variables, then `extra` (NULL terminated, or NULL), and HOME where the config has
 * none: from /etc/passwd, else "/". Returns a NULL terminated array; strings are borrowed or live
 * as long as the process does. */
char **program_environment (const struct process_plan *process, char *const *extra);

/* The file to execute for args[0]: itself when it holds a slash, else found in PATH of the
 * environment. It is a regular file that we may execute. NULL with err filled when there is none. */
CHECKED char *program_find (const char *name, char *const *environment, struct error *err);

/* What to say when execve failed with `code`. Returns -1. */
int program_exec_failure (const char *program, int code, struct error *err);
