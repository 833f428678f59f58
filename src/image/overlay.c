/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/overlay.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* mount(2) copies one page of options. */
#define MAX_OPTIONS 4095
#define MAX_LOWERS 500 /* the kernel's own limit */
#define FD_PATH_SIZE 32
/* The inode of the initial user namespace: PROC_USER_INIT_INO of <linux/proc_ns.h>. */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDU

static const char *const opaque_names[] = {
	[OVERLAY_TRUSTED] = "trusted.overlay.opaque",
	[OVERLAY_USER] = "user.overlay.opaque",
};

enum overlay_kind
overlay_kind_of_process (void)
{
	struct stat st;
	bool is_initial =
		stat ("/proc/self/ns/user", &st) < 0 || st.st_ino == INITIAL_USER_NAMESPACE;

	return geteuid () == 0 && is_initial ? OVERLAY_TRUSTED : OVERLAY_USER;
}

bool
overlay_is_whiteout (const struct stat *st)
{
	return S_ISCHR (st->st_mode) && st->st_rdev == makedev (0, 0);
}

int
overlay_make_whiteout (int dirfd, const char *name, struct error *err)
{
	if (mknodat (dirfd, name, S_IFCHR, makedev (0, 0)) < 0)
		return fail (err, errno, "make a whiteout for '%s'", name);
	return 0;
}

static void
fd_path (int fd, char out[FD_PATH_SIZE])
{
	snprintf (out, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
}

bool
overlay_is_opaque (int dirfd, enum overlay_kind kind)
{
	char path[FD_PATH_SIZE], value;

	fd_path (dirfd, path);
	return getxattr (path, opaque_names[kind], &value, 1) == 1 && value == 'y';
}

int
overlay_set_opaque (int dirfd, enum overlay_kind kind, struct error *err)
{
	char path[FD_PATH_SIZE];

	fd_path (dirfd, path);
	if (setxattr (path, opaque_names[kind], "y", 1, 0) < 0)
		return fail (err, errno, "set '%s'", opaque_names[kind]);
	return 0;
}

bool
overlay_owns_xattr (const char *name)
{
	return str_starts (name, "trusted.overlay.") || str_starts (name, "user.overlay.");
}

/* Commas, colons and backslashes mean something in the options. */
static void
add_escaped (struct buffer *options, const char *path)
{
	for (; *path; path++) {
		if (strchr (",:\\", *path))
			buffer_add_char (options, '\\');
		buffer_add_char (options, *path);
	}
}

static void
add_upper (const struct overlay_mount *overlay, struct buffer *options)
{
	if (overlay->kind == OVERLAY_USER)
		buffer_add_text (options, ",userxattr");
	if (!overlay->upper)
		return;
	buffer_add_text (options, ",upperdir=");
	add_escaped (options, overlay->upper);
	buffer_add_text (options, ",workdir=");
	add_escaped (options, overlay->work);
}

static void
options_by_path (const struct overlay_mount *overlay, struct buffer *options)
{
	buffer_add_text (options, "lowerdir=");
	for (size_t i = 0; i < overlay->n_lowers; i++) {
		if (i > 0)
			buffer_add_char (options, ':');
		add_escaped (options, overlay->layers_path);
		buffer_printf (options, "/%s", overlay->lowers[i]);
	}
	add_upper (overlay, options);
}

/* Shorter: by what /proc calls our fds. */
static int
options_by_fd (
	const struct overlay_mount *overlay, int *fds, struct buffer *options, struct error *err)
{
	autofd layers = open (overlay->layers_path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (layers < 0)
		return fail (err, errno, "open '%s'", overlay->layers_path);
	buffer_add_text (options, "lowerdir=");
	for (size_t i = 0; i < overlay->n_lowers; i++) {
		fds[i] = openat (layers, overlay->lowers[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fds[i] < 0)
			return fail (err, errno, "open '%s/%s'", overlay->layers_path,
				overlay->lowers[i]);
		buffer_printf (options, "%s/proc/self/fd/%d", i > 0 ? ":" : "", fds[i]);
	}
	add_upper (overlay, options);
	return 0;
}

static int
mount_with (const struct overlay_mount *overlay, const char *options, struct error *err)
{
	const char *hint = NULL;
	int code;

	if (strlen (options) > MAX_OPTIONS)
		return fail_as (err, E2BIG, "mount an overlay of %zu layers at '%s'",
			overlay->n_lowers, overlay->target);
	if (mount ("overlay", overlay->target, "overlay", 0, options) == 0)
		return 0;
	code = errno;
	if (code == EPERM)
		hint = "it takes root; --rootfs copy does without";
	else if (code == ENODEV)
		hint = "this kernel has no overlayfs; --rootfs copy does without";
	else if (code == EINVAL)
		hint = "overlayfs may not be laid over this file system; --rootfs copy does without";
	return fail_hint (err, code, hint, "mount an overlay at '%s'", overlay->target);
}

int
overlay_mount (const struct overlay_mount *overlay, struct error *err)
{
	struct buffer options = { 0 };
	int fds[MAX_LOWERS];
	int r = 0;

	if (overlay->n_lowers > MAX_LOWERS)
		return fail_as (err, E2BIG, "mount an overlay of %zu layers", overlay->n_lowers);
	for (size_t i = 0; i < overlay->n_lowers; i++)
		fds[i] = -1;
	options_by_path (overlay, &options);
	if (options.size > MAX_OPTIONS) {
		buffer_done (&options);
		r = options_by_fd (overlay, fds, &options, err);
	}
	if (r == 0)
		r = mount_with (overlay, options.data, err);
	for (size_t i = 0; i < overlay->n_lowers; i++)
		if (fds[i] >= 0)
			close (fds[i]);
	buffer_done (&options);
	return r;
}

int
overlay_is_mounted (const char *target, struct error *err)
{
	autofd fd = open (target, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	struct statx stx;

	if (fd < 0)
		return errno == ENOENT ? 0 : fail (err, errno, "open '%s'", target);
	if (statx (fd, "", AT_EMPTY_PATH, 0, &stx) < 0)
		return fail (err, errno, "look at '%s'", target);
	/* Linux 5.8 */
	return (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int
overlay_unmount (const char *target, struct error *err)
{
	int r = overlay_is_mounted (target, err);

	if (r <= 0)
		return r;
	if (umount2 (target, UMOUNT_NOFOLLOW) < 0)
		return fail_hint (err, errno,
			errno == EBUSY ? "a container may still use it" : NULL, "unmount '%s'",
			target);
	return 1;
}
