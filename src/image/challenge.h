/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * challenge: the header WWW-Authenticate of an answer 401 (RFC 9110, section 11.6.1).
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

enum challenge_scheme { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };

/* { 0 } is a valid empty one. */
struct challenge {
	enum challenge_scheme scheme;
	/* Of a bearer; owned, NULL if absent. A realm is always there. */
	char *realm, *service, *scope;
};

/* Looks at one header's value, which may have several challenges, and makes *challenge the best of
 * them and of what it held: Bearer before Basic, other schemes don't count. Returns -1 for text that
 * is no challenge, with parameters given twice, or with control characters in them. */
CHECKED int challenge_add (struct challenge *challenge, const char *value, struct error *err);

void challenge_done (struct challenge *challenge);
