/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"

#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000

/* 0 is what engines written in Go have for "not set". */
static struct opt_u64
weight (struct spec_context *c, bool is_there, const uint16_t *member)
{
	if (!is_there || *member == 0)
		return (struct opt_u64){ 0 };
	if (*member < WEIGHT_MIN || *member > WEIGHT_MAX)
		spec_problem (c, member, "must be a number from %d to %d", WEIGHT_MIN, WEIGHT_MAX);
	return (struct opt_u64){ true, *member };
}

static void
add_weights (struct spec_context *c, const struct oci_block_io *block, struct block_limits *out)
{
	out->weight = weight (c, block->has_weight, &block->weight);
	out->leaf_weight = weight (c, block->has_leaf_weight, &block->leaf_weight);
	out->n_weight_devices = block->n_weight_device;
	out->weight_devices = spec_alloc (c, out->n_weight_devices, sizeof *out->weight_devices);
	for (size_t i = 0; i < out->n_weight_devices; i++) {
		const struct oci_weight_device *device = block->weight_device[i];

		if (!device->has_weight && !device->has_leaf_weight)
			spec_problem (c, device, "needs weight or leafWeight");
		out->weight_devices[i] = (struct block_weight){
			.device = { device->major, device->minor },
			.weight = weight (c, device->has_weight, &device->weight),
			.leaf_weight = weight (c, device->has_leaf_weight, &device->leaf_weight),
			.at = spec_at (c, device->place),
		};
	}
}

static struct block_throttles
throttles (struct spec_context *c, struct oci_throttle_device *const *devices, size_t n)
{
	struct block_throttles out = { spec_alloc (c, n, sizeof *out.entries), n };

	for (size_t i = 0; i < n; i++) {
		if (!devices[i]->has_rate)
			spec_problem (c, &devices[i]->rate, "is missing");
		out.entries[i] = (struct block_throttle){
			.device = { devices[i]->major, devices[i]->minor },
			.rate = devices[i]->rate,
			.at = spec_at (c, devices[i]->place),
		};
	}
	return out;
}

void
spec_block_limits (struct spec_context *c, const struct oci_block_io *block)
{
	struct block_limits *out = &c->plan.cgroup.resources.block;

	add_weights (c, block, out);
	out->read_bps =
		throttles (c, block->throttle_read_bps_device, block->n_throttle_read_bps_device);
	out->write_bps =
		throttles (c, block->throttle_write_bps_device, block->n_throttle_write_bps_device);
	out->read_iops =
		throttles (c, block->throttle_read_iops_device, block->n_throttle_read_iops_device);
	out->write_iops = throttles (
		c, block->throttle_write_iops_device, block->n_throttle_write_iops_device);
}
