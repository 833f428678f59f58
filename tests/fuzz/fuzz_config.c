/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz_config: libFuzzer on libocispec. `make fuzz` builds it, HACKING.md says how to run it.
 *
 * The first byte chooses the type of document and the mode, the rest is the text. Beyond not
 * crashing it checks that
 * - the first error and the list of all problems agree on whether there is one,
 * - what was taken can be printed, and that is taken again and printed the same,
 * - every value that was recorded can be found by its address.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "engine.h"
#include "ocispec/features.h"
#include "ocispec/image_config.h"
#include "ocispec/image_index.h"
#include "ocispec/image_layout.h"
#include "ocispec/image_manifest.h"
#include "ocispec/runtime_config.h"
#include "ocispec/state.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const uint8_t types[] = { OCI_RUNTIME_CONFIG, OCI_RUNTIME_CONFIG, OCI_RUNTIME_CONFIG,
	OCI_RUNTIME_CONFIG, OCI_PROCESS, OCI_LINUX_RESOURCES, OCI_SECCOMP, OCI_STATE, OCI_FEATURES,
	OCI_IMAGE_CONFIG, OCI_IMAGE_INDEX, OCI_IMAGE_LAYOUT, OCI_IMAGE_MANIFEST, OCI_DESCRIPTOR };

static void
require (bool is_so)
{
	if (!is_so)
		__builtin_trap ();
}

/* Looks the newest values up by their addresses, but not so many that it takes long. */
static void
check_places (struct ocispec_doc *doc)
{
	unsigned n = doc->places ? doc->places->n : 0;
	const char *pointer;
	size_t line;

	for (unsigned i = 0; i < n; i++) {
		const struct ocispec_place *place = &doc->places->place[i];

		if (!place->address)
			continue;
		require (ocispec_where (doc, place->address, &line, &pointer));
		require (line >= 1 && strcmp (pointer, ocispec_pointer_of (doc, place)) == 0);
	}
}

static void
check_print (ocispec_type_id type, const void *object, unsigned flags)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct arena arena = { 0 };
	const char *text = ocispec_print (&arena, type, object, (int) flags);
	struct ocispec_source source = { "printed", text, strlen (text), flags };
	struct error err;
	void *again;

	require (ocispec_parse (&doc, &source, type, &again, &err) == 0);
	require (strcmp (text, ocispec_print (&doc.arena, type, again, (int) flags)) == 0);
	arena_done (&arena);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	AUTO (ocispec_done) struct ocispec_doc first = { 0 };
	AUTO (ocispec_done) struct ocispec_doc all = { 0 };
	struct ocispec_source source = { .file = "fuzz" };
	ocispec_type_id type;
	struct error err = { 0 };
	void *object = NULL;
	int status;

	if (size == 0)
		return 0;
	type = types[(data[0] >> 1) % ARRAY_SIZE (types)];
	source.flags = data[0] & 1 ? OCISPEC_STRICT : 0;
	source.text = (const char *) data + 1;
	source.size = size - 1;
	status = ocispec_parse (&first, &source, type, &object, &err);
	require ((status == -1) == (err.text[0] != 0));
	if (status == 0) {
		check_places (&first);
		check_print (type, object, source.flags);
	}
	source.flags |= OCISPEC_ALL_PROBLEMS;
	require (ocispec_parse (&all, &source, type, &object, &err) == status);
	require (status == 0 || all.n_problems > 0);
	return 0;
}
