/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/lsm.h"
#include "kernel/procfs.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define LABEL_MAX 4096

bool
lsm_has_apparmor (void)
{
#ifdef HAVE_APPARMOR
	struct error ignored;
	char answer[8];

	return fd_read_line (AT_FDCWD, "/sys/module/apparmor/parameters/enabled", answer,
		       sizeof answer, &ignored) > 0 &&
	       answer[0] == 'Y';
#else
	return false;
#endif
}

bool
lsm_has_selinux (void)
{
#ifdef HAVE_SELINUX
	struct error ignored;
	struct statfs fs;
	char label[LABEL_MAX];

	/* Where it is mounted read-only, somebody wants us to think that there is none, as
	 * containers do. Without a policy every process is "kernel". */
	if (statfs ("/sys/fs/selinux", &fs) < 0 || fs.f_type != SELINUX_MAGIC ||
		(fs.f_flags & ST_RDONLY))
		return false;
	return fd_read_line (AT_FDCWD, "/proc/self/attr/current", label, sizeof label, &ignored) >
		       0 &&
	       !str_equal (label, "kernel");
#else
	return false;
#endif
}

static bool
is_given (const char *label)
{
	return label && *label != '\0';
}

static int
refuse_selinux (const char *what, const char *label, struct error *err)
{
#ifdef HAVE_SELINUX
	const char *hint = "leave the label out, or boot with SELinux enabled";
#else
	const char *hint = "this davit was built without SELinux";
#endif
	return fail_hint (err, 0, hint,
		"selinux label is specified in config, but selinux is disabled or not supported: %s "
		"'%s'",
		what, label);
}

int
lsm_check (const struct process_plan *process, const char *mount_label, struct error *err)
{
	const char *profile = process ? process->apparmor_profile : NULL;
	const char *label = process ? process->selinux_label : NULL;

	if (is_given (profile) && !str_equal (profile, "unconfined") && !lsm_has_apparmor ())
		return fail_hint (err, 0,
			"leave apparmorProfile out, or boot with AppArmor enabled",
			"apparmor profile '%s' is specified in config, but apparmor is disabled or "
			"not supported",
			profile);
	if (!is_given (label) && !is_given (mount_label))
		return 0;
	if (lsm_has_selinux ())
		return 0;
	return is_given (label) ? refuse_selinux ("selinuxLabel", label, err)
				: refuse_selinux ("mountLabel", mount_label, err);
}

/* The path in backticks: Podman finds it in the message and tells its user which LSM call failed. */
static int
explain (const char *kind, const char *label, const char *path, struct error *err)
{
	int code = err->code;

	return fail_hint (err, code,
		code == ENOENT	 ? "it is not loaded into the kernel"
		: code == EINVAL ? "the policy has no such label"
				 : NULL,
		"set %s '%s' through `/proc/%s`", kind, label, path);
}

static int
set_apparmor (int procfs, const char *profile, struct error *err)
{
	/* AppArmor's own directory, since Linux 5.8: attr/exec may be SELinux's. */
	static const char path[] = "thread-self/attr/apparmor/exec";
	char text[LABEL_MAX];

	if ((size_t) snprintf (text, sizeof text, "exec %s", profile) >= sizeof text)
		return fail (err, ENAMETOOLONG, "set AppArmor profile '%.64s...'", profile);
	if (procfs_write (procfs, path, text, err) == 0)
		return 0;
	/* Without AppArmor the file is missing or answers EINVAL, and nobody is confined. */
	if (str_equal (profile, "unconfined") && (err->code == ENOENT || err->code == EINVAL))
		return 0;
	return explain ("AppArmor profile", profile, path, err);
}

int
lsm_set_exec_label (int procfs, const struct process_plan *process, struct error *err)
{
	static const char path[] = "thread-self/attr/exec";

	if (is_given (process->selinux_label) &&
		procfs_write (procfs, path, process->selinux_label, err) < 0)
		return explain ("SELinux label", process->selinux_label, path, err);
	if (is_given (process->apparmor_profile))
		return set_apparmor (procfs, process->apparmor_profile, err);
	return 0;
}

int
lsm_set_key_label (int procfs, const char *label, struct error *err)
{
	static const char path[] = "thread-self/attr/keycreate";

	/* An empty write takes the label back. */
	if (procfs_write (procfs, path, label ? label : "", err) < 0)
		return explain ("SELinux key label", label ? label : "", path, err);
	return 0;
}
