/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"

/* A map of more lines is refused by the kernel: UID_GID_MAP_MAX_EXTENTS, Linux 4.15. */
#define MAX_EXTENTS 340

static bool
overlap (uint32_t a, uint32_t b, uint32_t a_size, uint32_t b_size)
{
	return a < (uint64_t) b + b_size && b < (uint64_t) a + a_size;
}

static void
check_extent (struct spec_context *c, struct oci_id_mapping *const *mappings, size_t i)
{
	const struct oci_id_mapping *m = mappings[i];

	if (m->size == 0)
		spec_problem (c, &m->size, "must not be 0");
	/* the last id, 4294967295, is (uid_t) -1 and nobody's */
	if ((uint64_t) m->container_id + m->size > UINT32_MAX ||
		(uint64_t) m->host_id + m->size > UINT32_MAX)
		spec_problem (c, m, "maps ids beyond 4294967294");
	for (size_t k = 0; k < i; k++) {
		const struct oci_id_mapping *other = mappings[k];

		if (overlap (m->container_id, other->container_id, m->size, other->size))
			spec_problem (c, &m->container_id,
				"ids %u to %u overlap with those of mapping %zu", m->container_id,
				m->container_id + m->size - 1, k);
		else if (overlap (m->host_id, other->host_id, m->size, other->size))
			spec_problem (c, &m->host_id,
				"ids %u to %u overlap with those of mapping %zu", m->host_id,
				m->host_id + m->size - 1, k);
	}
}

static struct id_map *
resolve (struct spec_context *c, struct oci_id_mapping *const *const *mappings, size_t n)
{
	struct id_map *map = n ? spec_alloc (c, n, sizeof *map) : NULL;

	if (n > MAX_EXTENTS) {
		spec_problem (c, mappings, "has %zu mappings, and Linux takes %d", n, MAX_EXTENTS);
		return map;
	}
	for (size_t i = 0; i < n; i++) {
		const struct oci_id_mapping *m = (*mappings)[i];

		check_extent (c, *mappings, i);
		map[i] = (struct id_map){ m->container_id, m->host_id, m->size };
	}
	return map;
}

void
spec_id_maps (struct spec_context *c, const struct spec_mappings *mappings, struct id_maps *out)
{
	if (mappings->n_uids > 0 && mappings->n_gids == 0)
		spec_problem (c, mappings->gids, "is missing beside uidMappings");
	if (mappings->n_gids > 0 && mappings->n_uids == 0)
		spec_problem (c, mappings->uids, "is missing beside gidMappings");
	*out = (struct id_maps){
		.uids = resolve (c, mappings->uids, mappings->n_uids),
		.n_uids = mappings->n_uids,
		.gids = resolve (c, mappings->gids, mappings->n_gids),
		.n_gids = mappings->n_gids,
	};
}

bool
spec_maps_id (const struct id_map *map, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= map[i].container && id - map[i].container < map[i].size)
			return true;
	return false;
}
