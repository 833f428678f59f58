/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * systemd_properties: what a container's scope is told to be: its limits, its devices and what
 * annotations ask for, as properties of a unit. No bus is needed for it. Private to cgroup/.
 *
 * systemd writes a unit's limits again whenever it likes (daemon-reload), so it has to know all that
 * it can. What it has no property for is in the files alone, where it leaves it.
 *
 * The limits go by way of the files of cgroup2 (limits_v2): a field of linux.resources and a key of
 * `unified` are the same thing here, so that one table, from file to property, is enough for both.
 * Source: org.freedesktop.systemd1(5), systemd.resource-control(5).
 */
#pragma once

#include "cgroup/devices.h"
#include "cgroup/driver.h"

#include <stddef.h>
#include <stdint.h>

struct unit_device {
	const char *node; /* "/dev/char/1:3", "char-136", "block-*" */
	char access[4]; /* "rwm" */
};

struct unit_property {
	const char *name;
	/* D-Bus: one of b y n q i u x t d s o, or ay, au, as, a(ss). */
	const char *signature;
	uint64_t number; /* b y n q i u x t; a negative one as two's complement */
	double real; /* d */
	const char *text; /* s o */
	/* The arrays, of n entries: uint8_t, uint32_t, char *, struct unit_device. */
	const void *entries;
	size_t n;
	/* A limit that davit's own processes would run into: it comes when they are done. */
	bool is_late;
	unsigned int since; /* the first systemd that takes it, when there are older ones around */
};

struct unit_properties {
	struct arena *arena; /* borrowed; all that is below lives in it */
	struct unit_property *entries;
	size_t n, room;
	/* Shares of processor time and of block I/O are v1's: systemd, which can convert between them
	 * and the weights of v2, does not do it as the spec wants it. */
	bool has_v1_shares;
};

void properties_add (struct unit_properties *properties, const struct unit_property *property);

/* Limits. Without a cgroup2 place (v1, or not made yet) that is NULL. Those that systemd has no property
 * for, or whose values it does not take, are left out. */
CHECKED int properties_add_limits (struct unit_properties *properties,
	const struct resources_plan *resources, struct place *place, struct error *err);

/* Device rules: at least what they allow; they are enforced to the letter by devices_apply. */
void properties_add_devices (struct unit_properties *properties, const struct device_list *devices);

/* The processors or memory nodes of a list like "0-3,7", as a bit mask; NULL for what is none. */
uint8_t *properties_parse_list (struct arena *arena, const char *list, size_t *out_n);

/* What an annotation says, in GVariant's text format: true, 'text', "text", 7 (an int32), uint64 7,
 * ['a', 'b']. A name in ...Sec is one in ...USec, and its number of seconds one of microseconds. */
CHECKED int properties_add_annotation (struct unit_properties *properties,
	const struct unit_property_plan *annotation, struct error *err);
