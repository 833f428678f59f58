/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/command.h"
#include "base/auto.h"
#include "base/mem.h"

struct logout_options {
	struct shared shared;
	bool all;
};

static const struct option_row options[] = {
	{ "all", "a", FLAG_INTO (struct logout_options, all), NULL, "of every registry" },
	{ "authfile", NULL, STRING_INTO (struct logout_options, shared.authfile), "FILE",
		"where the credentials are (default: $REGISTRY_AUTH_FILE, or\nauth.json of containers)" },
	{ 0 },
};

static int
run (void *data, char **arguments, struct error *err)
{
	const struct logout_options *logout = data;
	autofree char *host = NULL, *prefix = NULL, *key = NULL;
	struct credential_files files;
	int removed;

	if (logout->all == (arguments[0] != NULL))
		return fail (err, 0, "logout: name a registry, or --all");
	if (arguments[0]) {
		if (reference_parse_registry (arguments[0], &host, &prefix, err) < 0)
			return -1;
		key = prefix ? xasprintf ("%s/%s", host, prefix) : xstrdup (host);
	}
	cmd_credential_files (&logout->shared, &files);
	removed = credentials_erase (&files, key, err);
	if (removed < 0)
		return -1;
	if (removed == 0 && key)
		return fail (err, 0, "nobody is logged in to %s", key);
	return 0;
}

const struct command cmd_logout = {
	.name = "logout",
	.arguments = "[HOST[:PORT][/PATH]]",
	.summary = "forget credentials for a registry",
	.options = options,
	.options_size = sizeof (struct logout_options),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 0,
	.max_arguments = 1,
	.run = run,
};
