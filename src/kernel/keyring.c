/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/keyring.h"
#include "base/syscalls.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Permission bits of a key, security/keys/: each group of bits is a byte. */
#define KEY_USER_SEARCH 0x00080000u
#define KEY_OTHER_SEARCH 0x00000008u

/* Not the number that joining returns: that is 0 for whoever is in it already. */
#define SESSION_KEYRING ((unsigned long) KEY_SPEC_SESSION_KEYRING)

#define NAME_SIZE 512
#define DESCRIPTION_SIZE 1024

/* A key's description reads "keyring;UID;GID;PERMISSIONS;NAME". */
static int
read_permissions (uint32_t *out, struct error *err)
{
	char text[DESCRIPTION_SIZE];
	const char *s = text;
	long n = sys_keyctl (
		KEYCTL_DESCRIBE, SESSION_KEYRING, (unsigned long) text, sizeof text - 1, 0);

	if (n < 0)
		return fail (err, errno, "describe the session keyring");
	text[n < (long) sizeof text - 1 ? n : (long) sizeof text - 1] = '\0';
	for (int field = 0; field < 3; field++) {
		s = strchr (s, ';');
		if (!s)
			return fail (err, EPROTO, "describe the session keyring");
		s++;
	}
	*out = (uint32_t) strtoul (s, NULL, 16);
	return 0;
}

int
keyring_join (const char *container_id, enum keyring_search search, struct error *err)
{
	uint32_t wanted = search == KEYRING_SEARCH_OTHER ? KEY_OTHER_SEARCH : KEY_USER_SEARCH;
	char name[NAME_SIZE];
	uint32_t permissions = 0;

	snprintf (name, sizeof name, "_ses.%s", container_id);
	if (sys_keyctl (KEYCTL_JOIN_SESSION_KEYRING, (unsigned long) name, 0, 0, 0) < 0) {
		if (errno == ENOSYS)
			return 0;
		return fail_hint (err, errno,
			errno == EDQUOT ? "see /proc/key-users and /proc/sys/kernel/keys/maxkeys"
					: NULL,
			"join session keyring '%s'", name);
	}
	if (read_permissions (&permissions, err) < 0)
		return -1;
	if (permissions & wanted)
		return 0;
	if (sys_keyctl (KEYCTL_SETPERM, SESSION_KEYRING, permissions | wanted, 0, 0) < 0)
		return fail (err, errno, "make session keyring '%s' searchable", name);
	return 0;
}
