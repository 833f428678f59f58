/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tar_header: one block of 512 bytes, and what its fields say.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct tar_header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[8];
	char uname[32];
	char gname[32];
	char major[8];
	char minor[8];
	char prefix[155]; /* GNU has its own fields here */
	char padding[12];
};
_Static_assert(sizeof (struct tar_header) == 512, "a block");

/* GNU's, from byte 386 on, and the blocks that continue it. */
struct tar_sparse_field {
	char offset[12];
	char size[12];
};
#define TAR_GNU_SPARSE_AT 386
#define TAR_GNU_SPARSES 4
#define TAR_GNU_EXTENDED_AT 482
#define TAR_GNU_REAL_SIZE_AT 483
#define TAR_GNU_SPARSES_MORE 21
#define TAR_GNU_MORE_EXTENDED_AT 504

#define TAR_MAGIC_USTAR \
	"ustar\0"       \
	"00"
#define TAR_MAGIC_GNU "ustar  \0"

bool tar_header_is_zero (const struct tar_header *header);
bool tar_header_checksum_is_right (const struct tar_header *header);

/* A number in octal, or in GNU's base 256; blanks and NULs around it don't count. No number is 0. Returns
 * false for anything else and for what is not in 64 bits. */
bool tar_number (const char *field, size_t size, int64_t *out);
