/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/digest.h"
#include "base/mem.h"
#include "base/str.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	size_t hex_length;
	const EVP_MD *(*md) (void);
} algorithms[] = {
	[DIGEST_SHA256] = { "sha256", 64, EVP_sha256 },
	[DIGEST_SHA512] = { "sha512", 128, EVP_sha512 },
};

/* The length of every algorithm's name and its colon. */
#define PREFIX 7

struct digest_stream {
	EVP_MD_CTX *context; /* owned */
	enum digest_algorithm algorithm;
};

const char *
digest_algorithm_name (enum digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

static bool
is_of (const char *text, enum digest_algorithm algorithm)
{
	size_t n = algorithms[algorithm].hex_length;

	return str_starts (text, algorithms[algorithm].name) && text[PREFIX - 1] == ':' &&
	       strspn (text + PREFIX, "0123456789abcdef") == n && text[PREFIX + n] == '\0';
}

bool
digest_is_valid (const char *text)
{
	return text && (is_of (text, DIGEST_SHA256) || is_of (text, DIGEST_SHA512));
}

int
digest_check (const char *text, const char *whose, enum digest_algorithm *out_algorithm,
	struct error *err)
{
	if (!digest_is_valid (text))
		return fail (err, 0,
			"%s: '%.200s' is no digest: it takes sha256: or sha512: and hex digits",
			whose, text ? text : "");
	if (out_algorithm)
		*out_algorithm = digest_algorithm_of (text);
	return 0;
}

const char *
digest_hex (const char *digest)
{
	return digest + PREFIX;
}

enum digest_algorithm
digest_algorithm_of (const char *digest)
{
	return str_starts (digest, "sha512:") ? DIGEST_SHA512 : DIGEST_SHA256;
}

struct digest_stream *
digest_new (enum digest_algorithm algorithm)
{
	struct digest_stream *stream = xcalloc (1, sizeof *stream);

	stream->algorithm = algorithm;
	stream->context = EVP_MD_CTX_new ();
	/* these fail for want of memory only, or when the library is configured to know no hash */
	if (!stream->context ||
		EVP_DigestInit_ex (stream->context, algorithms[algorithm].md (), NULL) != 1)
		abort ();
	return stream;
}

void
digest_update (struct digest_stream *stream, const void *data, size_t size)
{
	if (EVP_DigestUpdate (stream->context, data, size) != 1)
		abort ();
}

void
digest_finish (struct digest_stream *stream, char out[DIGEST_TEXT_SIZE])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (EVP_DigestFinal_ex (stream->context, raw, &n) != 1)
		abort ();
	snprintf (out, DIGEST_TEXT_SIZE, "%s:", algorithms[stream->algorithm].name);
	for (unsigned int i = 0; i < n; i++)
		snprintf (out + PREFIX + 2 * i, 3, "%02x", raw[i]);
}

void
digest_free (struct digest_stream **stream)
{
	if (!*stream)
		return;
	EVP_MD_CTX_free ((*stream)->context);
	free (*stream);
	*stream = NULL;
}

void
digest_of (
	enum digest_algorithm algorithm, const void *data, size_t size, char out[DIGEST_TEXT_SIZE])
{
	struct digest_stream *stream = digest_new (algorithm);

	digest_update (stream, data, size);
	digest_finish (stream, out);
	digest_free (&stream);
}
