/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/url.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static void
free_handle (CURLU **handle)
{
	curl_url_cleanup (*handle);
}

static int
fail_url (struct error *err, const char *url, CURLUcode code)
{
	autofree char *shown = url_for_messages (url);

	return fail (err, 0, "URL '%s': %s", shown, curl_url_strerror (code));
}

/* A copy of a part that belongs to us and not to libcurl; NULL if it is not there. */
static char *
get_part (CURLU *handle, CURLUPart part, unsigned int flags)
{
	char *text = NULL, *copy;

	if (curl_url_get (handle, part, &text, flags) != CURLUE_OK)
		return NULL;
	copy = xstrdup (text);
	curl_free (text);
	return copy;
}

/* An absolute URL, or one relative to what the handle holds. */
static int
set_url (CURLU *handle, const char *url, struct error *err)
{
	autofree char *scheme = NULL;
	CURLUcode code;

	for (const char *p = url; *p; p++)
		if ((unsigned char) *p <= ' ' || *p == 0x7f)
			return fail (err, 0, "a URL with blanks or control characters in it");
	code = curl_url_set (handle, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	if (code != CURLUE_OK)
		return fail_url (err, url, code);
	scheme = get_part (handle, CURLUPART_SCHEME, 0);
	if (!scheme || (!str_equal (scheme, "https") && !str_equal (scheme, "http")))
		return fail_url (err, url, CURLUE_UNSUPPORTED_SCHEME);
	return 0;
}

int
url_origin (const char *url, struct url_origin *out, struct error *err)
{
	AUTO (free_handle) CURLU *handle = curl_url ();
	autofree char *scheme = NULL;

	if (set_url (handle, url, err) < 0)
		return -1;
	scheme = get_part (handle, CURLUPART_SCHEME, 0);
	*out = (struct url_origin){
		.is_https = scheme && str_equal (scheme, "https"),
		.host = get_part (handle, CURLUPART_HOST, 0),
		.port = get_part (handle, CURLUPART_PORT, CURLU_DEFAULT_PORT),
	};
	if (!out->host || !out->port || out->host[0] == '\0') {
		url_origin_done (out);
		return fail_url (err, url, CURLUE_NO_HOST);
	}
	for (char *p = out->host; *p; p++)
		*p = (char) tolower ((unsigned char) *p);
	return 0;
}

bool
url_origin_equal (const struct url_origin *a, const struct url_origin *b)
{
	return a->is_https == b->is_https && str_equal (a->host, b->host) &&
	       str_equal (a->port, b->port);
}

void
url_origin_done (struct url_origin *origin)
{
	free (origin->host);
	free (origin->port);
	*origin = (struct url_origin){ 0 };
}

int
url_resolve (const char *base, const char *reference, char **out_url, struct error *err)
{
	AUTO (free_handle) CURLU *handle = curl_url ();
	char *url;

	if (set_url (handle, base, err) < 0 || set_url (handle, reference, err) < 0)
		return -1;
	curl_url_set (handle, CURLUPART_FRAGMENT, NULL, 0);
	url = get_part (handle, CURLUPART_URL, 0);
	if (!url)
		return fail_url (err, reference, CURLUE_MALFORMED_INPUT);
	*out_url = url;
	return 0;
}

char *
url_for_messages (const char *url)
{
	size_t n = strcspn (url, "?#");
	char *shown = xmalloc (n + 1);

	for (size_t i = 0; i < n; i++)
		shown[i] = (char) ((unsigned char) url[i] < ' ' || url[i] == 0x7f ? '?' : url[i]);
	shown[n] = '\0';
	return shown;
}

char *
url_add_query (const char *url, const char *name, const char *value)
{
	char *escaped = curl_easy_escape (NULL, value, 0);
	char *result = xasprintf (
		"%s%c%s=%s", url, strchr (url, '?') ? '&' : '?', name, escaped ? escaped : "");

	curl_free (escaped);
	return result;
}
