/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * registry_client: each thing that src/image/registry.h can do, as a command, for tests/bats/image.
 *
 *	registry_client [OPTION...] manifest REF		its media type, digest and size; the text
 *	registry_client [OPTION...] blob REF SIZE [OFFSET]	the blob with the digest of REF
 *	registry_client [OPTION...] pull REF SIZE DIGEST	the manifest's type on stderr, and a blob; from
 *								mirrors too
 *	registry_client [OPTION...] tags REF
 *	registry_client [OPTION...] put-blob REF FILE
 *	registry_client [OPTION...] mount REF FROM
 *	registry_client [OPTION...] put-manifest REF FILE TYPE DIGEST
 */
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/str.h"
#include "image/reference.h"
#include "image/registry_source.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

struct flags {
	bool plain;
	const char *cert_dir, *authfile, *creds, *proxy;
	struct option_list realm_hosts, mirrors, urls;
	int retries, stall, chunk;
};

static const struct option_row rows[] = {
	{ "plain", NULL, FLAG_INTO (struct flags, plain), NULL, "no TLS needed" },
	{ "cert-dir", NULL, STRING_INTO (struct flags, cert_dir), "DIR", "certificates" },
	{ "authfile", NULL, STRING_INTO (struct flags, authfile), "FILE", "credentials" },
	{ "creds", NULL, STRING_INTO (struct flags, creds), "USER:PASSWORD", "credentials" },
	{ "proxy", NULL, STRING_INTO (struct flags, proxy), "URL", "for http" },
	{ "realm-host", NULL, LIST_INTO (struct flags, realm_hosts), "HOST", "may see them" },
	{ "mirror", NULL, LIST_INTO (struct flags, mirrors), "HOST", "asked first" },
	{ "url", NULL, LIST_INTO (struct flags, urls), "URL", "where the blob is too" },
	{ "retries", NULL, NUMBER_INTO (struct flags, retries), "N", "how often" },
	{ "stall", NULL, NUMBER_INTO (struct flags, stall), "SECONDS", "patience" },
	{ "chunk", NULL, NUMBER_INTO (struct flags, chunk), "BYTES", "size of pieces" },
	{ 0 },
};

struct call {
	const struct flags *flags;
	const struct registry_settings *settings;
	struct registry *registry;
	const struct reference *ref;
	char **args;
	int n_args;
};

static void
print_notice (void *data, const char *text)
{
	fprintf (stderr, "notice: %s\n", text);
}

static int
get_manifest (struct call *call, struct error *err)
{
	struct source_manifest manifest;

	if (registry_get_manifest (call->registry, reference_object (call->ref), &manifest, err) <
		0)
		return -1;
	printf ("%s %s %zu\n%s\n", manifest.media_type, manifest.digest, manifest.size,
		manifest.data);
	source_manifest_done (&manifest);
	return 0;
}

static int
write_out (void *data, const void *bytes, size_t size, struct error *err)
{
	return fd_write_all (1, bytes, size, "output", err);
}

static int
get_blob (struct call *call, struct error *err)
{
	struct registry_blob blob = {
		.digest = call->ref->digest,
		.write = write_out,
		.urls = (char *const *) call->flags->urls.values,
		.n_urls = call->flags->urls.n,
	};

	if (call->n_args < 1 || !str_to_u64 (call->args[0], INT64_MAX, &blob.size) ||
		(call->n_args > 1 && !str_to_u64 (call->args[1], INT64_MAX, &blob.at)))
		return fail (err, 0, "blob REF SIZE [OFFSET]");
	return registry_get_blob (call->registry, &blob, err);
}

static int
write_to_sink (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	return write_out (sink, data, size, err);
}

static int
pull (struct call *call, struct error *err)
{
	struct registry_source_settings settings = {
		.http = call->settings->http,
		.may_be_plain_http = call->settings->may_be_plain_http,
		.files = call->settings->files,
		.creds = call->settings->creds,
		.mirrors = call->flags->mirrors.values,
		.notice = print_notice,
	};
	struct blob_sink sink = { write_to_sink };
	struct source_manifest manifest = { 0 };
	struct source_blob blob = { 0 };
	struct source *source;
	int done;

	if (call->n_args < 2 || !str_to_u64 (call->args[0], INT64_MAX, &blob.size))
		return fail (err, 0, "pull REF SIZE DIGEST");
	if (registry_source_open (&settings, call->ref, &source, err) < 0)
		return -1;
	blob.digest = call->args[1];
	done = source_get_manifest (source, reference_object (call->ref), &manifest, err);
	if (done == 0)
		done = source_get_blob (source, &blob, &sink, err);
	if (manifest.media_type)
		fprintf (stderr, "%s\n", manifest.media_type);
	source_manifest_done (&manifest);
	source_close (&source);
	return done;
}

static int
list_tags (struct call *call, struct error *err)
{
	struct registry_tags tags;

	if (registry_list_tags (call->registry, &tags, err) < 0)
		return -1;
	for (size_t i = 0; i < tags.n; i++)
		puts (tags.tags[i]);
	registry_tags_done (&tags);
	return 0;
}

static int
put_blob (struct call *call, struct error *err)
{
	struct registry_upload upload = { .digest = call->ref->digest,
		.chunk_size = (uint64_t) call->flags->chunk };
	autofd fd = open (call->args[0], O_RDONLY | O_CLOEXEC);
	struct stat st;
	int has;

	if (fd < 0 || fstat (fd, &st) < 0)
		return fail (err, 0, "put-blob REF FILE");
	upload.fd = fd;
	upload.size = (uint64_t) st.st_size;
	has = registry_has_blob (call->registry, upload.digest, err);
	if (has < 0)
		return -1;
	puts (has ? "there" : "sent");
	return has ? 0 : registry_put_blob (call->registry, &upload, err);
}

static int
mount_blob (struct call *call, struct error *err)
{
	int mounted = registry_mount_blob (call->registry, call->ref->digest, call->args[0], err);

	if (mounted >= 0)
		puts (mounted ? "mounted" : "not mounted");
	return mounted;
}

static int
put_manifest (struct call *call, struct error *err)
{
	struct source_manifest manifest = { 0 };
	int done;

	if (call->n_args < 3)
		return fail (err, 0, "put-manifest REF FILE TYPE DIGEST");
	if (fd_read_file (AT_FDCWD, call->args[0], SOURCE_MAX_DOCUMENT, &manifest.data,
		    &manifest.size, err) < 0)
		return -1;
	manifest.media_type = xstrdup (call->args[1]);
	manifest.digest = xstrdup (call->args[2]);
	done = registry_put_manifest (call->registry, reference_object (call->ref), &manifest, err);
	source_manifest_done (&manifest);
	return done;
}

static const struct {
	const char *name;
	int (*run) (struct call *call, struct error *err);
} commands[] = {
	{ "manifest", get_manifest },
	{ "blob", get_blob },
	{ "pull", pull },
	{ "tags", list_tags },
	{ "put-blob", put_blob },
	{ "mount", mount_blob },
	{ "put-manifest", put_manifest },
};

static int
run_command (const char *name, struct call *call, struct error *err)
{
	struct credential_files files = { .authfile = call->flags->authfile };
	struct http_settings http_settings = {
		.cert_dir = call->flags->cert_dir,
		.cert_host = call->ref->host,
		.http_proxy = call->flags->proxy,
		.retries = call->flags->retries,
		.stall_seconds = call->flags->stall,
		.notice = print_notice,
	};
	AUTO (http_free) struct http *http = http_new (&http_settings, err);
	struct registry_settings settings = {
		.http = http,
		.host = call->ref->host,
		.repository = call->ref->repository,
		.may_be_plain_http = call->flags->plain,
		.files = &files,
		.creds = call->flags->creds,
		.anonymous = !call->flags->authfile,
		.realm_hosts = call->flags->realm_hosts.values,
	};
	int done = -1;

	call->settings = &settings;
	if (!http || registry_open (&settings, &call->registry, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE (commands); i++)
		if (str_equal (commands[i].name, name))
			done = commands[i].run (call, err);
	registry_close (&call->registry);
	return done;
}

/* The layers below want a NULL behind the last. */
static void
end_list (struct option_list *list)
{
	list->values = xrealloc (list->values, (list->n + 1) * sizeof *list->values);
	list->values[list->n] = NULL;
}

int
main (int argc, char **argv)
{
	static const struct option_set set = { rows, OPTIONS_ANYWHERE };
	AUTO (reference_done) struct reference ref = { 0 };
	struct flags flags = { .retries = 2 };
	struct call call = { .flags = &flags, .ref = &ref };
	struct error err;
	bool help = false;
	int n = options_parse (&set, argv + 1, &flags, &help, &err);

	if (n < 0 || help || n < 2) {
		fprintf (stderr, "registry_client: see its source: %s\n", n < 0 ? err.text : "");
		return 2;
	}
	end_list (&flags.realm_hosts);
	end_list (&flags.mirrors);
	call.args = argv + 3;
	call.n_args = n - 2;
	if (reference_parse (&ref, argv[2], NULL, &err) < 0 ||
		run_command (argv[1], &call, &err) < 0) {
		fprintf (stderr, "registry_client: %s\n", err.text);
		return 1;
	}
	option_list_done (&flags.realm_hosts);
	option_list_done (&flags.mirrors);
	option_list_done (&flags.urls);
	return 0;
}
