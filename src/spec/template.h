/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * template: a config.json to begin with: a shell in a root file system of its own.
 *
 * It is what runc writes: the file systems a program expects, few capabilities, no new privileges, a
 * read-only root, and a terminal.
 */
#pragma once

#include "base/json_writer.h"

#include <stdbool.h>
#include <sys/types.h>

struct template_options {
	bool rootless; /* for a user without privileges, who is root inside */
	uid_t uid; /* whose ids root inside has outside; only when rootless */
	gid_t gid;
};

/* Writes it as one JSON value. */
void template_write (struct json_writer *json, const struct template_options *options);
