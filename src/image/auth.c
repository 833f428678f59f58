/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/auth.h"
#include "image/base64.h"
#include "image/challenge.h"
#include "image/registry_error.h"
#include "image/url.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <curl/curl.h>
#include <ocispec/registry.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define MAX_TOKEN_ANSWER (1024 * 1024)
#define MAX_TOKEN (48 * 1024)
#define DEFAULT_LIFE_SECONDS 60
/* A token that is about to expire may have done so when it arrives. */
#define LIFE_MARGIN_SECONDS 10
#define CLIENT_ID "ctr-image"

/* What is sent for a scope. */
struct grant {
	struct grant *next;
	char *scope; /* owned */
	char *value; /* owned; the header's */
	time_t expires; /* CLOCK_MONOTONIC; 0: never */
};

struct auth {
	struct auth_settings settings;
	pthread_mutex_t lock; /* of all below */
	bool has_looked;
	struct credentials credentials; /* owned */
	char *new_identity_token; /* owned */
	struct grant *grants; /* owned */
};

struct auth *
auth_new (const struct auth_settings *settings)
{
	struct auth *auth = xcalloc (1, sizeof *auth);

	auth->settings = *settings;
	pthread_mutex_init (&auth->lock, NULL);
	return auth;
}

void
auth_free (struct auth **auth)
{
	struct auth *a = *auth;

	if (!a)
		return;
	while (a->grants) {
		struct grant *next = a->grants->next;

		free (a->grants->scope);
		free (a->grants->value);
		free (a->grants);
		a->grants = next;
	}
	credentials_done (&a->credentials);
	free (a->new_identity_token);
	pthread_mutex_destroy (&a->lock);
	free (a);
	*auth = NULL;
}

static time_t
now (void)
{
	struct timespec ts;

	clock_gettime (CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- what was granted */

static struct grant *
find_grant (struct auth *auth, const char *scope)
{
	for (struct grant *grant = auth->grants; grant; grant = grant->next)
		if (str_equal (grant->scope, scope))
			return grant;
	return NULL;
}

static bool
is_fresh (const struct grant *grant)
{
	return grant->expires == 0 || now () < grant->expires;
}

/* Takes the value over. */
static void
keep_grant (struct auth *auth, const char *scope, char *value, time_t expires)
{
	struct grant *grant = find_grant (auth, scope);

	if (!grant) {
		grant = xcalloc (1, sizeof *grant);
		grant->scope = xstrdup (scope);
		grant->next = auth->grants;
		auth->grants = grant;
	}
	free (grant->value);
	grant->value = value;
	grant->expires = expires;
}

void
auth_value (struct auth *auth, const char *scope, char **out_value)
{
	const struct grant *grant;

	pthread_mutex_lock (&auth->lock);
	grant = find_grant (auth, scope);
	*out_value = grant && is_fresh (grant) ? xstrdup (grant->value) : NULL;
	pthread_mutex_unlock (&auth->lock);
}

/* ---- who we are */

static int
look_up (struct auth *auth, struct error *err)
{
	const struct auth_settings *settings = &auth->settings;

	if (auth->has_looked)
		return 0;
	if (settings->creds) {
		if (credentials_parse (settings->creds, &auth->credentials, err) < 0)
			return -1;
	} else if (!settings->anonymous && settings->files) {
		if (credentials_find (settings->files, settings->host, settings->repository,
			    &auth->credentials, err) < 0)
			return -1;
	}
	auth->has_looked = true;
	return 0;
}

bool
auth_is_somebody (const struct auth *auth)
{
	return auth->credentials.user || auth->credentials.identity_token ||
	       auth->credentials.bearer_token;
}

const char *
auth_identity_token (const struct auth *auth)
{
	return auth->new_identity_token;
}

static char *
basic_value (const struct credentials *credentials)
{
	autofree char *text = xasprintf ("%s:%s", credentials->user, credentials->password);
	autofree char *encoded = base64_encode (text, strlen (text));

	return xasprintf ("Basic %s", encoded);
}

/* ---- where the realm may be */

static bool
is_address (const char *host)
{
	return host[0] == '[' || host[strspn (host, "0123456789.")] == '\0';
}

static size_t
count_labels (const char *domain)
{
	size_t n = 1;

	for (; *domain; domain++)
		n += *domain == '.';
	return n;
}

/* How many labels the domain of one organisation has at least: 2, but 3 below the likes of co.uk. */
static size_t
least_labels (const char *host)
{
	const char *last = strrchr (host, '.'), *second = last;

	while (second && second > host && second[-1] != '.')
		second--;
	if (last && strlen (last + 1) == 2 && second && last - second <= 3)
		return 3;
	return 2;
}

bool
auth_realm_is_near (const char *registry_host, const char *realm_host)
{
	const char *parent = strchr (registry_host, '.');
	size_t n, m = strlen (realm_host);

	if (str_equal (registry_host, realm_host))
		return true;
	if (is_address (registry_host) || is_address (realm_host))
		return false;
	/* The registry's own domain, when it stands at its top: gitlab.com's is registry.gitlab.com,
	 * and quay.io's is itself. */
	n = strlen (registry_host);
	if (count_labels (registry_host) >= least_labels (registry_host) && m > n &&
		realm_host[m - n - 1] == '.' && str_equal (realm_host + m - n, registry_host))
		return true;
	if (!parent || count_labels (parent + 1) < least_labels (registry_host))
		return false;
	if (str_equal (parent + 1, realm_host))
		return true;
	n = strlen (parent);
	return m > n && str_equal (realm_host + m - n, parent);
}

static bool
is_listed (const char *const *hosts, const char *host)
{
	for (size_t i = 0; hosts && hosts[i]; i++)
		if (str_equal (hosts[i], host))
			return true;
	return false;
}

static int
check_realm (const struct auth *auth, const char *realm, struct error *err)
{
	const struct credentials *credentials = &auth->credentials;
	bool has_secret = credentials->password || credentials->identity_token;
	AUTO (url_origin_done) struct url_origin registry = { 0 }, server = { 0 };

	if (url_origin (auth->settings.base, &registry, err) < 0 ||
		url_origin (realm, &server, err) < 0)
		return error_prefix (err, "token server");
	if (registry.is_https && !server.is_https)
		return fail (err, 0, "token server '%s' is on http, and the registry on https",
			server.host);
	if (!has_secret || auth_realm_is_near (registry.host, server.host) ||
		is_listed (auth->settings.realm_hosts, server.host))
		return 0;
	return fail_hint (err, 0, "--realm-host says that it may",
		"registry '%s' wants its password to be sent to '%s'", auth->settings.host,
		server.host);
}

/* ---- asking for a token */

static void
add_field (struct buffer *form, const char *name, const char *value)
{
	char *escaped = curl_easy_escape (NULL, value, 0);

	buffer_printf (form, "%s%s=%s", form->size ? "&" : "", name, escaped ? escaped : "");
	curl_free (escaped);
}

/* Each blank-separated scope is a parameter of its own. */
static void
add_scopes (struct buffer *query, const char *scopes)
{
	autofree char *copy = xstrdup (scopes);
	char *rest = copy, *scope;

	while ((scope = strsep (&rest, " ")))
		if (scope[0] != '\0')
			add_field (query, "scope", scope);
}

/* With a password or as nobody: GET, as the Docker registry's token specification has it. */
static int
get_token (struct auth *auth, const struct challenge *challenge, const char *scope,
	struct http_response *response, struct error *err)
{
	const struct credentials *credentials = &auth->credentials;
	autofree char *authorization = credentials->user ? basic_value (credentials) : NULL;
	autofree char *url = NULL;
	AUTO (buffer_done) struct buffer query = { 0 };
	struct http_request request = {
		.method = "GET",
		.authorization = authorization,
		.limit = MAX_TOKEN_ANSWER,
		.same_server = true,
	};

	if (challenge->service)
		add_field (&query, "service", challenge->service);
	add_scopes (&query, scope);
	if (credentials->user) {
		add_field (&query, "account", credentials->user);
		/* For `login`; servers that don't know it ignore it. */
		if (auth->settings.wants_identity_token)
			add_field (&query, "offline_token", "true");
		add_field (&query, "client_id", CLIENT_ID);
	}
	url = query.size == 0 ? xstrdup (challenge->realm)
			      : xasprintf ("%s%c%s", challenge->realm,
					strchr (challenge->realm, '?') ? '&' : '?', query.data);
	request.url = url;
	return http_send (auth->settings.http, &request, response, err);
}

/* With an identity token: POST, as OAuth 2 has it. */
static int
post_token (struct auth *auth, const struct challenge *challenge, const char *scope,
	struct http_response *response, struct error *err)
{
	static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded",
		NULL };
	AUTO (buffer_done) struct buffer form = { 0 };
	struct http_upload upload = { 0 };
	struct http_request request = {
		.method = "POST",
		.url = challenge->realm,
		.headers = headers,
		.upload = &upload,
		.limit = MAX_TOKEN_ANSWER,
		.same_server = true,
	};

	add_field (&form, "grant_type", "refresh_token");
	add_field (&form, "service", challenge->service ? challenge->service : "");
	add_field (&form, "client_id", CLIENT_ID);
	add_field (&form, "refresh_token", auth->credentials.identity_token);
	add_field (&form, "scope", scope);
	upload.data = form.data;
	upload.size = form.size;
	return http_send (auth->settings.http, &request, response, err);
}

/* What goes into a header must not end it. */
static bool
is_good_token (const char *token)
{
	size_t size = strlen (token);

	for (size_t i = 0; i < size; i++)
		if ((unsigned char) token[i] <= ' ' || (unsigned char) token[i] >= 0x7f)
			return false;
	return size > 0 && size <= MAX_TOKEN;
}

static int
keep_token (struct auth *auth, const char *scope, const struct http_response *response,
	struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = {
		.file = "the token server's answer",
		.text = response->body.data,
		.size = response->body.size,
	};
	struct oci_registry_token *answer;
	int64_t life = DEFAULT_LIFE_SECONDS;
	const char *token;

	if (oci_registry_token_parse (&doc, &source, &answer, err) < 0)
		return -1;
	token = answer->token && answer->token[0] ? answer->token : answer->access_token;
	if (!token || !is_good_token (token))
		return fail (err, 0, "the token server's answer has no token");
	if (answer->has_expires_in && answer->expires_in > DEFAULT_LIFE_SECONDS)
		life = answer->expires_in < INT32_MAX ? answer->expires_in : INT32_MAX;
	if (answer->refresh_token && is_good_token (answer->refresh_token)) {
		free (auth->new_identity_token);
		auth->new_identity_token = xstrdup (answer->refresh_token);
	}
	keep_grant (
		auth, scope, xasprintf ("Bearer %s", token), now () + life - LIFE_MARGIN_SECONDS);
	return 1;
}

/* One try. Returns 1, 0 when the server refuses us, -1 otherwise. */
static int
ask_token_server (struct auth *auth, const struct challenge *challenge, const char *scope,
	struct http_response *response, struct error *err)
{
	const char *wanted = challenge->scope && challenge->scope[0] ? challenge->scope : scope;
	int sent = auth->credentials.identity_token
			   ? post_token (auth, challenge, wanted, response, err)
			   : get_token (auth, challenge, wanted, response, err);

	if (sent < 0)
		return -1;
	if (response->status == 401 || response->status == 403)
		return 0;
	if (response->status != 200)
		return registry_fail (err, response, "token server");
	return keep_token (auth, scope, response, err);
}

static int
fetch_token (
	struct auth *auth, const struct challenge *challenge, const char *scope, struct error *err)
{
	struct http_retry retry = { 0 };

	if (check_realm (auth, challenge->realm, err) < 0)
		return -1;
	for (;;) {
		AUTO (http_response_done) struct http_response response = { 0 };
		int done = ask_token_server (auth, challenge, scope, &response, err);

		if (done >= 0 ||
			!http_wait_to_retry (auth->settings.http, &retry, &response, err->text))
			return done;
	}
}

/* ---- the registry's question */

static int
read_challenges (
	const struct http_response *response, struct challenge *challenge, struct error *err)
{
	const char *value;

	for (size_t i = 0; (value = http_header (response, "WWW-Authenticate", i)); i++)
		if (challenge_add (challenge, value, err) < 0)
			return -1;
	if (challenge->scheme == CHALLENGE_NONE)
		return fail (err, 0,
			"the registry wants a way to log in that is neither Basic nor Bearer");
	return 0;
}

static int
find_better (struct auth *auth, const char *scope, const char *rejected,
	const struct http_response *response, struct error *err)
{
	AUTO (challenge_done) struct challenge challenge = { 0 };
	const struct grant *grant = find_grant (auth, scope);
	const struct credentials *credentials = &auth->credentials;

	/* Another thread was faster. */
	if (grant && is_fresh (grant) && (!rejected || !str_equal (grant->value, rejected)))
		return 1;
	if (look_up (auth, err) < 0 || read_challenges (response, &challenge, err) < 0)
		return -1;
	if (credentials->bearer_token) {
		char *value = xasprintf ("Bearer %s", credentials->bearer_token);

		keep_grant (auth, scope, value, 0);
		return !rejected || !str_equal (value, rejected);
	}
	if (challenge.scheme == CHALLENGE_BEARER)
		return fetch_token (auth, &challenge, scope, err);
	if (!credentials->user || !credentials->password)
		return 0;
	keep_grant (auth, scope, basic_value (credentials), 0);
	return !rejected || !str_starts (rejected, "Basic ");
}

int
auth_answer (struct auth *auth, const char *scope, const char *rejected,
	const struct http_response *response, char **out_value, struct error *err)
{
	int found;

	pthread_mutex_lock (&auth->lock);
	found = find_better (auth, scope, rejected, response, err);
	if (found > 0)
		*out_value = xstrdup (find_grant (auth, scope)->value);
	pthread_mutex_unlock (&auth->lock);
	return found;
}
