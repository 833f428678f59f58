/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A manifest from a registry and to it.
 */
#include "image/digest.h"
#include "image/media_type.h"
#include "image/reference.h"
#include "image/registry_call.h"
#include "image/registry_error.h"
#include "image/url.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>

/* In one line: there are servers that read the first one only. */
static const char *const accepted[] = {
	"Accept: " MEDIA_TYPE_OCI_INDEX ", " MEDIA_TYPE_OCI_MANIFEST ", " MEDIA_TYPE_DOCKER_LIST
	", " MEDIA_TYPE_DOCKER_MANIFEST,
	NULL,
};

static int
check_digest (const struct http_response *response, const char *expected, const char *whose,
	struct error *err)
{
	char found[DIGEST_TEXT_SIZE];

	digest_of (digest_algorithm_of (expected), response->body.data, response->body.size, found);
	if (!str_equal (found, expected))
		return fail (
			err, 0, "%s is %s, but the registry has sent %s", whose, expected, found);
	return 0;
}

/* All that is known of the digest has to be true of the body. */
static int
check_digests (const struct http_response *response, const char *object, struct error *err)
{
	const char *header = http_header (response, "Docker-Content-Digest", 0);

	if (digest_is_valid (object) &&
		check_digest (response, object, "the manifest asked for", err) < 0)
		return -1;
	if (!header)
		return 0;
	if (!digest_is_valid (header))
		return fail (err, 0, "the header Docker-Content-Digest is no digest");
	return check_digest (response, header, "the manifest, as its header says,", err);
}

static int
take_manifest (struct http_response *response, const char *object, const char *what,
	struct source_manifest *out, struct error *err)
{
	char digest[DIGEST_TEXT_SIZE];
	const char *media_type;

	buffer_add_text (&response->body, "");
	if (check_digests (response, object, err) < 0)
		return error_prefix (err, "%s", what);
	if (media_type_of_document (response->body.data, response->body.size,
		    http_header (response, "Content-Type", 0), what, &media_type, err) < 0)
		return -1;
	digest_of (digest_is_valid (object) ? digest_algorithm_of (object) : DIGEST_SHA256,
		response->body.data, response->body.size, digest);
	*out = (struct source_manifest){
		.size = response->body.size,
		.media_type = xstrdup (media_type),
		.digest = xstrdup (digest),
	};
	out->data = take_ptr (response->body.data);
	return 0;
}

int
registry_get_manifest (struct registry *registry, const char *object, struct source_manifest *out,
	struct error *err)
{
	AUTO (http_response_done) struct http_response response = { 0 };
	bool is_digest = digest_is_valid (object);
	autofree char *url = NULL, *what = NULL, *scope = NULL;
	struct http_request request = {
		.method = "GET",
		.headers = accepted,
		.limit = SOURCE_MAX_DOCUMENT,
	};

	if (!is_digest && !reference_is_tag (object))
		return fail (err, EINVAL, "'%s' is neither tag nor digest", object);
	url = registry_url (registry, "manifests/%s", object);
	what = xasprintf ("%s%c%s", registry->name, is_digest ? '@' : ':', object);
	scope = registry_scope (registry, REGISTRY_PULL, NULL);
	request.url = url;
	if (registry_call (registry, &request, scope, &response, err) < 0)
		return -1;
	if (response.status != 200)
		return registry_refused (err, registry, &response, object);
	return take_manifest (&response, object, what, out, err);
}

int
registry_put_manifest (struct registry *registry, const char *object,
	const struct source_manifest *manifest, struct error *err)
{
	AUTO (http_response_done) struct http_response response = { 0 };
	autofree char *url = registry_url (registry, "manifests/%s", object);
	autofree char *scope = registry_scope (registry, REGISTRY_PUSH, NULL);
	autofree char *type = xasprintf ("Content-Type: %s", manifest->media_type);
	const char *const headers[] = { type, NULL };
	struct http_upload upload = { .data = manifest->data, .size = manifest->size };
	struct http_request request = {
		.method = "PUT", .url = url, .headers = headers, .upload = &upload
	};
	const char *digest;

	if (registry_call (registry, &request, scope, &response, err) < 0)
		return -1;
	if (response.status != 201)
		return registry_refused (err, registry, &response, object);
	digest = http_header (&response, "Docker-Content-Digest", 0);
	if (digest && !str_equal (digest, manifest->digest))
		return fail (err, 0, "%s: the manifest %s was stored as another one",
			registry->name, manifest->digest);
	return 0;
}
