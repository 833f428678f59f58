/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * devices_bpf: device rules on cgroup2, where a BPF program (BPF_PROG_TYPE_CGROUP_DEVICE) is asked at
 * each open and mknod. Programs of other owners stay: the kernel allows what all of them allow.
 * Private to cgroup/.
 */
#pragma once

#include "cgroup/devices.h"

#include <linux/bpf.h>

/* The program: it takes a struct bpf_cgroup_dev_ctx and returns 1 (allow) or 0. Pure; the caller frees
 * it. Returns the number of instructions. */
size_t devices_bpf_compile (const struct device_list *list, struct bpf_insn **out);

/* Makes that the place's program. One that davit put there before is replaced in one step; a list
 * that allows everything takes it away. */
CHECKED int devices_bpf_apply (
	struct place *place, const struct device_list *list, struct error *err);
