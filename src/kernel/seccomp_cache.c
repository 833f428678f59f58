/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp_cache.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "davit seccomp 1"
#define FILE_LIMIT (4u << 20)
#define NAME_SIZE 17

/* What a file begins with. Behind it come the library's path, the key and the program. */
struct header {
	char magic[16];
	char made_by[64]; /* davit's version and commit: another one may make other filters */
	uint64_t library_device, library_inode, library_size;
	int64_t library_changed_s, library_changed_ns;
	uint64_t checksum; /* of the file, with 0 here */
	uint32_t library_length, key_length;
	uint32_t instructions, flags;
};

#define HASH_START UINT64_C (0xcbf29ce484222325)

/* FNV-1a */
static uint64_t
hash_more (uint64_t h, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * UINT64_C (0x100000001b3);
	return h;
}

static uint64_t
checksum_of (const struct header *header, const void *rest, size_t size)
{
	struct header zeroed = *header;

	zeroed.checksum = 0;
	return hash_more (hash_more (HASH_START, &zeroed, sizeof zeroed), rest, size);
}

static void
add_number (struct buffer *out, uint64_t number)
{
	buffer_add (out, &number, sizeof number);
}

static void
add_words (struct buffer *out, const char *const *words, size_t n)
{
	add_number (out, n);
	for (size_t i = 0; i < n; i++)
		buffer_add (out, words[i], strlen (words[i]) + 1);
}

void
seccomp_cache_key (const struct seccomp_plan *plan, struct buffer *out)
{
	add_number (out, plan->default_action);
	add_number (out, plan->has_flags);
	add_number (out, plan->flags);
	add_number (out, plan->notifies);
	add_words (out, plan->architectures, plan->n_architectures);
	add_number (out, plan->n_rules);
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct seccomp_rule *rule = &plan->rules[i];

		add_number (out, rule->action);
		add_words (out, rule->names, rule->n_names);
		add_number (out, rule->n_arguments);
		for (size_t k = 0; k < rule->n_arguments; k++) {
			const struct seccomp_argument *argument = &rule->arguments[k];

			add_number (out, argument->index);
			add_number (out, argument->op);
			add_number (out, argument->value);
			add_number (out, argument->value_two);
		}
	}
}

static void
name_of (const struct buffer *key, char name[NAME_SIZE])
{
	snprintf (name, NAME_SIZE, "%016llx",
		(unsigned long long) hash_more (HASH_START, key->data, key->size));
}

static bool
is_ours_alone (const struct stat *st)
{
	return st->st_uid == geteuid () && (st->st_mode & 077) == 0;
}

/* Returns a fd, or -1 if it is missing or can't be trusted. */
static int
open_directory (const char *directory)
{
	autofd fd = open (directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat (fd, &st) < 0 || !is_ours_alone (&st))
		return -1;
	return take_fd (&fd);
}

static bool
fill_library (struct header *header, const char *library)
{
	struct stat st;

	if (stat (library, &st) < 0)
		return false;
	header->library_device = st.st_dev;
	header->library_inode = st.st_ino;
	header->library_size = (uint64_t) st.st_size;
	header->library_changed_s = st.st_ctim.tv_sec;
	header->library_changed_ns = st.st_ctim.tv_nsec;
	return true;
}

static void
fill_identity (struct header *header)
{
	snprintf (header->magic, sizeof header->magic, "%s", MAGIC);
	snprintf (header->made_by, sizeof header->made_by, "%s %s", PACKAGE_VERSION, DAVIT_COMMIT);
}

static bool
is_current (const struct header *header, const char *library)
{
	struct header now = { 0 };

	fill_identity (&now);
	return memcmp (header->magic, now.magic, sizeof now.magic) == 0 &&
	       memcmp (header->made_by, now.made_by, sizeof now.made_by) == 0 &&
	       fill_library (&now, library) && header->library_device == now.library_device &&
	       header->library_inode == now.library_inode &&
	       header->library_size == now.library_size &&
	       header->library_changed_s == now.library_changed_s &&
	       header->library_changed_ns == now.library_changed_ns;
}

/* Takes the file apart. */
static bool
read_entry (const char *data, size_t size, const struct buffer *key, struct seccomp_filter *out)
{
	const char *library = data + sizeof (struct header);
	struct header header;
	size_t program_size;

	if (size < sizeof header)
		return false;
	memcpy (&header, data, sizeof header);
	if (header.instructions == 0 || header.instructions > BPF_MAXINSNS ||
		header.library_length == 0 || header.library_length > size ||
		header.key_length != key->size)
		return false;
	program_size = header.instructions * sizeof (struct sock_filter);
	if (size != sizeof header + header.library_length + key->size + program_size ||
		library[header.library_length - 1] != '\0' ||
		header.checksum != checksum_of (&header, library, size - sizeof header) ||
		memcmp (library + header.library_length, key->data, key->size) != 0 ||
		!is_current (&header, library))
		return false;
	out->program = xmalloc (program_size);
	memcpy (out->program, library + header.library_length + key->size, program_size);
	out->length = header.instructions;
	out->flags = header.flags;
	return true;
}

bool
seccomp_cache_find (const char *directory, const struct buffer *key, struct seccomp_filter *out)
{
	autofd dir = open_directory (directory);
	autofree char *data = NULL;
	autofd file = -1;
	char name[NAME_SIZE];
	struct error err;
	struct stat st;
	size_t size;

	if (dir < 0)
		return false;
	name_of (key, name);
	file = openat (dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file < 0 || fstat (file, &st) < 0 || !S_ISREG (st.st_mode) || !is_ours_alone (&st))
		return false;
	if (fd_read_all (file, FILE_LIMIT, &data, &size, name, &err) < 0)
		return false;
	return read_entry (data, size, key, out);
}

/* Profiles come and go with engines' versions; a cache that has grown is begun anew. */
static void
make_room (int directory)
{
	int copy = openat (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir (copy);
	struct dirent *entry;
	size_t n = 0;

	if (!stream) {
		auto_close_fd (&copy);
		return;
	}
	while ((entry = readdir (stream)))
		n += entry->d_type == DT_REG;
	rewinddir (stream);
	while (n >= SECCOMP_CACHE_ENTRIES && (entry = readdir (stream)))
		if (entry->d_type == DT_REG)
			error_ignore (unlinkat (directory, entry->d_name, 0),
				"somebody else may have removed it");
	closedir (stream);
}

void
seccomp_cache_keep (const char *directory, const struct buffer *key,
	const struct seccomp_filter *filter, const char *library)
{
	size_t program_size = filter->length * sizeof *filter->program;
	struct buffer text = { 0 };
	struct header header = {
		.library_length = (uint32_t) strlen (library) + 1,
		.key_length = (uint32_t) key->size,
		.instructions = (uint32_t) filter->length,
		.flags = filter->flags,
	};
	autofd dir = -1;
	char name[NAME_SIZE];
	struct error err;

	error_ignore (mkdir (directory, 0700), "it is there but for the first time");
	dir = open_directory (directory);
	if (dir < 0 || key->size > FILE_LIMIT / 2 || !fill_library (&header, library))
		return;
	make_room (dir);
	fill_identity (&header);
	buffer_add (&text, &header, sizeof header);
	buffer_add (&text, library, header.library_length);
	buffer_add (&text, key->data, key->size);
	buffer_add (&text, filter->program, program_size);
	header.checksum =
		checksum_of (&header, text.data + sizeof header, text.size - sizeof header);
	memcpy (text.data, &header, sizeof header);
	name_of (key, name);
	error_ignore (fd_replace_file (dir, name, text.data, text.size, 0600, &err),
		"the next container compiles again");
	buffer_done (&text);
}
