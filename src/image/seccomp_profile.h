/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp_profile: which system calls a container may use unless somebody says otherwise: what programs
 * need, and not what is only for administrators, what is obsolete, or what has let containers out
 * before. The same calls as Docker documents ("Seccomp security profiles for Docker"), for the
 * capabilities that containers get by default.
 */
#pragma once

#include "base/json_writer.h"

/* Writes it as the member `seccomp` of an open object; architecture is in Go's words ("amd64"). */
void seccomp_profile_write (struct json_writer *json, const char *architecture);

/* Whether there is a profile for that architecture: where there is none, none is set. */
bool seccomp_profile_knows (const char *architecture);
