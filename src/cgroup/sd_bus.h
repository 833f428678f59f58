/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sd_bus: libsystemd's D-Bus client, as far as davit uses it: its own header where it is installed,
 * and else what is binary-compatible with it. Nothing is linked (bus.c). Source: sd-bus(3).
 */
#pragma once

#ifdef HAVE_SYSTEMD_SD_BUS_H
#include <systemd/sd-bus.h>
#else
#include <stddef.h>
#include <stdint.h>

typedef struct sd_bus sd_bus;
typedef struct sd_bus_message sd_bus_message;
typedef struct sd_bus_slot sd_bus_slot;
typedef struct {
	const char *name;
	const char *message;
	int _need_free;
} sd_bus_error;
typedef int (*sd_bus_message_handler_t) (
	sd_bus_message *message, void *userdata, sd_bus_error *out_error);

int sd_bus_new (sd_bus **out);
int sd_bus_set_address (sd_bus *bus, const char *address);
int sd_bus_set_bus_client (sd_bus *bus, int is_client);
int sd_bus_start (sd_bus *bus);
void sd_bus_close (sd_bus *bus);
sd_bus *sd_bus_unref (sd_bus *bus);
sd_bus_slot *sd_bus_slot_unref (sd_bus_slot *slot);
int sd_bus_get_fd (sd_bus *bus);
int sd_bus_get_events (sd_bus *bus);
int sd_bus_get_timeout (sd_bus *bus, uint64_t *out_until_us);
int sd_bus_call_async (sd_bus *bus, sd_bus_slot **out, sd_bus_message *message,
	sd_bus_message_handler_t callback, void *userdata, uint64_t timeout_us);
int sd_bus_message_new_method_call (sd_bus *bus, sd_bus_message **out, const char *destination,
	const char *path, const char *interface, const char *member);
int sd_bus_message_append (sd_bus_message *message, const char *types, ...);
int sd_bus_message_append_basic (sd_bus_message *message, char type, const void *value);
int sd_bus_message_append_array (
	sd_bus_message *message, char type, const void *entries, size_t size);
int sd_bus_message_open_container (sd_bus_message *message, char type, const char *contents);
int sd_bus_message_close_container (sd_bus_message *message);
int sd_bus_message_read (sd_bus_message *message, const char *types, ...);
sd_bus_message *sd_bus_message_unref (sd_bus_message *message);
sd_bus_message *sd_bus_message_ref (sd_bus_message *message);
const sd_bus_error *sd_bus_message_get_error (sd_bus_message *message);
int sd_bus_match_signal_async (sd_bus *bus, sd_bus_slot **out, const char *sender, const char *path,
	const char *interface, const char *member, sd_bus_message_handler_t callback,
	sd_bus_message_handler_t installed, void *userdata);
int sd_bus_process (sd_bus *bus, sd_bus_message **out);
#endif
