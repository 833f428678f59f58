/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * credentials: who we are to a registry, and the files and programs that keep it: auth.json of
 * containers, config.json of Docker, and the helpers docker-credential-NAME that these name.
 *
 * Entries are by HOST[:PORT][/PATH], the longest that fits a repository holds; Docker's URLs
 * ("https://index.docker.io/v1/") count as their host. The files are read in this order, and the first
 * with an answer wins:
 *	authfile, and then no other; or
 *	RUNTIME_DIR/containers/auth.json, CONFIG_HOME/containers/auth.json, DOCKER_CONFIG/config.json
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* What the command line and the environment say, each NULL when it isn't set. Borrowed. */
struct credential_files {
	const char
		*authfile; /* --authfile or REGISTRY_AUTH_FILE; lookups fail if it is not there */
	const char
		*runtime_dir; /* XDG_RUNTIME_DIR; otherwise /run/containers/UID takes its place */
	const char *config_home; /* XDG_CONFIG_HOME; otherwise HOME/.config */
	const char *docker_config; /* DOCKER_CONFIG; otherwise HOME/.docker */
	const char *home; /* HOME */
};

/* { 0 } is nobody. All owned. */
struct credentials {
	char *user, *password;
	char *identity_token; /* what a token server takes for a bearer token, instead of a password */
	char *bearer_token; /* to be used as it is */
};

/* --creds: USER:PASSWORD. */
CHECKED int credentials_parse (const char *text, struct credentials *out, struct error *err);

/* Looks for HOST[:PORT] and the repository (or NULL). Returns 1, or 0 if nobody knows any. */
CHECKED int credentials_find (const struct credential_files *files, const char *host,
	const char *repository, struct credentials *out, struct error *err);

/* Puts an entry for HOST[:PORT][/PATH] into the file that is first in the order (with the helper that it
 * names for that one, if any) and tells where that was: a path or a helper's name, which the caller frees. A
 * missing file is made with mode 0600, and what else is in it stays as it is. */
CHECKED int credentials_store (const struct credential_files *files, const char *key,
	const struct credentials *credentials, char **out_where, struct error *err);

/* Takes the entry out of the same file and its helper; key NULL: all entries. Returns how many were
 * there. */
CHECKED int credentials_erase (
	const struct credential_files *files, const char *key, struct error *err);

void credentials_done (struct credentials *credentials);
