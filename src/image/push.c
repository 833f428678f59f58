/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/push.h"
#include "image/digest.h"
#include "image/media_type.h"
#include "image/reference.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <ocispec/image_index.h>
#include <ocispec/image_manifest.h>
#include <pthread.h>
#include <stdlib.h>

#define DEFAULT_JOBS 3
#define MAX_JOBS 32
/* Indexes in indexes: more than anybody uses, and no endless chain. */
#define MAX_DEPTH 4

/* The blobs of one manifest, and the threads that send them. */
struct blob_queue {
	const struct push_request *request;
	const struct oci_descriptor **blobs; /* owned; borrowed each */
	size_t n;
	pthread_mutex_t lock; /* of all below */
	size_t next;
	bool has_failed;
	struct error error;
};

struct blob_progress {
	const struct push_request *request;
	const struct oci_descriptor *blob;
};

/* ---- one blob */

/* Whether the manifest with that digest names the blob: no other text looks like a digest. */
static bool
document_has_blob (const struct store *store, const char *digest, const char *blob)
{
	autofree char *text = NULL;
	struct error ignored;

	return store_read_document (store, digest, &text, NULL, &ignored) == 0 &&
	       strstr (text, blob);
}

/* Tries the other repositories of the registry that the store knows. Returns 1 when it is there now. */
static int
mount_from_others (const struct push_request *request, const char *digest, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct oci_image_index *index;

	if (store_read_index (request->store, &doc, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct oci_manifest_descriptor *other = index->manifests[i];
		AUTO (reference_done) struct reference name = { 0 };
		const char *text = store_name_of (other);
		struct error ignored;
		int mounted;

		if (!text || reference_parse (&name, text, NULL, &ignored) < 0 || !name.host ||
			!str_equal (name.host, request->host) ||
			str_equal (name.repository, request->repository) ||
			!document_has_blob (request->store, other->digest, digest))
			continue;
		mounted = registry_mount_blob (request->registry, digest, name.repository, err);
		if (mounted != 0)
			return mounted;
	}
	return 0;
}

static void
tell_progress (void *data, uint64_t sent)
{
	const struct blob_progress *progress = data;
	const struct push_request *request = progress->request;

	if (request->progress)
		request->progress (request->progress_data, progress->blob->digest, sent,
			(uint64_t) progress->blob->size);
}

static int
push_blob (const struct push_request *request, const struct oci_descriptor *blob, struct error *err)
{
	struct blob_progress progress = { request, blob };
	struct registry_upload upload = {
		.digest = blob->digest,
		.size = (uint64_t) blob->size,
		.progress = tell_progress,
		.progress_data = &progress,
	};
	int there = registry_has_blob (request->registry, blob->digest, err);
	autofd fd = -1;

	if (there == 0)
		there = mount_from_others (request, blob->digest, err);
	if (there < 0)
		return -1;
	if (there > 0) {
		tell_progress (&progress, upload.size);
		return 0;
	}
	fd = store_open_blob (request->store, blob->digest, err);
	if (fd < 0)
		return -1;
	upload.fd = fd;
	return registry_put_blob (request->registry, &upload, err);
}

/* ---- all blobs of a manifest */

static const struct oci_descriptor *
take_next (struct blob_queue *queue)
{
	const struct oci_descriptor *blob = NULL;

	pthread_mutex_lock (&queue->lock);
	if (!queue->has_failed && queue->next < queue->n)
		blob = queue->blobs[queue->next++];
	pthread_mutex_unlock (&queue->lock);
	return blob;
}

static void *
push_blobs (void *data)
{
	struct blob_queue *queue = data;
	const struct oci_descriptor *blob;
	struct error err;

	while ((blob = take_next (queue))) {
		if (push_blob (queue->request, blob, &err) == 0)
			continue;
		pthread_mutex_lock (&queue->lock);
		if (!queue->has_failed)
			queue->error = err;
		queue->has_failed = true;
		pthread_mutex_unlock (&queue->lock);
	}
	return NULL;
}

static void
run_queue (struct blob_queue *queue)
{
	unsigned int jobs = queue->request->jobs ? queue->request->jobs : DEFAULT_JOBS, n = 0;
	pthread_t threads[MAX_JOBS];

	if (jobs > MAX_JOBS)
		jobs = MAX_JOBS;
	pthread_mutex_init (&queue->lock, NULL);
	/* This thread is one of them, so that it goes on without any other too. */
	while (n + 1 < jobs && n + 1 < queue->n &&
		pthread_create (&threads[n], NULL, push_blobs, queue) == 0)
		n++;
	push_blobs (queue);
	while (n > 0)
		pthread_join (threads[--n], NULL);
	pthread_mutex_destroy (&queue->lock);
}

static bool
may_be_sent (const struct oci_descriptor *layer)
{
	return !strstr (layer->media_type, ".nondistributable.") &&
	       !strstr (layer->media_type, ".foreign.");
}

static bool
is_queued (const struct blob_queue *queue, const char *digest)
{
	for (size_t i = 0; i < queue->n; i++)
		if (str_equal (queue->blobs[i]->digest, digest))
			return true;
	return false;
}

static int
push_manifest_blobs (
	const struct push_request *request, const struct ocispec_source *source, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct blob_queue queue = { .request = request };
	struct oci_image_manifest *manifest;

	if (oci_image_manifest_parse (&doc, source, &manifest, err) < 0)
		return -1;
	queue.blobs = xcalloc (manifest->n_layers + 1, sizeof *queue.blobs);
	queue.blobs[queue.n++] = manifest->config;
	for (size_t i = 0; i < manifest->n_layers; i++)
		if (may_be_sent (manifest->layers[i]) &&
			!is_queued (&queue, manifest->layers[i]->digest))
			queue.blobs[queue.n++] = manifest->layers[i];
	run_queue (&queue);
	free (queue.blobs);
	if (!queue.has_failed)
		return 0;
	*err = queue.error;
	return -1;
}

/* ---- the documents */

static int push_document (
	const struct push_request *request, unsigned int depth, struct error *err);

static int
push_children (const struct push_request *request, const struct ocispec_source *source,
	unsigned int depth, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct oci_image_index *index;

	if (oci_image_index_parse (&doc, source, &index, err) < 0)
		return -1;
	if (depth >= MAX_DEPTH)
		return fail (err, 0, "%s: indexes in indexes, more than %d deep", source->file,
			MAX_DEPTH);
	for (size_t i = 0; i < index->n_manifests; i++) {
		struct push_request child = *request;
		int there = store_has_blob (request->store, index->manifests[i]->digest, 0, err);

		if (there < 0)
			return -1;
		if (there == 0)
			return fail_hint (err, 0, "push one of its manifests, by digest",
				"%s: the store has not all platforms of it", source->file);
		child.digest = child.object = index->manifests[i]->digest;
		child.media_type = index->manifests[i]->media_type;
		if (push_document (&child, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int
push_document (const struct push_request *request, unsigned int depth, struct error *err)
{
	AUTO (source_manifest_done) struct source_manifest document = { 0 };
	struct ocispec_source source = { .file = request->digest };
	enum document_kind kind;
	const char *media_type;
	int done;

	if (store_read_document (
		    request->store, request->digest, &document.data, &document.size, err) < 0 ||
		media_type_of_document (document.data, document.size, request->media_type,
			request->digest, &media_type, err) < 0 ||
		media_type_kind (media_type, request->digest, &kind, err) < 0)
		return -1;
	source.text = document.data;
	source.size = document.size;
	done = kind == DOCUMENT_INDEX ? push_children (request, &source, depth, err)
				      : push_manifest_blobs (request, &source, err);
	if (done < 0)
		return -1;
	document.media_type = xstrdup (media_type);
	document.digest = xstrdup (request->digest);
	return registry_put_manifest (request->registry, request->object, &document, err);
}

int
push_image (const struct push_request *request, struct error *err)
{
	return push_document (request, 0, err);
}
