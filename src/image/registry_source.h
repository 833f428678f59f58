/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * registry_source: a registry as a source of images, and its mirrors before it.
 */
#pragma once

#include "image/reference.h"
#include "image/registry.h"
#include "image/source.h"

/* All borrowed: they live as long as the source. */
struct registry_source_settings {
	struct http *http;
	bool may_be_plain_http;
	const struct credential_files *files;
	const char *creds; /* for the registry itself, not for mirrors */
	const char *const *realm_hosts;
	/* HOST[:PORT][/PREFIX]: asked first, in this order, for the same repository (below PREFIX). One
	 * that fails is passed over. NULL-ended, or NULL. */
	const char *const *mirrors;
	/* Told about a mirror that is passed over. May be NULL. Any thread. */
	void (*notice) (void *data, const char *text);
	void *notice_data;
};

/* reference->transport is TRANSPORT_REGISTRY. */
CHECKED int registry_source_open (const struct registry_source_settings *settings,
	const struct reference *reference, struct source **out_source, struct error *err);
