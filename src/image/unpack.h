/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * unpack: a layer's tar into a directory that is to be a lower one of an overlay.
 *
 * The tar is hostile: it may hold symlinks in any place, hard links to anywhere, the same name
 * several times. Nothing is written, linked or changed outside the directory, because every path is
 * resolved by base/rooted and everything else goes by fds (CVE-2021-29136, CVE-2021-32760,
 * CVE-2026-50163). Set-user-ID programs land where nobody else can reach them: the store is its
 * owner's alone.
 *
 * What the layer says of others (whiteouts, directories it doesn't mention, symlinks and hard links
 * into lower layers) is resolved by looking at these as `view` shows them. They are asked for when they
 * are needed and not before, so that layers can be unpacked side by side.
 *
 * The caller's umask has to be 0. Source: image-spec 1.1, layer.md.
 */
#pragma once

#include "base/error.h"
#include "image/byte_input.h"
#include "image/view.h"

#include <stdatomic.h>
#include <stdint.h>

/* How many entries all layers of an image may still have. */
struct unpack_budget {
	_Atomic int64_t left;
	uint64_t whole; /* for the message */
};

struct unpack_request {
	int root; /* borrowed; the directory: empty, ours alone */
	enum overlay_kind kind;
	bool owner_may_stay; /* files can't be given to others, or not to all: no error */
	struct unpack_budget *budget;
	/* Waits until the layers below are there, and gives their directories (borrowed), the topmost
	 * first. NULL: this is the lowest one. */
	int (*get_lowers) (void *data, const int **out_roots, size_t *out_n, struct error *err);
	/* What is told and no error: an attribute that the file system has no room for. May be NULL. */
	void (*warn) (void *data, const char *text);
	void *data;
};

CHECKED int unpack_layer (
	const struct unpack_request *request, struct byte_input *tar, struct error *err);
