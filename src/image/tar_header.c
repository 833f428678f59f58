/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/tar_header.h"

#include <stddef.h>
#include <string.h>

bool
tar_header_is_zero (const struct tar_header *header)
{
	static const struct tar_header zero;

	return memcmp (header, &zero, sizeof zero) == 0;
}

/* The sum of all bytes with the checksum's own as blanks. Some old tars took bytes for signed. */
bool
tar_header_checksum_is_right (const struct tar_header *header)
{
	const unsigned char *bytes = (const unsigned char *) header;
	int64_t expected, sum = 0, signed_sum = 0;

	if (!tar_number (header->checksum, sizeof header->checksum, &expected))
		return false;
	for (size_t i = 0; i < sizeof *header; i++) {
		bool is_its_own = i >= offsetof (struct tar_header, checksum) &&
				  i < offsetof (struct tar_header, type);

		sum += is_its_own ? ' ' : bytes[i];
		signed_sum += is_its_own ? ' ' : (signed char) bytes[i];
	}
	return expected == sum || expected == signed_sum;
}

static bool
number_base_256 (const unsigned char *field, size_t size, int64_t *out)
{
	bool is_negative = field[0] & 0x40;
	uint64_t value = is_negative ? UINT64_MAX << 6 | (field[0] & 0x3f) : field[0] & 0x3f;

	for (size_t i = 1; i < size; i++) {
		uint64_t top = value >> 55;

		/* the nine bits that are pushed out, or become the sign, all have to be the sign */
		if (top != (is_negative ? 0x1ff : 0))
			return false;
		value = value << 8 | field[i];
	}
	*out = (int64_t) value;
	return true;
}

bool
tar_number (const char *field, size_t size, int64_t *out)
{
	uint64_t value = 0;
	size_t i = 0;

	if (field[0] & 0x80)
		return number_base_256 ((const unsigned char *) field, size, out);
	while (size > 0 && (field[size - 1] == ' ' || field[size - 1] == '\0'))
		size--;
	while (i < size && (field[i] == ' ' || field[i] == '\0'))
		i++;
	for (; i < size; i++) {
		/* what stands behind a NUL does not count */
		if (field[i] == '\0' || field[i] == ' ')
			break;
		if (field[i] < '0' || field[i] > '7' || value >> 60)
			return false;
		value = value << 3 | (uint64_t) (field[i] - '0');
	}
	*out = (int64_t) value;
	return true;
}
