/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/import.h"
#include "base/auto.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/decompress.h"
#include "image/media_type.h"
#include "image/tar_write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"

/* What is known of the layer when it is in the store. */
struct imported {
	char digest[DIGEST_TEXT_SIZE], diff_id[DIGEST_TEXT_SIZE];
	uint64_t size;
	const char *suffix; /* of its media type */
};

/* ---- the layer */

static int
write_directory (int dir, struct blob_sink *out, struct error *err)
{
	struct view view = { &dir, 1, overlay_kind_of_process () };
	struct tar_writer writer;
	int r;

	tar_writer_init (&writer, out);
	r = tar_write_view (&writer, &view, err);
	if (r == 0)
		r = tar_write_end (&writer, err);
	tar_writer_done (&writer);
	return r;
}

static int
copy_file (int fd, const char *name, struct blob_sink *out, struct error *err)
{
	struct file_input input;
	const void *data;
	size_t size;
	int r;

	file_input_init (&input, fd, name);
	while ((r = input.input.next (&input.input, &data, &size, err)) > 0)
		if (out->write (out, data, size, err) < 0) {
			r = -1;
			break;
		}
	file_input_done (&input);
	return r;
}

static int
open_path (const char *path, struct stat *st, struct error *err)
{
	int fd = str_equal (path, "-") ? fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				       : open (path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail (err, errno, "open '%s'", path);
	if (fstat (fd, st) < 0) {
		fail (err, errno, "look at '%s'", path);
		close (fd);
		return -1;
	}
	return fd;
}

static int
keep_layer (const struct import_request *request, struct imported *out, struct error *err)
{
	AUTO (store_draft_end) struct store_draft draft = { .fd = -1 };
	struct stat st;
	autofd fd = open_path (request->path, &st, err);
	int r;

	if (fd < 0 || store_draft_begin (request->store, &draft, err) < 0)
		return -1;
	r = S_ISDIR (st.st_mode) ? write_directory (fd, &draft.sink, err)
				 : copy_file (fd, request->path, &draft.sink, err);
	if (r < 0)
		return -1;
	out->size = draft.size;
	return store_draft_commit (&draft, out->digest, err);
}

struct hash_sink {
	struct blob_sink sink;
	struct digest_stream *stream;
};

static int
write_hash (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	digest_update (((struct hash_sink *) sink)->stream, data, size);
	return 0;
}

static const char *
suffix_of (int fd)
{
	unsigned char magic[4] = { 0 };

	if (pread (fd, magic, sizeof magic, 0) < 0)
		return "";
	if (magic[0] == 0x1f && magic[1] == 0x8b)
		return "+gzip";
	return magic[0] == 0x28 && magic[1] == 0xb5 && magic[2] == 0x2f ? "+zstd" : "";
}

static int
find_diff_id (const struct import_request *request, struct imported *out, struct error *err)
{
	struct decompress_budget budget = { INT64_MAX, INT64_MAX };
	struct hash_sink hash = { { write_hash }, NULL };
	autofd fd = store_open_blob (request->store, out->digest, err);
	struct file_input input;
	int r;

	if (fd < 0)
		return -1;
	out->suffix = suffix_of (fd);
	hash.stream = digest_new (DIGEST_SHA256);
	file_input_init (&input, fd, request->path);
	r = decompress_into (&input.input, &hash.sink, &budget, err);
	file_input_done (&input);
	digest_finish (hash.stream, out->diff_id);
	digest_free (&hash.stream);
	return r;
}

/* ---- the documents */

static void
write_list (struct json_writer *json, const char *key, const struct option_list *list)
{
	if (!list || list->n == 0)
		return;
	json_open_array (json, key);
	for (size_t i = 0; i < list->n; i++)
		json_string (json, NULL, list->values[i]);
	json_close (json);
}

static int
write_labels (struct json_writer *json, const struct option_list *list, struct error *err)
{
	if (!list || list->n == 0)
		return 0;
	json_open_object (json, "Labels");
	for (size_t i = 0; i < list->n; i++) {
		const char *equals = strchr (list->values[i], '=');
		autofree char *key = NULL;

		if (!equals || equals == list->values[i])
			return fail (err, 0, "--label '%s': it takes NAME=VALUE", list->values[i]);
		key = strndup (list->values[i], (size_t) (equals - list->values[i]));
		json_string (json, key, equals + 1);
	}
	json_close (json);
	return 0;
}

static int
write_config (const struct import_request *request, const struct imported *layer,
	struct json_writer *json, struct error *err)
{
	json_open_object (json, NULL);
	if (request->created)
		json_string (json, "created", request->created);
	json_string (json, "architecture", request->platform.architecture);
	if (*request->platform.variant)
		json_string (json, "variant", request->platform.variant);
	json_string (json, "os", request->platform.os);
	json_open_object (json, "config");
	if (request->user)
		json_string (json, "User", request->user);
	write_list (json, "Env", request->env);
	write_list (json, "Entrypoint", request->entrypoint);
	write_list (json, "Cmd", request->cmd);
	if (request->cwd)
		json_string (json, "WorkingDir", request->cwd);
	if (write_labels (json, request->labels, err) < 0)
		return -1;
	json_close (json);
	json_open_object (json, "rootfs");
	json_string (json, "type", "layers");
	json_open_array (json, "diff_ids");
	json_string (json, NULL, layer->diff_id);
	json_close (json);
	json_close (json);
	json_close (json);
	return 0;
}

static void
write_descriptor (struct json_writer *json, const char *key, const char *type, const char *digest,
	uint64_t size)
{
	json_open_object (json, key);
	json_string (json, "mediaType", type);
	json_string (json, "digest", digest);
	json_uint (json, "size", size);
	json_close (json);
}

static int
add (const struct import_request *request, const struct json_writer *json,
	char digest[DIGEST_TEXT_SIZE], struct error *err)
{
	digest_of (DIGEST_SHA256, json->text.data, json->text.size, digest);
	return store_add_document (request->store, digest, json->text.data, json->text.size, err);
}

static int
add_documents (const struct import_request *request, const struct imported *layer,
	struct json_writer *config, struct json_writer *manifest, struct error *err)
{
	autofree char *type = xasprintf (LAYER_TYPE "%s", layer->suffix);
	char config_digest[DIGEST_TEXT_SIZE], digest[DIGEST_TEXT_SIZE];
	struct store_name name = {
		.name = request->name, .media_type = MEDIA_TYPE_OCI_MANIFEST, .digest = digest
	};

	if (write_config (request, layer, config, err) < 0 ||
		add (request, config, config_digest, err) < 0)
		return -1;
	json_open_object (manifest, NULL);
	json_int (manifest, "schemaVersion", 2);
	json_string (manifest, "mediaType", MEDIA_TYPE_OCI_MANIFEST);
	write_descriptor (manifest, "config", CONFIG_TYPE, config_digest, config->text.size);
	json_open_array (manifest, "layers");
	write_descriptor (manifest, NULL, type, layer->digest, layer->size);
	json_close (manifest);
	json_close (manifest);
	if (add (request, manifest, digest, err) < 0)
		return -1;
	name.size = manifest->text.size;
	return store_set_name (request->store, &name, err);
}

int
import_image (const struct import_request *request, struct image *out, struct error *err)
{
	AUTO (json_writer_done) struct json_writer config = { 0 }, manifest = { 0 };
	struct imported layer = { .suffix = "" };

	if (keep_layer (request, &layer, err) < 0 || find_diff_id (request, &layer, err) < 0 ||
		add_documents (request, &layer, &config, &manifest, err) < 0)
		return -1;
	return image_find (request->store, request->name, out, err);
}
