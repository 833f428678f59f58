/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/base64.h"
#include "base/auto.h"
#include "base/mem.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
base64_encode (const void *data, size_t size)
{
	const unsigned char *in = data;
	char *text = xmalloc ((size + 2) / 3 * 4 + 1), *out = text;

	for (size_t i = 0; i < size; i += 3) {
		size_t n = size - i < 3 ? size - i : 3;
		uint32_t bits = (uint32_t) in[i] << 16;

		bits |= n > 1 ? (uint32_t) in[i + 1] << 8 : 0;
		bits |= n > 2 ? in[i + 2] : 0;
		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = n > 1 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = n > 2 ? alphabet[bits & 63] : '=';
	}
	*out = '\0';
	return text;
}

/* The four characters at `in` as 1 to 3 bytes; returns how many, 0 if they are none. */
static size_t
decode_group (const char *in, unsigned char out[3])
{
	uint32_t bits = 0;
	size_t n = 4;

	while (n > 2 && in[n - 1] == '=')
		n--;
	for (size_t i = 0; i < 4; i++) {
		const char *at = i < n ? memchr (alphabet, in[i], sizeof alphabet - 1) : alphabet;

		if (!at)
			return 0;
		bits = bits << 6 | (uint32_t) (at - alphabet);
	}
	out[0] = (unsigned char) (bits >> 16);
	out[1] = (unsigned char) (bits >> 8);
	out[2] = (unsigned char) bits;
	if ((n == 2 && (bits & 0xffff)) || (n == 3 && (bits & 0xff)))
		return 0;
	return n - 1;
}

bool
base64_decode (const char *text, char **out_data, size_t *out_size)
{
	size_t length = strlen (text), size = 0;
	autofree char *data = xmalloc (length / 4 * 3 + 4);

	if (length % 4 != 0)
		return false;
	for (size_t i = 0; i < length; i += 4) {
		size_t n = decode_group (text + i, (unsigned char *) data + size);

		if (n == 0 || (n < 3 && i + 4 < length))
			return false;
		size += n;
	}
	data[size] = '\0';
	*out_data = take_ptr (data);
	*out_size = size;
	return true;
}
