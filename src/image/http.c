/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/http.h"
#include "image/certs.h"
#include "image/url.h"
#include "base/auto.h"
#include "base/str.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define MAX_REDIRECTS 10
#define MAX_HEADER_BYTES (64 * 1024)
#define DEFAULT_LIMIT (64 * 1024)
#define RECEIVE_BUFFER (256 * 1024)
#define STALL_BYTES_PER_SECOND 100L
/* What a server does with an upload before it answers can take minutes. */
#define UPLOAD_PATIENCE 5
#define DEFAULT_RETRIES 5
#define FIRST_WAIT_MS INT64_C (500)
#define MAX_WAIT_MS INT64_C (30000)
#define MAX_ASKED_WAIT_SECONDS 120
#define CANCEL_CHECK_MS 50

struct http_header {
	const char *name;
	const char *value;
};

struct idle_handle {
	struct idle_handle *next;
	CURL *curl; /* owned */
};

struct http {
	struct http_settings settings;
	struct certs certs; /* owned */
	char *no_proxy; /* owned */
	pthread_mutex_t lock; /* of idle */
	struct idle_handle *idle; /* owned */
};

/* One request to one URL, while libcurl is at it. */
struct exchange {
	struct http *http;
	const struct http_request *request;
	struct http_response *response;
	CURL *curl; /* borrowed */
	struct curl_slist *headers; /* owned */
	struct certs certs; /* owned */
	char message[CURL_ERROR_SIZE];
	uint64_t sent;
	bool has_begun; /* the sink knows of it */
	bool is_refused; /* one of our callbacks has ended it, and filled err */
	bool is_enough; /* one has ended it, and that is fine */
	struct error *err;
};

/* ---- the client and its handles */

static void
init_curl (void)
{
	curl_global_init (CURL_GLOBAL_DEFAULT);
}

struct http *
http_new (const struct http_settings *settings, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *http = xcalloc (1, sizeof *http);

	pthread_once (&once, init_curl);
	http->settings = *settings;
	pthread_mutex_init (&http->lock, NULL);
	/* Programs in Go never use a proxy for this machine itself, and the variables are written
	 * with that in mind. */
	http->no_proxy = xasprintf ("%s%slocalhost,127.0.0.0/8,::1",
		settings->no_proxy ? settings->no_proxy : "", settings->no_proxy ? "," : "");
	if (settings->no_proxy && str_equal (settings->no_proxy, "*"))
		http->no_proxy[1] = '\0';
	if (settings->cert_dir && certs_read_dir (&http->certs, settings->cert_dir, err) < 0)
		http_free (&http);
	return http;
}

void
http_free (struct http **http)
{
	struct http *h = *http;

	if (!h)
		return;
	while (h->idle) {
		struct idle_handle *next = h->idle->next;

		curl_easy_cleanup (h->idle->curl);
		free (h->idle);
		h->idle = next;
	}
	certs_done (&h->certs);
	pthread_mutex_destroy (&h->lock);
	free (h->no_proxy);
	free (h);
	*http = NULL;
}

/* The one that was used last: its connection is the least likely to have been closed. */
static CURL *
take_handle (struct http *http)
{
	struct idle_handle *idle;
	CURL *curl;

	pthread_mutex_lock (&http->lock);
	idle = http->idle;
	if (idle)
		http->idle = idle->next;
	pthread_mutex_unlock (&http->lock);
	if (!idle)
		return curl_easy_init ();
	curl = idle->curl;
	free (idle);
	curl_easy_reset (curl);
	return curl;
}

static void
give_handle_back (struct http *http, CURL *curl)
{
	struct idle_handle *idle = xcalloc (1, sizeof *idle);

	idle->curl = curl;
	pthread_mutex_lock (&http->lock);
	idle->next = http->idle;
	http->idle = idle;
	pthread_mutex_unlock (&http->lock);
}

/* ---- headers */

const char *
http_header (const struct http_response *response, const char *name, size_t n)
{
	for (size_t i = 0; i < response->n_headers; i++)
		if (strcasecmp (response->headers[i].name, name) == 0 && n-- == 0)
			return response->headers[i].value;
	return NULL;
}

static void
forget_headers (struct http_response *response)
{
	arena_done (&response->arena);
	response->arena = (struct arena){ 0 };
	free (response->headers);
	response->headers = NULL;
	response->n_headers = 0;
	response->header_bytes = 0;
}

static void
add_header (struct http_response *response, const char *line, size_t size)
{
	const char *colon = memchr (line, ':', size), *value, *end = line + size;
	struct http_header *header;

	if (!colon || colon == line)
		return;
	value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && strchr (" \t\r\n", end[-1]))
		end--;
	response->headers =
		xrealloc (response->headers, (response->n_headers + 1) * sizeof *response->headers);
	header = &response->headers[response->n_headers++];
	header->name = arena_strndup (&response->arena, line, (size_t) (colon - line));
	header->value = arena_strndup (&response->arena, value, (size_t) (end - value));
}

/* libcurl's callback for a line of the header. */
static size_t
take_header (char *line, size_t one, size_t size, void *data)
{
	struct exchange *exchange = data;
	struct http_response *response = exchange->response;

	/* A trailer: nothing of ours is there. */
	if (exchange->has_begun)
		return size;
	/* Each answer begins with this, and before the final one there may be a 100. */
	if (size > 5 && strncmp (line, "HTTP/", 5) == 0)
		forget_headers (response);
	response->header_bytes += size;
	if (response->header_bytes > MAX_HEADER_BYTES) {
		exchange->is_refused = true;
		fail (exchange->err, 0, "the header of the answer is bigger than %d bytes",
			MAX_HEADER_BYTES);
		return 0;
	}
	add_header (response, line, size);
	return size;
}

/* ---- bodies */

static bool
goes_to_sink (struct exchange *exchange)
{
	int status = exchange->response->status;

	return exchange->request->sink && status >= 200 && status < 300;
}

/* Before the first byte of the body, or at its end if there is none. */
static int
begin_body (struct exchange *exchange)
{
	const struct http_sink *sink = exchange->request->sink;
	long status = 0;

	if (exchange->has_begun)
		return 0;
	exchange->has_begun = true;
	curl_easy_getinfo (exchange->curl, CURLINFO_RESPONSE_CODE, &status);
	exchange->response->status = (int) status;
	if (goes_to_sink (exchange) && sink->begin)
		return sink->begin (sink->data, exchange->response, exchange->err);
	return 0;
}

static int
keep_body (struct exchange *exchange, const char *bytes, size_t size)
{
	struct buffer *body = &exchange->response->body;
	int status = exchange->response->status;
	bool is_good = status >= 200 && status < 300;
	size_t limit =
		is_good && exchange->request->limit ? exchange->request->limit : DEFAULT_LIMIT;

	if (size > limit - body->size) {
		/* An error's text is worth no more, and may have no end. */
		if (!is_good) {
			buffer_add (body, bytes, limit - body->size);
			exchange->is_enough = true;
			return 0;
		}
		return fail (exchange->err, EFBIG, "the answer has more than %zu bytes", limit);
	}
	buffer_add (body, bytes, size);
	return 0;
}

/* libcurl's callback for a part of the body. */
static size_t
take_body (char *bytes, size_t one, size_t size, void *data)
{
	struct exchange *exchange = data;
	const struct http_sink *sink = exchange->request->sink;
	int done = begin_body (exchange);

	if (done == 0 && goes_to_sink (exchange))
		done = sink->write (sink->data, bytes, size, exchange->err);
	else if (done == 0)
		done = keep_body (exchange, bytes, size);
	if (done < 0) {
		exchange->is_refused = true;
		return 0;
	}
	return exchange->is_enough ? 0 : size;
}

/* libcurl's callback for what to send. */
static size_t
give_body (char *bytes, size_t one, size_t room, void *data)
{
	struct exchange *exchange = data;
	const struct http_upload *upload = exchange->request->upload;
	uint64_t left = upload->size - exchange->sent;
	size_t n = left < room ? (size_t) left : room;
	ssize_t got;

	if (n == 0)
		return 0;
	if (upload->data) {
		memcpy (bytes, (const char *) upload->data + exchange->sent, n);
		exchange->sent += n;
		return n;
	}
	do
		got = pread (upload->fd, bytes, n, upload->offset + (off_t) exchange->sent);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		exchange->is_refused = true;
		if (got < 0)
			fail (exchange->err, errno, "read what is to be sent");
		else
			fail (exchange->err, 0, "what is to be sent has become shorter");
		return CURL_READFUNC_ABORT;
	}
	exchange->sent += (uint64_t) got;
	return (size_t) got;
}

/* libcurl's callback for sending again on a new connection. */
static int
rewind_body (void *data, curl_off_t offset, int origin)
{
	struct exchange *exchange = data;

	if (origin != SEEK_SET || offset < 0)
		return CURL_SEEKFUNC_CANTSEEK;
	exchange->sent = (uint64_t) offset;
	return CURL_SEEKFUNC_OK;
}

static int
watch_cancel (void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct exchange *exchange = data;

	return atomic_load (exchange->http->settings.cancelled);
}

/* ---- one exchange */

static void
set_connection (struct exchange *exchange)
{
	const struct http_settings *settings = &exchange->http->settings;
	long stall = settings->stall_seconds > 0 ? settings->stall_seconds : 60;
	CURL *curl = exchange->curl;

	curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt (curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt (curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt (curl, CURLOPT_BUFFERSIZE, (long) RECEIVE_BUFFER);
	curl_easy_setopt (curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt (curl, CURLOPT_CONNECTTIMEOUT,
		settings->connect_seconds > 0 ? (long) settings->connect_seconds : 30L);
	curl_easy_setopt (curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_SECOND);
	curl_easy_setopt (curl, CURLOPT_LOW_SPEED_TIME,
		exchange->request->upload ? stall * UPLOAD_PATIENCE : stall);
	curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, exchange->message);
	if (settings->user_agent)
		curl_easy_setopt (curl, CURLOPT_USERAGENT, settings->user_agent);
	if (settings->cancelled) {
		curl_easy_setopt (curl, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt (curl, CURLOPT_XFERINFOFUNCTION, watch_cancel);
		curl_easy_setopt (curl, CURLOPT_XFERINFODATA, exchange);
	}
}

/* Without these libcurl would look at the environment itself. */
static void
set_proxy (struct exchange *exchange, const struct url_origin *origin)
{
	const struct http_settings *settings = &exchange->http->settings;
	const char *proxy = origin->is_https ? settings->https_proxy : settings->http_proxy;

	curl_easy_setopt (exchange->curl, CURLOPT_PROXY, proxy ? proxy : "");
	curl_easy_setopt (exchange->curl, CURLOPT_NOPROXY, exchange->http->no_proxy);
}

/* The authorities of the given directory hold for all, its client certificate for one host. */
static int
find_certs (struct exchange *exchange, const struct url_origin *origin)
{
	const struct http_settings *settings = &exchange->http->settings;
	const struct certs *given = &exchange->http->certs;
	struct certs *certs = &exchange->certs;

	if (certs_read_host (certs, settings->certs_d, origin->host, origin->port, exchange->err) <
		0)
		return -1;
	buffer_add (&certs->authorities, given->authorities.data, given->authorities.size);
	if (!given->certificate || !settings->cert_host ||
		!certs_host_matches (settings->cert_host, origin->host, origin->port))
		return 0;
	free (certs->certificate);
	free (certs->key);
	certs->certificate = xstrdup (given->certificate);
	certs->key = xstrdup (given->key);
	return 0;
}

static int
set_tls (struct exchange *exchange, const struct url_origin *origin)
{
	bool verify = !exchange->http->settings.skip_tls_verify;
	struct curl_blob blob = { .flags = CURL_BLOB_COPY };
	CURL *curl = exchange->curl;

	if (!origin->is_https)
		return 0;
	curl_easy_setopt (curl, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt (curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	curl_easy_setopt (curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (find_certs (exchange, origin) < 0)
		return -1;
	/* libcurl adds these to the system's directory of authorities. */
	if (exchange->certs.authorities.size > 0) {
		blob.data = exchange->certs.authorities.data;
		blob.len = exchange->certs.authorities.size;
		curl_easy_setopt (curl, CURLOPT_CAINFO_BLOB, &blob);
	}
	if (exchange->certs.certificate) {
		curl_easy_setopt (curl, CURLOPT_SSLCERT, exchange->certs.certificate);
		curl_easy_setopt (curl, CURLOPT_SSLKEY, exchange->certs.key);
	}
	return 0;
}

static void
set_body (struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	CURL *curl = exchange->curl;

	curl_easy_setopt (curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt (curl, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt (curl, CURLOPT_WRITEDATA, exchange);
	if (str_equal (request->method, "HEAD"))
		curl_easy_setopt (curl, CURLOPT_NOBODY, 1L);
	if (!request->upload)
		return;
	curl_easy_setopt (curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt (curl, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt (curl, CURLOPT_READDATA, exchange);
	curl_easy_setopt (curl, CURLOPT_SEEKFUNCTION, rewind_body);
	curl_easy_setopt (curl, CURLOPT_SEEKDATA, exchange);
	curl_easy_setopt (curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t) request->upload->size);
	/* It was authorized with an earlier request: waiting for a 100 would only cost time. */
	exchange->headers = curl_slist_append (exchange->headers, "Expect:");
}

static int
set_up (struct exchange *exchange, const char *url, bool with_authorization)
{
	const struct http_request *request = exchange->request;
	AUTO (url_origin_done) struct url_origin origin = { 0 };

	if (url_origin (url, &origin, exchange->err) < 0)
		return -1;
	set_connection (exchange);
	set_proxy (exchange, &origin);
	if (set_tls (exchange, &origin) < 0)
		return -1;
	set_body (exchange);
	if (!str_equal (request->method, "GET") && !str_equal (request->method, "HEAD"))
		curl_easy_setopt (exchange->curl, CURLOPT_CUSTOMREQUEST, request->method);
	for (size_t i = 0; request->headers && request->headers[i]; i++)
		exchange->headers = curl_slist_append (exchange->headers, request->headers[i]);
	if (request->authorization && with_authorization) {
		autofree char *line = xasprintf ("Authorization: %s", request->authorization);

		exchange->headers = curl_slist_append (exchange->headers, line);
	}
	curl_easy_setopt (exchange->curl, CURLOPT_HTTPHEADER, exchange->headers);
	curl_easy_setopt (exchange->curl, CURLOPT_URL, url);
	return 0;
}

/* What may have been bad luck. */
static bool
is_passing (CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_GOT_NOTHING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_SSL_CONNECT_ERROR:
		return true;
	default:
		return false;
	}
}

static int
fail_exchange (struct exchange *exchange, const char *url, CURLcode code)
{
	autofree char *shown = url_for_messages (url);
	const char *text = exchange->message[0] ? exchange->message : curl_easy_strerror (code);

	if (exchange->is_refused)
		return error_prefix (exchange->err, "%s %s", exchange->request->method, shown);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return fail (exchange->err, ECANCELED, "%s %s", exchange->request->method, shown);
	exchange->response->is_broken = is_passing (code);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return fail_hint (exchange->err, 0, "see --cert-dir and --tls-verify", "%s %s: %s",
			exchange->request->method, shown, text);
	return fail (exchange->err, 0, "%s %s: %s", exchange->request->method, shown, text);
}

static int
run_exchange (struct exchange *exchange, const char *url, bool with_authorization)
{
	autofree char *shown = NULL;
	CURLcode code;

	exchange->response->status = 0;
	buffer_done (&exchange->response->body);
	forget_headers (exchange->response);
	if (set_up (exchange, url, with_authorization) < 0) {
		shown = url_for_messages (url);
		return error_prefix (exchange->err, "%s %s", exchange->request->method, shown);
	}
	code = curl_easy_perform (exchange->curl);
	if (code == CURLE_WRITE_ERROR && exchange->is_enough)
		code = CURLE_OK;
	if (code == CURLE_OK && begin_body (exchange) < 0)
		exchange->is_refused = true;
	if (code != CURLE_OK || exchange->is_refused)
		return fail_exchange (exchange, url, code);
	return 0;
}

static int
exchange_once (struct http *http, const struct http_request *request, const char *url,
	bool with_authorization, struct http_response *response, struct error *err)
{
	struct exchange exchange = {
		.http = http,
		.request = request,
		.response = response,
		.curl = take_handle (http),
		.err = err,
	};
	int done;

	if (!exchange.curl)
		return fail (err, ENOMEM, "start libcurl");
	done = run_exchange (&exchange, url, with_authorization);
	curl_slist_free_all (exchange.headers);
	certs_done (&exchange.certs);
	give_handle_back (http, exchange.curl);
	return done;
}

/* ---- redirects */

/* Where the answer sends us, or NULL if it does not. */
static const char *
redirect_of (const struct http_request *request, const struct http_response *response)
{
	int status = response->status;
	bool is_read = str_equal (request->method, "GET") || str_equal (request->method, "HEAD");

	if (status == 307 || status == 308 ||
		(is_read && (status == 301 || status == 302 || status == 303)))
		return http_header (response, "Location", 0);
	return NULL;
}

/* *out_same: it is still the same server. */
static int
check_redirect (const char *from, const char *to, bool *out_same, struct error *err)
{
	AUTO (url_origin_done) struct url_origin a = { 0 }, b = { 0 };
	autofree char *shown = url_for_messages (to);

	if (url_origin (from, &a, err) < 0 || url_origin (to, &b, err) < 0)
		return -1;
	if (a.is_https && !b.is_https)
		return fail (err, 0, "redirected from https to '%s'", shown);
	*out_same = url_origin_equal (&a, &b);
	return 0;
}

int
http_send (struct http *http, const struct http_request *request, struct http_response *out,
	struct error *err)
{
	bool with_authorization = true, is_same = false;

	*out = (struct http_response){ .url = xstrdup (request->url) };
	for (int n = 0; n <= MAX_REDIRECTS; n++) {
		const char *location;
		char *next;

		if (exchange_once (http, request, out->url, with_authorization, out, err) < 0)
			return -1;
		location = redirect_of (request, out);
		if (!location)
			return 0;
		if (url_resolve (out->url, location, &next, err) < 0)
			return error_prefix (err, "%s %s: Location", request->method, request->url);
		if (check_redirect (out->url, next, &is_same, err) < 0) {
			free (next);
			return error_prefix (err, "%s %s", request->method, request->url);
		}
		if (request->same_server && !is_same) {
			free (next);
			return fail (err, 0, "%s %s: redirected to another server", request->method,
				request->url);
		}
		/* Once elsewhere there is no way back: the other one would choose what is asked
		 * with our authority. */
		with_authorization = with_authorization && is_same;
		free (out->url);
		out->url = next;
	}
	return fail (err, 0, "%s %s: more than %d redirects", request->method, request->url,
		MAX_REDIRECTS);
}

/* ---- trying again */

static int64_t
now_ms (void)
{
	struct timespec ts;

	clock_gettime (CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
http_parse_retry_after (const char *value)
{
	uint64_t seconds;
	time_t date;

	if (str_to_u64 (value, INT32_MAX, &seconds))
		return (int64_t) seconds;
	date = curl_getdate (value, NULL);
	if (date < 0)
		return -1;
	return date > time (NULL) ? (int64_t) (date - time (NULL)) : 0;
}

/* A number from 0 up to below the limit. */
static int64_t
random_below (int64_t limit)
{
	uint32_t number = 0;

	error_ignore (getrandom (&number, sizeof number, 0), "no jitter is no harm");
	return (int64_t) (number % (uint64_t) limit);
}

/* Milliseconds, or -1 when the server wants to be left alone for longer than anybody would wait. */
static int64_t
time_to_wait (const struct http_response *response, unsigned int tries)
{
	const char *asked = http_header (response, "Retry-After", 0);
	int64_t seconds = asked ? http_parse_retry_after (asked) : -1;
	int64_t ms = FIRST_WAIT_MS << (tries < 10 ? tries : 10);

	if (seconds > MAX_ASKED_WAIT_SECONDS)
		return -1;
	if (seconds >= 0)
		return seconds * 1000 + random_below (200);
	if (ms > MAX_WAIT_MS)
		ms = MAX_WAIT_MS;
	return ms / 2 + random_below (ms / 2);
}

static bool
is_passing_status (int status)
{
	return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

/* Returns false when it was cancelled meanwhile. */
static bool
wait_ms (const struct http *http, int64_t ms)
{
	int64_t end = now_ms () + ms, left;

	while ((left = end - now_ms ()) > 0) {
		if (http->settings.cancelled && atomic_load (http->settings.cancelled))
			return false;
		usleep ((useconds_t) (left < CANCEL_CHECK_MS ? left : CANCEL_CHECK_MS) * 1000);
	}
	return true;
}

bool
http_wait_to_retry (struct http *http, struct http_retry *retry,
	const struct http_response *response, const char *why)
{
	const struct http_settings *settings = &http->settings;
	unsigned int allowed =
		settings->retries < 0 ? DEFAULT_RETRIES : (unsigned int) settings->retries;
	int64_t ms;

	if (!response->is_broken && !is_passing_status (response->status))
		return false;
	if (retry->tries >= allowed)
		return false;
	ms = time_to_wait (response, retry->tries);
	if (ms < 0)
		return false;
	retry->tries++;
	if (settings->notice) {
		autofree char *text = xasprintf ("%s; trying again in %.1f s (%u of %u)", why,
			(double) ms / 1000, retry->tries, allowed);

		settings->notice (settings->notice_data, text);
	}
	return wait_ms (http, ms);
}

bool
http_parse_content_range (
	const char *value, uint64_t *out_first, uint64_t *out_last, uint64_t *out_size)
{
	autofree char *copy = xstrdup (value);
	char *first, *last, *size;

	if (strncasecmp (copy, "bytes ", 6) != 0)
		return false;
	first = copy + 6;
	last = strchr (first, '-');
	size = strchr (first, '/');
	if (!last || !size || last > size)
		return false;
	*last++ = '\0';
	*size++ = '\0';
	*out_size = UINT64_MAX;
	if (!str_equal (size, "*") && !str_to_u64 (size, INT64_MAX, out_size))
		return false;
	return str_to_u64 (first, INT64_MAX, out_first) && str_to_u64 (last, INT64_MAX, out_last) &&
	       *out_first <= *out_last && *out_last < *out_size;
}

void
http_response_done (struct http_response *response)
{
	free (response->url);
	forget_headers (response);
	buffer_done (&response->body);
	*response = (struct http_response){ 0 };
}
