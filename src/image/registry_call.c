/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/registry_call.h"
#include "image/registry_error.h"
#include "image/url.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

/* What references call docker.io answers there. */
#define DOCKER_HUB "docker.io"
#define DOCKER_HUB_SERVER "registry-1.docker.io"

/* ---- which server */

/* Whether the server answers as a registry does: with something, and be it a refusal. */
static int
ask_for_version (struct registry *registry, const char *base, struct error *err)
{
	AUTO (http_response_done) struct http_response response = { 0 };
	autofree char *url = xasprintf ("%s/v2/", base);
	struct http_request request = { .method = "GET", .url = url };

	return http_send (registry->settings.http, &request, &response, err);
}

/* No secret is sent before it is clear which one it is. */
static int
find_base (struct registry *registry, struct error *err)
{
	const char *server =
		str_equal (registry->host, DOCKER_HUB) ? DOCKER_HUB_SERVER : registry->host;
	char *plain;
	struct error on_http;

	registry->base = xasprintf ("https://%s", server);
	if (!registry->settings.may_be_plain_http ||
		ask_for_version (registry, registry->base, err) >= 0)
		return 0;
	plain = xasprintf ("http://%s", server);
	if (ask_for_version (registry, plain, &on_http) < 0) {
		free (plain);
		return -1;
	}
	free (registry->base);
	registry->base = plain;
	return 0;
}

int
registry_open (
	const struct registry_settings *settings, struct registry **out_registry, struct error *err)
{
	struct registry *registry = xcalloc (1, sizeof *registry);
	struct auth_settings auth = {
		.http = settings->http,
		.files = settings->files,
		.creds = settings->creds,
		.anonymous = settings->anonymous,
		.wants_identity_token = settings->wants_identity_token,
		.realm_hosts = settings->realm_hosts,
	};

	registry->settings = *settings;
	registry->host = xstrdup (settings->host);
	registry->repository = settings->repository ? xstrdup (settings->repository) : NULL;
	registry->name = settings->repository
				 ? xasprintf ("%s/%s", registry->host, registry->repository)
				 : xstrdup (registry->host);
	if (find_base (registry, err) < 0) {
		registry_close (&registry);
		return -1;
	}
	auth.base = registry->base;
	auth.host = registry->host;
	auth.repository = registry->repository;
	registry->auth = auth_new (&auth);
	*out_registry = registry;
	return 0;
}

void
registry_close (struct registry **registry)
{
	struct registry *r = *registry;

	if (!r)
		return;
	auth_free (&r->auth);
	free (r->host);
	free (r->repository);
	free (r->name);
	free (r->base);
	free (r);
	*registry = NULL;
}

const char *
registry_name (const struct registry *registry)
{
	return registry->name;
}

char *
registry_url (const struct registry *registry, const char *format, ...)
{
	autofree char *rest = NULL;
	va_list ap;

	va_start (ap, format);
	rest = xvasprintf (format, ap);
	va_end (ap);
	return xasprintf ("%s/v2/%s/%s", registry->base, registry->repository, rest);
}

char *
registry_scope (const struct registry *registry, enum registry_access access, const char *more)
{
	return xasprintf ("repository:%s:%s%s%s", registry->repository,
		access == REGISTRY_PUSH ? "pull,push" : "pull", more ? " " : "", more ? more : "");
}

/* ---- asking */

static int
is_of_registry (const struct registry *registry, const char *url, bool *out_is, struct error *err)
{
	AUTO (url_origin_done) struct url_origin ours = { 0 }, other = { 0 };

	if (url_origin (registry->base, &ours, err) < 0 || url_origin (url, &other, err) < 0)
		return -1;
	*out_is = url_origin_equal (&ours, &other);
	return 0;
}

int
registry_call_once (struct registry *registry, struct http_request *request, const char *scope,
	struct http_response *out, struct error *err)
{
	autofree char *value = NULL, *better = NULL;
	bool is_ours = false;
	int found;

	*out = (struct http_response){ 0 };
	if (is_of_registry (registry, request->url, &is_ours, err) < 0)
		return -1;
	if (is_ours)
		auth_value (registry->auth, scope, &value);
	request->authorization = value;
	if (http_send (registry->settings.http, request, out, err) < 0)
		return -1;
	/* Only the registry itself may ask; not a server that it has redirected us to. */
	if (out->status != 401 || is_of_registry (registry, out->url, &is_ours, err) < 0 ||
		!is_ours)
		return 0;
	found = auth_answer (registry->auth, scope, value, out, &better, err);
	if (found <= 0)
		return found;
	http_response_done (out);
	request->authorization = better;
	return http_send (registry->settings.http, request, out, err);
}

int
registry_call (struct registry *registry, struct http_request *request, const char *scope,
	struct http_response *out, struct error *err)
{
	struct http_retry retry = { 0 };

	for (;;) {
		int done = registry_call_once (registry, request, scope, out, err);
		autofree char *why = done < 0 ? xstrdup (err->text)
					      : xasprintf ("%s %s: %d", request->method,
							registry->name, out->status);

		if (!http_wait_to_retry (registry->settings.http, &retry, out, why))
			return done;
		http_response_done (out);
	}
}

int
registry_refused (struct error *err, const struct registry *registry,
	const struct http_response *response, const char *what)
{
	autofree char *prefix = xasprintf ("%s: %s", registry->name, what);
	struct error refusal;

	registry_fail (&refusal, response, "%s", prefix);
	if (refusal.code != EACCES) {
		*err = refusal;
		return -1;
	}
	fail_hint (err, 0,
		auth_is_somebody (registry->auth) ? "the credentials don't suffice"
						  : "nobody is logged in: ctr-image login",
		"%s", refusal.text);
	err->code = EACCES;
	return -1;
}
