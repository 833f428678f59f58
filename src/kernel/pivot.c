/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two ways to make the container's root the root: pivot_root, and where that can't be because
 * the host runs from its initramfs, moving the mount over "/" and chroot.
 */
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/syscalls.h"
#include "kernel/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#define MOUNTINFO_MAX (16u << 20)

/* With a root that is shared, taking the old one away would take it from the host too. */
static int
cut_old_root (int old_root, struct error *err)
{
	if (fchdir (old_root) < 0)
		return fail (err, errno, "change to the old root");
	if (mount (NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail (err, errno, "make the old root a slave");
	return 0;
}

int
pivot_into (struct rootfs *rootfs, struct error *err)
{
	bool shared = rootfs->plan->root.propagation & MS_SHARED;
	autofd old_root = shared ? open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (shared && old_root < 0)
		return fail (err, errno, "open '/'");
	if (fchdir (rootfs->root_fd) < 0)
		return fail (err, errno, "change to '%s'", rootfs->plan->root.path);
	/* With the same directory for both the old root ends up on top of the new one, from where it
	 * can be taken away at once, and no directory for it is needed in the image. */
	if (sys_pivot_root (".", ".") < 0)
		return fail_hint (err, errno,
			errno == EINVAL ? "if the host runs from its initramfs, use --no-pivot"
					: NULL,
			"make '%s' the root", rootfs->plan->root.path);
	if (shared && cut_old_root (old_root, err) < 0)
		return -1;
	if (umount2 (".", MNT_DETACH) < 0)
		return fail (err, errno, "detach the old root");
	/* pivot_root leaves us in the new root, unless we have just been in the old one */
	if (shared && chdir ("/") < 0)
		return fail (err, errno, "change to '/'");
	return 0;
}

/* mountinfo writes blank, tab, newline and backslash as \ooo. */
static void
unescape (char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] && text[3]) {
			*to++ = (char) ((text[1] - '0') * 64 + (text[2] - '0') * 8 +
					(text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static bool
is_below (const char *path, const char *root)
{
	size_t n = strlen (root);

	return strncmp (path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Takes the host's proc or sysfs away. Where it is locked it is covered. */
static int
take_away (const char *path, struct error *err)
{
	if (umount2 (path, MNT_DETACH) == 0)
		return 0;
	if (errno != EINVAL && errno != EPERM)
		return fail (err, errno, "unmount the host's '%s'", path);
	if (mount ("none", path, "tmpfs", MS_RDONLY, "size=4k") < 0)
		return fail (err, errno, "cover the host's '%s'", path);
	return 0;
}

/* After a chroot the old root is still there, below ours. A process with the right to mount can get at
 * it, and a full proc or sysfs there lets it mount new ones of these: so there shall be none. */
static int
take_host_file_systems_away (const char *root, struct error *err)
{
	autofree char *text = NULL;
	char *rest;

	if (fd_read_file (AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL, err) < 0)
		return -1;
	rest = text;
	for (char *line; (line = strsep (&rest, "\n"));) {
		/* ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [FIELD...] - TYPE SOURCE OPTIONS */
		char *type = strstr (line, " - "), *place = NULL;

		for (int i = 0; type && i < 5; i++)
			place = strsep (&line, " ");
		if (!place || !line)
			continue;
		type += strlen (" - ");
		type[strcspn (type, " ")] = '\0';
		unescape (place);
		if ((str_equal (type, "proc") || str_equal (type, "sysfs")) &&
			!is_below (place, root) && take_away (place, err) < 0)
			return -1;
	}
	return 0;
}

int
pivot_by_move (struct rootfs *rootfs, struct error *err)
{
	/* with a root that is shared the host would lose its mounts too */
	if ((rootfs->plan->root.propagation & MS_SHARED) &&
		mount (NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail (err, errno, "make '/' a slave");
	if (take_host_file_systems_away (rootfs->plan->root.path, err) < 0)
		return -1;
	if (fchdir (rootfs->root_fd) < 0)
		return fail (err, errno, "change to '%s'", rootfs->plan->root.path);
	if (move_mount (rootfs->root_fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail (err, errno, "move '%s' to '/'", rootfs->plan->root.path);
	if (chroot (".") < 0 || chdir ("/") < 0)
		return fail (err, errno, "change the root to '%s'", rootfs->plan->root.path);
	return 0;
}
