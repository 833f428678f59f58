/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp.h"
#include "base/auto.h"
#include "base/mem.h"
#include "kernel/seccomp_cache.h"
#include "kernel/seccomp_compiler.h"

#include <errno.h>
#include <string.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
seccomp_is_built_in (void)
{
#ifdef HAVE_SECCOMP
	return true;
#else
	return false;
#endif
}

static unsigned int
flags_of (const struct seccomp_plan *plan)
{
	unsigned int flags =
		plan->has_flags ? (unsigned int) plan->flags : SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	if (!plan->notifies)
		return flags & ~(unsigned int) SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	/* both together are EINVAL: each returns a number of its own */
	flags &= ~(unsigned int) SECCOMP_FILTER_FLAG_TSYNC;
	return flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

int
seccomp_compile (const struct seccomp_plan *plan, const char *cache_dir, struct seccomp_filter *out,
	struct error *err)
{
	AUTO (buffer_done) struct buffer key = { 0 };
	AUTO (seccomp_program_done) struct seccomp_program program = { 0 };

	*out = (struct seccomp_filter){ 0 };
	if (plan->raw) {
		out->program = xmalloc (plan->raw_size);
		memcpy (out->program, plan->raw, plan->raw_size);
		out->length = plan->raw_size / sizeof *out->program;
		out->flags = flags_of (plan);
		return 0;
	}
	/* what is there may have been made with names passed over */
	if (plan->fails_unknown)
		cache_dir = NULL;
	if (cache_dir) {
		seccomp_cache_key (plan, &key);
		if (seccomp_is_built_in () && seccomp_cache_find (cache_dir, &key, out))
			return 0;
	}
	if (seccomp_compiler_run (plan, &program, err) < 0)
		return -1;
	out->program = take_ptr (program.instructions);
	out->length = program.length;
	out->flags = flags_of (plan);
	if (cache_dir && program.library)
		seccomp_cache_keep (cache_dir, &key, out, program.library);
	return 0;
}

void
seccomp_filter_done (struct seccomp_filter *filter)
{
	free (take_ptr (filter->program));
	filter->length = 0;
}

/* What a caller's sandbox answers to seccomp(2) may be ENOSYS; without a listener prctl(2) does, as its
 * flags only tell of logs and of speed. */
static int
load_without_seccomp (const struct sock_fprog *program, unsigned int flags)
{
	const unsigned int dispensable = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
					 SECCOMP_FILTER_FLAG_TSYNC;

	if (flags & ~dispensable) {
		errno = ENOSYS;
		return -1;
	}
	return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0);
}

static const char *
hint_for (int code, unsigned int flags)
{
	if (code == EACCES)
		return "needs no_new_privs or CAP_SYS_ADMIN";
	if (code == EBUSY)
		return "there is a filter with a listener already";
	if (code == EINVAL && (flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV))
		return "WAIT_KILLABLE_RECV needs Linux 5.19";
	return NULL;
}

int
seccomp_load (const struct seccomp_filter *filter, int *out_listener, struct error *err)
{
	const struct sock_fprog program = {
		.len = (unsigned short) filter->length,
		.filter = filter->program,
	};
	bool notifies = filter->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long r = syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program);

	if (r < 0 && errno == ENOSYS)
		r = load_without_seccomp (&program, filter->flags);
	if (r < 0)
		return fail_hint (
			err, errno, hint_for (errno, filter->flags), "load the seccomp filter");
	/* with TSYNC the number of a thread that could not follow */
	if (r > 0 && !notifies)
		return fail (err, 0, "load the seccomp filter: thread %ld does not follow", r);
	if (out_listener)
		*out_listener = notifies ? (int) r : -1;
	return 0;
}

bool
seccomp_flag_is_supported (unsigned int flag)
{
	/* this one goes with a listener only */
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* flags are looked at before the filter, which is none */
	return syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}

bool
seccomp_library_version (unsigned int *major, unsigned int *minor, unsigned int *micro)
{
	unsigned int version[3];
	struct error err;

	if (seccomp_compiler_version (version, &err) < 0)
		return false;
	*major = version[0];
	*minor = version[1];
	*micro = version[2];
	return true;
}
