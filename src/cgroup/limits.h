/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * limits: the fields of linux.resources as files of a cgroup. Private to cgroup/.
 *
 * Two tables, one for v1 and one for cgroup2, have a row for every field; one engine walks them. A row
 * of a field that its version has no file for says so: it is refused when the config asks for
 * it, or is harmless to leave out. Device rules and `unified` are not in the tables.
 */
#pragma once

#include "cgroup/driver.h"

#define LIMIT_FILE 96
#define LIMIT_TEXT 256

/* What to write where. */
struct limit_write {
	char file[LIMIT_FILE];
	const char *text; /* room, or a string of the plan */
	char room[LIMIT_TEXT];
	/* Where the first is not there, this one; "" for none. */
	char other_file[LIMIT_FILE];
	char other_text[LIMIT_TEXT];
	bool may_miss; /* nothing is lost when there is no such file */
	const char *at; /* of the entry in the config; NULL for a plain field */
};

enum limit_item { LIMIT_END, LIMIT_WRITE, LIMIT_SKIP };

enum limit_flags {
	/* The kernel checks it against other files of its controller (EINVAL): which is to be written
	 * first depends on what is in there, so it is tried again behind the others. */
	LIMIT_ORDERED = 1 << 0,
	LIMIT_ZERO_IS_UNSET = 1 << 1, /* 0 is what engines write for "no value" */
	LIMIT_ZERO_MAY_MISS = 1 << 2, /* a kernel without the file behaves as with 0 in it */
	LIMIT_REFUSED = 1 << 3, /* this version can't do it: an error when it is asked for */
	LIMIT_IGNORED = 1 << 4, /* this version can't do it, and that harms nobody */
	LIMIT_ELSEWHERE = 1 << 5, /* another row takes it in */
};

struct limit_row {
	const char *field; /* as a JSON pointer below /linux/resources: "memory/limit" */
	const char *controller; /* by the version's name */
	const char *file; /* NULL when refused, ignored or elsewhere, or for a list */
	unsigned int flags;
	size_t offset; /* of the member in struct resources_plan */
	/* Of a plain field: its text. LIMIT_WRITE, LIMIT_SKIP when it is absent, or -1. place is NULL
	 * when there is none: then nobody asks but whether it is set. */
	int (*value) (const struct limit_row *row, const struct resources_plan *resources,
		struct place *place, struct limit_write *out, struct error *err);
	/* Of a list: its i-th write. Never fails. */
	enum limit_item (*item) (
		const struct resources_plan *resources, size_t i, struct limit_write *out);
	const char *usage; /* the file that says how much of it is used */
};

/* They end with field == NULL. */
extern const struct limit_row limits_v1[];
extern const struct limit_row limits_v2[];

/* Plain values. */
int limit_i64 (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err);
int limit_u64 (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err);
int limit_bool (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err);
int limit_string (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err);
/* opt_i64 whose negative numbers are "max". */
int limit_or_max (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, struct limit_write *out, struct error *err);

/* Lists; those of block io are in limits_io.c. */
enum limit_item limit_hugepages_v1 (
	const struct resources_plan *resources, size_t i, struct limit_write *out);
enum limit_item limit_hugepages_v2 (
	const struct resources_plan *resources, size_t i, struct limit_write *out);
enum limit_item limit_rdma (
	const struct resources_plan *resources, size_t i, struct limit_write *out);
enum limit_item limit_priorities (
	const struct resources_plan *resources, size_t i, struct limit_write *out);
enum limit_item limit_block_v1 (
	const struct resources_plan *resources, size_t i, struct limit_write *out);
enum limit_item limit_block_v2 (
	const struct resources_plan *resources, size_t i, struct limit_write *out);

/* cpu.weight, 1 to 10000, of cpu.shares, 2 to 262144: 2 is 1, 1024 is 100, 262144 is 10000, and
 * 10^((l^2 + 125 l) / 612 - 7/34) with l = log2 (shares) between, rounded up. */
uint64_t limit_cpu_weight (uint64_t shares);

/* io.weight, 1 to 10000, of blkio.weight, 10 to 1000, along a straight line. */
uint64_t limit_io_weight (uint64_t weight);

/* The i-th write that a row makes of resources: what enum limit_item says, or -1 with the field before
 * the error. place may be NULL, as for `value`. */
CHECKED int limits_next (const struct limit_row *row, const struct resources_plan *resources,
	struct place *place, size_t i, struct limit_write *out, struct error *err);

/* cgroup_apply without the device rules, for directories that are there. */
CHECKED int limits_apply (
	struct cgroup *cgroup, const struct resources_plan *resources, struct error *err);
