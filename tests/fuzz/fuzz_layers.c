/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz_layers: libFuzzer on what unpacks layers: two of them, one over the other, out of entries whose
 * names are made of a few words, so that they hit each other, with symlinks and hard links between
 * them and out. Runs as root, in a directory of its own below /tmp. Beyond not crashing it checks that
 * nothing outside the layers has changed, and that the view of both can be walked and resolved.
 */
#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "image/flatten.h"
#include "image/tar_write.h"
#include "image/tree.h"
#include "image/unpack.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define ENTRY_BYTES 7
#define N_LAYERS 2

static char top[64] = "/tmp/davit-fuzz.XXXXXX";
static char victim[80];
static int top_fd;

static void
require (bool is_so)
{
	if (!is_so)
		__builtin_trap ();
}

static void
clean_up (void)
{
	struct error ignored;

	error_ignore (tree_remove (AT_FDCWD, top, &ignored), "it is a temporary one");
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
	FILE *file;

	umask (0);
	require (mkdtemp (top) != NULL);
	top_fd = open (top, O_RDONLY | O_DIRECTORY);
	snprintf (victim, sizeof victim, "%s/victim", top);
	require (mkdirat (top_fd, "victim", 0700) == 0);
	snprintf (victim, sizeof victim, "%s/victim/file", top);
	file = fopen (victim, "w");
	require (file && fputs ("victim", file) >= 0 && fclose (file) == 0);
	require (chmod (victim, 0600) == 0);
	snprintf (victim, sizeof victim, "%s/victim", top);
	atexit (clean_up);
	return 0;
}

/* The directory has its one file, and that is as it was. */
static void
check_victim (void)
{
	struct stat dir, file;
	DIR *list = opendir (victim);
	int n = 0;

	require (list != NULL);
	while (readdir (list))
		n++;
	closedir (list);
	require (n == 3);
	require (fstatat (top_fd, "victim", &dir, AT_SYMLINK_NOFOLLOW) == 0);
	require (fstatat (top_fd, "victim/file", &file, AT_SYMLINK_NOFOLLOW) == 0);
	require (S_ISDIR (dir.st_mode) && (dir.st_mode & 07777) == 0700 && dir.st_uid == 0);
	require (S_ISREG (file.st_mode) && (file.st_mode & 07777) == 0600 && file.st_uid == 0 &&
		 file.st_nlink == 1 && file.st_size == 6);
}

static const char *const words[] = { "a", "b", "c", "a/b", "b/a", "a/b/c", ".", "./a", "/b", "..",
	"a/..", "../victim", "a/.wh.b", ".wh.a", ".wh..wh..opq", "a/.wh..wh..opq", ".wh.", ".wh...",
	"a/", "b//", ".wh..wh.x", "victim", "file", "a/file", "b/victim/file", "c/" };

static const char *
word (struct arena *arena, uint8_t a, uint8_t b)
{
	const char *first = words[a % ARRAY_SIZE (words)];

	if (b & 0x80)
		return first;
	return arena_printf (arena, "%s/%s", first, words[b % ARRAY_SIZE (words)]);
}

static const char *
target (struct arena *arena, uint8_t a, uint8_t b)
{
	switch (a % 4) {
	case 0:
		return victim;
	case 1:
		return arena_printf (arena, "%s/file", victim);
	case 2:
		return arena_printf (arena, "../../../../../../..%s", victim);
	default:
		return word (arena, b, 0x80);
	}
}

struct memory {
	struct blob_sink sink;
	struct buffer text;
};

static int
write_memory (struct blob_sink *sink, const void *data, size_t size, struct error *err)
{
	buffer_add (&((struct memory *) sink)->text, data, size);
	return 0;
}

static void
write_layer (struct memory *out, const uint8_t *data, size_t n)
{
	struct arena arena = { 0 };
	struct tar_writer writer;
	struct error err;

	tar_writer_init (&writer, &out->sink);
	for (size_t i = 0; i < n; i++, data += ENTRY_BYTES) {
		struct tar_xattr xattr = { (char *) "trusted.overlay.opaque", (char *) "y", 1 };
		struct tar_entry entry = {
			.type = data[0] % 7,
			.path = word (&arena, data[1], data[2]),
			.link = target (&arena, data[3], data[4]),
			.mode = (mode_t) (data[5] << 4 | data[6]) & 07777,
			.uid = data[6] & 3,
			.gid = data[6] & 5,
			.major = data[5] & 1,
			.minor = data[6] & 1,
			.size = data[0] % 7 == TAR_FILE ? 1 : 0,
			.xattrs = &xattr,
			.n_xattrs = data[5] & 1,
		};

		require (tar_write_entry (&writer, &entry, &err) == 0);
		if (entry.size)
			require (tar_write_data (&writer, "x", 1, &err) == 0);
	}
	require (tar_write_end (&writer, &err) == 0);
	tar_writer_done (&writer);
	arena_done (&arena);
}

struct lowers {
	int roots[N_LAYERS];
	size_t n;
};

static int
get_lowers (void *data, const int **out_roots, size_t *out_n, struct error *err)
{
	struct lowers *lowers = data;

	*out_roots = lowers->roots;
	*out_n = lowers->n;
	return 0;
}

/* Returns whether the layer is one. */
static bool
unpack_one (struct lowers *lowers, int root, const uint8_t *data, size_t n)
{
	struct unpack_budget budget = { 1000, 1000 };
	struct memory memory = { { write_memory }, { 0 } };
	struct memory_input input;
	struct unpack_request request = {
		.root = root,
		.kind = OVERLAY_TRUSTED,
		.budget = &budget,
		.get_lowers = lowers->n > 0 ? get_lowers : NULL,
		.data = lowers,
	};
	struct error err;
	int r;

	write_layer (&memory, data, n);
	memory_input_init (&input, memory.text.data, memory.text.size);
	r = unpack_layer (&request, &input.input, &err);
	buffer_done (&memory.text);
	return r == 0;
}

static void
look_at (const struct lowers *lowers)
{
	struct view view = { lowers->roots, lowers->n, OVERLAY_TRUSTED };
	const struct tree_copy copy = { .owner_may_stay = true };
	struct flatten_request request = { &view, &copy, -1 };
	struct view_node node;
	struct error err;
	int root;

	for (size_t i = 0; i < ARRAY_SIZE (words); i++) {
		autofree char *path = NULL;

		error_ignore (view_resolve (&view, words[i], VIEW_FOLLOW, &path, &node, &err),
			"it may lead in a circle");
	}
	require (mkdirat (top_fd, "flat", 0700) == 0);
	root = openat (top_fd, "flat", O_RDONLY | O_DIRECTORY);
	request.root = root;
	require (flatten (&request, &err) == 0);
	close (root);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	static const char *const names[] = { "0", "1", "flat" };
	struct lowers lowers = { .n = 0 };
	size_t n = size / ENTRY_BYTES / N_LAYERS;
	struct error err;

	if (n == 0 || n > 40)
		return 0;
	for (size_t i = 0; i < N_LAYERS; i++) {
		int root;

		require (mkdirat (top_fd, names[i], 0700) == 0);
		root = openat (top_fd, names[i], O_RDONLY | O_DIRECTORY);
		require (root >= 0);
		if (!unpack_one (&lowers, root, data + i * n * ENTRY_BYTES, n)) {
			close (root);
			break;
		}
		/* the topmost first */
		memmove (lowers.roots + 1, lowers.roots, lowers.n * sizeof *lowers.roots);
		lowers.roots[0] = root;
		lowers.n++;
	}
	if (lowers.n == N_LAYERS)
		look_at (&lowers);
	for (size_t i = 0; i < lowers.n; i++)
		close (lowers.roots[i]);
	for (size_t i = 0; i < ARRAY_SIZE (names); i++)
		require (tree_remove (top_fd, names[i], &err) == 0);
	check_victim ();
	return 0;
}
