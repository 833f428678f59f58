/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sysctls: which kernel parameters a container may set, and how their names are written.
 * Source: runtime-spec config-linux.md "Sysctl", sysctl.d(5). Pure.
 *
 * Only what is kept per namespace may be set, and only in a namespace that the config asks for;
 * everything else is the host's (CVE-2022-0811 set kernel.core_pattern).
 */
#pragma once

#include "base/error.h"
#include "plan/namespaces.h"

#define SYSCTL_NAME_MAX 256

/* Writes the path below /proc/sys. Both notations are understood: when the first separator is a
 * '.', dots separate and a '/' stands for a dot inside a name ("net.ipv4.conf.eth0/1.forwarding"),
 * otherwise slashes separate. Returns the path's length, or -1 when the name holds anything that is
 * not in a kernel parameter's name: an empty or dot-only component, or other bytes than
 * [A-Za-z0-9_.:@-] and the separators. */
CHECKED int sysctl_to_path (const char *name, char out[SYSCTL_NAME_MAX], struct error *err);

/* Whether a parameter (in either notation) may be set with these namespaces. The error says which
 * namespace is missing. A network namespace that is joined may turn out to be the host's: the
 * parent asks ns_is_own of kernel/ns.h about that. */
CHECKED int sysctl_check (
	const char *name, const struct namespaces_plan *namespaces, struct error *err);
