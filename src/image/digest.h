/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * digest: what a blob is known by, "sha256:" or "sha512:" and that many hex digits in lower case.
 *
 * A digest from a manifest becomes a file's name and part of a URL: nothing is taken for one that is
 * not letter for letter of that form (CVE-2024-3727). Hashing is OpenSSL's, which uses the CPU's
 * instructions for it. Source: image-spec 1.1, descriptor.md.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_TEXT_SIZE (7 + 128 + 1)

enum digest_algorithm { DIGEST_SHA256, DIGEST_SHA512 };

/* "sha256", "sha512": what the directories below blobs/ are called. */
const char *digest_algorithm_name (enum digest_algorithm algorithm);

bool digest_is_valid (const char *text);

/* The same with an error that names `whose` ("layer 2"). out_algorithm may be NULL. */
CHECKED int digest_check (const char *text, const char *whose, enum digest_algorithm *out_algorithm,
	struct error *err);

/* The part behind the colon, and the algorithm, of a text that is a valid digest. */
const char *digest_hex (const char *digest);
enum digest_algorithm digest_algorithm_of (const char *digest);

/* Hashing piece by piece; not by two threads at once. */
struct digest_stream;
struct digest_stream *digest_new (enum digest_algorithm algorithm);
void digest_update (struct digest_stream *stream, const void *data, size_t size);

/* Once, at the end: writes the digest of everything. */
void digest_finish (struct digest_stream *stream, char out[DIGEST_TEXT_SIZE]);
void digest_free (struct digest_stream **stream);

/* The digest of data in memory. */
void digest_of (
	enum digest_algorithm algorithm, const void *data, size_t size, char out[DIGEST_TEXT_SIZE]);
