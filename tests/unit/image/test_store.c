/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/davit-store.XXXXXX";
static struct store store;
static struct error err;

static int
set_up (void **state)
{
	char path[64];

	if (!mkdtemp (directory))
		return -1;
	snprintf (path, sizeof path, "%s/store", directory);
	return store_open (path, STORE_WRITE, &store, &err);
}

static int
tear_down (void **state)
{
	char command[96];

	store_close (&store);
	snprintf (command, sizeof command, "rm -rf '%s'", directory);
	return system (command);
}

static void
make_digest (const char *data, char digest[DIGEST_TEXT_SIZE])
{
	digest_of (DIGEST_SHA256, data, strlen (data), digest);
}

static void
a_blob_is_there_when_it_is_whole_and_right (void **state)
{
	struct store_ingest ingest;
	char digest[DIGEST_TEXT_SIZE];

	make_digest ("hello", digest);
	assert_int_equal (store_has_blob (&store, digest, 0, &err), 0);
	assert_int_equal (store_ingest_begin (&store, digest, 5, &ingest, &err), 0);
	assert_int_equal (ingest.offset, 0);
	assert_int_equal (store_ingest_write (&ingest, "hel", 3, &err), 0);
	/* it ends too early, and what came stays */
	assert_int_equal (store_ingest_commit (&ingest, &err), -1);
	store_ingest_end (&ingest);
	assert_int_equal (store_has_blob (&store, digest, 0, &err), 0);

	assert_int_equal (store_ingest_begin (&store, digest, 5, &ingest, &err), 0);
	assert_int_equal (ingest.offset, 3);
	assert_int_equal (store_ingest_write (&ingest, "loo", 3, &err), -1);
	assert_int_equal (err.code, EFBIG);
	assert_int_equal (store_ingest_write (&ingest, "lo", 2, &err), 0);
	assert_int_equal (store_ingest_commit (&ingest, &err), 0);
	store_ingest_end (&ingest);
	assert_int_equal (store_has_blob (&store, digest, 5, &err), 1);
	assert_int_equal (store_has_blob (&store, digest, 6, &err), 0);

	assert_int_equal (store_ingest_begin (&store, digest, 5, &ingest, &err), 0);
	assert_true (ingest.is_complete);
	store_ingest_end (&ingest);
}

static void
what_has_another_digest_is_thrown_away (void **state)
{
	struct store_ingest ingest;
	char digest[DIGEST_TEXT_SIZE];

	make_digest ("right", digest);
	assert_int_equal (store_ingest_begin (&store, digest, 5, &ingest, &err), 0);
	assert_int_equal (store_ingest_write (&ingest, "wrong", 5, &err), 0);
	assert_int_equal (store_ingest_commit (&ingest, &err), -1);
	assert_int_equal (err.code, EBADMSG);
	store_ingest_end (&ingest);
	assert_int_equal (store_ingest_begin (&store, digest, 5, &ingest, &err), 0);
	assert_int_equal (ingest.offset, 0);
	store_ingest_end (&ingest);
	assert_int_equal (store_has_blob (&store, digest, 0, &err), 0);
}

static void
no_digest_leads_out_of_the_store (void **state)
{
	struct store_ingest ingest;

	assert_int_equal (store_has_blob (&store, "sha256:../../x", 0, &err), -1);
	assert_int_equal (store_open_blob (&store, "sha256:../../index.json", &err), -1);
	assert_int_equal (store_ingest_begin (&store, "../x", 1, &ingest, &err), -1);
}

static void
a_document_is_held_against_its_digest (void **state)
{
	char digest[DIGEST_TEXT_SIZE], path[256];
	autofree char *data = NULL;
	FILE *file;
	size_t size;

	make_digest ("{}", digest);
	assert_int_equal (store_add_document (&store, digest, "{}", 2, &err), 0);
	assert_int_equal (store_read_document (&store, digest, &data, &size, &err), 0);
	assert_string_equal (data, "{}");
	snprintf (path, sizeof path, "%s/blobs/sha256/%s", store.path, digest_hex (digest));
	file = fopen (path, "w");
	fputs ("[]", file);
	fclose (file);
	free (take_ptr (data));
	assert_int_equal (store_read_document (&store, digest, &data, &size, &err), -1);
	assert_int_equal (err.code, EBADMSG);
}

static void
a_name_means_the_last_thing_it_was_set_to (void **state)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	char one[DIGEST_TEXT_SIZE], two[DIGEST_TEXT_SIZE];
	struct store_name name = { "example.org/a:1", "application/json", one, 1 };
	struct oci_image_index *index;

	make_digest ("1", one);
	make_digest ("2", two);
	assert_int_equal (store_set_name (&store, &name, &err), 0);
	name.name = "example.org/b:1";
	assert_int_equal (store_set_name (&store, &name, &err), 0);
	name.name = "example.org/a:1";
	name.digest = two;
	assert_int_equal (store_set_name (&store, &name, &err), 0);
	assert_int_equal (store_read_index (&store, &doc, &index, &err), 0);
	assert_int_equal (index->n_manifests, 2);
	assert_string_equal (store_find_name (index, "example.org/a:1")->digest, two);
	assert_string_equal (store_find_name (index, "example.org/b:1")->digest, one);
	assert_null (store_find_name (index, "example.org/c:1"));
	assert_int_equal (store_remove_name (&store, "example.org/b:1", &err), 1);
	assert_int_equal (store_remove_name (&store, "example.org/b:1", &err), 0);
}

/* ---- two at once */

static void *
ingest_slowly (void *data)
{
	struct store_ingest *ingest = data;
	struct error ignored;

	assert_int_equal (store_ingest_write (ingest, "shared", 6, &ignored), 0);
	assert_int_equal (store_ingest_commit (ingest, &ignored), 0);
	return NULL;
}

static void
the_second_one_waits_and_finds_the_blob_complete (void **state)
{
	struct store_ingest first, second;
	char digest[DIGEST_TEXT_SIZE];
	pthread_t thread;

	make_digest ("shared", digest);
	assert_int_equal (store_ingest_begin (&store, digest, 6, &first, &err), 0);
	assert_int_equal (pthread_create (&thread, NULL, ingest_slowly, &first), 0);
	assert_int_equal (store_ingest_begin (&store, digest, 6, &second, &err), 0);
	assert_true (second.is_complete);
	pthread_join (thread, NULL);
	store_ingest_end (&second);
}

static void *
ingest_something_wrong (void *data)
{
	struct store_ingest *ingest = data;
	struct error ignored;

	/* so that the other one is waiting by then */
	usleep (100000);
	assert_int_equal (store_ingest_write (ingest, "wrong", 5, &ignored), 0);
	assert_int_equal (store_ingest_commit (ingest, &ignored), -1);
	store_ingest_end (ingest);
	return NULL;
}

static void
the_second_one_begins_anew_when_the_first_one_has_failed (void **state)
{
	struct store_ingest first, second;
	char digest[DIGEST_TEXT_SIZE];
	pthread_t thread;

	make_digest ("after", digest);
	assert_int_equal (store_ingest_begin (&store, digest, 5, &first, &err), 0);
	assert_int_equal (pthread_create (&thread, NULL, ingest_something_wrong, &first), 0);
	assert_int_equal (store_ingest_begin (&store, digest, 5, &second, &err), 0);
	pthread_join (thread, NULL);
	assert_false (second.is_complete);
	assert_int_equal (second.offset, 0);
	assert_int_equal (store_ingest_write (&second, "after", 5, &err), 0);
	assert_int_equal (store_ingest_commit (&second, &err), 0);
	store_ingest_end (&second);
	assert_int_equal (store_has_blob (&store, digest, 5, &err), 1);
}

/* As with two layers of one image that have the same blob: the one that has the blob reads on until the
 * one that waits for the blob is done. */
static void
whoever_only_reads_keeps_nobody_waiting (void **state)
{
	struct store_ingest ingest;
	char digest[DIGEST_TEXT_SIZE], path[128], bytes[8];
	int reader, waiter;

	make_digest ("twice", digest);
	assert_int_equal (store_ingest_begin (&store, digest, 5, &ingest, &err), 0);
	reader = store_ingest_open (&ingest, &err);
	assert_true (reader >= 0);
	snprintf (path, sizeof path, "partial/sha256-%s", digest_hex (digest));
	waiter = openat (store.fd, path, O_RDWR | O_CLOEXEC);
	assert_int_equal (flock (waiter, LOCK_EX | LOCK_NB), -1);
	assert_int_equal (store_ingest_write (&ingest, "twice", 5, &err), 0);
	assert_int_equal (store_ingest_commit (&ingest, &err), 0);
	assert_int_equal (flock (waiter, LOCK_EX | LOCK_NB), 0);
	assert_int_equal (read (reader, bytes, sizeof bytes), 5);
	close (waiter);
	close (reader);
}

static void
whoever_prunes_has_the_store_alone (void **state)
{
	struct store other;

	assert_int_equal (store_open (store.path, STORE_TRY_PRUNE, &other, &err), -1);
	assert_int_equal (err.code, EWOULDBLOCK);
	assert_int_equal (store_open (store.path, STORE_READ, &other, &err), 0);
	store_close (&other);
}

static void
the_store_is_its_owners_alone (void **state)
{
	struct stat st;

	assert_int_equal (stat (store.path, &st), 0);
	assert_int_equal (st.st_mode & 0777, 0700);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (a_blob_is_there_when_it_is_whole_and_right),
		cmocka_unit_test (what_has_another_digest_is_thrown_away),
		cmocka_unit_test (no_digest_leads_out_of_the_store),
		cmocka_unit_test (a_document_is_held_against_its_digest),
		cmocka_unit_test (a_name_means_the_last_thing_it_was_set_to),
		cmocka_unit_test (the_second_one_waits_and_finds_the_blob_complete),
		cmocka_unit_test (the_second_one_begins_anew_when_the_first_one_has_failed),
		cmocka_unit_test (whoever_only_reads_keeps_nobody_waiting),
		cmocka_unit_test (whoever_prunes_has_the_store_alone),
		cmocka_unit_test (the_store_is_its_owners_alone),
	};

	return cmocka_run_group_tests (tests, set_up, tear_down);
}
