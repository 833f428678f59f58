/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/certs.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_AUTHORITIES (1024 * 1024)
#define HTTPS_PORT "443"

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

static bool
ends_with (const char *name, const char *end)
{
	size_t n = strlen (name), m = strlen (end);

	return n > m && str_equal (name + n - m, end);
}

static int
add_authorities (struct certs *certs, DIR *dir, const char *name, struct error *err)
{
	autofree char *text = NULL;
	size_t size;

	if (fd_read_file (dirfd (dir), name, MAX_AUTHORITIES, &text, &size, err) < 0)
		return -1;
	buffer_add (&certs->authorities, text, size);
	buffer_add_char (&certs->authorities, '\n');
	return 0;
}

/* name ends with `end`; its other half has `other` there instead. */
static int
check_other_half (DIR *dir, const char *name, const char *end, const char *other, struct error *err)
{
	autofree char *half =
		xasprintf ("%.*s%s", (int) (strlen (name) - strlen (end)), name, other);

	if (faccessat (dirfd (dir), half, R_OK, 0) < 0)
		return fail (err, errno, "'%s' needs '%s' beside it", name, half);
	return 0;
}

static int
add_certificate (
	struct certs *certs, const char *path, DIR *dir, const char *name, struct error *err)
{
	if (check_other_half (dir, name, ".cert", ".key", err) < 0)
		return -1;
	free (certs->certificate);
	free (certs->key);
	certs->certificate = xasprintf ("%s/%s", path, name);
	certs->key =
		xasprintf ("%s/%.*s.key", path, (int) (strlen (name) - strlen (".cert")), name);
	return 0;
}

static int
add_file (struct certs *certs, const char *path, DIR *dir, const char *name, struct error *err)
{
	if (ends_with (name, ".crt"))
		return add_authorities (certs, dir, name, err);
	if (ends_with (name, ".cert"))
		return add_certificate (certs, path, dir, name, err);
	if (ends_with (name, ".key"))
		return check_other_half (dir, name, ".key", ".cert", err);
	return 0;
}

int
certs_read_dir (struct certs *certs, const char *path, struct error *err)
{
	AUTO (close_dir) DIR *dir = opendir (path);
	struct dirent *entry;

	if (!dir)
		return fail (err, errno, "open the directory of certificates '%s'", path);
	while ((errno = 0, entry = readdir (dir)))
		if (add_file (certs, path, dir, entry->d_name, err) < 0)
			return error_prefix (err, "certificates in '%s'", path);
	if (errno != 0)
		return fail (err, errno, "read the directory of certificates '%s'", path);
	return 0;
}

int
certs_read_host (struct certs *certs, const char *const *certs_d, const char *host,
	const char *port, struct error *err)
{
	for (size_t i = 0; certs_d && certs_d[i]; i++) {
		autofree char *with_port = xasprintf ("%s/%s:%s", certs_d[i], host, port);
		autofree char *without = xasprintf ("%s/%s", certs_d[i], host);

		if (access (with_port, F_OK) == 0)
			return certs_read_dir (certs, with_port, err);
		if (str_equal (port, HTTPS_PORT) && access (without, F_OK) == 0)
			return certs_read_dir (certs, without, err);
	}
	return 0;
}

bool
certs_host_matches (const char *reference_host, const char *host, const char *port)
{
	size_t n = strlen (host);

	if (strncmp (reference_host, host, n) != 0)
		return false;
	if (reference_host[n] == ':')
		return str_equal (reference_host + n + 1, port);
	return reference_host[n] == '\0' && str_equal (port, HTTPS_PORT);
}

void
certs_done (struct certs *certs)
{
	buffer_done (&certs->authorities);
	free (certs->certificate);
	free (certs->key);
	*certs = (struct certs){ 0 };
}
