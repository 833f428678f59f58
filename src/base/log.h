/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * log: the one place where davit says what went wrong. Only cli/ writes to it; the layers below return
 * errors and hand warnings to a callback.
 *
 * With a log file, as engines have it: entries go to the file, and the error that ends the command
 * goes to standard error too, as plain text: containerd reads the last entry of level error from the
 * file for create and exec, and the output of the others; Podman reads the whole file and wants one
 * JSON object in it. So that there is just one, a JSON log in a file keeps warnings back until the
 * command has succeeded, and drops them when it fails; unless the level was asked for.
 * Without a log file everything goes to standard error: the error as it is, a warning as
 * "warning: ...", or JSON objects when that format is set.
 *
 * An entry is one write to a file opened with O_APPEND:
 *	time="2026-11-24T04:48:21Z" level=error msg="..."
 *	{"level":"error","msg":"...","time":"2026-11-24T04:48:21Z"}
 * The file is opened (and made, mode 0644) when there is something to write, and never before: a
 * command that succeeds costs nothing here, and a log that can't be opened fails nothing.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_DEBUG };

struct log_settings {
	/* PATH or "file:PATH"; "syslog:NAME" and "journald:NAME" log under NAME to these; NULL for
	 * standard error. Borrowed. */
	const char *destination;
	bool json;
	enum log_level level; /* what is less important than this is left out */
	bool hold_warnings; /* until log_finish */
};

/* Sets the process's log up; until then it is text of level warning to standard error. A relative
 * PATH is meant from the directory that is the current one now. No system call for an absolute one. */
void log_setup (const struct log_settings *settings);

void log_warning (const char *format, ...) PRINTF (1, 2);
void log_debug (const char *format, ...) PRINTF (1, 2);

/* The command has succeeded: writes the warnings that were held back. */
void log_finish (void);

/* The command has failed, with this message. Once, as the last call. */
void log_failure (const char *text);

/* One entry as it is written to a file, with the newline. `time` is RFC 3339. */
void log_format_entry (
	struct buffer *out, bool json, enum log_level level, const char *text, const char *time);

/* One entry as a datagram of systemd's journal ("Native Journal Protocol"). */
void log_format_journal (
	struct buffer *out, enum log_level level, const char *text, const char *name);
