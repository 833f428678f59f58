/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A blob from a registry, however often the connection breaks.
 */
#include "image/digest.h"
#include "image/registry_call.h"
#include "image/registry_error.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* What counts as progress, after which all retries are there again. Less would let a server that
 * sends a byte at a time keep us forever. */
#define PROGRESS (64 * 1024)

struct transfer {
	struct registry_blob *blob;
	bool without_range; /* the server does not like ranges */
	uint64_t skip; /* of this answer, bytes that we have already */
	uint64_t end; /* of this answer, where it ends in the blob */
};

/* A range was asked for, and this is one: it must be that one. */
static int
begin_range (struct transfer *transfer, const struct http_response *response, struct error *err)
{
	const char *range = http_header (response, "Content-Range", 0);
	const struct registry_blob *blob = transfer->blob;
	uint64_t first, last, size;

	if (!range || !http_parse_content_range (range, &first, &last, &size))
		return fail (err, 0, "answer 206 without a sensible Content-Range");
	if (first != blob->at || last >= blob->size || (size != UINT64_MAX && size != blob->size))
		return fail (err, 0,
			"the server sends bytes %" PRIu64 " to %" PRIu64
			" and not those from %" PRIu64 " on",
			first, last, blob->at);
	transfer->skip = 0;
	transfer->end = last + 1;
	return 0;
}

static int
begin_transfer (void *data, const struct http_response *response, struct error *err)
{
	struct transfer *transfer = data;
	const struct registry_blob *blob = transfer->blob;
	const char *length = http_header (response, "Content-Length", 0);
	uint64_t size, expected;

	if (response->status == 206) {
		if (begin_range (transfer, response, err) < 0)
			return -1;
	} else if (response->status == 200) {
		/* The range was ignored, or there was none: what we have comes once more. */
		transfer->skip = blob->at;
		transfer->end = blob->size;
	} else {
		return fail (err, 0, "answer %d instead of a blob", response->status);
	}
	expected = transfer->skip + transfer->end - blob->at;
	if (length && (!str_to_u64 (length, INT64_MAX, &size) || size != expected))
		return fail (err, 0, "the server wants to send %s bytes instead of %" PRIu64,
			length, expected);
	return 0;
}

static int
write_transfer (void *data, const void *bytes, size_t size, struct error *err)
{
	struct transfer *transfer = data;
	struct registry_blob *blob = transfer->blob;
	size_t skip = transfer->skip < size ? (size_t) transfer->skip : size;

	transfer->skip -= skip;
	bytes = (const char *) bytes + skip;
	size -= skip;
	if (size > transfer->end - blob->at)
		return fail (err, EFBIG, "the server sends more than the blob's %" PRIu64 " bytes",
			blob->size);
	if (size == 0)
		return 0;
	if (blob->write (blob->data, bytes, size, err) < 0) {
		blob->is_refused = true;
		return -1;
	}
	blob->at += size;
	return 0;
}

/* One request for all that is missing, to the registry, or as nobody to another place. Returns -1 also
 * for an answer that is no blob; *out is there in either case. */
static int
transfer_once (struct registry *registry, struct transfer *transfer, const char *url,
	struct http_response *out, struct error *err)
{
	struct registry_blob *blob = transfer->blob;
	struct http_sink sink = { begin_transfer, write_transfer, transfer };
	autofree char *range = xasprintf ("Range: bytes=%" PRIu64 "-", blob->at);
	autofree char *ours = registry_url (registry, "blobs/%s", blob->digest);
	autofree char *scope = registry_scope (registry, REGISTRY_PULL, NULL);
	const char *const headers[] = { range, NULL };
	bool with_range = blob->at > 0 && !transfer->without_range;
	struct http_request request = {
		.method = "GET",
		.url = url ? url : ours,
		.headers = with_range ? headers : NULL,
		.sink = &sink,
	};
	int done;

	/* Blobs elsewhere are nobody's business with our credentials: CVE-2020-15157. */
	if (url)
		done = http_send (registry->settings.http, &request, out, err);
	else
		done = registry_call_once (registry, &request, scope, out, err);
	if (done < 0)
		return -1;
	if (out->status < 200 || out->status >= 300) {
		if (with_range && (out->status == 400 || out->status == 416 || out->status == 501))
			transfer->without_range = out->is_broken = true;
		return registry_refused (err, registry, out, blob->digest);
	}
	if (blob->at < blob->size) {
		out->is_broken = true;
		return fail (err, 0, "%s: %s ended after %" PRIu64 " of %" PRIu64 " bytes",
			registry->name, blob->digest, blob->at, blob->size);
	}
	return 0;
}

static int
get_from (struct registry *registry, struct registry_blob *blob, const char *url, struct error *err)
{
	struct transfer transfer = { .blob = blob };
	struct http_retry retry = { 0 };
	uint64_t last = blob->at;

	/* An empty blob still has to be there. */
	while (blob->at < blob->size || blob->size == 0) {
		AUTO (http_response_done) struct http_response response = { 0 };

		if (transfer_once (registry, &transfer, url, &response, err) == 0)
			return 0;
		if (blob->is_refused)
			return -1;
		if (blob->at - last >= PROGRESS) {
			last = blob->at;
			retry.tries = 0;
		}
		if (!http_wait_to_retry (registry->settings.http, &retry, &response, err->text))
			return -1;
	}
	return 0;
}

int
registry_get_blob (struct registry *registry, struct registry_blob *blob, struct error *err)
{
	int done;

	if (!digest_is_valid (blob->digest))
		return fail (err, EINVAL, "'%s' is no digest", blob->digest);
	if (blob->at > blob->size)
		return fail (
			err, EINVAL, "%s: %" PRIu64 " bytes are too many", blob->digest, blob->at);
	done = get_from (registry, blob, NULL, err);
	for (size_t i = 0; done < 0 && !blob->is_refused && i < blob->n_urls; i++) {
		if (i == 0 && err->code != ENOENT)
			break;
		done = get_from (registry, blob, blob->urls[i], err);
	}
	return done;
}
