/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/rlimits.h"

#include <errno.h>
#include <sys/resource.h>

static int
explain (pid_t pid, const struct rlimit_plan *limit, int code, struct error *err)
{
	const char *hint = NULL;
	struct rlimit now;

	if (code == EINVAL && limit->soft > limit->hard)
		hint = "the soft limit is above the hard one";
	else if (code == EPERM &&
		 prlimit (pid, (enum __rlimit_resource) limit->resource, NULL, &now) == 0 &&
		 limit->hard > now.rlim_max)
		hint = "raising the hard limit needs CAP_SYS_RESOURCE";
	if (code == EPERM && limit->resource == RLIMIT_NOFILE)
		hint = "the most is /proc/sys/fs/nr_open, and raising the hard limit needs "
		       "CAP_SYS_RESOURCE";
	fail_hint (err, code, hint, "set %s to soft %llu, hard %llu", limit->name,
		(unsigned long long) limit->soft, (unsigned long long) limit->hard);
	return limit->at ? error_prefix (err, "%s", limit->at) : -1;
}

int
rlimits_apply (pid_t pid, const struct rlimit_plan *limits, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct rlimit value = { .rlim_cur = limits[i].soft, .rlim_max = limits[i].hard };

		if (prlimit (pid, (enum __rlimit_resource) limits[i].resource, &value, NULL) < 0)
			return explain (pid, &limits[i], errno, err);
	}
	return 0;
}
