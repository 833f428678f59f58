/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * helper: the programs docker-credential-NAME, which keep passwords in a key ring or make them up from
 * a cloud's identity. Found in PATH; one word in, one JSON object out.
 */
#pragma once

#include "image/credentials.h"

/* Asks for the credentials of a server. Returns 1, or 0 if the helper has none. */
CHECKED int helper_get (
	const char *name, const char *server, struct credentials *out, struct error *err);

CHECKED int helper_store (const char *name, const char *server,
	const struct credentials *credentials, struct error *err);

CHECKED int helper_erase (const char *name, const char *server, struct error *err);
