/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/reference.h"
#include "image/digest.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HOST 255
#define MAX_REPOSITORY 255
#define MAX_TAG 128
#define MAX_LAYOUT_TAG 255

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const struct {
	const char *prefix;
	enum transport transport;
} transports[] = {
	{ "docker://", TRANSPORT_REGISTRY },
	{ "oci:", TRANSPORT_OCI },
	{ "oci-archive:", TRANSPORT_OCI_ARCHIVE },
	{ "docker-archive:", TRANSPORT_DOCKER_ARCHIVE },
};

/* Known from other tools, and not a repository with a tag. */
static const char *const foreign_transports[] = {
	"atomic:",
	"containers-storage:",
	"dir:",
	"docker-daemon:",
	"ostree:",
	"sif:",
	"tarball:",
};

/* The names of one registry, see reference.h. */
static const char *const docker_hub_names[] = {
	"docker.io",
	"index.docker.io",
	"registry-1.docker.io",
};

bool
reference_is_tag (const char *text)
{
	size_t size = strlen (text);

	return size > 0 && size <= MAX_TAG && text[0] != '.' && text[0] != '-' &&
	       strspn (text, LOWER UPPER DIGITS "_.-") == size;
}

/* The end of one component of a repository, or NULL if none is there: words of [a-z0-9] with ".",
 * "_", "__" or any number of "-" between them. */
static const char *
skip_component (const char *p)
{
	for (;;) {
		size_t n = strspn (p, LOWER DIGITS);

		if (n == 0)
			return NULL;
		p += n;
		if (*p == '.')
			p++;
		else if (*p == '_')
			p += p[1] == '_' ? 2 : 1;
		else if (*p == '-')
			p += strspn (p, "-");
		else
			return p;
	}
}

bool
reference_is_repository (const char *text)
{
	const char *p = text;

	if (strlen (text) > MAX_REPOSITORY)
		return false;
	for (;;) {
		p = skip_component (p);
		if (!p)
			return false;
		if (*p != '/')
			return *p == '\0';
		p++;
	}
}

/* What may stand for a tag in a layout: image-spec, annotations.md, org.opencontainers.image.ref.name. */
static bool
is_layout_tag (const char *text)
{
	const char *p = text;

	if (strlen (text) > MAX_LAYOUT_TAG)
		return false;
	for (;;) {
		size_t n = strspn (p, LOWER UPPER DIGITS);

		if (n == 0)
			return false;
		p += n;
		if (str_starts (p, "--"))
			p += 2;
		else if (*p != '\0' && strchr ("-._:@+/", *p))
			p++;
		else
			return *p == '\0';
	}
}

static bool
is_port (const char *text)
{
	uint64_t port;

	return str_to_u64 (text, 65535, &port) && port > 0;
}

/* Labels of letters, digits and inner hyphens, with dots between them. An IPv4 address is one too. */
static bool
is_host_name (const char *name)
{
	for (;;) {
		size_t n = strspn (name, LOWER UPPER DIGITS "-");

		if (n == 0 || name[0] == '-' || name[n - 1] == '-')
			return false;
		if (name[n] != '.')
			return name[n] == '\0';
		name += n + 1;
	}
}

static bool
is_ipv6 (const char *text)
{
	unsigned char address[sizeof (struct in6_addr)];

	return inet_pton (AF_INET6, text, address) == 1;
}

static bool
is_host (const char *text)
{
	autofree char *name = NULL;
	const char *rest;

	if (strlen (text) > MAX_HOST)
		return false;
	if (text[0] == '[') {
		size_t n = strcspn (text, "]");

		if (text[n] != ']')
			return false;
		name = strndup (text + 1, n - 1);
		rest = text + n + 1;
		return name && is_ipv6 (name) &&
		       (*rest == '\0' || (*rest == ':' && is_port (rest + 1)));
	}
	rest = strchrnul (text, ':');
	name = strndup (text, (size_t) (rest - text));
	return name && is_host_name (name) && (*rest == '\0' || is_port (rest + 1));
}

/* Whether what stands before the first slash is a host: otherwise it is the first component. */
static bool
looks_like_host (const char *first)
{
	return strpbrk (first, ".:" UPPER) || str_equal (first, "localhost");
}

static char *
canonical_host (const char *text)
{
	char *host = xstrdup (text);

	for (char *p = host; *p; p++)
		*p = (char) tolower ((unsigned char) *p);
	/* where the case alone tells that it is a host, it stays */
	if (looks_like_host (text) && !looks_like_host (host))
		memcpy (host, text, strlen (text));
	for (size_t i = 0; i < ARRAY_SIZE (docker_hub_names); i++)
		if (str_equal (host, docker_hub_names[i])) {
			free (host);
			return xstrdup (docker_hub_names[0]);
		}
	return host;
}

/* Copies the bytes from start to end. */
static char *
copy_range (const char *start, const char *end)
{
	char *copy = xmalloc ((size_t) (end - start) + 1);

	memcpy (copy, start, (size_t) (end - start));
	copy[end - start] = '\0';
	return copy;
}

int
reference_parse_registry (const char *text, char **out_host, char **out_prefix, struct error *err)
{
	const char *slash = strchrnul (text, '/');
	autofree char *host = copy_range (text, slash);
	bool has_prefix = *slash == '/';

	if (!is_host (host))
		return fail (err, 0, "'%s' is no registry: expected HOST[:PORT]", text);
	if (has_prefix && !out_prefix)
		return fail (err, 0, "'%s' is no registry: expected HOST[:PORT] and no path", text);
	if (has_prefix && !reference_is_repository (slash + 1))
		return fail (err, 0, "'%s' is no registry: expected HOST[:PORT][/PREFIX]", text);
	if (out_prefix)
		*out_prefix = has_prefix ? xstrdup (slash + 1) : NULL;
	*out_host = canonical_host (host);
	return 0;
}

/* Cuts "@DIGEST" and ":TAG" off the end of name, which is a copy of text's. */
static int
take_tag_and_digest (struct reference *out, char *name, const char *text, struct error *err)
{
	char *at = strchr (name, '@'), *slash, *colon;

	if (at) {
		*at = '\0';
		out->digest = xstrdup (at + 1);
		if (!digest_is_valid (out->digest))
			return fail_hint (err, 0, "expected sha256: and 64 hexadecimal digits",
				"image '%s': '%s' is no digest", text, out->digest);
	}
	slash = strrchr (name, '/');
	colon = strchr (slash ? slash : name, ':');
	if (colon) {
		*colon = '\0';
		out->tag = xstrdup (colon + 1);
		if (!reference_is_tag (out->tag))
			return fail (err, 0, "image '%s': '%s' is no tag", text, out->tag);
	}
	return 0;
}

static int
fail_short_name (struct error *err, const char *text, const char *name)
{
	return fail_hint (err, 0, "or name a default registry",
		"image '%s' has no registry: write docker.io/%s%s to mean that one", text,
		strchr (name, '/') ? "" : "library/", name);
}

static int
expand_short_name (struct reference *out, const char *name, const char *text,
	const char *default_registry, struct error *err)
{
	autofree char *prefix = NULL;

	if (!default_registry)
		return fail_short_name (err, text, name);
	if (reference_parse_registry (default_registry, &out->host, &prefix, err) < 0)
		return error_prefix (err, "default registry");
	/* the name that it makes would be a short one itself */
	if (!looks_like_host (out->host))
		return fail_hint (err, 0, "name its port too", "default registry '%s' is no host",
			default_registry);
	out->repository = prefix ? xasprintf ("%s/%s", prefix, name) : xstrdup (name);
	return 0;
}

static int
parse_registry_image (struct reference *out, const char *text, const char *image,
	const char *default_registry, struct error *err)
{
	autofree char *name = xstrdup (image);
	char *slash;

	if (image[0] == '\0')
		return fail (err, 0, "image '%s': the name is missing", text);
	if (image[0] == '/' || image[0] == '.')
		return fail (err, 0, "image '%s' looks like a file: write oci:%s", text, image);
	if (take_tag_and_digest (out, name, text, err) < 0)
		return -1;
	slash = strchr (name, '/');
	if (slash) {
		autofree char *first = copy_range (name, slash);

		if (looks_like_host (first) && !is_host (first))
			return fail (err, 0, "image '%s': '%s' is no host", text, first);
		if (looks_like_host (first)) {
			out->host = canonical_host (first);
			out->repository = xstrdup (slash + 1);
		}
	}
	if (!out->host && !reference_is_repository (name))
		return fail (err, 0, "image '%s': '%s' is no name of a repository", text, name);
	if (!out->host && expand_short_name (out, name, text, default_registry, err) < 0)
		return -1;
	if (str_equal (out->host, docker_hub_names[0]) && !strchr (out->repository, '/')) {
		char *below_library = xasprintf ("library/%s", out->repository);

		free (out->repository);
		out->repository = below_library;
	}
	if (!reference_is_repository (out->repository))
		return fail (err, 0, "image '%s': '%s' is no name of a repository", text,
			out->repository);
	return 0;
}

/* DIR[:TAG] or DIR[@DIGEST]: the path ends at the first colon, as with skopeo. */
static int
parse_layout (struct reference *out, const char *text, const char *rest, struct error *err)
{
	const char *end = strchrnul (rest, ':');
	const char *at = strrchr (rest, '@');

	if (at && digest_is_valid (at + 1)) {
		out->path = copy_range (rest, at);
		out->digest = xstrdup (at + 1);
	} else {
		out->path = copy_range (rest, end);
		out->tag = *end == ':' ? xstrdup (end + 1) : NULL;
	}
	if (out->path[0] == '\0')
		return fail (err, 0, "image '%s': the path is missing", text);
	if (out->tag && !is_layout_tag (out->tag))
		return fail (err, 0, "image '%s': '%s' is no tag", text, out->tag);
	return 0;
}

static int
parse_docker_archive (struct reference *out, const char *text, const char *rest, struct error *err)
{
	const char *end = strchrnul (rest, ':');

	out->path = copy_range (rest, end);
	if (out->path[0] == '\0')
		return fail (err, 0, "image '%s': the path is missing", text);
	if (*end == '\0')
		return 0;
	out->name = xstrdup (end + 1);
	if (out->name[0] == '\0' ||
		strspn (out->name, LOWER UPPER DIGITS "_.-/:@[]") != strlen (out->name))
		return fail (err, 0, "image '%s': '%s' is no name of an image", text, out->name);
	return 0;
}

static int
parse_parts (
	struct reference *out, const char *text, const char *default_registry, struct error *err)
{
	const char *rest = text;

	out->transport = TRANSPORT_REGISTRY;
	for (size_t i = 0; i < ARRAY_SIZE (transports); i++)
		if (str_starts (text, transports[i].prefix)) {
			out->transport = transports[i].transport;
			rest = text + strlen (transports[i].prefix);
		}
	for (size_t i = 0; rest == text && i < ARRAY_SIZE (foreign_transports); i++)
		if (str_starts (text, foreign_transports[i]))
			return fail_hint (err, 0,
				"there are docker://, oci:, oci-archive: and docker-archive:",
				"image '%s': transport '%s' is not supported", text,
				foreign_transports[i]);
	switch (out->transport) {
	case TRANSPORT_REGISTRY:
		return parse_registry_image (out, text, rest, default_registry, err);
	case TRANSPORT_OCI:
	case TRANSPORT_OCI_ARCHIVE:
		return parse_layout (out, text, rest, err);
	case TRANSPORT_DOCKER_ARCHIVE:
		return parse_docker_archive (out, text, rest, err);
	}
	return fail (err, EINVAL, "image '%s'", text);
}

int
reference_parse (
	struct reference *out, const char *text, const char *default_registry, struct error *err)
{
	struct reference parts = { 0 };

	if (parse_parts (&parts, text, default_registry, err) < 0) {
		reference_done (&parts);
		return -1;
	}
	*out = parts;
	return 0;
}

const char *
reference_tag (const struct reference *reference)
{
	if (reference->tag || reference->digest)
		return reference->tag;
	return REFERENCE_DEFAULT_TAG;
}

const char *
reference_object (const struct reference *reference)
{
	return reference->digest ? reference->digest : reference_tag (reference);
}

char *
reference_print (const struct reference *reference)
{
	const char *tag = reference->tag, *digest = reference->digest;

	switch (reference->transport) {
	case TRANSPORT_REGISTRY:
		tag = reference_tag (reference);
		return xasprintf ("%s/%s%s%s%s%s", reference->host, reference->repository,
			tag ? ":" : "", tag ? tag : "", digest ? "@" : "", digest ? digest : "");
	case TRANSPORT_OCI:
	case TRANSPORT_OCI_ARCHIVE:
		return xasprintf ("%s%s%s%s%s%s", transports[reference->transport].prefix,
			reference->path, tag ? ":" : "", tag ? tag : "", digest ? "@" : "",
			digest ? digest : "");
	case TRANSPORT_DOCKER_ARCHIVE:
		break;
	}
	return xasprintf ("%s%s%s%s", transports[reference->transport].prefix, reference->path,
		reference->name ? ":" : "", reference->name ? reference->name : "");
}

void
reference_done (struct reference *reference)
{
	free (reference->host);
	free (reference->repository);
	free (reference->tag);
	free (reference->digest);
	free (reference->path);
	free (reference->name);
	*reference = (struct reference){ 0 };
}
