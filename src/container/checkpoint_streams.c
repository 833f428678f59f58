/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/checkpoint_streams.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"
#include "base/protobuf.h"
#include "base/str.h"
#include "container/checkpoint_mounts.h"
#include "container/criu_message.h"

#include <ocispec/checkpoint_descriptors.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define DESCRIPTORS "descriptors.json"
#define DESCRIPTORS_LIMIT 65536
#define FDINFO_LIMIT 65536

/* A process whose descriptors are looked at. */
struct holder {
	pid_t pid;
	struct arena *arena; /* borrowed */
	struct mount_line *mounts; /* in the arena */
	size_t n_mounts;
};

static bool
has_mount (const struct holder *holder, int id)
{
	for (size_t i = 0; i < holder->n_mounts; i++)
		if (holder->mounts[i].id == id)
			return true;
	return false;
}

/* The line "mnt_id:\t15" of fdinfo. -1: it has none. */
static int
read_mount_id (const struct holder *holder, int fd, int *out, struct error *err)
{
	autofree char *path = xasprintf ("/proc/%d/fdinfo/%d", (int) holder->pid, fd);
	autofree char *text = NULL;
	const char *line;

	if (fd_read_file (AT_FDCWD, path, FDINFO_LIMIT, &text, NULL, err) < 0)
		return -1;
	line = strstr (text, "mnt_id:");
	if (!line || sscanf (line, "mnt_id: %d", out) != 1)
		return fail (err, 0, "'%s' names no mount", path);
	return 0;
}

/* What its link says, or CRIU's name for a file that is outside of the container. */
static int
name_stream (const struct holder *holder, int fd, const char **out, struct error *err)
{
	autofree char *path = xasprintf ("/proc/%d/fd/%d", (int) holder->pid, fd);
	char target[PATH_MAX];
	ssize_t n = readlink (path, target, sizeof target - 1);
	struct stat st;
	int mount_id;

	if (n < 0)
		return errno == ENOENT ? 0 : fail (err, errno, "read '%s'", path);
	*out = arena_strndup (holder->arena, target, (size_t) n);
	if (stat (path, &st) < 0 || !S_ISREG (st.st_mode))
		return 0;
	if (read_mount_id (holder, fd, &mount_id, err) < 0)
		return -1;
	if (!has_mount (holder, mount_id))
		*out = arena_printf (holder->arena, "file[%x:%lx]", (unsigned int) mount_id,
			(unsigned long) st.st_ino);
	return 0;
}

int
checkpoint_streams_of (
	pid_t pid, struct arena *arena, struct checkpoint_streams *out, struct error *err)
{
	autofree char *path = xasprintf ("/proc/%d/mountinfo", (int) pid);
	struct holder holder = { .pid = pid, .arena = arena };

	*out = (struct checkpoint_streams){ 0 };
	if (mount_lines_read (path, arena, &holder.mounts, &holder.n_mounts, err) < 0)
		return -1;
	for (int fd = 0; fd < CHECKPOINT_STREAMS; fd++)
		if (name_stream (&holder, fd, &out->names[fd], err) < 0)
			return -1;
	return 0;
}

static bool
is_outside_file (const char *name)
{
	return name && str_starts (name, "file[");
}

static bool
is_named_before (const struct checkpoint_streams *streams, int fd)
{
	for (int i = 0; i < fd; i++)
		if (streams->names[i] && str_equal (streams->names[i], streams->names[fd]))
			return true;
	return false;
}

void
checkpoint_streams_add (const struct checkpoint_streams *streams, struct buffer *options)
{
	for (int fd = 0; fd < CHECKPOINT_STREAMS; fd++)
		if (is_outside_file (streams->names[fd]) && !is_named_before (streams, fd))
			protobuf_add_text (options, CRIU_EXTERNAL, streams->names[fd]);
}

void
restore_streams_add (const struct checkpoint_streams *streams, struct buffer *options)
{
	for (int fd = 0; fd < CHECKPOINT_STREAMS; fd++) {
		const char *name = streams->names[fd];

		if (name && (str_starts (name, "pipe:") || is_outside_file (name)) &&
			!is_named_before (streams, fd))
			criu_add_inherited_fd (options, name, fd);
	}
}

int
checkpoint_streams_write (const struct checkpoint_dirs *dirs,
	const struct checkpoint_streams *streams, struct error *err)
{
	struct json_writer json = { 0 };
	int r;

	json_open_array (&json, NULL);
	for (size_t i = 0; i < CHECKPOINT_STREAMS; i++)
		json_string (&json, NULL, streams->names[i] ? streams->names[i] : "");
	json_close (&json);
	r = fd_replace_file (
		dirs->images_fd, DESCRIPTORS, json.text.data, json.text.size, 0600, err);
	json_writer_done (&json);
	return r < 0 ? error_prefix (err, "'%s'", dirs->images) : 0;
}

/* The file is an array; what our parser reads is an object. */
static int
parse_descriptors (
	const char *text, struct arena *arena, struct checkpoint_streams *out, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	autofree char *object = xasprintf ("{\"descriptors\":%s}", text);
	const struct ocispec_source source = {
		.file = DESCRIPTORS,
		.text = object,
		.size = strlen (object),
	};
	struct oci_checkpoint_descriptors *parsed;

	if (oci_checkpoint_descriptors_parse (&doc, &source, &parsed, err) < 0)
		return -1;
	for (size_t i = 0; i < parsed->n_descriptors && i < CHECKPOINT_STREAMS; i++)
		out->names[i] = arena_strdup (arena, parsed->descriptors[i]);
	return 0;
}

int
checkpoint_streams_read (const struct checkpoint_dirs *dirs, struct arena *arena,
	struct checkpoint_streams *out, struct error *err)
{
	autofree char *text = NULL;

	*out = (struct checkpoint_streams){ 0 };
	if (fd_read_regular_file (
		    dirs->images_fd, DESCRIPTORS, DESCRIPTORS_LIMIT, &text, NULL, err) < 0)
		return err->code == ENOENT
			       ? fail (err, 0, "'%s' holds no checkpoint: it has no " DESCRIPTORS,
					 dirs->images)
			       : error_prefix (err, "'%s'", dirs->images);
	if (parse_descriptors (text, arena, out, err) < 0)
		return error_prefix (err, "'%s'", dirs->images);
	return 0;
}
