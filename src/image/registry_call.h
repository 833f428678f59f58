/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * registry_call: how registry*.c ask a registry: with authorization, and again when that may help.
 */
#pragma once

#include "image/registry.h"

struct registry {
	struct registry_settings settings;
	char *host; /* owned */
	char *repository; /* owned, or NULL */
	char *name; /* owned */
	char *base; /* owned; "https://HOST:PORT" */
	struct auth *auth; /* owned */
};

enum registry_access { REGISTRY_PULL, REGISTRY_PUSH };

/* BASE/v2/REPOSITORY/ and the rest; the caller frees it. */
char *registry_url (const struct registry *registry, const char *format, ...) PRINTF (2, 3);

/* What asking for a token needs: "repository:NAME:pull", with `more` behind it if not NULL. */
char *registry_scope (
	const struct registry *registry, enum registry_access access, const char *more);

/* One request, and a second one if the first was answered with 401 by the registry and something better
 * can be shown. request->authorization is set here; to another server than the registry none goes. The
 * answer may have any status. */
CHECKED int registry_call_once (struct registry *registry, struct http_request *request,
	const char *scope, struct http_response *out, struct error *err);

/* The same with retries. */
CHECKED int registry_call (struct registry *registry, struct http_request *request,
	const char *scope, struct http_response *out, struct error *err);

/* registry_fail with a hint to log in where that may help. */
int registry_refused (struct error *err, const struct registry *registry,
	const struct http_response *response, const char *what);
