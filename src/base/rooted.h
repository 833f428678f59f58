/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * rooted: the one way to touch a path below a root that is not trusted.
 *
 * The root is an fd of a directory (O_PATH will do). Below it may lie any symlink, and somebody may
 * rename directories to symlinks and back while we look: nothing here ever leaves the root. ".." and
 * absolute symlinks mean the root, as after a chroot; magic links (/proc/PID/fd/N) are refused. What
 * is found or made is handed out as an fd, and work goes on by that fd, never by name again.
 *
 * A path may start with '/' or not. All fds are O_CLOEXEC. err->code is the errno value, so that a
 * caller can tell ENOENT from the rest. openat2(2), Linux 5.6; without it everything here fails with
 * a message that says so.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Opens an existing path; symlinks are followed inside the root unless flags has O_NOFOLLOW (for the
 * last component). flags: open(2)'s, without O_CREAT and O_TMPFILE. Returns an fd. */
CHECKED int rooted_open (int root, const char *path, int flags, struct error *err);

/* The same, with ELOOP when any component is a symlink: what comes back is where the text of the
 * path says it is. */
CHECKED int rooted_open_no_symlinks (int root, const char *path, int flags, struct error *err);

/* Opens (O_PATH) the directory `path`; what is missing of it is made, each missing component with
 * `mode` (the umask applies). A symlink on the way that leads nowhere yet is followed inside the root
 * and its target made. */
CHECKED int rooted_mkdir_all (int root, const char *path, mode_t mode, struct error *err);

/* Opens (O_PATH) something that is no directory at `path`; when nothing is there, an empty regular
 * file with `mode` is made, and its missing parents with mode 0755. EISDIR when a directory is
 * there. Symlinks are as above. */
CHECKED int rooted_create_file (int root, const char *path, mode_t mode, struct error *err);

/* The same for the directory that holds the last component of `path`: opened O_PATH and made when
 * missing. *out_name points into path at that last component, which is never ".", ".." or empty
 * (EINVAL). For mknodat, symlinkat and so on: these never follow a symlink at the last component. */
CHECKED int rooted_open_parent (
	int root, const char *path, const char **out_name, struct error *err);
