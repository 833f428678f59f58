/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * flatten: what several layers are together, as one plain tree.
 */
#pragma once

#include "base/error.h"
#include "image/tree.h"
#include "image/view.h"

struct flatten_request {
	const struct view *view;
	const struct tree_copy *copy;
	int root; /* borrowed; the directory that is filled: empty, ours alone */
};

/* Copies the whole view. Hard links stay hard links. */
CHECKED int flatten (const struct flatten_request *request, struct error *err);

/* The same with the directory at `path` of the view, as view_resolve gave it. */
CHECKED int flatten_directory (
	const struct flatten_request *request, const char *path, struct error *err);
