/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * runtime_config: an image's config as the config.json of a bundle.
 *
 * By image-spec 1.1, conversion.md, with the defaults that Docker made usual: 14 capabilities, masked
 * and read-only paths, a seccomp profile. What the image says is hostile: its labels become
 * annotations, but none that a runtime takes orders from (CVE-2026-53488), its environment is taken
 * from its config alone (IMG-27). The same input makes the same output, byte for byte.
 */
#pragma once

#include "base/error.h"
#include "base/options.h"
#include "image/image.h"
#include "image/passwd.h"
#include "image/tree.h"

/* A volume of the image, as a directory of the bundle. */
struct runtime_volume {
	const char *destination; /* in the container: absolute, without ".." */
	const char *source; /* absolute, or relative to the bundle */
};

/* What the command line says. All borrowed; NULL and 0: what the image says. */
struct runtime_overrides {
	const struct option_list *env; /* "NAME=VALUE" */
	const struct option_list *labels; /* annotations, "NAME=VALUE"; the user's may be any */
	const char *entrypoint; /* "" takes the image's away */
	const char *const *args; /* in place of the image's Cmd */
	size_t n_args;
	const char *user, *cwd, *hostname;
	bool tty, read_only;
	bool host_network;
	bool no_seccomp;
};

struct runtime_config_request {
	const struct image *image;
	const struct passwd_user *user;
	const struct runtime_overrides *overrides;
	const struct runtime_volume *volumes;
	size_t n_volumes;
	/* A user namespace with these ids; n 0: none. Needed when rootless. */
	struct tree_ids uids, gids;
	bool is_rootless; /* for somebody who is not root */
};

/* The whole text, with a newline at its end; the caller frees it. */
CHECKED int runtime_config_make (
	const struct runtime_config_request *request, char **out_text, struct error *err);

/* The directory that the process starts in: absolute. Borrowed from its arguments. */
CHECKED int runtime_config_cwd (const struct image *image,
	const struct runtime_overrides *overrides, const char **out, struct error *err);

/* The user, as it is written. */
const char *runtime_config_user (
	const struct image *image, const struct runtime_overrides *overrides);

/* Whether an annotation of that name makes a runtime do something. */
bool runtime_config_is_order (const char *key);
