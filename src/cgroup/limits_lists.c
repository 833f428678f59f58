/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Limits by page size, RDMA device and network interface.
 */
#include "cgroup/limits.h"

#include <inttypes.h>
#include <stdio.h>

/* Two writes a size: reservations, which a program learns of in time (Linux 5.7), and page faults. */
static enum limit_item
hugepages (const struct resources_plan *resources, size_t i, const char *suffix,
	struct limit_write *out)
{
	const struct hugepage_limit *limit = &resources->hugepages[i / 2];
	bool is_reservation = i % 2 == 0;

	if (i / 2 >= resources->n_hugepages)
		return LIMIT_END;
	snprintf (out->file, sizeof out->file, "hugetlb.%s%s.%s", limit->page_size,
		is_reservation ? ".rsvd" : "", suffix);
	snprintf (out->room, sizeof out->room, "%" PRIu64, limit->limit);
	out->may_miss = is_reservation;
	out->at = limit->at;
	return LIMIT_WRITE;
}

enum limit_item
limit_hugepages_v1 (const struct resources_plan *resources, size_t i, struct limit_write *out)
{
	return hugepages (resources, i, "limit_in_bytes", out);
}

enum limit_item
limit_hugepages_v2 (const struct resources_plan *resources, size_t i, struct limit_write *out)
{
	return hugepages (resources, i, "max", out);
}

enum limit_item
limit_rdma (const struct resources_plan *resources, size_t i, struct limit_write *out)
{
	const struct rdma_limit *limit = &resources->rdma[i];
	size_t n;

	if (i >= resources->n_rdma)
		return LIMIT_END;
	snprintf (out->file, sizeof out->file, "rdma.max");
	n = (size_t) snprintf (out->room, sizeof out->room, "%s", limit->device);
	if (limit->hca_handles.set && n < sizeof out->room)
		n += (size_t) snprintf (out->room + n, sizeof out->room - n, " hca_handle=%" PRIu64,
			limit->hca_handles.value);
	if (limit->hca_objects.set && n < sizeof out->room)
		snprintf (out->room + n, sizeof out->room - n, " hca_object=%" PRIu64,
			limit->hca_objects.value);
	return LIMIT_WRITE;
}

enum limit_item
limit_priorities (const struct resources_plan *resources, size_t i, struct limit_write *out)
{
	const struct interface_priority *priority = &resources->network.priorities[i];

	if (i >= resources->network.n_priorities)
		return LIMIT_END;
	snprintf (out->file, sizeof out->file, "net_prio.ifpriomap");
	snprintf (out->room, sizeof out->room, "%s %" PRIu32, priority->name, priority->priority);
	return LIMIT_WRITE;
}
