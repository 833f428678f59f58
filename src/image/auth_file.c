/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/auth_file.h"
#include "image/base64.h"
#include "image/reference.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <ocispec/registry.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <yajl/yajl_tree.h>

#define MAX_FILE (4 * 1024 * 1024)
#define MAX_DEPTH 32

/* ---- reading */

size_t
auth_file_match (const char *key, const char *host, const char *repository)
{
	autofree char *name = NULL, *key_host = NULL, *path = NULL;
	const char *start = key;
	struct error ignored;
	size_t n;

	if (str_starts (key, "https://"))
		start = key + strlen ("https://");
	else if (str_starts (key, "http://"))
		start = key + strlen ("http://");
	/* A URL's path is the version of the interface, "/v1/". */
	name = start == key ? xstrdup (key) : strndup (start, strcspn (start, "/"));
	if (!name || reference_parse_registry (name, &key_host, &path, &ignored) < 0)
		return 0;
	if (!str_equal (key_host, host))
		return 0;
	if (!path)
		return 1;
	n = strlen (path);
	if (!repository || strncmp (repository, path, n) != 0 ||
		(repository[n] != '\0' && repository[n] != '/'))
		return 0;
	return n + 1;
}

static bool
is_somebody (const struct credentials *c)
{
	return c->identity_token || c->bearer_token || (c->user && c->password);
}

static char *
copy_or_null (const char *s)
{
	return s && s[0] != '\0' ? xstrdup (s) : NULL;
}

static int
read_entry (struct ocispec_doc *doc, const struct oci_auth_entry *entry, struct credentials *out,
	struct error *err)
{
	autofree char *decoded = NULL;
	size_t size;

	if (entry->auth && entry->auth[0] != '\0') {
		if (!base64_decode (entry->auth, &decoded, &size) || strlen (decoded) != size)
			return ocispec_fail (
				err, doc, &entry->auth, "is not base64 of USER:PASSWORD");
		if (credentials_parse (decoded, out, err) < 0)
			return ocispec_fail (
				err, doc, &entry->auth, "is not base64 of USER:PASSWORD");
	} else if (entry->username && entry->password) {
		out->user = copy_or_null (entry->username);
		out->password = copy_or_null (entry->password);
	}
	out->identity_token = copy_or_null (entry->identitytoken);
	out->bearer_token = copy_or_null (entry->registrytoken);
	return 0;
}

/* Helpers by registry come before the entries of the same length, and the helper for all is last. */
static int
find_in (struct ocispec_doc *doc, const struct oci_auth_file *file, const char *host,
	const char *repository, struct auth_file_entry *out, struct error *err)
{
	const struct oci_string_map *helpers = file->cred_helpers;
	const struct oci_auth_entry_map *auths = file->auths;
	size_t best = 0, n;

	for (size_t i = 0; auths && i < auths->n; i++) {
		struct credentials found = { 0 };

		n = auth_file_match (auths->keys[i], host, repository);
		if (n <= best)
			continue;
		if (read_entry (doc, auths->values[i], &found, err) < 0) {
			credentials_done (&found);
			return -1;
		}
		/* Docker leaves an empty entry where a helper has the password. */
		if (!is_somebody (&found)) {
			credentials_done (&found);
			continue;
		}
		credentials_done (&out->credentials);
		out->credentials = found;
		best = n;
	}
	for (size_t i = 0; helpers && i < helpers->n; i++) {
		n = auth_file_match (helpers->keys[i], host, repository);
		if (n == 0 || n < best)
			continue;
		free (out->helper);
		free (out->helper_key);
		out->helper = xstrdup (helpers->values[i]);
		out->helper_key = xstrdup (helpers->keys[i]);
		best = n;
	}
	if (!out->helper && best == 0 && file->creds_store && file->creds_store[0] != '\0') {
		out->helper = xstrdup (file->creds_store);
		out->helper_key = xstrdup (host);
	}
	return out->helper || best > 0;
}

int
auth_file_find (const char *path, const char *host, const char *repository,
	struct auth_file_entry *out, struct error *err)
{
	AUTO (ocispec_done) struct ocispec_doc doc = { 0 };
	struct ocispec_source source = { .file = path };
	struct oci_auth_file *file;
	autofree char *text = NULL;
	int found;

	if (fd_read_file (AT_FDCWD, path, MAX_FILE, &text, &source.size, err) < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	if (source.size == 0)
		return 0;
	source.text = text;
	if (oci_auth_file_parse (&doc, &source, &file, err) < 0)
		return -1;
	found = find_in (&doc, file, host, repository, out, err);
	if (found < 0)
		auth_file_entry_done (out);
	return found;
}

void
auth_file_entry_done (struct auth_file_entry *entry)
{
	free (entry->helper);
	free (entry->helper_key);
	credentials_done (&entry->credentials);
	*entry = (struct auth_file_entry){ 0 };
}

/* ---- changing */

static void
free_tree (yajl_val *tree)
{
	yajl_tree_free (*tree);
}

/* Copies a value as it is. The depth is bounded by the parser before. */
static void
copy_value (struct json_writer *json, const char *key, yajl_val value)
{
	switch (value->type) {
	case yajl_t_string:
		json_string (json, key, YAJL_GET_STRING (value));
		return;
	case yajl_t_number:
		json_raw (json, key, YAJL_GET_NUMBER (value));
		return;
	case yajl_t_true:
	case yajl_t_false:
		json_bool (json, key, YAJL_IS_TRUE (value));
		return;
	case yajl_t_object:
		json_open_object (json, key);
		for (size_t i = 0; i < value->u.object.len; i++)
			copy_value (json, value->u.object.keys[i], value->u.object.values[i]);
		json_close (json);
		return;
	case yajl_t_array:
		json_open_array (json, key);
		for (size_t i = 0; i < value->u.array.len; i++)
			copy_value (json, NULL, value->u.array.values[i]);
		json_close (json);
		return;
	default:
		json_null (json, key);
	}
}

static bool
is_too_deep (yajl_val value, unsigned int depth)
{
	bool is_object = YAJL_IS_OBJECT (value);
	size_t n = is_object ? value->u.object.len : YAJL_IS_ARRAY (value) ? value->u.array.len : 0;

	if (depth > MAX_DEPTH)
		return true;
	for (size_t i = 0; i < n; i++)
		if (is_too_deep (is_object ? value->u.object.values[i] : value->u.array.values[i],
			    depth + 1))
			return true;
	return false;
}

static void
write_entry (struct json_writer *json, const char *key, const struct credentials *credentials)
{
	autofree char *text = NULL, *encoded = NULL;

	json_open_object (json, key);
	if (credentials->user && credentials->password) {
		text = xasprintf ("%s:%s", credentials->user, credentials->password);
		encoded = base64_encode (text, strlen (text));
		json_string (json, "auth", encoded);
	}
	if (credentials->identity_token)
		json_string (json, "identitytoken", credentials->identity_token);
	json_close (json);
}

/* Two keys of the same registry: "docker.io" and "https://index.docker.io/v1/". */
static bool
is_same_key (const char *a, const char *b)
{
	autofree char *host = NULL, *path = NULL;
	struct error ignored;

	if (str_equal (a, b))
		return true;
	if (reference_parse_registry (b, &host, &path, &ignored) < 0 || path)
		return false;
	return auth_file_match (a, host, NULL) == 1;
}

/* Returns how many entries were left out. */
static int
copy_auths (struct json_writer *json, yajl_val auths, const char *key,
	const struct credentials *credentials)
{
	int removed = 0;

	json_open_object (json, "auths");
	for (size_t i = 0; YAJL_IS_OBJECT (auths) && i < auths->u.object.len; i++) {
		if (!key || is_same_key (auths->u.object.keys[i], key))
			removed++;
		else
			copy_value (json, auths->u.object.keys[i], auths->u.object.values[i]);
	}
	if (credentials)
		write_entry (json, key, credentials);
	json_close (json);
	return removed;
}

static int
write_changed (int dir, const char *name, yajl_val tree, const char *key,
	const struct credentials *credentials, struct error *err)
{
	struct json_writer json = { .indent = JSON_TABS };
	yajl_val auths = NULL;
	int removed, done;

	json_open_object (&json, NULL);
	for (size_t i = 0; tree && i < tree->u.object.len; i++)
		if (str_equal (tree->u.object.keys[i], "auths"))
			auths = tree->u.object.values[i];
		else
			copy_value (&json, tree->u.object.keys[i], tree->u.object.values[i]);
	removed = copy_auths (&json, auths, key, credentials);
	json_close (&json);
	buffer_add_char (&json.text, '\n');
	done = fd_replace_file (dir, name, json.text.data, json.text.size, 0600, err);
	json_writer_done (&json);
	return done < 0 ? -1 : removed;
}

/* Opens the directory of path, which is made when missing; *out_name points into path. */
static int
open_directory (char *path, const char **out_name, struct error *err)
{
	char *slash = strrchr (path, '/');
	int fd;

	*out_name = slash ? slash + 1 : path;
	for (char *p = path; slash && (p = strchr (p + 1, '/')) && p <= slash;) {
		*p = '\0';
		if (mkdir (path, 0700) < 0 && errno != EEXIST)
			return fail (err, errno, "make the directory '%s'", path);
		*p = '/';
	}
	if (slash)
		*slash = '\0';
	fd = open (!slash ? "." : slash == path ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail (err, errno, "open the directory '%s'", path);
	return fd;
}

static int
parse_tree (const char *text, const char *path, yajl_val *out, struct error *err)
{
	char message[200] = "";

	*out = yajl_tree_parse (text, message, sizeof message);
	if (!YAJL_IS_OBJECT (*out) || is_too_deep (*out, 0))
		return fail (err, 0, "'%s' is no JSON object; it is left as it is", path);
	return 0;
}

int
auth_file_change (
	const char *path, const char *key, const struct credentials *credentials, struct error *err)
{
	/* Where a symlink leads to, the file is; a rename would replace the symlink. */
	autofree char *real = realpath (path, NULL);
	autofree char *copy = xstrdup (real ? real : path), *text = NULL;
	AUTO (free_tree) yajl_val tree = NULL;
	const char *name;
	autofd dir = open_directory (copy, &name, err);
	size_t size;

	if (dir < 0)
		return -1;
	/* Of two logins at once the second shall see what the first has written. */
	if (flock (dir, LOCK_EX) < 0)
		return fail (err, errno, "lock the directory of '%s'", path);
	if (fd_read_file (dir, name, MAX_FILE, &text, &size, err) < 0) {
		if (err->code != ENOENT)
			return -1;
		if (!credentials)
			return 0;
	} else if (size > 0 && parse_tree (text, path, &tree, err) < 0) {
		return -1;
	}
	return write_changed (dir, name, tree, key, credentials, err);
}
