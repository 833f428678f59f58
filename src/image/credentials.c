/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/credentials.h"
#include "image/auth_file.h"
#include "image/helper.h"
#include "image/reference.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOCKER_HUB "docker.io"
/* Docker's own key for it, which helpers that Docker has filled know. */
#define DOCKER_HUB_KEY "https://index.docker.io/v1/"

#define MAX_FILES 3

/* The files in their order, NULL-ended. */
struct file_list {
	char *paths[MAX_FILES + 1]; /* owned */
};

static void
list_files (const struct credential_files *files, struct file_list *out)
{
	size_t n = 0;

	if (files->authfile) {
		out->paths[n++] = xstrdup (files->authfile);
		return;
	}
	out->paths[n++] =
		files->runtime_dir
			? xasprintf ("%s/containers/auth.json", files->runtime_dir)
			: xasprintf ("/run/containers/%u/auth.json", (unsigned int) getuid ());
	if (files->config_home)
		out->paths[n++] = xasprintf ("%s/containers/auth.json", files->config_home);
	else if (files->home)
		out->paths[n++] = xasprintf ("%s/.config/containers/auth.json", files->home);
	if (files->docker_config)
		out->paths[n++] = xasprintf ("%s/config.json", files->docker_config);
	else if (files->home)
		out->paths[n++] = xasprintf ("%s/.docker/config.json", files->home);
}

static void
file_list_done (struct file_list *list)
{
	for (size_t i = 0; i < MAX_FILES; i++)
		free (list->paths[i]);
}

int
credentials_parse (const char *text, struct credentials *out, struct error *err)
{
	const char *colon = strchr (text, ':');

	/* The text itself is a secret: no error shows it. */
	if (!colon || colon == text)
		return fail (err, 0, "credentials: expected USER:PASSWORD");
	out->user = strndup (text, (size_t) (colon - text));
	out->password = xstrdup (colon + 1);
	return 0;
}

/* Asks the helper under each of the names that the registry may have there. */
static int
ask_helper (const struct auth_file_entry *entry, const char *host, struct credentials *out,
	struct error *err)
{
	const char *other = str_equal (host, DOCKER_HUB) ? DOCKER_HUB_KEY : NULL;
	int found = other ? helper_get (entry->helper, other, out, err) : 0;

	if (found != 0)
		return found;
	return helper_get (entry->helper, entry->helper_key, out, err);
}

static int
find_in_file (const char *path, const char *host, const char *repository, struct credentials *out,
	struct error *err)
{
	AUTO (auth_file_entry_done) struct auth_file_entry entry = { 0 };
	int found = auth_file_find (path, host, repository, &entry, err);

	if (found <= 0)
		return found;
	if (entry.helper) {
		found = ask_helper (&entry, host, out, err);
		if (found != 0)
			return found < 0 ? error_prefix (err, "%s", path) : found;
	}
	if (!entry.credentials.user && !entry.credentials.identity_token &&
		!entry.credentials.bearer_token)
		return 0;
	*out = entry.credentials;
	entry.credentials = (struct credentials){ 0 };
	return 1;
}

int
credentials_find (const struct credential_files *files, const char *host, const char *repository,
	struct credentials *out, struct error *err)
{
	AUTO (file_list_done) struct file_list list = { 0 };

	if (files->authfile && access (files->authfile, R_OK) < 0)
		return fail (err, errno, "open '%s'", files->authfile);
	list_files (files, &list);
	for (size_t i = 0; list.paths[i]; i++) {
		int found = find_in_file (list.paths[i], host, repository, out, err);

		if (found != 0)
			return found;
	}
	return 0;
}

/* HOST[:PORT] of a key that is known to be one. */
static char *
host_of (const char *key)
{
	return strndup (key, strcspn (key, "/"));
}

int
credentials_store (const struct credential_files *files, const char *key,
	const struct credentials *credentials, char **out_where, struct error *err)
{
	AUTO (auth_file_entry_done) struct auth_file_entry entry = { 0 };
	AUTO (file_list_done) struct file_list list = { 0 };
	autofree char *host = host_of (key);
	const char *slash = strchr (key, '/');
	int found;

	list_files (files, &list);
	found = auth_file_find (list.paths[0], host, slash ? slash + 1 : NULL, &entry, err);
	if (found < 0)
		return -1;
	if (entry.helper) {
		const char *server = str_equal (key, DOCKER_HUB) ? DOCKER_HUB_KEY : key;

		if (helper_store (entry.helper, server, credentials, err) < 0)
			return -1;
		*out_where = xasprintf ("docker-credential-%s", entry.helper);
		return 0;
	}
	if (auth_file_change (list.paths[0], key, credentials, err) < 0)
		return -1;
	*out_where = take_ptr (list.paths[0]);
	return 0;
}

int
credentials_erase (const struct credential_files *files, const char *key, struct error *err)
{
	AUTO (auth_file_entry_done) struct auth_file_entry entry = { 0 };
	AUTO (file_list_done) struct file_list list = { 0 };
	autofree char *host = key ? host_of (key) : NULL;
	const char *slash = key ? strchr (key, '/') : NULL;
	AUTO (credentials_done) struct credentials known = { 0 };
	int in_helper = 0, in_file;

	list_files (files, &list);
	if (key && auth_file_find (list.paths[0], host, slash ? slash + 1 : NULL, &entry, err) < 0)
		return -1;
	if (entry.helper) {
		const char *server = str_equal (key, DOCKER_HUB) ? DOCKER_HUB_KEY : key;

		in_helper = helper_get (entry.helper, server, &known, err);
		if (in_helper < 0 ||
			(in_helper > 0 && helper_erase (entry.helper, server, err) < 0))
			return -1;
	}
	in_file = auth_file_change (list.paths[0], key, NULL, err);
	return in_file < 0 ? -1 : in_file + in_helper;
}

void
credentials_done (struct credentials *credentials)
{
	free (credentials->user);
	free (credentials->password);
	free (credentials->identity_token);
	free (credentials->bearer_token);
	*credentials = (struct credentials){ 0 };
}
