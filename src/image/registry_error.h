/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * registry_error: what a registry says when it refuses, as one line that is safe on a terminal.
 */
#pragma once

#include "image/http.h"

/* Fills err with "what: 404 Not Found: the server's words" and returns -1. err->code: ENOENT for 404,
 * EACCES for 401 and 403, otherwise 0. */
int registry_fail (struct error *err, const struct http_response *response, const char *what, ...)
	PRINTF (3, 4);

/* Replaces what a terminal could take for a command. */
void registry_make_printable (char *text);
