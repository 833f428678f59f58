/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/criu_settings.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/protobuf.h"
#include "base/str.h"
#include "container/criu.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define OLDEST_CRIU 30000 /* 3.0 has the version among its requests */
#define PORT_MAX 65535

static const struct switch_row {
	size_t offset; /* of a bool in struct criu_settings */
	enum criu_option option;
} switches[] = {
#define SWITCH(member, option)                                  \
	{                                                       \
		offsetof (struct criu_settings, member), option \
	}
	SWITCH (leave_running, CRIU_LEAVE_RUNNING),
	SWITCH (ext_unix_sk, CRIU_EXT_UNIX_SK),
	SWITCH (tcp_established, CRIU_TCP_ESTABLISHED),
	SWITCH (shell_job, CRIU_SHELL_JOB),
	SWITCH (file_locks, CRIU_FILE_LOCKS),
	SWITCH (tracks_memory, CRIU_TRACK_MEM),
	SWITCH (auto_dedup, CRIU_AUTO_DEDUP),
	SWITCH (link_remap, CRIU_LINK_REMAP),
	SWITCH (tcp_skip_in_flight, CRIU_TCP_SKIP_IN_FLIGHT),
	SWITCH (lazy_pages, CRIU_LAZY_PAGES),
	SWITCH (tcp_close, CRIU_TCP_CLOSE),
#undef SWITCH
};

/* By the choice of the command line. */
static const enum criu_cgroups_mode cgroups_modes[] = {
	CRIU_CGROUPS_DEFAULT,
	CRIU_CGROUPS_SOFT,
	CRIU_CGROUPS_FULL,
	CRIU_CGROUPS_STRICT,
	CRIU_CGROUPS_IGNORE,
};

enum { NETWORK_LOCK_SKIP = 3 };

static int
need_version (int version, int needed, const char *what, struct error *err)
{
	if (version >= needed)
		return 0;
	return fail (err, 0, "%s needs CRIU %d.%d, and this is %d.%d", what, needed / 10000,
		needed / 100 % 100, version / 10000, version / 100 % 100);
}

static int
check_version (const struct criu_settings *settings, struct error *err)
{
	const struct {
		bool is_asked;
		int version;
		const char *what;
	} needs[] = {
		{ true, OLDEST_CRIU, "davit" },
		{ settings->lsm_profile, 31600, "--lsm-profile" },
		{ settings->lsm_mount_context, 31600, "--lsm-mount-context" },
		{ settings->network_lock, 31700, "--network-lock" },
		{ settings->network_lock == NETWORK_LOCK_SKIP, 31800, "--network-lock skip" },
	};
	int version;

	if (criu_version (settings->program, &version, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE (needs); i++)
		if (needs[i].is_asked &&
			need_version (version, needs[i].version, needs[i].what, err) < 0)
			return -1;
	return 0;
}

int
criu_settings_check (const struct criu_settings *settings, struct error *err)
{
	struct criu_reply features;

	if (!criu_is_built_in ())
		return fail (err, 0, "checkpoint and restore are not in this build of davit");
	if (check_version (settings, err) < 0)
		return -1;
	if (!settings->tracks_memory && !settings->lazy_pages)
		return 0;
	if (criu_features (settings->program, &features, err) < 0)
		return -1;
	if (settings->tracks_memory && !features.has_mem_track)
		return fail (err, 0,
			"--pre-dump and --parent-path need the tracking of memory, which this "
			"kernel or its CRIU lacks");
	if (settings->lazy_pages && !features.has_lazy_pages)
		return fail (err, 0,
			"--lazy-pages needs userfaultfd, which this kernel or its CRIU lacks");
	return 0;
}

int
criu_parse_address (const char *text, char **out_address, int *out_port, struct error *err)
{
	const char *colon = strrchr (text, ':');
	bool has_brackets = text[0] == '[' && colon && colon > text && colon[-1] == ']';
	const char *begin = text + has_brackets;
	const char *end = colon ? colon - has_brackets : begin;
	uint64_t port;

	if (!colon || end <= begin || !str_to_u64 (colon + 1, PORT_MAX, &port) || port == 0)
		return fail (err, 0, "--page-server takes ADDRESS:PORT, not '%s'", text);
	*out_address = xasprintf ("%.*s", (int) (end - begin), begin);
	*out_port = (int) port;
	return 0;
}

static int
add_page_server (const char *text, struct buffer *options, struct error *err)
{
	autofree char *address = NULL;
	int port;

	if (criu_parse_address (text, &address, &port, err) < 0)
		return -1;
	criu_add_page_server (options, address, port);
	return 0;
}

int
criu_settings_add (const struct criu_settings *settings, struct buffer *options, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE (switches); i++)
		if (*(const bool *) ((const char *) settings + switches[i].offset))
			protobuf_add_number (options, switches[i].option, true);
	protobuf_add_number (
		options, CRIU_MANAGE_CGROUPS_MODE, cgroups_modes[settings->cgroups_mode]);
	if (settings->network_lock)
		protobuf_add_number (options, CRIU_NETWORK_LOCK, settings->network_lock);
	if (settings->empty_network)
		protobuf_add_number (options, CRIU_EMPTY_NS, CLONE_NEWNET);
	if (settings->lsm_profile)
		protobuf_add_text (options, CRIU_LSM_PROFILE, settings->lsm_profile);
	if (settings->lsm_mount_context)
		protobuf_add_text (options, CRIU_LSM_MOUNT_CONTEXT, settings->lsm_mount_context);
	return settings->page_server ? add_page_server (settings->page_server, options, err) : 0;
}

void
criu_add_config_file (
	struct buffer *options, const struct plan *plan, void (*warn) (const char *text))
{
	static const char ours[] = "/etc/criu/davit.conf", runcs[] = "/etc/criu/runc.conf";
	const char *file = plan_annotation (plan, "org.criu.config");
	autofree char *text = NULL;

	if (!file)
		file = access (ours, F_OK) == 0 ? ours : runcs;
	else if (*file && access (file, R_OK) < 0) {
		/* CRIU goes on without a file that is not there */
		text = xasprintf ("annotation 'org.criu.config': can't read '%s': %s", file,
			error_errno_text (errno));
		warn (text);
	}
	/* an empty annotation: none */
	if (*file)
		protobuf_add_text (options, CRIU_CONFIG_FILE, file);
}
