/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * matching: a verb for all containers whose ids match a pattern, as crun's --regex.
 */
#pragma once

#include "base/error.h"

struct each_container {
	const char *root; /* the directory of all containers */
	/* What to do with each. */
	int (*verb) (const char *id, void *data, struct error *err);
	void *data; /* for verb */
	void (*warn) (const char *text);
};

/* Does it for all containers whose id an extended regular expression (regex(7)) matches, in the order
 * of their ids. It goes on when it fails for one: all failures but the last are told as warnings, and
 * that is the error then. That there is none to match is no error, and neither is one that another
 * command has deleted meanwhile. */
CHECKED int each_container_matching (
	const struct each_container *each, const char *pattern, struct error *err);
