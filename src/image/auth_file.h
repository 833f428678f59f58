/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * auth_file: one auth.json or config.json, see credentials.h.
 */
#pragma once

#include "image/credentials.h"

/* What a file says of a registry. All owned. */
struct auth_file_entry {
	char *helper; /* NULL if none is to be asked */
	char *helper_key; /* what to ask it for */
	struct credentials credentials; /* nobody, unless the file has them itself */
};

/* Whether a key, HOST[:PORT][/PATH] or a URL, is for that host and repository (or NULL): 0 if it is not,
 * otherwise the more the longer its path is. */
size_t auth_file_match (const char *key, const char *host, const char *repository);

/* Looks into the file. Returns 1, or 0 when it says nothing (or is not there: ENOENT is no error). */
CHECKED int auth_file_find (const char *path, const char *host, const char *repository,
	struct auth_file_entry *out, struct error *err);
void auth_file_entry_done (struct auth_file_entry *entry);

/* Changes the file under a lock, atomically, mode 0600: sets auths[key] to the credentials, or removes
 * it when these are NULL; key NULL removes all. Other members stay as they are. Directories on the way are
 * made with mode 0700. Returns how many entries were there before. */
CHECKED int auth_file_change (const char *path, const char *key,
	const struct credentials *credentials, struct error *err);
