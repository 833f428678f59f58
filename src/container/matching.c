/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/matching.h"
#include "base/auto.h"
#include "base/mem.h"
#include "container/container.h"

#include <dirent.h>
#include <errno.h>
#include <regex.h>

static int
is_container (const struct dirent *entry)
{
	return container_id_is_valid (entry->d_name);
}

static int
do_each (const struct each_container *each, const char *id, struct error *failure)
{
	autofree char *path = xasprintf ("%s/%s", each->root, id);
	struct error err;

	if (each->verb (id, each->data, &err) == 0 || access (path, F_OK) < 0)
		return 0;
	if (failure->text[0])
		each->warn (failure->text);
	*failure = err;
	return error_prefix (failure, "%s", id);
}

int
each_container_matching (const struct each_container *each, const char *pattern, struct error *err)
{
	struct error failure = { 0 };
	struct dirent **entries = NULL;
	regex_t regex;
	int n, r = regcomp (&regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (r != 0) {
		char text[128];

		regerror (r, &regex, text, sizeof text);
		return fail (err, 0, "'%s' is no regular expression: %s", pattern, text);
	}
	n = scandir (each->root, &entries, is_container, alphasort);
	if (n < 0)
		r = errno == ENOENT ? 0 : fail (err, errno, "read the directory '%s'", each->root);
	for (int i = 0; i < n; i++) {
		if (regexec (&regex, entries[i]->d_name, 0, NULL, 0) == 0 &&
			do_each (each, entries[i]->d_name, &failure) < 0)
			r = -1;
		free (entries[i]);
	}
	free (entries);
	regfree (&regex);
	if (failure.text[0])
		*err = failure;
	return r;
}
