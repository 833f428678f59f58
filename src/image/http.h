/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * http: requests over libcurl, bounded and suspicious.
 *
 * A client serves any number of threads. Each request takes a handle of libcurl from the client's pool
 * for its time and blocks its thread; the handles keep their connections open between requests. So
 * what comes in is handled by the thread that wants it, without a hand-over, and a thread that can't
 * keep up slows its own connection down and no other. (One loop for all transfers would put the work
 * of all on one thread, and libcurl does not share connections between threads.)
 *
 * Redirects are followed here and not by libcurl: Authorization goes to the origin (scheme, host and
 * port) of the request's URL and to no other, nothing goes from https to http, and a request with a
 * body is only sent again where the server asks for just that (307, 308). CVE-2026-48978.
 *
 * Nothing is read from the environment; proxies come in with the settings.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct http;

/* All borrowed: they live as long as the client. */
struct http_settings {
	bool skip_tls_verify;
	/* A directory with ca.crt, client.cert and client.key (any names with these ends). The
	 * authorities hold for all servers; the client's certificate is shown to cert_host only. */
	const char *cert_dir;
	const char *cert_host; /* HOST[:PORT] as in a reference */
	/* Directories with one like cert_dir for each HOST[:PORT]; NULL-ended, or NULL. */
	const char *const *certs_d;
	const char *http_proxy, *https_proxy, *no_proxy; /* as in the environment; NULL for none */
	int connect_seconds; /* 0: 30 */
	int stall_seconds; /* less than 100 bytes a second for so long: broken. 0: 60 */
	int retries; /* after the first try; negative: 5 */
	const char *user_agent;
	/* Set by another thread to make all requests and waits end with ECANCELED. May be NULL. */
	const atomic_bool *cancelled;
	/* Told about each retry. May be NULL. Any thread. */
	void (*notice) (void *data, const char *text);
	void *notice_data;
};

/* settings are copied, what they point to is borrowed. Returns NULL with err filled. */
struct http *http_new (const struct http_settings *settings, struct error *err);
void http_free (struct http **http);

struct http_response {
	int status; /* 0 when there was none */
	bool is_broken; /* the connection, or the server for the moment: another try may help */
	char *url; /* owned; where it came from after redirects */
	struct buffer body; /* of an error, and of all that has no sink */
	struct arena arena; /* the headers' memory */
	struct http_header *headers;
	size_t n_headers;
	size_t header_bytes;
};

/* Where a body goes that is not kept in memory. Only that of a 2xx answer does; -1 from either ends
 * the transfer with that error, and is not tried again. */
struct http_sink {
	int (*begin) (void *data, const struct http_response *response, struct error *err);
	int (*write) (void *data, const void *bytes, size_t size, struct error *err);
	void *data;
};

/* What is sent. Both can be sent again after a redirect or for a retry. */
struct http_upload {
	const void *data; /* NULL: from fd, with pread */
	int fd; /* borrowed */
	off_t offset;
	uint64_t size;
};

struct http_request {
	const char *method; /* "GET", ... */
	const char *url;
	const char *authorization; /* the header's value; NULL for none */
	const char *const *headers; /* "Name: value", NULL-ended, or NULL */
	const struct http_upload *upload; /* NULL for none */
	const struct http_sink *sink; /* NULL: the body is kept in the response */
	size_t limit; /* of a body that is kept; 0: 64 KiB */
	bool same_server; /* a redirect to another one is an error */
};

/* One request with its redirects. 0 and *out (initialised here; free it with http_response_done in
 * either case) for an answer of any status; -1 when there was none, or it was cut, or a limit was passed:
 * out->is_broken then says whether another try may help. */
CHECKED int http_send (struct http *http, const struct http_request *request,
	struct http_response *out, struct error *err);
void http_response_done (struct http_response *response);

/* The value of the n-th header of that name, or NULL. */
const char *http_header (const struct http_response *response, const char *name, size_t n);

/* How often something was tried. { 0 } at the start; set tries to 0 after progress. */
struct http_retry {
	unsigned int tries;
};

/* After a failed request: waits and returns true when it is to be tried again. That is, when the
 * connection broke, the status is one that passes (408, 429, 5xx but 501 and 505), and retries are left.
 * The wait is what the server asks for with Retry-After, up to two minutes (and no retry when it asks
 * for more), or else doubles each time, with jitter so that many clients don't come back at once.
 * why: for the notice. */
bool http_wait_to_retry (struct http *http, struct http_retry *retry,
	const struct http_response *response, const char *why);

/* Content-Range of an answer 206: "bytes FIRST-LAST/SIZE"; *out_size is UINT64_MAX for "*". */
bool http_parse_content_range (
	const char *value, uint64_t *out_first, uint64_t *out_last, uint64_t *out_size);

/* Retry-After as seconds from now, of either form; -1 if it is neither. */
int64_t http_parse_retry_after (const char *value);
