/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * url: what may be asked of a URL before it is used. Whatever comes in from a server (Location, Link,
 * the realm of a challenge, a descriptor's urls) passes here first.
 *
 * Taken are http and https, without user and password, without control characters. All strings that
 * come out are owned by the caller.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* Who answers: two URLs with the same one are of the same server as far as secrets go. */
struct url_origin {
	bool is_https;
	char *host; /* owned; in lower case, an IPv6 address in brackets */
	char *port; /* owned; always there */
};

CHECKED int url_origin (const char *url, struct url_origin *out, struct error *err);
bool url_origin_equal (const struct url_origin *a, const struct url_origin *b);
void url_origin_done (struct url_origin *origin);

/* The absolute URL that `reference` means at `base`, without a fragment. */
CHECKED int url_resolve (
	const char *base, const char *reference, char **out_url, struct error *err);

/* The URL without its query, which may hold a signature that is as good as a password. */
char *url_for_messages (const char *url);

/* "name=value", with the value escaped and `separator` ('?' or '&') before it, behind url. */
char *url_add_query (const char *url, const char *name, const char *value);
