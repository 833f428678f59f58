/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * auth: what goes into the header Authorization of the requests to one registry.
 *
 * Nothing is sent before the registry has asked for it (answer 401). It asks for a user and password, or
 * for a token, which comes from the token server that it names, the realm. Tokens are kept per scope
 * until they expire, and one thread gets them for all.
 *
 * Where a realm may be, since whoever it names gets to see our secrets:
 *  - on https; on http only if the registry itself is (CVE-2019-10214);
 *  - with a password or an identity token in hand: on the registry's host, in the domain that this is in
 *    (auth.docker.io for registry-1.docker.io), or on a host that the user named (CVE-2026-48978).
 *    Without one, anywhere.
 * Redirects of a token server are followed to the same server only.
 */
#pragma once

#include "image/credentials.h"
#include "image/http.h"

struct auth;

/* All borrowed: they live as long as the auth. */
struct auth_settings {
	struct http *http;
	const char *base; /* of the registry: "https://registry-1.docker.io" */
	const char *host; /* for the look-up of credentials: "docker.io" */
	const char *repository; /* for the same; may be NULL */
	const struct credential_files *files;
	const char *creds; /* --creds, USER:PASSWORD; instead of what is in files; or NULL */
	bool anonymous; /* look for no credentials */
	bool wants_identity_token; /* for `login` */
	const char *const *realm_hosts; /* that the user trusts; NULL-ended, or NULL */
};

/* Looks nothing up yet; that is done when the registry asks. */
struct auth *auth_new (const struct auth_settings *settings);
void auth_free (struct auth **auth);

/* The header's value for requests of that scope ("repository:library/debian:pull"), which the caller frees,
 * or *out_value NULL: none is known, or the one that is has expired. */
void auth_value (struct auth *auth, const char *scope, char **out_value);

/* The registry has answered 401 to a request with the value `rejected` (or NULL): finds a better one into
 * *out_value, which the caller frees. Returns 1, or 0 when there is nothing better: what we have is not
 * enough. Thread-safe. */
CHECKED int auth_answer (struct auth *auth, const char *scope, const char *rejected,
	const struct http_response *response, char **out_value, struct error *err);

/* Whether there are credentials at all, for messages; false before the first auth_answer. */
bool auth_is_somebody (const struct auth *auth);

/* For `login`: the identity token that the token server gave for the password; NULL if none. Borrowed. */
const char *auth_identity_token (const struct auth *auth);

/* Whether a realm on that host may see the credentials for the registry's host, see above. Both without
 * port. */
bool auth_realm_is_near (const char *registry_host, const char *realm_host);
