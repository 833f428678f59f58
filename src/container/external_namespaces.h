/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * external_namespaces: namespaces that the config joins by a path. They are not in a checkpoint: a
 * restore joins those that its config names. Network and pid namespaces go by the names that runc and
 * crun give them.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "plan/plan.h"

struct external_namespaces {
	int fds[NS_KINDS]; /* owned; -1 where CRIU needs none */
};

/* For a checkpoint. */
CHECKED int external_namespaces_add (
	const struct plan *plan, struct buffer *options, struct error *err);

/* For a restore: opens them, for CRIU to inherit under the same numbers (external_namespaces_pass). */
CHECKED int external_namespaces_open (const struct plan *plan, struct buffer *options,
	struct external_namespaces *out, struct error *err);

/* In CRIU's process, before it is executed. */
CHECKED int external_namespaces_pass (
	const struct external_namespaces *namespaces, struct error *err);

void external_namespaces_close (struct external_namespaces *namespaces);
