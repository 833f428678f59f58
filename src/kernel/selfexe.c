/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/selfexe.h"
#include "base/auto.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/magic.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef EROFS_SUPER_MAGIC_V1
#define EROFS_SUPER_MAGIC_V1 0xE0F5E1E2
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define OWN_EXECUTABLE "/proc/self/exe"
#define STAT_LIMIT 4096

extern char **environ;

/* File systems that have no writing in them. */
static const uint32_t unwritable_file_systems[] = {
	EROFS_SUPER_MAGIC_V1,
	SQUASHFS_MAGIC,
	ISOFS_SUPER_MAGIC,
	CRAMFS_MAGIC,
};

bool
selfexe_is_unwritable (int fd)
{
	struct statfs fs;
	struct statx st;

	if (fstatfs (fd, &fs) == 0) {
		/* where memfds are */
		if ((uint32_t) fs.f_type == TMPFS_MAGIC) {
			int seals = fcntl (fd, F_GET_SEALS);

			return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
		}
		for (size_t i = 0; i < ARRAY_SIZE (unwritable_file_systems); i++)
			if ((uint32_t) fs.f_type == unwritable_file_systems[i])
				return true;
	}
	return statx (fd, "", AT_EMPTY_PATH, 0, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_VERITY);
}

/* ---- moving out */

#define PIECES_MAX 16

/* Whole pages in a row that come from the file and have one protection. */
struct piece {
	uintptr_t start, end;
	int protection;
};

/* The executable as it lies in memory, from below to above. */
struct image {
	struct piece pieces[PIECES_MAX];
	size_t n;
	struct piece relro; /* part of a writable one that the linker has made read-only */
	bool too_many;
};

static struct piece
piece_of (uintptr_t base, const ElfW (Phdr) * header, size_t size)
{
	uintptr_t page = (uintptr_t) sysconf (_SC_PAGESIZE);
	uintptr_t start = base + header->p_vaddr;

	return (struct piece){
		.start = start & ~(page - 1),
		.end = (start + size + page - 1) & ~(page - 1),
		.protection = (header->p_flags & PF_R ? PROT_READ : 0) |
			      (header->p_flags & PF_W ? PROT_WRITE : 0) |
			      (header->p_flags & PF_X ? PROT_EXEC : 0),
	};
}

static void
add_piece (struct image *image, uintptr_t start, uintptr_t end, int protection)
{
	struct piece *last = image->n > 0 ? &image->pieces[image->n - 1] : NULL;

	if (start >= end)
		return;
	if (last && last->end == start && last->protection == protection)
		last->end = end;
	else if (image->n == PIECES_MAX)
		image->too_many = true;
	else
		image->pieces[image->n++] = (struct piece){ start, end, protection };
}

/* Called for the program first, and then no more. */
static int
read_headers (struct dl_phdr_info *info, size_t size, void *data)
{
	const ElfW (Phdr) *end = info->dlpi_phdr + info->dlpi_phnum;
	struct image *image = data;
	struct piece *relro = &image->relro;

	for (const ElfW (Phdr) *header = info->dlpi_phdr; header < end; header++) {
		if (header->p_type != PT_GNU_RELRO)
			continue;
		*relro = piece_of (info->dlpi_addr, header, header->p_memsz);
		/* the linker protects whole pages only */
		relro->end = (info->dlpi_addr + header->p_vaddr + header->p_memsz) &
			     ~((uintptr_t) sysconf (_SC_PAGESIZE) - 1);
	}
	for (const ElfW (Phdr) *header = info->dlpi_phdr; header < end; header++) {
		struct piece piece;

		if (header->p_type != PT_LOAD || header->p_filesz == 0)
			continue;
		piece = piece_of (info->dlpi_addr, header, header->p_filesz);
		if (relro->start < piece.start || relro->end > piece.end) {
			add_piece (image, piece.start, piece.end, piece.protection);
			continue;
		}
		add_piece (image, piece.start, relro->start, piece.protection);
		add_piece (image, relro->start, relro->end, PROT_READ);
		add_piece (image, relro->end, piece.end, piece.protection);
	}
	return 1;
}

/* Word by word, through volatile so that no call of memcpy becomes of it: between the red zones of
 * AddressSanitizer's variables it would find itself reading out of bounds. */
__attribute__ ((no_sanitize ("address", "undefined"))) static void
copy_words (void *to, uintptr_t from, size_t size)
{
	volatile unsigned long *target = to;
	const volatile unsigned long *source = (const volatile unsigned long *) from;

	for (size_t i = 0; i < size / sizeof *target; i++)
		target[i] = source[i];
}

/* Puts a copy of the piece in its place. What runs right now may be in it, and goes on in the copy,
 * which is the same. */
static int
move_piece (const struct piece *piece, char *copy, struct error *err)
{
	size_t size = piece->end - piece->start;

	copy_words (copy, piece->start, size);
	if (piece->protection & PROT_EXEC)
		__builtin___clear_cache (copy, copy + size);
	/* EACCES, EPERM: somebody (SELinux's execmem, systemd's MemoryDenyWriteExecute) forbids
	 * memory that was written to be executed */
	if ((!(piece->protection & PROT_WRITE) && mprotect (copy, size, piece->protection) < 0) ||
		mremap (copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *) piece->start) ==
			MAP_FAILED)
		return fail (err, errno, "replace the program's memory");
	return 0;
}

/* The copies are made in memory mapped at once. */
static int
move_image (const struct image *image, struct error *err)
{
	uintptr_t start = image->pieces[0].start, end = start;
	size_t size = image->pieces[image->n - 1].end - start;
	bool has_holes = false;
	char *copy = mmap (NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int r = 0;

	if (copy == MAP_FAILED)
		return fail (err, errno, "map memory for the program");
	for (size_t i = 0; r == 0 && i < image->n; i++) {
		const struct piece *piece = &image->pieces[i];

		r = move_piece (piece, copy + (piece->start - start), err);
		has_holes |= piece->start != end;
		end = piece->end;
	}
	if (r < 0 || has_holes)
		munmap (copy, size);
	return r;
}

static int
make_memfd (struct error *err)
{
	int fd = memfd_create ("davit", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create ("davit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return fail_hint (err, errno,
			errno == EACCES ? "sysctl vm.memfd_noexec is 2" : NULL, "make a memfd");
	return fd;
}

static int
seal (int fd, struct error *err)
{
	if (fcntl (fd, F_ADD_SEALS, ALL_SEALS) < 0)
		return fail (err, errno, "seal a memfd");
	return 0;
}

/* Which fields of /proc/PID/stat tell of the memory, counted from 1. Source: proc(5). */
enum {
	STAT_STATE = 3,
	STAT_STARTCODE = 26,
	STAT_ENDCODE = 27,
	STAT_STARTSTACK = 28,
	STAT_START_DATA = 45,
	STAT_END_DATA = 46,
	STAT_START_BRK = 47,
	STAT_ARG_START = 48,
	STAT_ARG_END = 49,
	STAT_ENV_START = 50,
	STAT_ENV_END = 51,
	STAT_FIELDS
};

/* PR_SET_MM_MAP sets everything at once, so what is to stay has to be told too. */
static int
read_memory_map (struct prctl_mm_map *out, struct error *err)
{
	unsigned long long field[STAT_FIELDS] = { 0 };
	char text[STAT_LIMIT];
	char *p;

	if (fd_read_line (AT_FDCWD, "/proc/self/stat", text, sizeof text, err) < 0)
		return -1;
	p = strrchr (text, ')'); /* the name before it may hold anything */
	for (int i = STAT_STATE; p && i < STAT_FIELDS; i++) {
		p = strchr (p + 1, ' ');
		if (p)
			field[i] = strtoull (p + 1, NULL, 10);
	}
	if (!p)
		return fail (err, EPROTO, "read '/proc/self/stat'");
	*out = (struct prctl_mm_map){
		.start_code = field[STAT_STARTCODE],
		.end_code = field[STAT_ENDCODE],
		.start_data = field[STAT_START_DATA],
		.end_data = field[STAT_END_DATA],
		.start_brk = field[STAT_START_BRK],
		.brk = (uintptr_t) sbrk (0),
		.start_stack = field[STAT_STARTSTACK],
		.arg_start = field[STAT_ARG_START],
		.arg_end = field[STAT_ARG_END],
		.env_start = field[STAT_ENV_START],
		.env_end = field[STAT_ENV_END],
	};
	return 0;
}

/* What PR_SET_MM_MAP is told, and the file in it. */
struct new_executable {
	struct prctl_mm_map map;
	int nothing; /* owned; an empty memfd */
};

static void
new_executable_done (struct new_executable *executable)
{
	auto_close_fd (&executable->nothing);
}

static int
prepare_executable (struct new_executable *out, struct error *err)
{
	out->nothing = make_memfd (err);
	if (out->nothing < 0 || seal (out->nothing, err) < 0 ||
		read_memory_map (&out->map, err) < 0)
		return -1;
	out->map.exe_fd = (uint32_t) out->nothing;
	return 0;
}

/* Linux 3.18. EBUSY while the old file is still mapped: that is found out last. */
static int
change_executable (struct new_executable *executable, struct error *err)
{
	static const char what[] = "change '" OWN_EXECUTABLE "'";

	if (prctl (PR_SET_MM, PR_SET_MM_MAP, &executable->map, sizeof executable->map, 0) == 0)
		return 0;
	if (errno == EPERM) /* in our user namespace */
		return fail_hint (err, errno,
			"needs CAP_SYS_ADMIN, or CAP_CHECKPOINT_RESTORE since Linux 5.9", what);
	return fail_hint (err, errno,
		errno == EINVAL ? "the kernel has no CONFIG_CHECKPOINT_RESTORE" : NULL, what);
}

int
selfexe_move_out (struct error *err)
{
	AUTO (new_executable_done) struct new_executable executable = { .nothing = -1 };
	struct image image = { 0 };

	if (prepare_executable (&executable, err) < 0)
		return -1;
	/* tried first, so that nothing is copied in vain */
	if (change_executable (&executable, err) == 0)
		return 0;
	if (err->code != EBUSY)
		return -1;
	dl_iterate_phdr (read_headers, &image);
	if (image.n == 0 || image.too_many)
		return fail (err, ENOEXEC, "find the program in memory");
	if (move_image (&image, err) < 0)
		return -1;
	return change_executable (&executable, err);
}

/* ---- executing a copy */

static int
copy_to_memfd (int executable, struct error *err)
{
	autofd copy = make_memfd (err);
	struct stat st;
	off_t done = 0;

	if (copy < 0)
		return -1;
	if (fstat (executable, &st) < 0)
		return fail (err, errno, "look at '" OWN_EXECUTABLE "'");
	while (done < st.st_size) {
		ssize_t n = sendfile (copy, executable, &done, (size_t) (st.st_size - done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail (err, n < 0 ? errno : EIO, "copy '" OWN_EXECUTABLE "'");
	}
	if (seal (copy, err) < 0)
		return -1;
	return take_fd (&copy);
}

int
selfexe_execute_copy (int executable, char **argv, struct error *err)
{
	autofd copy = copy_to_memfd (executable, err);

	if (copy < 0)
		return -1;
	/* what runs next looks at its file as we did, and must find it good */
	if (!selfexe_is_unwritable (copy))
		return fail (err, EPERM, "seal a copy of '" OWN_EXECUTABLE "'");
	syscall (SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	return fail (err, errno, "execute a copy of '" OWN_EXECUTABLE "'");
}

/* The kernel names a process that executes a fd after the fd's number, or "memfd:davit". */
static void
restore_name (char **argv)
{
	const char *slash = argv[0] ? strrchr (argv[0], '/') : NULL;

	if (argv[0])
		prctl (PR_SET_NAME, slash ? slash + 1 : argv[0], 0, 0, 0);
}

int
selfexe_protect (char **argv, struct error *err)
{
	autofd executable = open (OWN_EXECUTABLE, O_RDONLY | O_CLOEXEC);

	if (executable < 0)
		return fail (err, errno, "open '" OWN_EXECUTABLE "'");
	if (selfexe_is_unwritable (executable)) {
		restore_name (argv);
		return 0;
	}
	if (selfexe_move_out (err) == 0)
		return 0;
	return selfexe_execute_copy (executable, argv, err);
}
