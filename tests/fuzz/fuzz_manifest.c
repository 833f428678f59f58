/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz_manifest: libFuzzer on the way from a registry's documents to a config.json. The input is what a
 * registry has, with lines "--" between them: a document that a tag means, one that an index may lead
 * to, and an image's config. Since no mutation finds a digest, they are written in: @C is the config's
 * and @S its size, @M is the second document's, @1 to @9 are some. Beyond not crashing it checks that
 * an image that is taken has been checked, that its config.json is taken by davit and always the same,
 * and that no label has become an order.
 */
#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/image.h"
#include "image/media_type.h"
#include "image/runtime_config.h"
#include "spec/config.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MARK "\n--\n"
enum { TOP, SECOND, CONFIG, DOCUMENTS };

struct fake {
	struct source source;
	struct buffer texts[DOCUMENTS];
	char digests[DOCUMENTS][DIGEST_TEXT_SIZE];
};

static void
require (bool is_so)
{
	if (!is_so)
		__builtin_trap ();
}

/* ---- a registry */

static int
get_manifest (
	struct source *source, const char *object, struct source_manifest *out, struct error *err)
{
	struct fake *fake = (struct fake *) source;
	int which = object ? SECOND : TOP;
	const struct buffer *text = &fake->texts[which];
	const char *type;

	if (media_type_of_document (text->data, text->size, NULL, "fuzz", &type, err) < 0)
		return -1;
	*out = (struct source_manifest){
		.data = xmalloc (text->size + 1),
		.size = text->size,
		.media_type = xstrdup (type),
		.digest = xstrdup (fake->digests[which]),
	};
	memcpy (out->data, text->data, text->size);
	out->data[text->size] = '\0';
	return 0;
}

static int
get_blob (struct source *source, const struct source_blob *blob, struct blob_sink *sink,
	struct error *err)
{
	const struct buffer *text = &((struct fake *) source)->texts[CONFIG];

	require (digest_is_valid (blob->digest) && blob->size <= SOURCE_MAX_DOCUMENT);
	return sink->write (sink, text->data, text->size, err);
}

static const struct source_driver driver = { get_manifest, get_blob, NULL };

static void
add_marked (struct fake *fake, struct buffer *out, char mark)
{
	char digest[DIGEST_TEXT_SIZE];

	if (mark == 'C' || mark == 'M') {
		buffer_add_text (out, fake->digests[mark == 'C' ? CONFIG : SECOND]);
	} else if (mark == 'S') {
		buffer_printf (out, "%zu", fake->texts[CONFIG].size);
	} else if (mark >= '1' && mark <= '9') {
		digest_of (DIGEST_SHA256, &mark, 1, digest);
		buffer_add_text (out, digest);
	} else {
		buffer_add (out, &mark, 1);
	}
}

static void
fill (struct fake *fake, int which, const char *text, size_t size)
{
	struct buffer *out = &fake->texts[which];

	for (size_t i = 0; i < size; i++)
		if (text[i] == '@' && i + 1 < size)
			add_marked (fake, out, text[++i]);
		else
			buffer_add (out, &text[i], 1);
	buffer_add_text (out, "");
	digest_of (DIGEST_SHA256, out->data, out->size, fake->digests[which]);
}

static void
fill_all (struct fake *fake, const char *text, size_t size)
{
	const char *starts[DOCUMENTS] = { text, text + size, text + size }, *end = text + size;

	for (int i = SECOND; i < DOCUMENTS; i++) {
		const char *mark =
			memmem (starts[i - 1], (size_t) (end - starts[i - 1]), MARK, strlen (MARK));

		starts[i] = mark ? mark + strlen (MARK) : end;
	}
	/* the digest of what comes later is written into what comes before it */
	for (int i = CONFIG; i >= TOP; i--) {
		const char *next = i == CONFIG ? end : starts[i + 1];
		size_t length = (size_t) (next - starts[i]);

		if (i != CONFIG && next != end)
			length -= strlen (MARK);
		fill (fake, i, starts[i], length);
	}
}

/* ---- what becomes of it */

static void
check_image (const struct image *image)
{
	require (image->config->os && image->config->architecture);
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct image_layer *layer = &image->layers[i];

		require (digest_is_valid (layer->descriptor->digest));
		require (digest_is_valid (layer->diff_id) && digest_is_valid (layer->chain_id));
		require (layer->descriptor->size >= 0);
	}
}

static void
check_orders (const char *text)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = { .file = "made", .text = text, .size = strlen (text) };
	struct oci_runtime_config *config;
	struct error err;

	require (oci_runtime_config_parse (&doc, &source, &config, &err) == 0);
	for (size_t i = 0; config->annotations && i < config->annotations->n; i++)
		require (!runtime_config_is_order (config->annotations->keys[i]));
}

static void
check_plan (const char *text)
{
	static const struct spec_request request = { .bundle = "/bundle" };
	struct spec_document document = { "made", text, strlen (text) };
	struct plan plan = { 0 };
	struct error err = { 0 };

	if (spec_parse_plan (&request, &document, &plan, &err) < 0)
		require (!"a config.json that davit takes");
	plan_done (&plan);
}

static void
make_config (const struct image *image)
{
	static const char *const args[] = { "command" };
	struct passwd_user user = { 0 };
	struct runtime_overrides overrides = { 0 };
	struct runtime_config_request request = {
		.image = image, .user = &user, .overrides = &overrides
	};
	autofree char *first = NULL, *again = NULL;
	struct error err = { 0 };

	if (!image->config->config ||
		(image->config->config->n_entrypoint == 0 && image->config->config->n_cmd == 0)) {
		overrides.args = args;
		overrides.n_args = 1;
	}
	if (runtime_config_make (&request, &first, &err) < 0) {
		require (err.text[0] != '\0');
		return;
	}
	require (runtime_config_make (&request, &again, &err) == 0 && str_equal (first, again));
	check_orders (first);
	check_plan (first);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	static const struct platform platform = { "linux", "amd64", "" };
	struct fake fake = { .source = { .driver = &driver, .name = (char *) "fuzz" } };
	AUTO (image_done) struct image image = { 0 };
	struct error err = { 0 };

	fill_all (&fake, (const char *) data, size);
	if (image_fetch (&fake.source, NULL, &platform, &image, &err) < 0) {
		require (err.text[0] != '\0');
	} else {
		check_image (&image);
		make_config (&image);
	}
	for (int i = 0; i < DOCUMENTS; i++)
		buffer_done (&fake.texts[i]);
	return 0;
}
