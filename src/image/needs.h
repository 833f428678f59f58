/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * needs: what the names of a store need of it.
 */
#pragma once

#include "base/error.h"
#include "image/store.h"

#include <stdbool.h>

/* A set of strings. { 0 } is a valid empty one. */
struct names {
	char **items; /* owned, each too */
	size_t n, room;
	bool is_sorted;
};
void names_add (struct names *names, const char *name);
bool names_have (struct names *names, const char *name);
void names_done (struct names *names);

struct needs {
	struct names blobs; /* digests */
	struct names layers; /* chain ids */
};

/* Of everything in the index, through indexes to manifests to what these name. What is not there is passed
 * over (of an image for several platforms mostly one is): missing, if not NULL, collects it. */
CHECKED int needs_collect (
	const struct store *store, struct needs *out, struct names *missing, struct error *err);
void needs_done (struct needs *needs);
