/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * config: a whole config.json, once parsed. Private to spec/.
 */
#pragma once

#include "spec/context.h"

#define SPEC_CONFIG_NAME "config.json"

/* Fills c->plan but for its arena. */
void spec_convert (struct spec_context *c, const struct oci_runtime_config *config);

/* Reads the config that the request names. The caller frees *out_text; *out_name is borrowed from
 * the request or static. */
CHECKED int spec_load (const struct spec_request *request, char **out_text, size_t *out_size,
	const char **out_name, struct error *err);
