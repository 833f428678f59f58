/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/archive_write.h"
#include "base/auto.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/byte_input.h"
#include "image/decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"

/* Sends what is left of a file as one entry. */
static int
write_file (struct tar_writer *writer, const char *name, int fd, uint64_t size, struct error *err)
{
	struct tar_entry entry = { .type = TAR_FILE, .path = name, .mode = 0644, .size = size };
	struct file_input input;
	int r = tar_write_entry (writer, &entry, err);
	const void *data;
	size_t n;

	file_input_init (&input, fd, name);
	while (r == 0 && writer->left > 0) {
		r = input.input.next (&input.input, &data, &n, err);
		if (r == 0)
			r = fail (err, EIO, "read '%s': it became shorter", name);
		else if (r > 0)
			r = tar_write_data (writer, data, n, err);
	}
	file_input_done (&input);
	return r;
}

static int
write_directory (struct tar_writer *writer, const char *name, struct error *err)
{
	struct tar_entry entry = { .type = TAR_DIRECTORY, .path = name, .mode = 0755 };

	return tar_write_entry (writer, &entry, err);
}

/* ---- an image layout */

static int
write_blob (
	struct tar_writer *writer, const struct store *store, const char *digest, struct error *err)
{
	autofree char *name = xasprintf ("blobs/%s/%s",
		digest_algorithm_name (digest_algorithm_of (digest)), digest_hex (digest));
	autofd fd = store_open_blob (store, digest, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat (fd, &st) < 0)
		return fail (err, errno, "look at the blob %s", digest);
	return write_file (writer, name, fd, (uint64_t) st.st_size, err);
}

static bool
is_repeated (const struct image *image, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_equal (image->layers[j].descriptor->digest,
			    image->layers[i].descriptor->digest))
			return true;
	return false;
}

static int
write_index (
	struct tar_writer *writer, const struct image *image, const char *tag, struct error *err)
{
	AUTO (json_writer_done) struct json_writer json = { 0 };

	json_open_object (&json, NULL);
	json_int (&json, "schemaVersion", 2);
	json_open_array (&json, "manifests");
	json_open_object (&json, NULL);
	json_string (&json, "mediaType", image->document.media_type);
	json_string (&json, "digest", image->document.digest);
	json_uint (&json, "size", image->document.size);
	if (tag) {
		json_open_object (&json, "annotations");
		json_string (&json, STORE_NAME_ANNOTATION, tag);
		json_close (&json);
	}
	json_close (&json);
	json_close (&json);
	json_close (&json);
	return tar_write_text (writer, "index.json", json.text.data, json.text.size, err);
}

static int
write_layout (struct tar_writer *writer, const struct store *store, const struct image *image,
	const char *tag, struct error *err)
{
	if (tar_write_text (writer, "oci-layout", LAYOUT_TEXT, strlen (LAYOUT_TEXT), err) < 0 ||
		write_index (writer, image, tag, err) < 0 ||
		write_directory (writer, "blobs/", err) < 0 ||
		write_directory (writer, "blobs/sha256/", err) < 0 ||
		write_blob (writer, store, image->document.digest, err) < 0 ||
		write_blob (writer, store, image->manifest->config->digest, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++)
		if (!is_repeated (image, i) &&
			write_blob (writer, store, image->layers[i].descriptor->digest, err) < 0)
			return -1;
	return tar_write_end (writer, err);
}

int
archive_write_oci (const struct store *store, const struct image *image, const char *tag,
	struct blob_sink *out, struct error *err)
{
	struct tar_writer writer;
	int r;

	tar_writer_init (&writer, out);
	r = write_layout (&writer, store, image, tag, err);
	tar_writer_done (&writer);
	return r;
}

/* ---- docker */

/* A layer as a plain tar, into a file. */
static int
decompress_layer (int blob, int plain, const char *name, struct error *err)
{
	struct decompress_budget budget = { INT64_MAX, INT64_MAX };
	struct file_input input;
	struct fd_sink sink;
	int r;

	fd_sink_init (&sink, plain, name);
	file_input_init (&input, blob, name);
	r = decompress_into (&input.input, &sink.sink, &budget, err);
	file_input_done (&input);
	return r;
}

static int
write_plain_layer (struct tar_writer *writer, const struct store *store,
	const struct image_layer *layer, struct error *err)
{
	autofree char *name = xasprintf ("%s.tar", digest_hex (layer->diff_id));
	autofd blob = store_open_blob (store, layer->descriptor->digest, err);
	autofd tmp = -1;
	struct stat st;

	if (blob < 0)
		return -1;
	tmp = openat (store->fd, "tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (tmp < 0)
		return fail (err, errno, "make a file in '%s/tmp'", store->path);
	if (decompress_layer (blob, tmp, name, err) < 0)
		return -1;
	if (fstat (tmp, &st) < 0 || lseek (tmp, 0, SEEK_SET) < 0)
		return fail (err, errno, "look at a file in '%s/tmp'", store->path);
	return write_file (writer, name, tmp, (uint64_t) st.st_size, err);
}

static bool
is_repeated_plain (const struct image *image, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_equal (image->layers[j].diff_id, image->layers[i].diff_id))
			return true;
	return false;
}

static int
write_manifest (
	struct tar_writer *writer, const struct image *image, const char *name, struct error *err)
{
	AUTO (json_writer_done) struct json_writer json = { 0 };
	char text[DIGEST_TEXT_SIZE + 8];

	json_open_array (&json, NULL);
	json_open_object (&json, NULL);
	snprintf (text, sizeof text, "%s.json", digest_hex (image->manifest->config->digest));
	json_string (&json, "Config", text);
	json_open_array (&json, "RepoTags");
	if (name)
		json_string (&json, NULL, name);
	json_close (&json);
	json_open_array (&json, "Layers");
	for (size_t i = 0; i < image->n_layers; i++) {
		snprintf (text, sizeof text, "%s.tar", digest_hex (image->layers[i].diff_id));
		json_string (&json, NULL, text);
	}
	json_close (&json);
	json_close (&json);
	json_close (&json);
	return tar_write_text (writer, "manifest.json", json.text.data, json.text.size, err);
}

static int
write_docker (struct tar_writer *writer, const struct store *store, const struct image *image,
	const char *name, struct error *err)
{
	autofree char *config = xasprintf ("%s.json", digest_hex (image->manifest->config->digest));

	if (tar_write_text (writer, config, image->config_text, image->config_size, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++)
		if (!is_repeated_plain (image, i) &&
			write_plain_layer (writer, store, &image->layers[i], err) < 0)
			return -1;
	if (write_manifest (writer, image, name, err) < 0)
		return -1;
	return tar_write_end (writer, err);
}

int
archive_write_docker (const struct store *store, const struct image *image, const char *name,
	struct blob_sink *out, struct error *err)
{
	struct tar_writer writer;
	int r;

	tar_writer_init (&writer, out);
	r = write_docker (&writer, store, image, name, err);
	tar_writer_done (&writer);
	return r;
}
