/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * base64: RFC 4648 section 4, with padding.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* NUL-terminated; the caller frees it. */
char *base64_encode (const void *data, size_t size);

/* Strict: no blanks, no line ends, no missing padding, no bits set behind the last byte. *out_data has a NUL
 * behind its *out_size bytes; the caller frees it. Returns false if text is something else. */
bool base64_decode (const char *text, char **out_data, size_t *out_size);
