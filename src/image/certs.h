/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * certs: the directories with certificates that Docker and Podman keep for a registry: *.crt are
 * authorities to trust besides the system's, X.cert and X.key are the client's certificate and its key.
 * All are PEM.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

/* { 0 } is a valid empty one. */
struct certs {
	struct buffer authorities; /* owned; one PEM text of all */
	char *certificate; /* owned; a path, or NULL */
	char *key; /* owned; a path, NULL only together with certificate */
};

/* Adds what is in the directory. A certificate without its key, or a key without its certificate, is an
 * error; ENOENT in err->code: there is no such directory. */
CHECKED int certs_read_dir (struct certs *certs, const char *dir, struct error *err);

/* Adds what is in HOST:PORT (for port 443 also HOST) of the first of the directories that has that. */
CHECKED int certs_read_host (struct certs *certs, const char *const *certs_d, const char *host,
	const char *port, struct error *err);

/* Whether HOST[:PORT] of a reference is that server. */
bool certs_host_matches (const char *reference_host, const char *host, const char *port);

void certs_done (struct certs *certs);
