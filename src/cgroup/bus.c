/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/bus.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"
#include "cgroup/wait.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
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
	f (call);                    \
	f (error_free);              \
	f (flush_close_unref);       \
	f (get_property_string);     \
	f (match_signal);            \
	f (message_append);          \
	f (message_append_array);    \
	f (message_append_basic);    \
	f (message_close_container); \
	f (message_new_method_call); \
	f (message_open_container);  \
	f (message_read);            \
	f (message_unref);           \
	f (new);                     \
	f (process);                 \
	f (set_address);             \
	f (set_bus_client);          \
	f (start);                   \
	f (wait)

struct library {
#define MEMBER(name) __typeof__ (sd_bus_##name) *name
	FUNCTIONS (MEMBER);
#undef MEMBER
};

/* What is awaited of a job, and what came of it. */
struct job {
	const char *path; /* NULL: none */
	char result[32]; /* "": it goes on; "done", "failed", ... */
};

struct bus {
	struct library library;
	sd_bus *connection; /* owned */
	bool is_direct; /* to systemd itself, without a bus */
	bool is_listening; /* for the ends of jobs */
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

static bool
is_direct_address (const char *address)
{
	size_t n = strlen (address), suffix = strlen (DIRECT_SUFFIX);

	return n > suffix && str_equal (address + n - suffix, DIRECT_SUFFIX);
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
		bus->connection = lib->flush_close_unref (bus->connection);
	return r;
}

int
bus_open (const struct bus_candidates *candidates, struct bus **out, const char **out_address,
	struct error *err)
{
	struct bus *bus = xcalloc (1, sizeof *bus);
	const char *first = candidates->addresses[0];
	int first_code = 0;

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
	bus->library.flush_close_unref (bus->connection);
	free (bus);
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

/* `verb` names the call and its object. Frees what sd-bus says. */
static int
fail_call (struct bus *bus, sd_bus_error *said, int code, const char *verb, struct error *err)
{
	if (said->message)
		fail (err, 0, "%s: systemd says: %s", verb, said->message);
	else
		fail (err, code, "%s through systemd's bus", verb);
	for (size_t i = 0; said->name && i < ARRAY_SIZE (error_codes); i++)
		if (str_equal (error_codes[i].name, said->name))
			err->code = error_codes[i].code;
	bus->library.error_free (said);
	return -1;
}

/* Makes a message; one that can't be made is left to `call` to tell of. */
struct call {
	struct bus *bus;
	sd_bus_message *message; /* owned */
	int r; /* the first failure, -errno */
};

static struct call
call_begin (struct bus *bus, const char *member)
{
	struct call call = { .bus = bus };

	call.r = bus->library.message_new_method_call (
		bus->connection, &call.message, SYSTEMD, MANAGER_PATH, MANAGER, member);
	return call;
}

/* Appends with an expression of sd_bus_message_ functions, unless something has failed. */
#define APPEND(call, function, ...)                                           \
	do {                                                                  \
		if ((call)->r >= 0)                                           \
			(call)->r = (call)->bus->library.message_##function ( \
				(call)->message, ##__VA_ARGS__);              \
	} while (0)

static int
call_end (struct call *call, sd_bus_message **out_reply, const char *verb, struct error *err)
{
	struct bus *bus = call->bus;
	sd_bus_error said = { 0 };
	int r = call->r;

	if (r >= 0)
		r = bus->library.call (bus->connection, call->message,
			(uint64_t) BUS_TIMEOUT_MS * 1000, &said, out_reply);
	bus->library.message_unref (call->message);
	return r < 0 ? fail_call (bus, &said, -r, verb, err) : 0;
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
		bus->job.path && str_equal (path, bus->job.path))
		snprintf (bus->job.result, sizeof bus->job.result, "%s", result);
	return 0;
}

/* Before the job is made: it may end before we know its name. */
static int
listen_for_jobs (struct bus *bus, struct error *err)
{
	struct call subscribe;
	int r;

	if (bus->is_listening)
		return 0;
	r = bus->library.match_signal (bus->connection, NULL, SYSTEMD, MANAGER_PATH, MANAGER,
		"JobRemoved", note_removed_job, bus);
	if (r < 0)
		return fail (err, -r, "listen to systemd's bus");
	bus->is_listening = true;
	/* who is connected directly hears all there is */
	if (bus->is_direct)
		return 0;
	subscribe = call_begin (bus, "Subscribe");
	return call_end (&subscribe, NULL, "listen to systemd", err);
}

static int
wait_for_job (struct bus *bus, const char *path, const char *verb, struct error *err)
{
	struct wait wait = wait_begin (BUS_TIMEOUT_MS);
	int r = 0, left = 1;

	bus->job = (struct job){ .path = path };
	while (r >= 0 && !bus->job.result[0] && left > 0) {
		r = bus->library.process (bus->connection, NULL);
		if (r != 0)
			continue;
		left = wait_left_ms (&wait);
		r = bus->library.wait (bus->connection, (uint64_t) left * 1000);
		if (r == -EINTR)
			r = 0;
	}
	bus->job.path = NULL;
	if (r < 0)
		return fail (err, -r, "%s: wait for systemd", verb);
	if (!bus->job.result[0])
		return fail (err, ETIMEDOUT, "%s: wait for systemd", verb);
	if (!str_equal (bus->job.result, "done"))
		return fail_hint (err, 0, "the journal may say why", "%s: systemd says: %s", verb,
			bus->job.result);
	return 0;
}

/* A call that answers with a job. */
static int
run_job (struct call *call, const char *verb, struct error *err)
{
	struct bus *bus = call->bus;
	sd_bus_message *reply = NULL;
	const char *path;
	int r;

	if (call_end (call, &reply, verb, err) < 0)
		return -1;
	r = bus->library.message_read (reply, "o", &path);
	r = r < 0 ? fail (err, -r, "%s: read systemd's answer", verb)
		  : wait_for_job (bus, path, verb, err);
	bus->library.message_unref (reply);
	return r;
}

/* ---- what is asked */

int
bus_start_unit (struct bus *bus, const char *unit, const struct unit_properties *properties,
	struct error *err)
{
	autofree char *verb = xasprintf ("start the unit '%s'", unit);
	struct call call;

	if (listen_for_jobs (bus, err) < 0)
		return -1;
	call = call_begin (bus, "StartTransientUnit");
	APPEND (&call, append, "ss", unit, "fail");
	append_properties (&call, properties);
	APPEND (&call, append, "a(sa(sv))", 0);
	return run_job (&call, verb, err);
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
	return call_end (&call, NULL, verb, err);
}

int
bus_stop_unit (struct bus *bus, const char *unit, struct error *err)
{
	autofree char *verb = xasprintf ("stop the unit '%s'", unit);
	struct call call;

	if (listen_for_jobs (bus, err) < 0)
		return -1;
	call = call_begin (bus, "StopUnit");
	APPEND (&call, append, "ss", unit, "replace");
	return run_job (&call, verb, err) < 0 && err->code != ENOENT ? -1 : 0;
}

int
bus_reset_failed_unit (struct bus *bus, const char *unit, struct error *err)
{
	autofree char *verb = xasprintf ("reset the unit '%s'", unit);
	struct call call = call_begin (bus, "ResetFailedUnit");

	APPEND (&call, append, "s", unit);
	return call_end (&call, NULL, verb, err) < 0 && err->code != ENOENT ? -1 : 0;
}

int
bus_attach (struct bus *bus, const char *unit, const char *path, pid_t pid, struct error *err)
{
	autofree char *verb = xasprintf ("put process %d into the unit '%s'", (int) pid, unit);
	struct call call = call_begin (bus, "AttachProcessesToUnit");

	APPEND (&call, append, "ssau", unit, path, 1, (uint32_t) pid);
	return call_end (&call, NULL, verb, err);
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

int
bus_control_group (
	struct bus *bus, struct arena *arena, const char *unit, const char **out, struct error *err)
{
	autofree char *path = unit ? object_path (unit) : xstrdup (MANAGER_PATH);
	autofree char *group = NULL;
	sd_bus_error said = { 0 };
	int r = bus->library.get_property_string (bus->connection, SYSTEMD, path,
		unit ? SYSTEMD ".Scope" : MANAGER, "ControlGroup", &said, &group);

	if (r < 0)
		return fail_call (bus, &said, -r, "ask where the control group is", err);
	*out = arena_strdup (arena, str_equal (group, "/") ? "" : group);
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
bus_open (const struct bus_candidates *candidates, struct bus **out, const char **out_address,
	struct error *err)
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
#endif
