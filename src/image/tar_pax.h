/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tar_pax: the records of an extended header of pax: "LENGTH KEY=VALUE\n", one after the other, which
 * hold for the entry behind it.
 */
#pragma once

#include "base/error.h"
#include "base/mem.h"
#include "image/tar.h"

/* A stretch of a sparse file that has data. */
struct tar_stretch {
	uint64_t offset, size;
};
#define TAR_MAX_STRETCHES (1U << 20)

/* What they say; { 0 }: nothing. All memory is the arena's but the stretches. */
struct tar_pax {
	const char *path, *link; /* NULL if absent */
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size;
	uint32_t uid, gid;
	struct timespec mtime;
	struct tar_xattr *xattrs;
	size_t n_xattrs, xattrs_room;
	/* GNU's sparse files: 0.0 and 0.1 have a map here, 1.0 has it in front of the data */
	bool has_map, is_sparse_1, has_real_size;
	bool has_minor_0;
	const char *sparse_name;
	uint64_t real_size;
	struct tar_stretch *stretches; /* owned */
	size_t n_stretches, stretches_room;
	bool is_offset_next; /* 0.0: offsets and sizes take turns */
};

CHECKED int tar_pax_parse (struct tar_pax *pax, struct arena *arena, const char *records,
	size_t size, struct error *err);
void tar_pax_done (struct tar_pax *pax);

/* One more stretch: ENOMEM-like error when there are too many. */
CHECKED int tar_pax_add_stretch (
	struct tar_pax *pax, uint64_t offset, uint64_t size, struct error *err);
