/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Limits of block devices: weights, and throttles by device.
 *
 * Weights are the I/O scheduler's. BFQ has files of its own, with its own scale of 1 to 1000 on both
 * versions, and they are what there is on most hosts, so they are tried first. Else blkio.weight is
 * CFQ's (gone since Linux 5.0), and io.weight that of iocost, on a scale of 1 to 10000.
 */
#include "cgroup/limits.h"

#include <inttypes.h>
#include <stdio.h>

/* A table of throttles, in the order of their writes. */
static const struct throttle {
	size_t offset; /* of the struct block_throttles */
	const char *file; /* of v1 */
	const char *key; /* in io.max */
} throttles[] = {
	{ offsetof (struct block_limits, read_bps), "blkio.throttle.read_bps_device", "rbps" },
	{ offsetof (struct block_limits, write_bps), "blkio.throttle.write_bps_device", "wbps" },
	{ offsetof (struct block_limits, read_iops), "blkio.throttle.read_iops_device", "riops" },
	{ offsetof (struct block_limits, write_iops), "blkio.throttle.write_iops_device", "wiops" },
};

/* The i-th of all throttles; NULL at the end. */
static const struct block_throttle *
find_throttle (const struct block_limits *block, size_t i, const struct throttle **out_kind)
{
	for (size_t k = 0; k < sizeof throttles / sizeof *throttles; k++) {
		const struct block_throttles *list =
			(const struct block_throttles *) ((const char *) block +
							  throttles[k].offset);

		*out_kind = &throttles[k];
		if (i < list->n)
			return &list->entries[i];
		i -= list->n;
	}
	return NULL;
}

/* A weight of 0 is what engines write for none. device is NULL for the default. */
static enum limit_item
weight_item (const struct opt_u64 *weight, const struct device_number *device, bool is_v2,
	struct limit_write *out)
{
	const char *version = is_v2 ? "io" : "blkio";
	const char *suffix = device && !is_v2 ? "_device" : "";
	uint64_t other = is_v2 ? limit_io_weight (weight->value) : weight->value;

	if (!weight->set || weight->value == 0)
		return LIMIT_SKIP;
	snprintf (out->file, sizeof out->file, "%s.bfq.weight%s", version, suffix);
	snprintf (out->other_file, sizeof out->other_file, "%s.weight%s", version, suffix);
	if (!device) {
		snprintf (out->room, sizeof out->room, "%" PRIu64, weight->value);
		snprintf (out->other_text, sizeof out->other_text, "%" PRIu64, other);
		return LIMIT_WRITE;
	}
	snprintf (out->room, sizeof out->room, "%" PRId64 ":%" PRId64 " %" PRIu64, device->major,
		device->minor, weight->value);
	snprintf (out->other_text, sizeof out->other_text, "%" PRId64 ":%" PRId64 " %" PRIu64,
		device->major, device->minor, other);
	return LIMIT_WRITE;
}

/* CFQ's, on v1. cgroup2 has no word for it: the file that is not there is the error. */
static enum limit_item
leaf_weight_item (const struct opt_u64 *weight, const struct device_number *device, bool is_v2,
	struct limit_write *out)
{
	const char *version = is_v2 ? "io" : "blkio";

	if (!weight->set || weight->value == 0)
		return LIMIT_SKIP;
	if (!device) {
		snprintf (out->file, sizeof out->file, "%s.leaf_weight", version);
		snprintf (out->room, sizeof out->room, "%" PRIu64, weight->value);
		return LIMIT_WRITE;
	}
	snprintf (out->file, sizeof out->file, "%s.leaf_weight_device", version);
	snprintf (out->room, sizeof out->room, "%" PRId64 ":%" PRId64 " %" PRIu64, device->major,
		device->minor, weight->value);
	return LIMIT_WRITE;
}

/* A rate of 0 takes the limit away. */
static void
throttle_item (const struct throttle *kind, const struct block_throttle *throttle, bool is_v2,
	struct limit_write *out)
{
	out->at = throttle->at;
	snprintf (out->file, sizeof out->file, "%s", is_v2 ? "io.max" : kind->file);
	if (!is_v2)
		snprintf (out->room, sizeof out->room, "%" PRId64 ":%" PRId64 " %" PRIu64,
			throttle->device.major, throttle->device.minor, throttle->rate);
	else if (throttle->rate == 0)
		snprintf (out->room, sizeof out->room, "%" PRId64 ":%" PRId64 " %s=max",
			throttle->device.major, throttle->device.minor, kind->key);
	else
		snprintf (out->room, sizeof out->room, "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
			throttle->device.major, throttle->device.minor, kind->key, throttle->rate);
}

/* First the two defaults, then two writes for each weighted device, then the throttles. */
static enum limit_item
block_item (const struct block_limits *block, size_t i, bool is_v2, struct limit_write *out)
{
	const struct block_throttle *throttle;
	const struct throttle *kind;

	if (i == 0)
		return weight_item (&block->weight, NULL, is_v2, out);
	if (i == 1)
		return leaf_weight_item (&block->leaf_weight, NULL, is_v2, out);
	i -= 2;
	if (i < 2 * block->n_weight_devices) {
		const struct block_weight *entry = &block->weight_devices[i / 2];

		out->at = entry->at;
		return i % 2 == 0
			       ? weight_item (&entry->weight, &entry->device, is_v2, out)
			       : leaf_weight_item (&entry->leaf_weight, &entry->device, is_v2, out);
	}
	throttle = find_throttle (block, i - 2 * block->n_weight_devices, &kind);
	if (!throttle)
		return LIMIT_END;
	throttle_item (kind, throttle, is_v2, out);
	return LIMIT_WRITE;
}

enum limit_item
limit_block_v1 (const struct resources_plan *resources, size_t i, struct limit_write *out)
{
	return block_item (&resources->block, i, false, out);
}

enum limit_item
limit_block_v2 (const struct resources_plan *resources, size_t i, struct limit_write *out)
{
	return block_item (&resources->block, i, true, out);
}
