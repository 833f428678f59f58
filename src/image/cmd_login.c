/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/command.h"
#include "image/registry.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define MAX_ANSWER 4096

struct login_options {
	struct shared shared;
	const char *username, *password;
	bool password_stdin;
};

static const struct option_row options[] = {
	{ "username", "u", STRING_INTO (struct login_options, username), "USER", "who" },
	{ "password", "p", STRING_INTO (struct login_options, password), "PASSWORD",
		"the password; everybody on this machine can see it there" },
	{ "password-stdin", NULL, FLAG_INTO (struct login_options, password_stdin), NULL,
		"read the password from standard input" },
	REMOTE_ROWS (login_options),
	{ 0 },
};

/* ---- asking at the terminal */

static int
read_line (int terminal, char **out, struct error *err)
{
	char line[MAX_ANSWER];
	ssize_t n;

	do
		n = read (terminal, line, sizeof line);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail (err, errno, "read from the terminal");
	if (n == 0 || line[n - 1] != '\n')
		return fail (err, 0, "no answer at the terminal");
	line[n - 1] = '\0';
	*out = xstrdup (line);
	return 0;
}

/* Nobody looks over the shoulder: without an echo. */
static int
read_secret (int terminal, char **out, struct error *err)
{
	struct termios before, quiet;
	int done;

	if (tcgetattr (terminal, &before) < 0)
		return fail (err, errno, "look at the terminal");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t) ECHO;
	if (tcsetattr (terminal, TCSAFLUSH, &quiet) < 0)
		return fail (err, errno, "switch the echo off");
	done = read_line (terminal, out, err);
	tcsetattr (terminal, TCSAFLUSH, &before);
	dprintf (terminal, "\n");
	return done;
}

static int
ask (const char *question, bool is_secret, char **out, struct error *err)
{
	autofd terminal = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (terminal < 0)
		return fail_hint (err, 0, "use --username and --password-stdin",
			"there is no terminal to ask at");
	dprintf (terminal, "%s: ", question);
	return is_secret ? read_secret (terminal, out, err) : read_line (terminal, out, err);
}

/* All of standard input but the newline at its end. */
static int
read_password (char **out, struct error *err)
{
	size_t size;

	if (fd_read_all (STDIN_FILENO, MAX_ANSWER, out, &size, "standard input", err) < 0)
		return -1;
	if (strlen (*out) != size)
		return fail (err, 0, "a password with a NUL in it");
	if (size > 0 && (*out)[size - 1] == '\n')
		(*out)[--size] = '\0';
	if (size > 0 && (*out)[size - 1] == '\r')
		(*out)[--size] = '\0';
	return 0;
}

static int
find_user (const struct login_options *login, struct credentials *out, struct error *err)
{
	if (login->shared.creds)
		return credentials_parse (login->shared.creds, out, err);
	if (login->username)
		out->user = xstrdup (login->username);
	else if (login->password_stdin)
		return fail (err, 0, "--password-stdin needs --username");
	else if (ask ("Username", false, &out->user, err) < 0)
		return -1;
	if (login->password_stdin)
		return read_password (&out->password, err);
	if (login->password) {
		cmd_warn (NULL,
			"a password on the command line can be seen by everybody on this machine: "
			"use --password-stdin");
		out->password = xstrdup (login->password);
		return 0;
	}
	return ask ("Password", true, &out->password, err);
}

/* ---- the command */

/* *out_token: what to keep instead of the password. */
static int
try_login (struct login_options *login, const struct reference *registry, const char *creds,
	char **out_token, struct error *err)
{
	AUTO (http_free) struct http *http = NULL;
	AUTO (registry_close) struct registry *opened = NULL;
	struct registry_settings settings = {
		.host = registry->host,
		.may_be_plain_http = !login->shared.tls_verify,
		.creds = creds,
		.wants_identity_token = true,
		.realm_hosts = cmd_end_list (&login->shared.realm_hosts),
	};
	autofree char *warning = NULL;
	int checked;

	if (cmd_open_http (&login->shared, registry, &http, err) < 0)
		return -1;
	settings.http = http;
	if (registry_open (&settings, &opened, err) < 0)
		return -1;
	checked = registry_log_in (opened, out_token, err);
	if (checked != 0)
		return checked;
	warning = xasprintf (
		"'%s' asks nobody for a password, so it was not checked", registry->host);
	cmd_warn (NULL, warning);
	return 0;
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct login_options *login = data;
	AUTO (credentials_done) struct credentials found = { 0 };
	AUTO (reference_done) struct reference registry = { 0 };
	autofree char *creds = NULL, *where = NULL, *key = NULL;
	struct credential_files files;

	if (reference_parse_registry (arguments[0], &registry.host, &registry.repository, err) <
			0 ||
		find_user (login, &found, err) < 0)
		return -1;
	if (!found.user[0] || strchr (found.user, ':'))
		return fail (err, 0, "a user's name is not empty and has no colon");
	creds = xasprintf ("%s:%s", found.user, found.password);
	if (try_login (login, &registry, creds, &found.identity_token, err) < 0)
		return -1;
	if (found.identity_token)
		free (take_ptr (found.password));
	key = registry.repository ? xasprintf ("%s/%s", registry.host, registry.repository)
				  : xstrdup (registry.host);
	cmd_credential_files (&login->shared, &files);
	if (credentials_store (&files, key, &found, &where, err) < 0)
		return -1;
	return cmd_printf (err, "logged in to %s; the credentials are in %s\n", key, where);
}

const struct command cmd_login = {
	.name = "login",
	.arguments = "HOST[:PORT][/PATH]",
	.summary = "keep credentials for a registry",
	.details =
		"They are tried before they are kept, with mode 0600, or by the credential helper\n"
		"that the file names. With a PATH they hold for the repositories below it.",
	.options = options,
	.options_size = sizeof (struct login_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
