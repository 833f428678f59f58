/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/external_namespaces.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/protobuf.h"
#include "container/criu_message.h"
#include "kernel/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

/* What a joined namespace is in a checkpoint, by its kind. */
static const struct treatment {
	const char *key; /* CRIU leaves it out, and takes what has this name in its place */
	bool is_joined; /* CRIU keeps a copy, and joins the one of the file instead */
} treatments[NS_KINDS] = {
	[NS_USER] = { .is_joined = true },
	[NS_MOUNT] = { .is_joined = true },
	[NS_PID] = { .key = "extRootPidNS" },
	[NS_IPC] = { .is_joined = true },
	[NS_UTS] = { .is_joined = true },
	[NS_NETWORK] = { .key = "extRootNetNS" },
	[NS_CGROUP] = { 0 },
	[NS_TIME] = { .is_joined = true },
};

static int
check (const struct plan *plan, enum ns_kind kind, struct error *err)
{
	const struct namespace_plan *ns = &plan->namespaces.ns[kind];

	if (ns->how != NS_JOIN || treatments[kind].key || treatments[kind].is_joined)
		return 0;
	return fail (err, 0, "%s: CRIU can't restore into a %s namespace of others",
		ns->at ? ns->at : "linux.namespaces", ns_table[kind].name);
}

int
external_namespaces_add (const struct plan *plan, struct buffer *options, struct error *err)
{
	for (int kind = 0; kind < NS_KINDS; kind++) {
		const struct namespace_plan *ns = &plan->namespaces.ns[kind];
		autofree char *text = NULL;
		struct stat st;

		if (check (plan, kind, err) < 0)
			return -1;
		if (ns->how != NS_JOIN || !treatments[kind].key)
			continue;
		if (stat (ns->path, &st) < 0)
			return fail (err, errno, "%s: namespace '%s'",
				ns->at ? ns->at : "linux.namespaces", ns->path);
		text = xasprintf ("%s[%ju]:%s", ns_table[kind].proc_name, (uintmax_t) st.st_ino,
			treatments[kind].key);
		protobuf_add_text (options, CRIU_EXTERNAL, text);
	}
	return 0;
}

int
external_namespaces_open (const struct plan *plan, struct buffer *options,
	struct external_namespaces *out, struct error *err)
{
	for (int kind = 0; kind < NS_KINDS; kind++)
		out->fds[kind] = -1;
	for (int kind = 0; kind < NS_KINDS; kind++) {
		const struct namespace_plan *ns = &plan->namespaces.ns[kind];

		if (check (plan, kind, err) < 0)
			return -1;
		if (ns->how != NS_JOIN)
			continue;
		if (treatments[kind].is_joined) {
			criu_add_pair (options, CRIU_JOIN_NS, ns_table[kind].proc_name, ns->path);
			continue;
		}
		out->fds[kind] = ns_open (ns->path, kind, err);
		if (out->fds[kind] < 0)
			return ns->at ? error_prefix (err, "%s", ns->at) : -1;
		criu_add_inherited_fd (options, treatments[kind].key, out->fds[kind]);
	}
	return 0;
}

int
external_namespaces_pass (const struct external_namespaces *namespaces, struct error *err)
{
	for (int kind = 0; kind < NS_KINDS; kind++)
		if (namespaces->fds[kind] >= 0 && fcntl (namespaces->fds[kind], F_SETFD, 0) < 0)
			return fail (err, errno, "keep a namespace open");
	return 0;
}

void
external_namespaces_close (struct external_namespaces *namespaces)
{
	for (int kind = 0; kind < NS_KINDS; kind++)
		auto_close_fd (&namespaces->fds[kind]);
}
