/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * describe: containers as text: `state` and `list`.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

/* The container's state (runtime-spec runtime.md "State") and what runc adds to it: rootfs, created,
 * owner. With a newline behind it. */
CHECKED int describe_state (
	const char *root, const char *id, struct buffer *out, struct error *err);

enum list_format { LIST_TABLE, LIST_JSON, LIST_QUIET };

struct list_request {
	enum list_format format;
	bool root_must_exist; /* else one that does not exist holds none */
	void (*warn) (const char *text); /* of those that can't be read, and are left out */
};

/* All containers of a root directory, by id. */
CHECKED int describe_list (const char *root, const struct list_request *request, struct buffer *out,
	struct error *err);
