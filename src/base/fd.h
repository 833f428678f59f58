/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fd: whole reads and writes, small files, and fds over sockets. Everything opened here is O_CLOEXEC.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

/* Writes all of it, however many calls that takes. `what` names the object in the error. */
CHECKED int fd_write_all (
	int fd, const void *data, size_t size, const char *what, struct error *err);

/* write(2) to what may have no reader any more: that is EPIPE, and never a SIGPIPE, neither now nor
 * later, whatever the signal's disposition is and whether it is blocked. */
ssize_t fd_write_quietly (int fd, const void *data, size_t size);
CHECKED int fd_write_all_quietly (
	int fd, const void *data, size_t size, const char *what, struct error *err);

/* Reads to the end of file into a buffer that the caller frees, with a NUL behind it. More than
 * `limit` bytes are an error (EFBIG). *out_size may be NULL. */
CHECKED int fd_read_all (int fd, size_t limit, char **out_data, size_t *out_size, const char *what,
	struct error *err);

/* The same of a file below dirfd (or AT_FDCWD). */
CHECKED int fd_read_file (int dirfd, const char *path, size_t limit, char **out_data,
	size_t *out_size, struct error *err);

/* The same of what has to be a regular file: a fifo is not waited for, a device not read. It is read as
 * long as it was when it was opened. */
CHECKED int fd_read_regular_file (int dirfd, const char *path, size_t limit, char **out_data,
	size_t *out_size, struct error *err);

/* Reads a short file, e.g. of /proc or a cgroup, into buffer; trailing newlines are cut off.
 * Returns the length. No allocation. */
CHECKED int fd_read_line (
	int dirfd, const char *path, char *buffer, size_t size, struct error *err);

/* Opens an existing file below dirfd and writes text to it with one write(2), as the kernel's
 * one-value files want it. */
CHECKED int fd_write_file (int dirfd, const char *path, const char *text, struct error *err);

/* Writes a file atomically: under a temporary name in the same directory, then renamed over. */
CHECKED int fd_replace_file (
	int dirfd, const char *name, const void *data, size_t size, mode_t mode, struct error *err);

/* Closes n fds that are all open: with one call for those whose numbers follow each other. */
void fd_close_all (const int *fds, size_t n);

/* An AF_UNIX socket of `type` (SOCK_STREAM, ...) connected to path, which may be longer than
 * sun_path: it is then reached through a fd of its directory. Returns the fd. */
CHECKED int fd_connect_unix (const char *path, int type, struct error *err);

/* Sends data (at least one byte) together with fds over a unix socket. */
CHECKED int fd_send_with_fds (
	int socket, const void *data, size_t size, const int *fds, size_t n_fds, struct error *err);
