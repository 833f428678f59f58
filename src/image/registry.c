/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/registry.h"
#include "image/reference.h"
#include "image/registry_call.h"
#include "image/registry_error.h"
#include "image/url.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <ocispec/registry.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_TAGS_PAGE (8 * 1024 * 1024)
#define MAX_TAGS 1000000

/* ---- tags */

/* The target of `<URL>; rel="next"`, or NULL; the caller frees it. */
static char *
next_link (const struct http_response *response)
{
	const char *link = http_header (response, "Link", 0), *end;

	if (!link || link[0] != '<')
		return NULL;
	end = strchr (link, '>');
	if (!end || (!strcasestr (end, "rel=\"next\"") && !strcasestr (end, "rel=next")))
		return NULL;
	return strndup (link + 1, (size_t) (end - link - 1));
}

static int
add_tags (struct registry_tags *out, const struct http_response *response, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = {
		.file = "list of tags",
		.text = response->body.data,
		.size = response->body.size,
	};
	struct oci_registry_tags *page;

	if (oci_registry_tags_parse (&doc, &source, &page, err) < 0)
		return -1;
	if (out->n + page->n_tags > MAX_TAGS)
		return fail (err, EFBIG, "more than %d tags", MAX_TAGS);
	out->tags = xrealloc (out->tags, (out->n + page->n_tags + 1) * sizeof *out->tags);
	for (size_t i = 0; i < page->n_tags; i++) {
		if (!reference_is_tag (page->tags[i]))
			return ocispec_fail (err, &doc, &page->tags[i], "is no tag");
		out->tags[out->n++] = xstrdup (page->tags[i]);
	}
	return page->n_tags > 0;
}

/* Returns 1 with the next page's URL in *url, 0 after the last one. */
static int
get_tags_page (struct registry *registry, char **url, const char *scope, struct registry_tags *out,
	struct error *err)
{
	AUTO (http_response_done) struct http_response response = { 0 };
	struct http_request request = { .method = "GET", .url = *url, .limit = MAX_TAGS_PAGE };
	AUTO (url_origin_done) struct url_origin here = { 0 }, there = { 0 };
	autofree char *link = NULL, *next = NULL;
	int added;

	if (registry_call (registry, &request, scope, &response, err) < 0)
		return -1;
	if (response.status != 200)
		return registry_refused (err, registry, &response, "list of tags");
	added = add_tags (out, &response, err);
	if (added < 0)
		return error_prefix (err, "%s", registry->name);
	link = next_link (&response);
	/* A page without tags would be the first of endless ones. */
	if (!link || added == 0)
		return 0;
	if (url_resolve (*url, link, &next, err) < 0 || url_origin (*url, &here, err) < 0 ||
		url_origin (next, &there, err) < 0)
		return error_prefix (err, "%s: list of tags", registry->name);
	if (!url_origin_equal (&here, &there))
		return fail (err, 0, "%s: the list of tags goes on at another server, '%s'",
			registry->name, there.host);
	free (*url);
	*url = take_ptr (next);
	return 1;
}

int
registry_list_tags (struct registry *registry, struct registry_tags *out, struct error *err)
{
	autofree char *scope = registry_scope (registry, REGISTRY_PULL, NULL);
	autofree char *url = registry_url (registry, "tags/list");
	struct registry_tags tags = { 0 };
	int more;

	do
		more = get_tags_page (registry, &url, scope, &tags, err);
	while (more > 0);
	if (more < 0) {
		registry_tags_done (&tags);
		return -1;
	}
	*out = tags;
	return 0;
}

void
registry_tags_done (struct registry_tags *tags)
{
	for (size_t i = 0; i < tags->n; i++)
		free (tags->tags[i]);
	free (tags->tags);
	*tags = (struct registry_tags){ 0 };
}

/* ---- login */

int
registry_log_in (struct registry *registry, char **out_token, struct error *err)
{
	AUTO (http_response_done) struct http_response response = { 0 };
	autofree char *url = xasprintf ("%s/v2/", registry->base);
	struct http_request request = { .method = "GET", .url = url };
	const char *token;

	if (registry_call (registry, &request, "", &response, err) < 0)
		return -1;
	if (response.status == 401 || response.status == 403) {
		fail (err, 0, "%s does not take this user and password", registry->name);
		err->code = EACCES;
		return -1;
	}
	if (response.status != 200)
		return registry_fail (err, &response, "%s", registry->name);
	token = auth_identity_token (registry->auth);
	*out_token = token ? xstrdup (token) : NULL;
	return auth_is_somebody (registry->auth);
}
