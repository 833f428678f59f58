/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz_reference: libFuzzer on the short texts that name things: references, as users write them, and
 * the URLs, challenges and numbers that a server sends. The first byte says which, the rest is the text.
 * Beyond not crashing it checks that what was taken means the same when it is printed and read again,
 * and that nothing is in it that would mean something in a URL, a path or a header.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/challenge.h"
#include "image/digest.h"
#include "image/http.h"
#include "image/platform.h"
#include "image/reference.h"
#include "image/url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
require (bool is_so)
{
	if (!is_so)
		__builtin_trap ();
}

static bool
is_plain (const char *text)
{
	for (const unsigned char *p = (const unsigned char *) text; *p; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return true;
}

static bool
is_same (const char *a, const char *b)
{
	return a && b ? str_equal (a, b) : a == b;
}

/* ---- references */

static void
check_reference (const struct reference *r)
{
	require (!r->digest || digest_is_valid (r->digest));
	if (r->transport != TRANSPORT_REGISTRY) {
		require (r->path && *r->path && !r->host && !r->repository);
		return;
	}
	require (r->host && r->repository && !r->path && !r->name);
	require (is_plain (r->host) && !strpbrk (r->host, "/@?#%\\ "));
	require (reference_is_repository (r->repository) && !str_path_has_dotdot (r->repository));
	require (!r->tag || reference_is_tag (r->tag));
	require (reference_object (r) != NULL);
}

static void
try_reference (const char *text, const char *default_registry)
{
	AUTO (reference_done) struct reference first = { 0 }, again = { 0 };
	autofree char *printed = NULL, *printed_again = NULL;
	struct error err = { 0 };

	if (reference_parse (&first, text, default_registry, &err) < 0) {
		require (err.text[0] != '\0' && !first.host && !first.path);
		return;
	}
	check_reference (&first);
	printed = reference_print (&first);
	require (first.transport != TRANSPORT_REGISTRY || is_plain (printed));
	require (reference_parse (&again, printed, NULL, &err) == 0);
	require (again.transport == first.transport && is_same (again.host, first.host) &&
		 is_same (again.repository, first.repository) &&
		 is_same (again.digest, first.digest) && is_same (again.path, first.path) &&
		 is_same (again.name, first.name));
	require (is_same (reference_tag (&again), reference_tag (&first)));
	printed_again = reference_print (&again);
	require (str_equal (printed, printed_again));
}

static void
try_without_default (const char *text)
{
	try_reference (text, NULL);
}

static void
try_docker_io (const char *text)
{
	try_reference (text, "docker.io");
}

static void
try_prefix (const char *text)
{
	try_reference (text, "LocalHost:5000/some/where");
}

static void
try_registry (const char *text)
{
	autofree char *host = NULL, *prefix = NULL, *host_again = NULL;
	struct error err;

	if (reference_parse_registry (text, &host, &prefix, &err) < 0)
		return;
	require (is_plain (host) && !strpbrk (host, "/@?#"));
	require (!prefix || reference_is_repository (prefix));
	require (reference_parse_registry (host, &host_again, NULL, &err) == 0);
	require (str_equal (host, host_again));
}

static void
try_platform (const char *text)
{
	struct platform platform;
	struct error err;

	if (platform_parse (text, &platform, &err) < 0)
		return;
	require (platform.os[0] && platform.architecture[0]);
	require (platform_rank (&platform, platform.os, platform.architecture,
			 platform.variant[0] ? platform.variant : NULL) > 0);
}

/* ---- what a server says */

static void
try_challenge (const char *text)
{
	AUTO (challenge_done) struct challenge challenge = { 0 };
	struct error err;

	if (challenge_add (&challenge, text, &err) < 0)
		return;
	if (challenge.scheme == CHALLENGE_BEARER)
		require (challenge.realm != NULL);
}

static void
check_url (const char *url)
{
	AUTO (url_origin_done) struct url_origin origin = { 0 };
	autofree char *shown = url_for_messages (url), *more = url_add_query (url, "n", "\r\n&");
	struct error err;

	require (url_origin (url, &origin, &err) == 0);
	require (origin.host[0] && origin.port[0]);
	require (strpbrk (url, "\r\n\t ") == NULL && strpbrk (more, "\r\n\t ") == NULL);
	require (strchr (shown, '?') == NULL);
}

static void
try_url (const char *text)
{
	autofree char *relative = NULL, *absolute = NULL;
	AUTO (url_origin_done) struct url_origin origin = { 0 };
	struct error err;

	if (url_resolve ("https://registry.example:5000/v2/a/b?c=d", text, &relative, &err) == 0)
		check_url (relative);
	if (url_origin (text, &origin, &err) < 0)
		return;
	require (url_resolve (text, "/there", &absolute, &err) == 0);
	check_url (absolute);
}

static void
try_numbers (const char *text)
{
	uint64_t first, last, whole;

	require (http_parse_retry_after (text) >= -1);
	if (http_parse_content_range (text, &first, &last, &whole))
		require (first <= last && last < whole);
}

static void (*const tries[]) (const char *text) = { try_without_default, try_docker_io, try_prefix,
	try_registry, try_platform, try_challenge, try_url, try_numbers };

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	autofree char *text = NULL;

	if (size == 0)
		return 0;
	/* a file of text ends with a newline */
	if (size > 1 && data[size - 1] == '\n')
		size--;
	text = strndup ((const char *) data + 1, size - 1);
	tries[data[0] % ARRAY_SIZE (tries)](text);
	return 0;
}
