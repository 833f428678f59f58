/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * bus: what davit asks of systemd, over D-Bus. Private to cgroup/.
 *
 * libsystemd is loaded when the first bus is opened. The connection is to systemd itself where it has a
 * socket for that, and else through the bus daemon. Nothing waits longer than it has patience for.
 */
#pragma once

#include "base/error.h"
#include "cgroup/systemd_properties.h"

#include <stdbool.h>
#include <sys/types.h>

#define BUS_TIMEOUT_MS 30000

struct bus;

/* For how long systemd is waited for, at each of the calls below. */
struct bus_patience {
	unsigned int ms;
	int interrupt_fd; /* a signalfd: what comes there ends the wait; 0: none */
};

/* How systemd can be reached. */
struct bus_candidates {
	const char *addresses[4]; /* D-Bus addresses, the best first; NULL at the end */
	const char *hint; /* when none can be: what to do about it */
};

/* Of the system's or the user's systemd. What the environment names comes before what is usual. Pure
 * but for the caller's uid; in the arena. */
void bus_find_candidates (struct arena *arena, const struct bus_places *places, bool is_user,
	struct bus_candidates *out);

/* Whether this build can. */
bool bus_is_built_in (void);

/* The first that answers; *out_address is its address, borrowed from the candidates. */
CHECKED int bus_open (const struct bus_candidates *candidates, const struct bus_patience *patience,
	struct bus **out, const char **out_address, struct error *err);
void bus_close (struct bus *bus);

/* Starts a transient unit and waits until it is there. EEXIST in err->code: there is one of the name;
 * EINPROGRESS: the wait has ended before the job, and the unit may still come. */
CHECKED int bus_start_unit (struct bus *bus, const char *unit,
	const struct unit_properties *properties, struct error *err);

/* Changes properties of a unit that is there, until the next boot. Does nothing for none. */
CHECKED int bus_set_properties (struct bus *bus, const char *unit,
	const struct unit_properties *properties, struct error *err);

/* Stops a unit and waits until it is gone. One that is not there is fine. */
CHECKED int bus_stop_unit (struct bus *bus, const char *unit, struct error *err);

/* Forgets that a unit has failed, so that its name is free again. One that is not there is fine. */
CHECKED int bus_reset_failed_unit (struct bus *bus, const char *unit, struct error *err);

/* Puts a process into a unit's cgroup or the one at `path` below it ("/" for itself), with systemd's
 * rights. */
CHECKED int bus_attach (
	struct bus *bus, const char *unit, const char *path, pid_t pid, struct error *err);

/* Where the cgroup of systemd (unit is NULL) or of a unit is: "/system.slice/a.scope"; "" for the root. */
CHECKED int bus_control_group (struct bus *bus, struct arena *arena, const char *unit,
	const char **out, struct error *err);

/* 252 of "252.39-1~deb12u1"; 0 when there is no number. */
CHECKED int bus_systemd_version (struct bus *bus, unsigned int *out, struct error *err);
