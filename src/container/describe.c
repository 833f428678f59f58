/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/describe.h"
#include "base/auto.h"
#include "base/json_writer.h"
#include "container/container.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 6
#define COLUMN_GAP 3
#define COLUMN_MIN 12

/* Of one container, at one moment. The strings live as long as the container does. */
struct description {
	struct container container;
	enum container_status status;
	char *owner; /* owned */
};

static char *
user_name (uid_t uid)
{
	struct passwd entry, *found;
	char text[4096];

	if (uid == 0)
		return xstrdup ("root");
	if (getpwuid_r (uid, &entry, text, sizeof text, &found) == 0 && found)
		return xstrdup (found->pw_name);
	return xasprintf ("%u", uid);
}

static void
description_done (struct description *description)
{
	container_done (&description->container);
	free (description->owner);
}

/* 1; 0 when there is no record yet, and so nothing to say. */
static int
look_at (const char *root, const char *id, struct description *out, struct error *err)
{
	*out = (struct description){ .container = { .dir_fd = -1, .pidfd = -1 } };
	if (container_open (root, id, CONTAINER_LOOK, &out->container, err) < 0)
		return -1;
	if (!out->container.record)
		return 0;
	if (container_status (&out->container, &out->status, err) < 0)
		return -1;
	out->owner = user_name (out->container.record->uid);
	return 1;
}

static pid_t
pid_of (const struct description *description)
{
	return description->status == CONTAINER_STOPPED ? 0 : description->container.record->pid;
}

static void
write_json (struct json_writer *json, const struct description *description)
{
	const struct oci_davit_record *record = description->container.record;

	json_open_object (json, NULL);
	json_string (json, "ociVersion", record->oci_version);
	json_string (json, "id", record->id);
	json_int (json, "pid", pid_of (description));
	json_string (json, "status", container_status_names[description->status]);
	json_string (json, "bundle", record->bundle);
	json_string (json, "rootfs", record->rootfs);
	json_string (json, "created", record->created);
	if (record->systemd_unit)
		json_string (json, "systemd-scope", record->systemd_unit->name);
	if (record->annotations) {
		json_open_object (json, "annotations");
		for (size_t i = 0; i < record->annotations->n; i++)
			json_string (
				json, record->annotations->keys[i], record->annotations->values[i]);
		json_close (json);
	}
	json_string (json, "owner", description->owner);
	json_close (json);
}

int
describe_state (const char *root, const char *id, struct buffer *out, struct error *err)
{
	AUTO (description_done) struct description description;
	struct json_writer json = { .indent = 2 };
	int n = look_at (root, id, &description, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return container_does_not_exist (id, err);
	write_json (&json, &description);
	buffer_add_text (out, json.text.data);
	buffer_add_char (out, '\n');
	json_writer_done (&json);
	return 0;
}

static void
write_table (struct buffer *out, const struct description *descriptions, size_t n)
{
	static const char *const head[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED",
		"OWNER" };
	const char *(*rows)[COLUMNS] = xcalloc (n + 1, sizeof *rows);
	char (*pids)[16] = xcalloc (n + 1, sizeof *pids);
	size_t widths[COLUMNS];

	memcpy (rows[0], head, sizeof head);
	for (size_t i = 0; i < n; i++) {
		const struct oci_davit_record *record = descriptions[i].container.record;
		const char *row[COLUMNS] = { record->id, pids[i],
			container_status_names[descriptions[i].status], record->bundle,
			record->created, descriptions[i].owner };

		snprintf (pids[i], sizeof pids[i], "%d", (int) pid_of (&descriptions[i]));
		memcpy (rows[i + 1], row, sizeof row);
	}
	for (size_t c = 0; c < COLUMNS; c++) {
		widths[c] = COLUMN_MIN;
		for (size_t i = 0; i <= n; i++)
			if (strlen (rows[i][c]) + COLUMN_GAP > widths[c])
				widths[c] = strlen (rows[i][c]) + COLUMN_GAP;
	}
	for (size_t i = 0; i <= n; i++) {
		size_t end = out->size;

		for (size_t c = 0; c < COLUMNS; c++) {
			buffer_add_text (out, rows[i][c]);
			end += widths[c];
			if (c + 1 < COLUMNS)
				buffer_pad (out, end);
		}
		buffer_add_char (out, '\n');
	}
	free (rows);
	free (pids);
}

static void
write_list (struct buffer *out, enum list_format format, const struct description *descriptions,
	size_t n)
{
	struct json_writer json = { 0 };

	if (format == LIST_TABLE) {
		write_table (out, descriptions, n);
		return;
	}
	if (format == LIST_QUIET) {
		for (size_t i = 0; i < n; i++)
			buffer_printf (out, "%s\n", descriptions[i].container.record->id);
		return;
	}
	json_open_array (&json, NULL);
	for (size_t i = 0; i < n; i++)
		write_json (&json, &descriptions[i]);
	json_close (&json);
	buffer_printf (out, "%s\n", json.text.data);
	json_writer_done (&json);
}

static int
is_container (const struct dirent *entry)
{
	return container_id_is_valid (entry->d_name);
}

struct descriptions {
	struct description *entries;
	size_t n;
};

/* Those that can't be looked at are told, and left out. */
static void
look_at_all (const char *root, struct dirent **entries, size_t n_entries,
	void (*warn) (const char *text), struct descriptions *out)
{
	struct error err;

	for (size_t i = 0; i < n_entries; i++) {
		int r = look_at (root, entries[i]->d_name, &out->entries[out->n], &err);

		if (r > 0) {
			out->n++;
			continue;
		}
		/* deleted meanwhile, or so new that there is nothing to tell, or a file of others */
		description_done (&out->entries[out->n]);
		if (r < 0 && err.code != ENOENT && err.code != ENOTDIR)
			warn (err.text);
	}
}

int
describe_list (
	const char *root, const struct list_request *request, struct buffer *out, struct error *err)
{
	struct descriptions found = { 0 };
	struct dirent **entries = NULL;
	int n_entries = scandir (root, &entries, is_container, alphasort);

	if (n_entries < 0 && (errno != ENOENT || request->root_must_exist))
		return fail (err, errno, "read the directory '%s'", root);
	if (n_entries < 0)
		n_entries = 0;
	found.entries = xcalloc ((size_t) n_entries + 1, sizeof *found.entries);
	look_at_all (root, entries, (size_t) n_entries, request->warn, &found);
	write_list (out, request->format, found.entries, found.n);
	for (size_t i = 0; i < found.n; i++)
		description_done (&found.entries[i]);
	for (int i = 0; i < n_entries; i++)
		free (entries[i]);
	free (entries);
	free (found.entries);
	return 0;
}
