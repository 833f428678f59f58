/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * command: what a cmd_*.c file of ctr-image offers: one const struct command, which main.c lists. The
 * cmd_*.c files and main.c are the only ones that print, and main.c alone reads the environment.
 *
 * A new command: a file cmd_NAME.c with its table of options and its struct command, a line in main.c's
 * table, a line in Makefile.am.
 */
#pragma once

#include "base/error.h"
#include "base/options.h"
#include "image/credentials.h"
#include "image/image.h"
#include "image/pull.h"
#include "image/reference.h"
#include "image/source.h"
#include "image/store.h"
#include "image/userns.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* What the environment says; NULL where it says nothing. */
struct environment {
	const char *store; /* CTR_IMAGE_STORE */
	const char *registry; /* CTR_IMAGE_REGISTRY */
	const char *data_home; /* XDG_DATA_HOME */
	const char *http_proxy, *https_proxy, *no_proxy;
	const char *runtime; /* CTR_IMAGE_RUNTIME */
	const char *path; /* PATH */
	struct credential_files files;
	bool has_terminal; /* standard error is one */
};

enum { FORMAT_TEXT = 1, FORMAT_JSON };
enum { PROGRESS_AUTO = 1, PROGRESS_PLAIN, PROGRESS_JSON, PROGRESS_NONE };

/* The options that many commands have: the first member, `shared`, of every command's options. */
struct shared {
	const struct environment *environment; /* set by main */
	const char *store, *registry, *platform, *authfile, *creds, *cert_dir;
	const char *max_size, *max_entries;
	struct option_list mirrors, realm_hosts;
	bool tls_verify, quiet;
	int jobs, retry; /* set to the defaults before */
	int progress, format; /* choices */
	struct credential_files files; /* what cmd_open_registry has found */
	atomic_bool cancelled;
	const struct userns *userns; /* of a command that makes or reads layers; borrowed */
};

#define STORE_ROW_OF(type, member)                                                      \
	{                                                                               \
		"store", NULL, STRING_INTO (struct type, member.store), "DIR",          \
			"where the images are kept (default: $CTR_IMAGE_STORE,\n"       \
			"/var/lib/ctr-image, or $XDG_DATA_HOME/ctr-image without root)" \
	}
#define QUIET_ROW_OF(type, member)                                               \
	{                                                                        \
		"quiet", "q", FLAG_INTO (struct type, member.quiet), NULL,       \
			"show no progress, and print no more than what was made" \
	}
#define FORMAT_ROW_OF(type, member)                                                   \
	{                                                                             \
		"format", "f", CHOICE_INTO (struct type, member.format), "text|json", \
			"how the output is written (default: text)"                   \
	}
#define REGISTRY_ROW_OF(type, member)                                                         \
	{                                                                                     \
		"default-registry", NULL, STRING_INTO (struct type, member.registry), "HOST", \
			"where names without a host belong\n"                                 \
			"(default: $CTR_IMAGE_REGISTRY; without it they are refused)"         \
	}

/* Of all commands that speak to a registry. */
#define REMOTE_ROWS_OF(type, member)                                                       \
	REGISTRY_ROW_OF (type, member),                                                    \
		{ "authfile", NULL, STRING_INTO (struct type, member.authfile), "FILE",    \
			"the file with credentials (default: $REGISTRY_AUTH_FILE,\n"       \
			"then those of Podman and Docker)" },                              \
		{ "creds", NULL, STRING_INTO (struct type, member.creds), "USER:PASSWORD", \
			"the credentials themselves" },                                    \
		{ "cert-dir", NULL, STRING_INTO (struct type, member.cert_dir), "DIR",     \
			"certificates for TLS: *.crt, *.cert, *.key" },                    \
		{ "tls-verify", NULL, FLAG_INTO (struct type, member.tls_verify), NULL,    \
			"verify TLS, and refuse to do without\n(default: true)" },         \
		{ "realm-host", NULL, LIST_INTO (struct type, member.realm_hosts), "HOST", \
			"a token server that may see the credentials" },                   \
	{                                                                                  \
		"retry", NULL, NUMBER_INTO (struct type, member.retry), "N",               \
			"how often a failed request is tried again (default: 5)"           \
	}

/* Of all commands that may pull. */
#define PULL_ROWS_OF(type, member)                                                               \
	STORE_ROW_OF (type, member), QUIET_ROW_OF (type, member), REMOTE_ROWS_OF (type, member), \
		{ "platform", NULL, STRING_INTO (struct type, member.platform),                  \
			"OS/ARCH[/VARIANT]",                                                     \
			"the platform to take of an image for several\n"                         \
			"(default: this machine's)" },                                           \
		{ "mirror", NULL, LIST_INTO (struct type, member.mirrors), "HOST[/PREFIX]",      \
			"a registry to ask first" },                                             \
		{ "jobs", "j", NUMBER_INTO (struct type, member.jobs), "N",                      \
			"how many layers at once (default: 4)" },                                \
		{ "max-size", NULL, STRING_INTO (struct type, member.max_size), "BYTES",         \
			"how big all layers may be unpacked; K, M, G, T\n"                       \
			"may stand behind (default: 64G)" },                                     \
		{ "max-entries", NULL, STRING_INTO (struct type, member.max_entries), "N",       \
			"how many files they may have (default: 4000000)" },                     \
	{                                                                                        \
		"progress", NULL, CHOICE_INTO (struct type, member.progress),                    \
			"auto|plain|json|none", "how progress is shown on standard error"        \
	}

/* The same of a struct whose first member is `struct shared shared`. */
#define STORE_ROW(type) STORE_ROW_OF (type, shared)
#define QUIET_ROW(type) QUIET_ROW_OF (type, shared)
#define FORMAT_ROW(type) FORMAT_ROW_OF (type, shared)
#define REGISTRY_ROW(type) REGISTRY_ROW_OF (type, shared)
#define REMOTE_ROWS(type) REMOTE_ROWS_OF (type, shared)
#define PULL_ROWS(type) PULL_ROWS_OF (type, shared)

struct command {
	const char *name;
	const char *arguments; /* for the usage line: "REF DIR"; "" for none */
	const char *summary; /* a line, no full stop */
	const char *details; /* more for its help, or NULL */
	const struct option_row *options;
	size_t options_size; /* of the struct that they fill, which begins with struct shared */
	int stop_after; /* as in struct option_set */
	int min_arguments, max_arguments;
	bool is_hidden;
	bool touches_layers; /* so that who isn't root works in a user namespace */
	/* Returns the exit status, or -1 with err filled. */
	int (*run) (void *options, char **arguments, struct error *err);
};

extern const struct command cmd_bundle, cmd_completion, cmd_copy, cmd_export, cmd_import,
	cmd_inspect, cmd_list, cmd_login, cmd_logout, cmd_manual, cmd_mount, cmd_prune, cmd_pull,
	cmd_push, cmd_remove, cmd_run, cmd_tag, cmd_tags, cmd_umount, cmd_verify;

/* main.c's tables: all commands, ended by NULL, and the options before them. */
extern const struct command *const image_commands[];
extern const struct option_row image_global_rows[];

/* ---- cmd_output.c */

/* Writes to standard output; a write that fails (a full disk, a closed pipe) is an error. */
CHECKED int cmd_write (const char *text, struct error *err);
CHECKED int cmd_printf (struct error *err, const char *format, ...) PRINTF (2, 3);

/* A warning, on standard error; data is not looked at. */
void cmd_warn (void *data, const char *text);

/* Writes what is in it, and frees it. */
struct json_writer;
CHECKED int cmd_write_json (struct json_writer *json, struct error *err);

/* ---- cmd_shared.c */

/* Where the store is, absolute; the caller frees it. */
CHECKED int cmd_store_path (const struct shared *shared, char **out, struct error *err);

CHECKED int cmd_open_store (
	const struct shared *shared, enum store_mode mode, struct store *out, struct error *err);

CHECKED int cmd_parse_reference (
	const struct shared *shared, const char *text, struct reference *out, struct error *err);

/* A source and what it needs as long as it lives. */
struct cmd_source {
	struct http *http; /* owned */
	struct source *source; /* owned */
	struct credential_files *files; /* owned */
	const char
		*object; /* borrowed from the reference: what to ask it for; NULL: the only one */
};
CHECKED int cmd_open_source (struct shared *shared, const struct reference *reference,
	struct cmd_source *out, struct error *err);
void cmd_close_source (struct cmd_source *source);

/* A client for HTTP with the shared options, for commands that are the registry's. */
struct http;
CHECKED int cmd_open_http (struct shared *shared, const struct reference *reference,
	struct http **out, struct error *err);
/* The registry and repository of a reference, with the shared options and over that client; it must be
 * closed before that is. */
struct registry;
CHECKED int cmd_open_registry (struct shared *shared, const struct reference *reference,
	struct http *http, struct registry **out, struct error *err);

/* The values with a NULL behind the last, as the registry's settings want them. */
const char *const *cmd_end_list (struct option_list *list);

/* The same files of credentials as for a source. */
void cmd_credential_files (const struct shared *shared, struct credential_files *out);

/* What an image of that reference is called in the store; the caller frees it. source: where it comes
 * from, which may have a name for it; or NULL. */
char *cmd_store_name (const struct reference *reference, const struct source *source);

/* "64G". */
CHECKED int cmd_parse_size (const char *text, uint64_t *out, struct error *err);

CHECKED int cmd_pull_options (struct shared *shared, struct pull_options *out, struct error *err);

/* Finds an image as the user calls it: by the store's own name, by a digest, or by a reference that is
 * completed as for pull. ENOENT in err->code. */
CHECKED int cmd_find_image (const struct shared *shared, const struct store *store,
	const char *text, struct image *out, struct error *err);

/* The same, but pulls it if that is needed. */
enum cmd_pull_when { CMD_PULL_MISSING, CMD_PULL_ALWAYS, CMD_PULL_NEVER };
CHECKED int cmd_get_image (struct shared *shared, const struct store *store, const char *text,
	enum cmd_pull_when when, struct image *out, struct error *err);

/* ---- cmd_progress.c: pull_options.show for the way that shared->progress says */

struct cmd_progress;
struct cmd_progress *cmd_progress_new (const struct shared *shared);
void cmd_progress_show (void *progress, const struct pull_progress *layers, size_t n);
int cmd_progress_interval (const struct cmd_progress *progress);
void cmd_progress_free (struct cmd_progress **progress);
