/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/idmap.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define MAX_LINES 340 /* UID_GID_MAP_MAX_EXTENTS, Linux 4.15 */
#define MAX_SIZE 4095 /* less than a page, in one write */

extern char **environ;

/* uids and gids differ in names only. */
struct side {
	const char *file; /* below /proc/PID */
	const char *helper;
	const struct id_map *map;
	size_t n;
};

bool
idmap_is_single_own (const struct id_maps *maps)
{
	return maps->n_uids == 1 && maps->uids[0].size == 1 && maps->uids[0].host == geteuid () &&
	       maps->n_gids == 1 && maps->gids[0].size == 1 && maps->gids[0].host == getegid ();
}

static const char *
write_hint (int code, size_t n, size_t size)
{
	if (n > MAX_LINES || size > MAX_SIZE)
		return "the kernel takes at most 340 ranges that fit in 4095 bytes";
	if (code == EINVAL)
		return "ranges may not overlap or be empty";
	if (code == EPERM)
		return "the ids must be mapped in the parent's namespace, and it needs CAP_SETUID "
		       "and CAP_SETGID there";
	return NULL;
}

static int
write_directly (pid_t pid, const struct side *side, struct error *err)
{
	AUTO (buffer_done) struct buffer text = { 0 };
	char path[64];
	autofd fd = -1;
	int code;

	if (side->n == 0)
		return 0;
	for (size_t i = 0; i < side->n; i++)
		buffer_printf (&text, "%u %u %u\n", side->map[i].container, side->map[i].host,
			side->map[i].size);
	snprintf (path, sizeof path, "/proc/%d/%s", (int) pid, side->file);
	fd = open (path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail (err, errno, "open '%s'", path);
	/* In one write: the kernel takes a map once and never again. */
	if (write (fd, text.data, text.size) == (ssize_t) text.size)
		return 0;
	code = errno;
	return fail_hint (err, code, write_hint (code, side->n, text.size),
		"write %zu ranges to '%s'", side->n, path);
}

/* Runs newuidmap or newgidmap: HELPER PID CONTAINER HOST SIZE ... */
static char **
helper_arguments (struct arena *arena, pid_t pid, const struct side *side)
{
	char **argv = arena_alloc (arena, (3 * side->n + 3) * sizeof *argv);
	size_t k = 0;

	argv[k++] = (char *) side->helper;
	argv[k++] = arena_printf (arena, "%d", (int) pid);
	for (size_t i = 0; i < side->n; i++) {
		argv[k++] = arena_printf (arena, "%u", side->map[i].container);
		argv[k++] = arena_printf (arena, "%u", side->map[i].host);
		argv[k++] = arena_printf (arena, "%u", side->map[i].size);
	}
	return argv;
}

static int
spawn_helper (char **argv, int stderr_fd, pid_t *out, struct error *err)
{
	posix_spawn_file_actions_t actions;
	int code;

	posix_spawn_file_actions_init (&actions);
	posix_spawn_file_actions_adddup2 (&actions, stderr_fd, 2);
	code = posix_spawnp (out, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy (&actions);
	if (code != 0)
		return fail_hint (err, code,
			code == ENOENT ? "install it: package uidmap or shadow-utils" : NULL,
			"run %s", argv[0]);
	return 0;
}

static int
write_by_helper (pid_t pid, const struct side *side, struct error *err)
{
	AUTO (arena_done) struct arena arena = { 0 };
	autofree char *said = NULL;
	struct error ignored;
	autofd reader = -1;
	autofd writer = -1;
	int pipe_fds[2], status;
	pid_t helper;

	if (side->n == 0)
		return 0;
	if (pipe2 (pipe_fds, O_CLOEXEC) < 0)
		return fail (err, errno, "make a pipe");
	reader = pipe_fds[0];
	writer = pipe_fds[1];
	if (spawn_helper (helper_arguments (&arena, pid, side), writer, &helper, err) < 0)
		return -1;
	auto_close_fd (&writer);
	error_ignore (fd_read_all (reader, 65536, &said, NULL, side->helper, &ignored),
		"what it says is only for the error");
	while (waitpid (helper, &status, 0) < 0)
		if (errno != EINTR)
			return fail (err, errno, "wait for %s", side->helper);
	if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
		return 0;
	if (said)
		said[strcspn (said, "\n")] = '\0';
	return fail_hint (err, 0, "are the ids in /etc/subuid and /etc/subgid?",
		"%s for process %d failed: %s", side->helper, (int) pid,
		said && *said ? said : "it said nothing");
}

int
idmap_write (pid_t pid, const struct id_maps *maps, enum idmap_writer writer, struct error *err)
{
	const struct side uids = { "uid_map", "newuidmap", maps->uids, maps->n_uids };
	const struct side gids = { "gid_map", "newgidmap", maps->gids, maps->n_gids };
	char path[64];

	if (writer == IDMAP_PRIVILEGED) {
		if (write_directly (pid, &gids, err) < 0)
			return -1;
		return write_directly (pid, &uids, err);
	}
	if (idmap_is_single_own (maps)) {
		/* Without this the kernel takes no gid map from the unprivileged: CVE-2014-8989. */
		snprintf (path, sizeof path, "/proc/%d/setgroups", (int) pid);
		if (fd_write_file (AT_FDCWD, path, "deny", err) < 0)
			return -1;
		if (write_directly (pid, &gids, err) < 0)
			return -1;
		return write_directly (pid, &uids, err);
	}
	if (write_by_helper (pid, &gids, err) < 0)
		return -1;
	return write_by_helper (pid, &uids, err);
}
