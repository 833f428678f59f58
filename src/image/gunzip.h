/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gunzip: one member of a gzip stream, by ISA-L or by zlib. Checks its CRC and length.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

struct gunzip;

struct gunzip *gunzip_new (void);
void gunzip_reset (struct gunzip *gunzip); /* for the next member */
void gunzip_free (struct gunzip **gunzip);

struct gunzip_step {
	const unsigned char *in;
	size_t in_size;
	unsigned char *out;
	size_t room;
};

/* As far as input and room reach; the step moves on. Returns 1 at the member's end. */
CHECKED int gunzip_step (struct gunzip *gunzip, struct gunzip_step *step, struct error *err);

extern const char *const gunzip_library;
