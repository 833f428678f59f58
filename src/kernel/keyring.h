/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * keyring: a session keyring of the container's own, so that it can't use the caller's keys.
 * Source: keyctl(2), KEYCTL_JOIN_SESSION_KEYRING.
 */
#pragma once

#include "base/error.h"

enum keyring_search {
	KEYRING_SEARCH_USER, /* its owner may search it: no user namespace */
	KEYRING_SEARCH_OTHER, /* anybody may: its owner isn't mapped in the new user namespace */
};

/* Child. Joins or makes the session keyring "_ses.ID", which an exec into the container joins too.
 * A kernel without keyrings (ENOSYS) is no error. */
CHECKED int keyring_join (const char *container_id, enum keyring_search search, struct error *err);
