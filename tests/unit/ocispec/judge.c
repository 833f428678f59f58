/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * judge: says of documents whether the engine takes them. For compare_official.py.
 *
 * On stdin one document after the other: a line "TYPE SIZE" and SIZE bytes. On stdout a line for
 * each: "ok", or what is wrong with it.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "ocispec/features.h"
#include "ocispec/image_config.h"
#include "ocispec/image_index.h"
#include "ocispec/image_layout.h"
#include "ocispec/image_manifest.h"
#include "ocispec/runtime_config.h"
#include "ocispec/state.h"

#include <stdio.h>

static const struct {
	const char *name;
	ocispec_type_id type;
} types[] = {
	{ "runtime-config", OCI_RUNTIME_CONFIG },
	{ "state", OCI_STATE },
	{ "features", OCI_FEATURES },
	{ "image-index", OCI_IMAGE_INDEX },
	{ "image-manifest", OCI_IMAGE_MANIFEST },
	{ "image-config", OCI_IMAGE_CONFIG },
	{ "image-layout", OCI_IMAGE_LAYOUT },
	{ "descriptor", OCI_DESCRIPTOR },
};

static int
judge (const char *name, const char *text, size_t size)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = { name, text, size, OCISPEC_STRICT };
	struct error err;
	void *object;

	for (size_t i = 0; i < ARRAY_SIZE (types); i++) {
		if (!str_equal (types[i].name, name))
			continue;
		if (ocispec_parse (&doc, &source, types[i].type, &object, &err) < 0)
			puts (err.text);
		else
			puts ("ok");
		return 0;
	}
	fprintf (stderr, "judge: '%s' is no type\n", name);
	return -1;
}

int
main (void)
{
	char name[64];
	size_t size;

	while (scanf ("%63s %zu", name, &size) == 2 && getchar () == '\n') {
		autofree char *text = xmalloc (size);

		if (fread (text, 1, size, stdin) != size || judge (name, text, size) < 0)
			return 1;
	}
	return 0;
}
