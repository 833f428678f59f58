/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/criu_message.h"
#include "base/protobuf.h"

#include <errno.h>
#include <stdio.h>

/* Fields of message criu_req. */
enum {
	REQUEST_TYPE = 1,
	REQUEST_OPTIONS = 2,
	REQUEST_NOTIFY_SUCCESS = 3,
	REQUEST_FEATURES = 5,
};

/* Of message criu_resp. */
enum {
	REPLY_TYPE = 1,
	REPLY_SUCCESS = 2,
	REPLY_RESTORE = 4,
	REPLY_NOTIFY = 5,
	REPLY_ERRNO = 7,
	REPLY_FEATURES = 8,
	REPLY_ERROR_TEXT = 9,
	REPLY_VERSION = 10,
};

/* Of criu_features, criu_restore_resp, criu_notify and criu_version. */
enum {
	FEATURE_MEM_TRACK = 1,
	FEATURE_LAZY_PAGES = 2,
	RESTORE_PID = 1,
	NOTIFY_SCRIPT = 1,
	NOTIFY_PID = 2,
	VERSION_MAJOR = 1,
	VERSION_MINOR = 2,
	VERSION_SUBLEVEL = 4,
};

void
criu_add_pair (
	struct buffer *options, enum criu_option option, const char *first, const char *second)
{
	struct buffer pair = { 0 };

	protobuf_add_text (&pair, 1, first);
	protobuf_add_text (&pair, 2, second);
	protobuf_add_message (options, option, &pair);
	buffer_done (&pair);
}

static void
add_text_and_number (struct buffer *options, enum criu_option option, const char *text, int number)
{
	struct buffer pair = { 0 };

	protobuf_add_text (&pair, 1, text);
	protobuf_add_number (&pair, 2, number);
	protobuf_add_message (options, option, &pair);
	buffer_done (&pair);
}

void
criu_add_inherited_fd (struct buffer *options, const char *key, int fd)
{
	add_text_and_number (options, CRIU_INHERIT_FD, key, fd);
}

void
criu_add_page_server (struct buffer *options, const char *address, int port)
{
	add_text_and_number (options, CRIU_PAGE_SERVER, address, port);
}

void
criu_write_request (struct buffer *out, enum criu_request request, const struct buffer *options)
{
	protobuf_add_number (out, REQUEST_TYPE, request);
	if (options)
		protobuf_add_message (out, REQUEST_OPTIONS, options);
}

void
criu_write_feature_check (struct buffer *out)
{
	struct buffer features = { 0 };

	protobuf_add_number (&features, FEATURE_MEM_TRACK, true);
	protobuf_add_number (&features, FEATURE_LAZY_PAGES, true);
	protobuf_add_number (out, REQUEST_TYPE, CRIU_FEATURE_CHECK);
	protobuf_add_message (out, REQUEST_FEATURES, &features);
	buffer_done (&features);
}

void
criu_write_notified (struct buffer *out, bool success)
{
	protobuf_add_number (out, REQUEST_TYPE, CRIU_NOTIFY);
	protobuf_add_number (out, REQUEST_NOTIFY_SUCCESS, success);
}

static void
copy_text (char *out, size_t size, const struct protobuf_field *field)
{
	snprintf (out, size, "%.*s", (int) (field->size < size ? field->size : size),
		field->data ? field->data : "");
}

static void
take_restore (const struct protobuf_field *field, struct criu_reply *out)
{
	if (field->number == RESTORE_PID)
		out->pid = (pid_t) field->value;
}

static void
take_notify (const struct protobuf_field *field, struct criu_reply *out)
{
	if (field->number == NOTIFY_SCRIPT)
		copy_text (out->script, sizeof out->script, field);
	else if (field->number == NOTIFY_PID)
		out->pid = (pid_t) field->value;
}

static void
take_features (const struct protobuf_field *field, struct criu_reply *out)
{
	if (field->number == FEATURE_MEM_TRACK)
		out->has_mem_track = field->value;
	else if (field->number == FEATURE_LAZY_PAGES)
		out->has_lazy_pages = field->value;
}

static void
take_version (const struct protobuf_field *field, struct criu_reply *out)
{
	int value = field->value < 0 || field->value > 99 ? 99 : (int) field->value;

	if (field->number == VERSION_MAJOR)
		out->version += value * 10000;
	else if (field->number == VERSION_MINOR)
		out->version += value * 100;
	else if (field->number == VERSION_SUBLEVEL)
		out->version += value;
}

/* The messages inside of a reply. */
static const struct part {
	unsigned int field;
	void (*take) (const struct protobuf_field *field, struct criu_reply *out);
} parts[] = {
	{ REPLY_RESTORE, take_restore },
	{ REPLY_NOTIFY, take_notify },
	{ REPLY_FEATURES, take_features },
	{ REPLY_VERSION, take_version },
};

static int
read_part (const char *data, size_t size, const struct part *part, struct criu_reply *out,
	struct error *err)
{
	struct protobuf_reader reader = { data, data + size };
	struct protobuf_field field;
	int r;

	while ((r = protobuf_read (&reader, &field, err)) > 0)
		part->take (&field, out);
	return r;
}

static void
take_field (const struct protobuf_field *field, struct criu_reply *out)
{
	if (field->number == REPLY_TYPE)
		out->request = (int) field->value;
	else if (field->number == REPLY_SUCCESS)
		out->success = field->value;
	else if (field->number == REPLY_ERRNO)
		out->error = (int) field->value;
	else if (field->number == REPLY_ERROR_TEXT)
		copy_text (out->message, sizeof out->message, field);
}

int
criu_read_reply (const char *data, size_t size, struct criu_reply *out, struct error *err)
{
	struct protobuf_reader reader = { data, data + size };
	struct protobuf_field field;
	int r;

	*out = (struct criu_reply){ 0 };
	while ((r = protobuf_read (&reader, &field, err)) > 0) {
		take_field (&field, out);
		for (size_t i = 0; field.data && i < sizeof parts / sizeof *parts; i++)
			if (parts[i].field == field.number &&
				read_part (field.data, field.size, &parts[i], out, err) < 0)
				return -1;
	}
	return r;
}
