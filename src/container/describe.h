/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * describe: containers as text: `state` and `list`.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

/* The container's state (runtime-spec runtime.md "State") and what runc adds to it: rootfs, created,
 * owner. With a newline behind it. */
CHECKED int describe_state (
	const char *root, const char *id, struct buffer *out, struct error *err);

enum list_format { LIST_TABLE, LIST_JSON, LIST_QUIET };

/* All containers of a root directory, by id. A directory that does not exist holds none. */
CHECKED int describe_list (
	const char *root, enum list_format format, struct buffer *out, struct error *err);
