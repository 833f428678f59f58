/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/criu_options.h"
#include "base/str.h"

int
criu_options_settings (const struct globals *globals, const struct criu_options *options,
	struct criu_settings *out, struct error *err)
{
	/* CRIU's work takes the rights of the host's root */
	if (!globals->privileged)
		return fail (err, 0, "checkpoint and restore need root");
	for (size_t i = 0; i < options->empty_ns.n; i++)
		if (!str_equal (options->empty_ns.values[i], "network"))
			return fail (err, 0, "--empty-ns takes network, not '%s'",
				options->empty_ns.values[i]);
	*out = (struct criu_settings){
		.program = globals->criu,
		.tcp_established = options->tcp_established,
		.ext_unix_sk = options->ext_unix_sk,
		.shell_job = options->shell_job,
		.file_locks = options->file_locks,
		.lazy_pages = options->lazy_pages,
		.auto_dedup = options->auto_dedup,
		.empty_network = options->empty_ns.n > 0,
		.cgroups_mode = options->manage_cgroups_mode,
		.network_lock = options->network_lock,
	};
	return 0;
}
