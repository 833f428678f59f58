/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A blob to a registry: in one piece, or in several that can go on where one broke off.
 */
#include "image/digest.h"
#include "image/registry_call.h"
#include "image/registry_error.h"
#include "image/url.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define DEFAULT_CHUNK (UINT64_C (64) * 1024 * 1024)
/* What the registry may ask for as the least size of a piece. */
#define MAX_MINIMUM (UINT64_C (1024) * 1024 * 1024)

/* An upload that the registry has begun for us. */
struct session {
	struct registry *registry;
	const struct registry_upload *upload;
	char *scope; /* owned */
	char *url; /* owned; where the next piece goes, changes with each answer */
	uint64_t chunk;
	uint64_t sent;
};

static void
session_done (struct session *session)
{
	free (session->scope);
	free (session->url);
}

int
registry_has_blob (struct registry *registry, const char *digest, struct error *err)
{
	AUTO (http_response_done) struct http_response response = { 0 };
	autofree char *url = registry_url (registry, "blobs/%s", digest);
	autofree char *scope = registry_scope (registry, REGISTRY_PUSH, NULL);
	struct http_request request = { .method = "HEAD", .url = url };

	if (registry_call (registry, &request, scope, &response, err) < 0)
		return -1;
	if (response.status == 404)
		return 0;
	if (response.status != 200)
		return registry_refused (err, registry, &response, digest);
	return 1;
}

/* Takes the Location of an answer as the place for what comes next. */
static int
take_location (struct session *session, const struct http_response *response, struct error *err)
{
	const char *location = http_header (response, "Location", 0);
	char *url;

	if (!location)
		return fail (err, 0, "%s: an upload without a Location", session->registry->name);
	if (url_resolve (response->url, location, &url, err) < 0)
		return error_prefix (err, "%s: upload", session->registry->name);
	free (session->url);
	session->url = url;
	return 0;
}

static int
start_session (struct session *session, struct error *err)
{
	static const struct http_upload nothing = { .data = "" };
	AUTO (http_response_done) struct http_response response = { 0 };
	autofree char *url = registry_url (session->registry, "blobs/uploads/");
	struct http_request request = { .method = "POST", .url = url, .upload = &nothing };
	const char *minimum;
	uint64_t least;

	if (registry_call (session->registry, &request, session->scope, &response, err) < 0)
		return -1;
	if (response.status != 202)
		return registry_refused (err, session->registry, &response, "upload");
	minimum = http_header (&response, "OCI-Chunk-Min-Length", 0);
	session->chunk = session->upload->chunk_size ? session->upload->chunk_size : DEFAULT_CHUNK;
	if (minimum && str_to_u64 (minimum, MAX_MINIMUM, &least) && session->chunk < least)
		session->chunk = least;
	session->sent = 0;
	return take_location (session, &response, err);
}

/* One piece, of which the registry keeps all or nothing that we count on. *out: whatever was answered. */
static int
send_piece (struct session *session, uint64_t size, struct http_response *out, struct error *err)
{
	struct http_upload piece = {
		.fd = session->upload->fd, .offset = (off_t) session->sent, .size = size
	};
	autofree char *range = xasprintf (
		"Content-Range: %" PRIu64 "-%" PRIu64, session->sent, session->sent + size - 1);
	const char *const headers[] = { "Content-Type: application/octet-stream", range, NULL };
	struct http_request request = {
		.method = "PATCH", .url = session->url, .headers = headers, .upload = &piece
	};

	if (registry_call_once (session->registry, &request, session->scope, out, err) < 0)
		return -1;
	if (out->status != 202)
		return registry_refused (err, session->registry, out, session->upload->digest);
	if (take_location (session, out, err) < 0)
		return -1;
	session->sent += size;
	return 0;
}

/* After a piece has broken off: how far the registry has come. "Range: 0-LAST" of an answer 204. Returns 0
 * if it does not know the upload any more. */
static int
ask_how_far (struct session *session, struct error *err)
{
	AUTO (http_response_done) struct http_response response = { 0 };
	struct http_request request = { .method = "GET", .url = session->url };
	const char *range;
	uint64_t last;

	if (registry_call (session->registry, &request, session->scope, &response, err) < 0)
		return -1;
	range = http_header (&response, "Range", 0);
	if (response.status != 204 || !range || !str_starts (range, "0-") ||
		!str_to_u64 (range + 2, INT64_MAX, &last) || last >= session->upload->size)
		return 0;
	/* Of "0-0" nobody can say whether it means one byte or none; and one more is soon sent. */
	session->sent = last > 0 ? last + 1 : 0;
	if (http_header (&response, "Location", 0) && take_location (session, &response, err) < 0)
		return -1;
	return last > 0;
}

/* The last request: with the whole blob, or behind the pieces with nothing. */
static int
finish_session (struct session *session, struct http_response *out, struct error *err)
{
	const struct registry_upload *upload = session->upload;
	struct http_upload rest = {
		.data = session->sent == upload->size ? "" : NULL,
		.fd = upload->fd,
		.offset = (off_t) session->sent,
		.size = upload->size - session->sent,
	};
	static const char *const headers[] = { "Content-Type: application/octet-stream", NULL };
	autofree char *url = url_add_query (session->url, "digest", upload->digest);
	struct http_request request = {
		.method = "PUT", .url = url, .headers = headers, .upload = &rest
	};

	if (registry_call_once (session->registry, &request, session->scope, out, err) < 0)
		return -1;
	if (out->status != 201)
		return registry_refused (err, session->registry, out, upload->digest);
	return 0;
}

/* The next request of the upload. Returns 1 after the last one, 0 when there are more. */
static int
go_on (struct session *session, struct http_response *out, struct error *err)
{
	uint64_t left = session->upload->size - session->sent;
	bool in_pieces = session->upload->size > session->chunk;

	if (!session->url && start_session (session, err) < 0)
		return -1;
	in_pieces = session->upload->size > session->chunk;
	left = session->upload->size - session->sent;
	if (in_pieces && left > 0)
		return send_piece (
			session, left < session->chunk ? left : session->chunk, out, err);
	return finish_session (session, out, err) < 0 ? -1 : 1;
}

/* After a failure that may pass: where to go on, which is at the start if nothing else helps. */
static int
find_place_again (struct session *session, struct error *err)
{
	int found = 0;

	if (session->url && session->upload->size > session->chunk)
		found = ask_how_far (session, err);
	if (found < 0)
		return -1;
	if (found == 0) {
		free (take_ptr (session->url));
		session->sent = 0;
	}
	return 0;
}

int
registry_put_blob (
	struct registry *registry, const struct registry_upload *upload, struct error *err)
{
	AUTO (session_done)
	struct session session = {
		.registry = registry,
		.upload = upload,
		.scope = registry_scope (registry, REGISTRY_PUSH, NULL),
	};
	struct http_retry retry = { 0 };

	if (!digest_is_valid (upload->digest))
		return fail (err, EINVAL, "'%s' is no digest", upload->digest);
	for (;;) {
		AUTO (http_response_done) struct http_response response = { 0 };
		uint64_t before = session.sent;
		int done = go_on (&session, &response, err);

		if (done >= 0 && upload->progress)
			upload->progress (
				upload->progress_data, done > 0 ? upload->size : session.sent);
		if (done > 0)
			return 0;
		if (done == 0 && session.sent > before)
			retry.tries = 0;
		if (done == 0)
			continue;
		if (!http_wait_to_retry (registry->settings.http, &retry, &response, err->text) ||
			find_place_again (&session, err) < 0)
			return -1;
	}
}

int
registry_mount_blob (
	struct registry *registry, const char *digest, const char *from, struct error *err)
{
	static const struct http_upload nothing = { .data = "" };
	AUTO (http_response_done) struct http_response response = { 0 };
	autofree char *uploads = registry_url (registry, "blobs/uploads/");
	autofree char *mount = url_add_query (uploads, "mount", digest);
	autofree char *url = url_add_query (mount, "from", from);
	autofree char *other = xasprintf ("repository:%s:pull", from);
	autofree char *scope = registry_scope (registry, REGISTRY_PUSH, other);
	struct http_request request = { .method = "POST", .url = url, .upload = &nothing };

	if (registry_call (registry, &request, scope, &response, err) < 0)
		return -1;
	if (response.status == 201)
		return 1;
	/* 202: an upload was begun instead, which ends by itself some day. */
	if (response.status == 202 || response.status == 404 || response.status == 405)
		return 0;
	return registry_refused (err, registry, &response, "mount");
}
