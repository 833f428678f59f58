/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/program.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A passwd file that is larger is none (CVE-2026-47262 was about unbounded reading). */
#define PASSWD_LIMIT (4u << 20)

static const char *
environment_get (char *const *environment, const char *name)
{
	size_t n = strlen (name);

	for (; *environment; environment++)
		if (strncmp (*environment, name, n) == 0 && (*environment)[n] == '=')
			return *environment + n + 1;
	return NULL;
}

/* The home directory of a passwd line "name:password:uid:gid:comment:home:shell" of this uid; NULL
 * when it is of another. The line is cut into its fields. */
static const char *
home_of_line (char *line, uid_t uid)
{
	char *fields[7] = { NULL };
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE (fields); i++) {
		fields[i] = strsep (&line, ":");
		if (!fields[i])
			return NULL;
	}
	if (!str_to_u64 (fields[2], UINT32_MAX, &value) || value != uid || fields[5][0] != '/')
		return NULL;
	return fields[5];
}

/* The image's passwd may be anything: a fifo is not waited for, a device not read. */
static char *
home_of_user (uid_t uid)
{
	autofd fd = open ("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	autofree char *text = NULL;
	struct error ignored;
	struct stat st;
	char *rest, *line;

	if (fd < 0 || fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
		return xstrdup ("HOME=/");
	if (fd_read_all (fd, PASSWD_LIMIT, &text, NULL, "/etc/passwd", &ignored) < 0)
		return xstrdup ("HOME=/");
	rest = text;
	while ((line = strsep (&rest, "\n"))) {
		const char *home = home_of_line (line, uid);

		if (home)
			return xasprintf ("HOME=%s", home);
	}
	return xstrdup ("HOME=/");
}

char **
program_environment (const struct process_plan *process, char *const *extra)
{
	size_t n = 0, n_extra = 0, at = 0;
	char **environment;

	while (process->env && process->env[n])
		n++;
	while (extra && extra[n_extra])
		n_extra++;
	environment = xcalloc (n + n_extra + 2, sizeof *environment);
	for (size_t i = 0; i < n; i++)
		environment[at++] = process->env[i];
	for (size_t i = 0; i < n_extra; i++)
		environment[at++] = str_equal (extra[i], PROGRAM_LISTEN_PID)
					    ? xasprintf (PROGRAM_LISTEN_PID "%d", (int) getpid ())
					    : extra[i];
	if (!environment_get (environment, "HOME"))
		environment[at++] = home_of_user (process->uid);
	return environment;
}

static int
refuse (struct error *err, int code, const char *name, const char *why)
{
	fail (err, 0, "exec: \"%s\": %s", name, why);
	err->code = code;
	return -1;
}

/* 0: it will do; else the errno that says why not. */
static int
why_not_executable (const char *path)
{
	struct stat st;

	if (stat (path, &st) < 0)
		return errno;
	if (S_ISDIR (st.st_mode))
		return EISDIR;
	if (faccessat (AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return errno;
	return S_ISREG (st.st_mode) ? 0 : EACCES;
}

static int
refuse_path (struct error *err, int code, const char *path)
{
	if (code == ENOENT)
		return refuse (err, code, path, "no such file or directory");
	if (code == EISDIR)
		return refuse (err, code, path, "is a directory: permission denied");
	if (code == EACCES)
		return refuse (err, code, path, "permission denied");
	return refuse (err, code, path, error_errno_text (code));
}

char *
program_find (const char *name, char *const *environment, struct error *err)
{
	const char *path = environment_get (environment, "PATH");
	int found_but = 0;

	if (strchr (name, '/')) {
		int code = why_not_executable (name);

		if (code == 0)
			return xstrdup (name);
		refuse_path (err, code, name);
		return NULL;
	}
	for (path = path ? path : DEFAULT_PATH; *name && *path;) {
		size_t n = strcspn (path, ":");
		autofree char *candidate =
			xasprintf ("%.*s%s%s", (int) n, path, n ? "/" : "./", name);
		int code = why_not_executable (candidate);

		if (code == 0)
			return take_ptr (candidate);
		if (code == EACCES)
			found_but = code;
		path += n;
		path += *path == ':';
	}
	if (found_but)
		refuse_path (err, found_but, name);
	else
		refuse (err, ENOENT, name, "executable file not found in $PATH");
	return NULL;
}

int
program_exec_failure (const char *program, int code, struct error *err)
{
	if (code == ENOENT)
		return refuse (err, code, program,
			"no such file or directory (the interpreter it names in its #! line or ELF header)");
	if (code == ENOEXEC)
		return refuse (err, code, program,
			"exec format error (is it built for this machine, or a script without #! line?)");
	return refuse_path (err, code, program);
}
