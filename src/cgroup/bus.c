/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/bus.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"
#include "cgroup/wait.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DIRECT_SUFFIX "/systemd/private"

/* ---- addresses */

/* "unix:path=...", D-Bus Specification, "Server Addresses". */
static const char *
unix_address (struct arena *arena, const char *directory, const char *name)
{
	AUTO (buffer_done) struct buffer address = { 0 };

	buffer_add_text (&address, "unix:path=");
	for (const char *p = directory; *p; p++)
		if (isalnum ((unsigned char) *p) || strchr ("-_/.\\*", *p))
			buffer_add_char (&address, *p);
		else
			buffer_printf (&address, "%%%02x", (unsigned char) *p);
	buffer_add_text (&address, name);
	return arena_strdup (arena, address.data);
}

static bool
is_set (const char *variable)
{
	return variable && *variable;
}

void
bus_find_candidates (struct arena *arena, const struct bus_places *places, bool is_user,
	struct bus_candidates *out)
{
	const char *directory = places->runtime_directory;
	size_t n = 0;

	*out = (struct bus_candidates){ 0 };
	if (!is_user) {
		out->hint = "the bus is at /run/dbus/system_bus_socket";
		if (is_set (places->system_bus)) {
			out->hint = "DBUS_SYSTEM_BUS_ADDRESS names that bus";
			out->addresses[0] = places->system_bus;
			return;
		}
		out->addresses[n++] = "unix:path=/run" DIRECT_SUFFIX;
		out->addresses[n++] = "unix:path=/run/dbus/system_bus_socket";
		return;
	}
	out->hint = "a user's systemd runs from login on, or with `loginctl enable-linger`; "
		    "XDG_RUNTIME_DIR names its directory";
	/* root of a user namespace may be anybody */
	if (!is_set (directory) && geteuid () != 0)
		directory = arena_printf (arena, "/run/user/%u", geteuid ());
	if (is_set (directory))
		out->addresses[n++] = unix_address (arena, directory, DIRECT_SUFFIX);
	if (is_set (places->user_bus))
		out->addresses[n++] = places->user_bus;
	if (is_set (directory))
		out->addresses[n++] = unix_address (arena, directory, "/bus");
}

#ifdef HAVE_SYSTEMD
#include "cgroup/sd_bus.h"

#include <dlfcn.h>

/* ---- the library */

#define LIBRARY "libsystemd.so.0"

/* libsystemd's functions without their sd_bus_. */
#define FUNCTIONS(f)                 \
	f (call_async);              \
	f (close);                   \
	f (get_events);              \
	f (get_fd);                  \
	f (get_timeout);             \
	f (match_signal_async);      \
	f (message_append);          \
	f (message_append_array);    \
	f (message_append_basic);    \
	f (message_close_container); \
	f (message_get_error);       \
	f (message_new_method_call); \
	f (message_open_container);  \
	f (message_read);            \
	f (message_ref);             \
	f (message_unref);           \
	f (new);                     \
	f (process);                 \
	f (set_address);             \
	f (set_bus_client);          \
	f (slot_unref);              \
	f (start);                   \
	f (unref)

struct library {
#define MEMBER(name) __typeof__ (sd_bus_##name) *name
	FUNCTIONS (MEMBER);
#undef MEMBER
};

/* What is awaited of a job, and what came of it. */
struct job {
	const char *path; /* NULL: none */
	bool is_over;
	char result[32]; /* "done", "failed", ... */
};

struct bus {
	struct library library;
	sd_bus *connection; /* owned */
	bool is_direct; /* to systemd itself, without a bus */
	bool is_listening; /* for the ends of jobs */
	struct bus_patience patience;
	struct job job;
};

/* It stays loaded: it keeps data of threads, and davit does not live long. */
static int
library_load (struct library *out, struct error *err)
{
	void *handle = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);
	const char *missing = NULL;

	if (!handle)
		return fail (err, 0, "load libsystemd: %s", dlerror ());
#define FIND(name)                                   \
	out->name = dlsym (handle, "sd_bus_" #name); \
	if (!out->name)                              \
	missing = #name
	FUNCTIONS (FIND);
#undef FIND
	if (missing)
		return fail (err, 0,
			"load libsystemd: it has no sd_bus_%s: version 237 or newer is needed",
			missing);
	return 0;
}

bool
bus_is_built_in (void)
{
	return true;
}

/* ---- connections */

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static bool
is_direct_address (const char *address)
{
	size_t n = strlen (address), suffix = strlen (DIRECT_SUFFIX);

	return n > suffix && str_equal (address + n - suffix, DIRECT_SUFFIX);
}

/* What was asked was answered or given up: nothing is left to be flushed, which would wait for a bus that
 * does not answer. */
static void
disconnect (struct bus *bus)
{
	if (!bus->connection)
		return;
	bus->library.close (bus->connection);
	bus->connection = bus->library.unref (bus->connection);
}

/* 0 or -errno, as sd-bus has it. */
static int
connect_to (struct bus *bus, const char *address)
{
	const struct library *lib = &bus->library;
	int r = lib->new (&bus->connection);

	bus->is_direct = is_direct_address (address);
	if (r >= 0)
		r = lib->set_address (bus->connection, address);
	if (r >= 0 && !bus->is_direct)
		r = lib->set_bus_client (bus->connection, 1);
	if (r >= 0)
		r = lib->start (bus->connection);
	if (r < 0)
		disconnect (bus);
	return r;
}

int
bus_open (const struct bus_candidates *candidates, const struct bus_patience *patience,
	struct bus **out, const char **out_address, struct error *err)
{
	struct bus *bus = xcalloc (1, sizeof *bus);
	const char *first = candidates->addresses[0];
	int first_code = 0;

	bus->patience = *patience;
	if (library_load (&bus->library, err) < 0) {
		free (bus);
		return -1;
	}
	for (const char *const *address = candidates->addresses; *address; address++) {
		int r = connect_to (bus, *address);

		if (r >= 0) {
			*out = bus;
			*out_address = *address;
			return 0;
		}
		if (address == candidates->addresses)
			first_code = -r;
	}
	free (bus);
	if (!first)
		return fail_hint (err, 0, candidates->hint, "there is no bus to systemd");
	return fail_hint (
		err, first_code, candidates->hint, "connect to systemd's bus '%s'", first);
}

void
bus_close (struct bus *bus)
{
	if (!bus)
		return;
	disconnect (bus);
	free (bus);
}

/* ---- waiting */

/* Until when sd-bus itself wants to wait; -1: for ever. */
static int
milliseconds_of_library (struct bus *bus)
{
	struct timespec now;
	uint64_t until, now_us;

	if (bus->library.get_timeout (bus->connection, &until) < 0 || until == UINT64_MAX)
		return -1;
	clock_gettime (CLOCK_MONOTONIC, &now);
	now_us = (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
	return until > now_us ? (int) ((until - now_us) / 1000 + 1) : 0;
}

/* sd_bus_wait knows no other file to look at. 0 or -errno; ECANCELED: a signal has come. */
static int
wait_for_more (struct bus *bus, const struct wait *wait)
{
	int fd = bus->library.get_fd (bus->connection);
	int events = bus->library.get_events (bus->connection);
	int left = wait_left_ms (wait), its_own = milliseconds_of_library (bus);
	struct pollfd fds[] = {
		{ .fd = fd, .events = (short) events },
		{ .fd = bus->patience.interrupt_fd > 0 ? bus->patience.interrupt_fd : -1,
			.events = POLLIN },
	};

	if (fd < 0 || events < 0)
		return fd < 0 ? fd : events;
	if (left == 0)
		return -ETIMEDOUT;
	if (its_own >= 0 && its_own < left)
		left = its_own;
	if (poll (fds, ARRAY_SIZE (fds), left) < 0 && errno != EINTR)
		return -errno;
	return fds[1].revents ? -ECANCELED : 0;
}

/* Works on what comes until the flag is set. 0 or -errno. */
static int
wait_until (struct bus *bus, const bool *is_done, const struct wait *wait)
{
	while (!*is_done) {
		int r = bus->library.process (bus->connection, NULL);

		if (r == 0)
			r = wait_for_more (bus, wait);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- calls */

/* What systemd's errors are to us. */
static const struct error_code {
	const char *name;
	int code;
} error_codes[] = {
	{ SYSTEMD ".UnitExists", EEXIST },
	{ SYSTEMD ".NoSuchUnit", ENOENT },
};

static int
fail_wait (int r, const char *verb, struct error *err)
{
	if (r == -ECANCELED)
		return fail (err, 0, "%s: interrupted by a signal", verb);
	return fail (err, -r, "%s: wait for systemd", verb);
}

/* What systemd has answered is no error; else what it says. `verb` names the call and its object. */
static int
check_reply (struct bus *bus, sd_bus_message *reply, const char *verb, struct error *err)
{
	const sd_bus_error *said = bus->library.message_get_error (reply);

	if (!said)
		return 0;
	fail (err, 0, "%s: systemd says: %s", verb, said->message ? said->message : said->name);
	for (size_t i = 0; said->name && i < ARRAY_SIZE (error_codes); i++)
		if (str_equal (error_codes[i].name, said->name))
			err->code = error_codes[i].code;
	return -1;
}

/* Makes a message; one that can't be made is left to `call_end` to tell of. */
struct call {
	struct bus *bus;
	sd_bus_message *message; /* owned */
	int r; /* the first failure, -errno */
};

static struct call
call_begin_at (struct bus *bus, const char *path, const char *interface, const char *member)
{
	struct call call = { .bus = bus };

	call.r = bus->library.message_new_method_call (
		bus->connection, &call.message, SYSTEMD, path, interface, member);
	return call;
}

static struct call
call_begin (struct bus *bus, const char *member)
{
	return call_begin_at (bus, MANAGER_PATH, MANAGER, member);
}

/* Appends with an expression of sd_bus_message_ functions, unless something has failed. */
#define APPEND(call, function, ...)                                           \
	do {                                                                  \
		if ((call)->r >= 0)                                           \
			(call)->r = (call)->bus->library.message_##function ( \
				(call)->message, ##__VA_ARGS__);              \
	} while (0)

struct answer {
	struct bus *bus;
	sd_bus_message *message; /* owned */
	bool is_there;
};

static int
take_answer (sd_bus_message *message, void *userdata, sd_bus_error *out_error)
{
	struct answer *answer = userdata;

	answer->message = answer->bus->library.message_ref (message);
	answer->is_there = true;
	return 0;
}

/* *out_reply is the caller's to unref; NULL: it does not matter. */
static int
call_end (struct call *call, sd_bus_message **out_reply, const struct wait *wait, const char *verb,
	struct error *err)
{
	struct bus *bus = call->bus;
	struct answer answer = { .bus = bus };
	sd_bus_slot *slot = NULL;
	int r = call->r;

	if (r >= 0)
		r = bus->library.call_async (
			bus->connection, &slot, call->message, take_answer, &answer, UINT64_MAX);
	bus->library.message_unref (call->message);
	if (r < 0)
		return fail (err, -r, "%s through systemd's bus", verb);
	r = wait_until (bus, &answer.is_there, wait);
	bus->library.slot_unref (slot);
	r = answer.is_there ? check_reply (bus, answer.message, verb, err)
			    : fail_wait (r, verb, err);
	if (r == 0 && out_reply)
		*out_reply = answer.message;
	else
		bus->library.message_unref (answer.message);
	return r;
}

static int
call_at_last (struct call *call, const char *verb, struct error *err)
{
	struct wait wait = wait_begin (call->bus->patience.ms);

	return call_end (call, NULL, &wait, verb, err);
}

static void
append_number (struct call *call, char type, uint64_t number)
{
	union {
		uint8_t y;
		uint16_t q;
		uint32_t u;
		uint64_t t;
		int b;
	} value = { 0 };

	switch (type) {
	case 'b':
		value.b = number != 0;
		break;
	case 'y':
		value.y = (uint8_t) number;
		break;
	case 'n':
	case 'q':
		value.q = (uint16_t) number;
		break;
	case 'i':
	case 'u':
		value.u = (uint32_t) number;
		break;
	default:
		value.t = number;
	}
	APPEND (call, append_basic, type, &value);
}

/* "ay", "au", "as" or "a(ss)". */
static void
append_array (struct call *call, const struct unit_property *property)
{
	const char *contents = property->signature + 1;
	const struct unit_device *devices = property->entries;
	char *const *texts = property->entries;

	if (*contents == 'y' || *contents == 'u') {
		APPEND (call, append_array, *contents, property->entries,
			property->n * (*contents == 'u' ? sizeof (uint32_t) : 1));
		return;
	}
	APPEND (call, open_container, 'a', contents);
	for (size_t i = 0; i < property->n; i++)
		if (*contents == '(')
			APPEND (call, append, "(ss)", devices[i].node, devices[i].access);
		else
			APPEND (call, append_basic, 's', texts[i]);
	APPEND (call, close_container);
}

static void
append_properties (struct call *call, const struct unit_properties *properties)
{
	APPEND (call, open_container, 'a', "(sv)");
	for (size_t i = 0; i < properties->n; i++) {
		const struct unit_property *property = &properties->entries[i];

		APPEND (call, open_container, 'r', "sv");
		APPEND (call, append_basic, 's', property->name);
		APPEND (call, open_container, 'v', property->signature);
		if (*property->signature == 'a')
			append_array (call, property);
		else if (*property->signature == 's' || *property->signature == 'o')
			APPEND (call, append_basic, *property->signature, property->text);
		else if (*property->signature == 'd')
			APPEND (call, append_basic, 'd', &property->real);
		else
			append_number (call, *property->signature, property->number);
		APPEND (call, close_container);
		APPEND (call, close_container);
	}
	APPEND (call, close_container);
}

/* ---- jobs */

static int
note_removed_job (sd_bus_message *message, void *userdata, sd_bus_error *out_error)
{
	struct bus *bus = userdata;
	const char *path, *unit, *result;
	uint32_t id;

	if (bus->library.message_read (message, "uoss", &id, &path, &unit, &result) >= 0 &&
		bus->job.path && str_equal (path, bus->job.path)) {
		snprintf (bus->job.result, sizeof bus->job.result, "%s", result);
		bus->job.is_over = true;
	}
	return 0;
}

/* Before the job is made: it may end before we know its name. */
static int
listen_for_jobs (struct bus *bus, const struct wait *wait, struct error *err)
{
	struct call subscribe;
	int r;

	if (bus->is_listening)
		return 0;
	r = bus->library.match_signal_async (bus->connection, NULL, SYSTEMD, MANAGER_PATH, MANAGER,
		"JobRemoved", note_removed_job, NULL, bus);
	if (r < 0)
		return fail (err, -r, "listen to systemd's bus");
	bus->is_listening = true;
	/* who is connected directly hears all there is */
	if (bus->is_direct)
		return 0;
	subscribe = call_begin (bus, "Subscribe");
	return call_end (&subscribe, NULL, wait, "listen to systemd", err);
}

static int
wait_for_job (struct bus *bus, const char *path, const struct wait *wait, const char *verb,
	struct error *err)
{
	int r;

	bus->job = (struct job){ .path = path };
	r = wait_until (bus, &bus->job.is_over, wait);
	bus->job.path = NULL;
	if (r < 0) {
		fail_wait (r, verb, err);
		err->code = EINPROGRESS;
		return -1;
	}
	if (!str_equal (bus->job.result, "done"))
		return fail_hint (err, 0, "the journal may say why", "%s: systemd says: %s", verb,
			bus->job.result);
	return 0;
}

/* A call that answers with a job. */
static int
run_job (struct call *call, const struct wait *wait, const char *verb, struct error *err)
{
	struct bus *bus = call->bus;
	sd_bus_message *reply = NULL;
	const char *path;
	int r;

	if (call_end (call, &reply, wait, verb, err) < 0)
		return -1;
	r = bus->library.message_read (reply, "o", &path);
	r = r < 0 ? fail (err, -r, "%s: read systemd's answer", verb)
		  : wait_for_job (bus, path, wait, verb, err);
	bus->library.message_unref (reply);
	return r;
}

/* ---- what is asked */

int
bus_start_unit (struct bus *bus, const char *unit, const struct unit_properties *properties,
	struct error *err)
{
	autofree char *verb = xasprintf ("start the unit '%s'", unit);
	struct wait wait = wait_begin (bus->patience.ms);
	struct call call;

	if (listen_for_jobs (bus, &wait, err) < 0)
		return -1;
	call = call_begin (bus, "StartTransientUnit");
	APPEND (&call, append, "ss", unit, "fail");
	append_properties (&call, properties);
	APPEND (&call, append, "a(sa(sv))", 0);
	return run_job (&call, &wait, verb, err);
}

int
bus_set_properties (struct bus *bus, const char *unit, const struct unit_properties *properties,
	struct error *err)
{
	autofree char *verb = xasprintf ("change the unit '%s'", unit);
	struct call call;

	if (properties->n == 0)
		return 0;
	call = call_begin (bus, "SetUnitProperties");
	APPEND (&call, append, "sb", unit, 1);
	append_properties (&call, properties);
	return call_at_last (&call, verb, err);
}

int
bus_stop_unit (struct bus *bus, const char *unit, struct error *err)
{
	autofree char *verb = xasprintf ("stop the unit '%s'", unit);
	struct wait wait = wait_begin (bus->patience.ms);
	struct call call;

	if (listen_for_jobs (bus, &wait, err) < 0)
		return -1;
	call = call_begin (bus, "StopUnit");
	APPEND (&call, append, "ss", unit, "replace");
	return run_job (&call, &wait, verb, err) < 0 && err->code != ENOENT ? -1 : 0;
}

int
bus_reset_failed_unit (struct bus *bus, const char *unit, struct error *err)
{
	autofree char *verb = xasprintf ("reset the unit '%s'", unit);
	struct call call = call_begin (bus, "ResetFailedUnit");

	APPEND (&call, append, "s", unit);
	return call_at_last (&call, verb, err) < 0 && err->code != ENOENT ? -1 : 0;
}

int
bus_attach (struct bus *bus, const char *unit, const char *path, pid_t pid, struct error *err)
{
	autofree char *verb = xasprintf ("put process %d into the unit '%s'", (int) pid, unit);
	struct call call = call_begin (bus, "AttachProcessesToUnit");

	APPEND (&call, append, "ssau", unit, path, 1, (uint32_t) pid);
	return call_at_last (&call, verb, err);
}

/* systemd's name for an object: what is no letter or digit as _HH; a digit in front, too. */
static char *
object_path (const char *unit)
{
	struct buffer path = { 0 };

	buffer_add_text (&path, MANAGER_PATH "/unit/");
	for (const char *p = unit; *p; p++)
		if (isalpha ((unsigned char) *p) || (p > unit && isdigit ((unsigned char) *p)))
			buffer_add_char (&path, *p);
		else
			buffer_printf (&path, "_%02x", (unsigned char) *p);
	return path.data;
}

/* A property that is text, in the arena. */
static int
get_text (
	struct bus *bus, struct arena *arena, struct call *get, const char **out, struct error *err)
{
	static const char verb[] = "ask systemd";
	struct wait wait = wait_begin (bus->patience.ms);
	sd_bus_message *reply = NULL;
	const char *text;
	int r;

	if (call_end (get, &reply, &wait, verb, err) < 0)
		return -1;
	r = bus->library.message_read (reply, "v", "s", &text);
	if (r >= 0)
		*out = arena_strdup (arena, text);
	bus->library.message_unref (reply);
	return r < 0 ? fail (err, -r, "%s: read its answer", verb) : 0;
}

int
bus_control_group (
	struct bus *bus, struct arena *arena, const char *unit, const char **out, struct error *err)
{
	autofree char *path = unit ? object_path (unit) : xstrdup (MANAGER_PATH);
	struct call get = call_begin_at (bus, path, PROPERTIES, "Get");

	APPEND (&get, append, "ss", unit ? SYSTEMD ".Scope" : MANAGER, "ControlGroup");
	if (get_text (bus, arena, &get, out, err) < 0)
		return error_prefix (err, "where the control group is");
	if (str_equal (*out, "/"))
		*out = "";
	return 0;
}

int
bus_systemd_version (struct bus *bus, unsigned int *out, struct error *err)
{
	AUTO (arena_done) struct arena arena = { 0 };
	struct call get = call_begin_at (bus, MANAGER_PATH, PROPERTIES, "Get");
	const char *text;

	APPEND (&get, append, "ss", MANAGER, "Version");
	if (get_text (bus, &arena, &get, &text, err) < 0)
		return error_prefix (err, "which version it is");
	/* "252.39-1~deb12u1", "v258" */
	*out = (unsigned int) strtoul (text + strcspn (text, "0123456789"), NULL, 10);
	return 0;
}

#else

bool
bus_is_built_in (void)
{
	return false;
}

/* Nothing comes here: cgroup_new refuses before. */
static int
not_built_in (struct error *err)
{
	return fail (err, 0, "this build of davit has no systemd cgroup driver");
}

int
bus_open (const struct bus_candidates *candidates, const struct bus_patience *patience,
	struct bus **out, const char **out_address, struct error *err)
{
	return not_built_in (err);
}

void
bus_close (struct bus *bus)
{
}

int
bus_start_unit (struct bus *bus, const char *unit, const struct unit_properties *properties,
	struct error *err)
{
	return not_built_in (err);
}

int
bus_set_properties (struct bus *bus, const char *unit, const struct unit_properties *properties,
	struct error *err)
{
	return not_built_in (err);
}

int
bus_stop_unit (struct bus *bus, const char *unit, struct error *err)
{
	return not_built_in (err);
}

int
bus_reset_failed_unit (struct bus *bus, const char *unit, struct error *err)
{
	return not_built_in (err);
}

int
bus_attach (struct bus *bus, const char *unit, const char *path, pid_t pid, struct error *err)
{
	return not_built_in (err);
}

int
bus_control_group (
	struct bus *bus, struct arena *arena, const char *unit, const char **out, struct error *err)
{
	return not_built_in (err);
}

int
bus_systemd_version (struct bus *bus, unsigned int *out, struct error *err)
{
	return not_built_in (err);
}
#endif
