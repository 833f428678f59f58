/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/unpack.h"
#include "base/auto.h"
#include "base/str.h"
#include "image/unpack_state.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

void
unpack_warn (struct unpack *unpack, const char *format, ...)
{
	autofree char *text = NULL;
	va_list ap;

	if (!unpack->request->warn)
		return;
	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	unpack->request->warn (unpack->request->data, text);
}

static void
add_path (const char ***list, size_t *n, size_t *room, const char *path)
{
	if (*n == *room) {
		*room = *room ? 2 * *room : 64;
		*list = xrealloc (*list, *room * sizeof **list);
	}
	(*list)[(*n)++] = path;
}

/* What an entry's name says besides being a name. */
enum meaning {
	MEANS_ITSELF,
	MEANS_WHITEOUT,
	MEANS_OPAQUE,
	MEANS_NOTHING, /* what AUFS kept for itself */
};

static int
find_meaning (const char *path, const char *name, enum meaning *out, struct error *err)
{
	*out = MEANS_ITSELF;
	for (const char *p = path; p < name; p += strcspn (p, "/") + 1) {
		if (str_starts (p, WHITEOUT_META)) {
			*out = MEANS_NOTHING;
			return 0;
		}
		if (str_starts (p, WHITEOUT))
			return fail (err, 0, "'%s': a whiteout is no directory", path);
	}
	if (str_equal (name, WHITEOUT_OPAQUE))
		*out = MEANS_OPAQUE;
	else if (str_starts (name, WHITEOUT_META))
		*out = MEANS_NOTHING;
	else if (str_starts (name, WHITEOUT))
		*out = MEANS_WHITEOUT;
	if (*out != MEANS_WHITEOUT)
		return 0;
	name += strlen (WHITEOUT);
	if (*name == '\0' || str_equal (name, ".") || str_equal (name, ".."))
		return fail (err, 0, "'%s' is no whiteout of anything", path);
	return 0;
}

static int
take_entry (struct unpack *unpack, struct tar_reader *tar, const struct tar_entry *entry,
	struct error *err)
{
	struct arena *arena = &unpack->arena;
	const char *path, *name;
	enum meaning meaning;
	int before;

	if (unpack_normalize (entry->path, &unpack->path_text, err) < 0)
		return -1;
	path = unpack->path_text.data;
	if (*path == '\0')
		return unpack_root (unpack, entry, err);
	name = strrchr (path, '/') ? strrchr (path, '/') + 1 : path;
	before = (int) (name > path ? name - path - 1 : 0);
	if (find_meaning (path, name, &meaning, err) < 0)
		return -1;
	switch (meaning) {
	case MEANS_ITSELF:
		return unpack_make_node (unpack, tar, entry, path, err);
	case MEANS_OPAQUE:
		add_path (&unpack->opaques, &unpack->n_opaques, &unpack->opaques_room,
			arena_printf (arena, "%.*s", before, path));
		break;
	case MEANS_WHITEOUT:
		add_path (&unpack->whiteouts, &unpack->n_whiteouts, &unpack->whiteouts_room,
			arena_printf (arena, "%.*s%s%s", before, path, before ? "/" : "",
				name + strlen (WHITEOUT)));
		break;
	case MEANS_NOTHING:
		break;
	}
	return 0;
}

static int
take_entries (struct unpack *unpack, struct tar_reader *tar, struct error *err)
{
	struct unpack_budget *budget = unpack->request->budget;
	const struct tar_entry *entry;
	int r;

	while ((r = tar_next (tar, &entry, err)) > 0) {
		if (atomic_fetch_sub (&budget->left, 1) <= 0)
			return fail (err, 0,
				"the layers have more than %llu entries (see --max-entries)",
				(unsigned long long) budget->whole);
		if (take_entry (unpack, tar, entry, err) < 0)
			return -1;
	}
	return r;
}

/* So that what is made in it gets no group and no access list from whoever made the directory above. */
static int
prepare_root (struct unpack *unpack, struct error *err)
{
	struct unpack_dir dir = { .path = "", .mode = 0755 };

	if (fchmod (unpack->root, 0755) < 0)
		return fail (err, errno, "change the mode of the layer's directory");
	error_ignore (fremovexattr (unpack->root, "system.posix_acl_default"),
		"there is none, or the file system has none");
	return unpack_note_dir (unpack, unpack->root, &dir, err);
}

static void
unpack_done (struct unpack *unpack)
{
	unpack_forget_parent (unpack);
	if (unpack->parent >= 0)
		close (unpack->parent);
	free (unpack->dirs);
	free (unpack->by_inode);
	free (unpack->whiteouts);
	free (unpack->opaques);
	free (unpack->roots);
	buffer_done (&unpack->path_text);
	buffer_done (&unpack->link_text);
	arena_done (&unpack->arena);
}

int
unpack_layer (const struct unpack_request *request, struct byte_input *input, struct error *err)
{
	AUTO (unpack_done)
	struct unpack unpack = { .request = request, .root = request->root, .parent = -1 };
	struct tar_reader *tar = tar_new (input);
	int r = prepare_root (&unpack, err);

	if (r == 0)
		r = take_entries (&unpack, tar, err);
	tar_free (&tar);
	return r < 0 ? -1 : unpack_finish (&unpack, err);
}
