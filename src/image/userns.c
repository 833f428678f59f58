/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * To enter it takes two processes: this one, which leaves its user namespace, and a child that stays outside and sets the
 * ids up when that has happened.
 */
#include "image/userns.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SUBIDS (1U << 20)

/* The user's lines of /etc/subuid: NAME:START:COUNT, where NAME may be the number. */
static void
read_subids (
	const char *file, uint32_t id, const char *name, struct tree_id_range *ranges, size_t *n)
{
	autofree char *text = NULL;
	struct error ignored;
	char *line, *rest;
	uint32_t next = 1;

	ranges[0] = (struct tree_id_range){ 0, id, 1 };
	*n = 1;
	if (fd_read_file (AT_FDCWD, file, MAX_SUBIDS, &text, NULL, &ignored) < 0)
		return;
	rest = text;
	while ((line = strtok_r (rest, "\n", &rest)) && *n < USERNS_MAX_RANGES) {
		char *start = strchr (line, ':'), *count = start ? strchr (start + 1, ':') : NULL;
		uint64_t first, size, uid;

		if (!count)
			continue;
		*start++ = *count++ = '\0';
		if (!(name && str_equal (line, name)) &&
			!(str_to_u64 (line, UINT32_MAX, &uid) && uid == id))
			continue;
		if (!str_to_u64 (start, UINT32_MAX, &first) ||
			!str_to_u64 (count, UINT32_MAX - next, &size) || size == 0)
			continue;
		ranges[(*n)++] = (struct tree_id_range){ next, (uint32_t) first, (uint32_t) size };
		next += (uint32_t) size;
	}
}

/* ---- in the child */

static char *
find_program (const char *path, const char *name)
{
	autofree char *list = xstrdup (path ? path : "/usr/bin:/bin");
	char *rest = list, *dir;

	while ((dir = strtok_r (rest, ":", &rest))) {
		char *program = xasprintf ("%s/%s", dir, name);

		if (*program == '/' && access (program, X_OK) == 0)
			return program;
		free (program);
	}
	return NULL;
}

/* newuidmap PID INSIDE OUTSIDE COUNT ... */
static int
run_mapper (const char *program, pid_t target, const struct tree_id_range *ranges, size_t n)
{
	char *args[2 + 3 * USERNS_MAX_RANGES + 1] = { (char *) program,
		xasprintf ("%d", (int) target) };
	size_t used = 2;
	int status;
	pid_t pid;

	for (size_t i = 0; i < n; i++) {
		args[used++] = xasprintf ("%u", ranges[i].inside);
		args[used++] = xasprintf ("%u", ranges[i].outside);
		args[used++] = xasprintf ("%u", ranges[i].count);
	}
	pid = fork ();
	if (pid == 0) {
		execv (program, args);
		_exit (127);
	}
	if (pid < 0 || waitpid (pid, &status, 0) < 0)
		return -1;
	return WIFEXITED (status) && WEXITSTATUS (status) == 0 ? 0 : -1;
}

static int
write_single (pid_t target, const char *file, const struct tree_id_range *range)
{
	autofree char *path = xasprintf ("/proc/%d/%s", (int) target, file);
	autofree char *text = xasprintf ("0 %u 1\n", range->outside);
	struct error ignored;

	return fd_write_file (AT_FDCWD, path, text, &ignored);
}

/* The exit status: 0 with all ids, 1 with root alone, 2 if nothing worked. */
static int
map_ids (const char *path, pid_t target, const struct userns *ns)
{
	autofree char *uid_mapper = find_program (path, "newuidmap");
	autofree char *gid_mapper = find_program (path, "newgidmap");
	autofree char *setgroups = xasprintf ("/proc/%d/setgroups", (int) target);
	struct error ignored;

	if (uid_mapper && gid_mapper && ns->n_uids > 1 && ns->n_gids > 1 &&
		run_mapper (uid_mapper, target, ns->uids, ns->n_uids) == 0)
		return run_mapper (gid_mapper, target, ns->gids, ns->n_gids) == 0 ? 0 : 2;
	if (fd_write_file (AT_FDCWD, setgroups, "deny", &ignored) < 0 ||
		write_single (target, "uid_map", &ns->uids[0]) < 0 ||
		write_single (target, "gid_map", &ns->gids[0]) < 0)
		return 2;
	return 1;
}

static pid_t
start_child (const char *path, const struct userns *ns, int go[2])
{
	pid_t parent = getpid (), pid = fork ();
	char byte;

	if (pid != 0)
		return pid;
	close (go[1]);
	/* nothing comes if the parent is gone */
	if (read (go[0], &byte, 1) != 1)
		_exit (2);
	_exit (map_ids (path, parent, ns));
}

/* ---- in the parent */

static int
leave (pid_t child, int *go, struct error *err)
{
	int status, code = 0;

	if (unshare (CLONE_NEWUSER) < 0)
		code = errno;
	else if (write (*go, "x", 1) != 1)
		code = errno;
	close (take_fd (go));
	while (waitpid (child, &status, 0) < 0 && errno == EINTR)
		;
	if (code)
		return fail_hint (err, code,
			code == EPERM || code == ENOSPC ? "this host keeps users from it" : NULL,
			"make a user namespace");
	if (!WIFEXITED (status) || WEXITSTATUS (status) > 1)
		return fail (err, 0, "the ids of a user namespace can't be set up");
	return WEXITSTATUS (status);
}

int
userns_enter (const char *path, struct userns *out, struct error *err)
{
	const struct passwd *user;
	autofd wait = -1, go = -1;
	pid_t child;
	int ends[2], r;

	*out = (struct userns){ 0 };
	if (geteuid () == 0)
		return 0;
	user = getpwuid (getuid ());
	read_subids (
		"/etc/subuid", getuid (), user ? user->pw_name : NULL, out->uids, &out->n_uids);
	read_subids (
		"/etc/subgid", getuid (), user ? user->pw_name : NULL, out->gids, &out->n_gids);
	out->gids[0].outside = getgid ();
	if (pipe2 (ends, O_CLOEXEC) < 0)
		return fail (err, errno, "make a pipe");
	wait = ends[0];
	go = ends[1];
	child = start_child (path, out, ends);
	if (child < 0)
		return fail (err, errno, "fork");
	r = leave (child, &go, err);
	if (r < 0)
		return -1;
	if (r == 1)
		out->n_uids = out->n_gids = 1;
	/* root inside: for the files that are made from now on */
	if (setresgid (0, 0, 0) < 0 || setresuid (0, 0, 0) < 0)
		return fail (err, errno, "become root of a user namespace");
	return 0;
}

/* ---- in a child */

struct work {
	const char *path;
	int (*run) (void *data, const struct userns *ns, struct error *err);
	void *data;
};

static _Noreturn void
work_apart (const struct work *work, pid_t parent, int report)
{
	struct error err = { 0 }, ignored;
	struct userns ns;
	int r = userns_enter (work->path, &ns, &err);

	/* not before: a change of ids takes it back */
	prctl (PR_SET_PDEATHSIG, SIGKILL);
	if (getppid () != parent)
		_exit (1);
	if (r == 0)
		r = work->run (work->data, &ns, &err);
	fflush (NULL);
	if (r < 0)
		error_ignore (fd_write_all (report, &err, sizeof err, "the report", &ignored),
			"then the parent has a message of its own");
	_exit (r < 0);
}

static int
wait_for_work (pid_t child, int report, struct error *err)
{
	struct error why;
	ssize_t n;
	int status;

	do
		n = read (report, &why, sizeof why);
	while (n < 0 && errno == EINTR);
	while (waitpid (child, &status, 0) < 0)
		if (errno != EINTR)
			return fail (err, errno, "wait for a child");
	if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
		return 0;
	if (n != sizeof why)
		return fail (err, 0, "the process in the user namespace has ended too early");
	*err = why;
	return -1;
}

int
userns_do (const char *path, int (*run) (void *data, const struct userns *ns, struct error *err),
	void *data, struct error *err)
{
	const struct work work = { path, run, data };
	const struct userns none = { 0 };
	autofd report = -1, end = -1;
	pid_t parent = getpid (), child;
	int ends[2];

	if (geteuid () == 0)
		return run (data, &none, err);
	if (pipe2 (ends, O_CLOEXEC) < 0)
		return fail (err, errno, "make a pipe");
	report = ends[0];
	end = ends[1];
	fflush (NULL);
	child = fork ();
	if (child == 0)
		work_apart (&work, parent, end);
	if (child < 0)
		return fail (err, errno, "fork");
	close (take_fd (&end));
	return wait_for_work (child, report, err);
}
