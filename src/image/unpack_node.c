/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Making what an entry says, below a directory that is open. In the directory may be something of that
 * name already, from an earlier entry: it goes, or, if both are directories, is changed.
 */
#include "image/unpack_state.h"
#include "base/auto.h"
#include "base/rooted.h"
#include "base/str.h"
#include "image/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* Where a node is to be made. */
struct place {
	int dir; /* borrowed */
	const char *name;
	const char *path; /* for messages */
	const char
		*real; /* of a directory: the path in this layer, without what symlinks below say */
};

static int
remove_old (struct unpack *unpack, const struct place *place, struct error *err)
{
	unpack_forget_parent (unpack);
	return tree_remove (place->dir, place->name, err);
}

/* ---- attributes */

/* Labels are the host's business; what overlayfs has for itself would make this layer hide others. */
static bool
is_foreign_xattr (const char *name)
{
	return overlay_owns_xattr (name) || str_equal (name, "security.selinux");
}

/* By the fd of a file or directory; what has none (-1) by its name. */
static int
set_xattr (int fd, const struct place *place, const struct tar_xattr *x)
{
	char path[PATH_MAX];

	if (fd >= 0)
		return fsetxattr (fd, x->name, x->value, x->size, 0);
	snprintf (path, sizeof path, "/proc/self/fd/%d/%s", place->dir, place->name);
	return lsetxattr (path, x->name, x->value, x->size, 0);
}

static int
set_xattrs (struct unpack *unpack, const struct tar_entry *entry, int fd, const struct place *place,
	struct error *err)
{
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		const struct tar_xattr *x = &entry->xattrs[i];

		if (is_foreign_xattr (x->name) || set_xattr (fd, place, x) == 0)
			continue;
		if (errno != ENOTSUP && !(errno == EPERM && unpack->request->owner_may_stay))
			return fail (err, errno, "set the attribute '%.100s'", x->name);
		if (!unpack->has_warned_xattr)
			unpack_warn (unpack, "'%s': the attribute '%.100s' can't be kept here",
				place->path, x->name);
		unpack->has_warned_xattr = true;
	}
	return 0;
}

static int
change_owner (struct unpack *unpack, const struct tar_entry *entry, int dir, const char *name,
	struct error *err)
{
	if (entry->uid == geteuid () && entry->gid == getegid ())
		return 0;
	if (fchownat (dir, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0)
		return 0;
	if ((errno == EPERM || errno == EINVAL) && unpack->request->owner_may_stay)
		return 0;
	return fail (err, errno, "give it to %u:%u", entry->uid, entry->gid);
}

/* ---- files */

static int
write_at (int fd, const struct tar_data *data, struct error *err)
{
	const char *p = data->data;
	size_t left = data->size;
	off_t at = (off_t) data->offset;

	while (left > 0) {
		ssize_t n = pwrite (fd, p, left, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail (err, errno, "write it");
		p += n;
		at += n;
		left -= (size_t) n;
	}
	return 0;
}

static int
fill_file (int fd, struct tar_reader *tar, const struct tar_entry *entry, struct error *err)
{
	struct tar_data data;
	int r;

	/* a hole at the end, or nothing but one */
	if (entry->is_sparse && entry->size > 0 && ftruncate (fd, (off_t) entry->size) < 0)
		return fail (err, errno, "set its size");
	while ((r = tar_read (tar, &data, err)) > 0)
		if (write_at (fd, &data, err) < 0)
			return -1;
	return r;
}

static int
open_new_file (const struct place *place, mode_t mode)
{
	return openat (place->dir, place->name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

static int
make_file (struct unpack *unpack, struct tar_reader *tar, const struct tar_entry *entry,
	const struct place *place, struct error *err)
{
	const struct timespec times[2] = { entry->mtime, entry->mtime };
	autofd fd = open_new_file (place, entry->mode);

	if (fd < 0 && errno == EEXIST) {
		if (remove_old (unpack, place, err) < 0)
			return -1;
		fd = open_new_file (place, entry->mode);
	}
	if (fd < 0)
		return fail (err, errno, "create it");
	if (fill_file (fd, tar, entry, err) < 0 || change_owner (unpack, entry, fd, "", err) < 0)
		return -1;
	/* chown(2) takes them away, and so does write(2) from the likes of us */
	if ((entry->mode & (S_ISUID | S_ISGID)) && fchmod (fd, entry->mode) < 0)
		return fail (err, errno, "change its mode");
	if (set_xattrs (unpack, entry, fd, place, err) < 0)
		return -1;
	if (futimens (fd, times) < 0)
		return fail (err, errno, "set its times");
	return 0;
}

/* ---- directories */

static int
describe_dir (struct unpack *unpack, const struct tar_entry *entry, int fd,
	const struct place *place, struct error *err)
{
	struct unpack_dir dir = { place->real, 0, entry->mode, entry->mtime };

	if (change_owner (unpack, entry, fd, "", err) < 0 ||
		set_xattrs (unpack, entry, fd, place, err) < 0)
		return -1;
	return unpack_note_dir (unpack, fd, &dir, err);
}

static int
make_directory (struct unpack *unpack, const struct tar_entry *entry, const struct place *place,
	struct error *err)
{
	/* never with the set-group-ID bit yet, or what is made in it would get its group */
	const mode_t mode = (entry->mode & 01777) | 0700;
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct place here = *place;
	autofree char *real = *unpack->parent_real
				      ? xasprintf ("%s/%s", unpack->parent_real, place->name)
				      : xstrdup (place->name);
	autofd fd = -1;

	here.real = real;
	if (mkdirat (place->dir, place->name, mode) < 0 && errno != EEXIST)
		return fail (err, errno, "make it");
	fd = openat (place->dir, place->name, flags);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		if (remove_old (unpack, place, err) < 0)
			return -1;
		if (mkdirat (place->dir, place->name, mode) < 0)
			return fail (err, errno, "make it");
		fd = openat (place->dir, place->name, flags);
	}
	if (fd < 0)
		return fail (err, errno, "open it");
	return describe_dir (unpack, entry, fd, &here, err);
}

int
unpack_root (struct unpack *unpack, const struct tar_entry *entry, struct error *err)
{
	struct place place = { unpack->root, ".", ".", "" };
	autofd fd = -1;

	/* a symlink in the root's place would take all that follows with it (CVE-2021-29136) */
	if (entry->type != TAR_DIRECTORY)
		return fail (err, 0, "the layer has its root directory as something else");
	fd = openat (unpack->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail (err, errno, "open the layer");
	unpack->has_root = true;
	return describe_dir (unpack, entry, fd, &place, err);
}

/* ---- hard links */

/* The file is in a lower layer: it has to be in this one to be linked to. */
static int
bring_up (struct unpack *unpack, const char *target, struct error *err)
{
	const struct tree_copy copy = { .owner_may_stay = unpack->request->owner_may_stay };
	autofree char *resolved = NULL, *parent = NULL;
	autofd above = -1, mine = -1;
	struct view_node node;
	struct tree_node from;
	char *slash;
	int r;

	if (unpack_need_view (unpack, err) < 0)
		return -1;
	r = view_resolve (&unpack->view, target, VIEW_NO_FOLLOW, &resolved, &node, err);
	if (r < 0)
		return -1;
	if (r == 0 || node.layer == 0)
		return fail (err, ENOENT, "link it to '%s'", target);
	if (S_ISDIR (node.st.st_mode))
		return fail (err, EISDIR, "link it to '%s'", target);
	parent = xstrdup (resolved);
	slash = strrchr (parent, '/');
	if (slash)
		*slash = '\0';
	above = rooted_open_no_symlinks (
		unpack->roots[node.layer], slash ? parent : ".", O_PATH | O_DIRECTORY, err);
	if (above < 0)
		return -1;
	mine = unpack_make_directory (unpack, slash ? parent : "", err);
	if (mine < 0)
		return -1;
	from = (struct tree_node){ above, slash ? slash + 1 : resolved, &node.st };
	return tree_copy_node (&copy, &from, mine, from.name, err);
}

static bool
is_same_file (int dir, const char *name, const struct place *place)
{
	struct stat a, b;

	return fstatat (dir, name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat (place->dir, place->name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* -1 with ENOENT in err->code when the target is not in this layer. */
static int
link_in_layer (
	struct unpack *unpack, const char *target, const struct place *place, struct error *err)
{
	const char *slash = strrchr (target, '/');
	const char *name = slash ? slash + 1 : target;
	autofree char *parent = strndup (target, slash ? (size_t) (slash - target) : 0);
	autofd dir = -1;

	if (!parent)
		return fail (err, ENOMEM, "link it");
	dir = rooted_open (unpack->root, parent, O_PATH | O_DIRECTORY, err);
	if (dir < 0)
		return -1;
	/* without AT_SYMLINK_FOLLOW: a symlink is linked as such, and leads nowhere (CVE-2026-50163) */
	if (linkat (dir, name, place->dir, place->name, 0) == 0)
		return 0;
	if (errno == EEXIST) {
		if (is_same_file (dir, name, place))
			return 0;
		if (remove_old (unpack, place, err) < 0)
			return -1;
		if (linkat (dir, name, place->dir, place->name, 0) == 0)
			return 0;
	}
	return fail (err, errno, "link it to '%s'", target);
}

static int
make_link (struct unpack *unpack, const struct tar_entry *entry, const struct place *place,
	struct error *err)
{
	const char *target;
	int r;

	if (unpack_normalize (entry->link, &unpack->link_text, err) < 0)
		return -1;
	target = unpack->link_text.data;
	if (*target == '\0')
		return fail (err, EISDIR, "link it to the root directory");
	r = link_in_layer (unpack, target, place, err);
	if (r == 0 || (err->code != ENOENT && err->code != ENOTDIR))
		return r;
	if (bring_up (unpack, target, err) < 0)
		return -1;
	return link_in_layer (unpack, target, place, err);
}

/* ---- all else */

static int
make_special_once (const struct tar_entry *entry, const struct place *place)
{
	mode_t mode = entry->mode & 0777;

	switch (entry->type) {
	case TAR_SYMLINK:
		return symlinkat (entry->link, place->dir, place->name);
	case TAR_FIFO:
		return mknodat (place->dir, place->name, S_IFIFO | mode, 0);
	case TAR_CHAR:
		return mknodat (place->dir, place->name, S_IFCHR | mode,
			makedev (entry->major, entry->minor));
	case TAR_BLOCK_DEVICE:
		return mknodat (place->dir, place->name, S_IFBLK | mode,
			makedev (entry->major, entry->minor));
	default:
		errno = EINVAL;
		return -1;
	}
}

static bool
is_device (const struct tar_entry *entry)
{
	return entry->type == TAR_CHAR || entry->type == TAR_BLOCK_DEVICE;
}

/* Without the right to make devices (mknod(2) needs that of the initial user namespace) an empty file
 * stands for one, as umoci has it. */
static int
make_stand_in (struct unpack *unpack, const struct tar_entry *entry, const struct place *place,
	struct error *err)
{
	autofd fd = open_new_file (place, entry->mode & 0777);

	if (fd < 0)
		return fail (err, errno, "create it");
	if (!unpack->has_warned_device)
		unpack_warn (unpack,
			"'%s' is a device, which only root can make: an empty file stands for it",
			place->path);
	unpack->has_warned_device = true;
	return 0;
}

static int
make_special (struct unpack *unpack, const struct tar_entry *entry, const struct place *place,
	struct error *err)
{
	const struct timespec times[2] = { entry->mtime, entry->mtime };
	int r;

	if (entry->type == TAR_CHAR && entry->major == 0 && entry->minor == 0)
		return fail (err, 0,
			"it is the character device 0:0, which overlayfs takes for a whiteout");
	r = make_special_once (entry, place);
	if (r < 0 && errno == EEXIST) {
		if (remove_old (unpack, place, err) < 0)
			return -1;
		r = make_special_once (entry, place);
	}
	if (r < 0 && errno == EPERM && is_device (entry) && unpack->request->owner_may_stay)
		return make_stand_in (unpack, entry, place, err);
	if (r < 0)
		return fail (err, errno, "make it");
	if (change_owner (unpack, entry, place->dir, place->name, err) < 0 ||
		set_xattrs (unpack, entry, -1, place, err) < 0)
		return -1;
	if (utimensat (place->dir, place->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail (err, errno, "set its times");
	return 0;
}

int
unpack_make_node (struct unpack *unpack, struct tar_reader *tar, const struct tar_entry *entry,
	const char *path, struct error *err)
{
	struct place place = { .path = path };
	int r;

	place.dir = unpack_open_parent (unpack, path, &place.name, err);
	if (place.dir < 0)
		return -1;
	switch (entry->type) {
	case TAR_FILE:
		r = make_file (unpack, tar, entry, &place, err);
		break;
	case TAR_DIRECTORY:
		r = make_directory (unpack, entry, &place, err);
		break;
	case TAR_LINK:
		r = make_link (unpack, entry, &place, err);
		break;
	default:
		r = make_special (unpack, entry, &place, err);
		break;
	}
	return r < 0 ? error_prefix (err, "'%s'", path) : 0;
}
