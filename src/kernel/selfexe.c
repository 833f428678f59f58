/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/selfexe.h"
#include "base/auto.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/magic.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
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

extern char **environ;

/* File systems that have no writing in them. */
static const uint32_t unwritable_file_systems[] = {
	EROFS_SUPER_MAGIC_V1,
	SQUASHFS_MAGIC,
	ISOFS_SUPER_MAGIC,
	CRAMFS_MAGIC,
};

static bool
is_unwritable_file_system (const struct statfs *fs)
{
	for (size_t i = 0; i < ARRAY_SIZE (unwritable_file_systems); i++)
		if ((uint32_t) fs->f_type == unwritable_file_systems[i])
			return true;
	return false;
}

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
		if (is_unwritable_file_system (&fs))
			return true;
	}
	return statx (fd, "", AT_EMPTY_PATH, 0, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_VERITY);
}

/* The same of our own file. Only a memfd has to be opened for it. */
static bool
is_own_file_unwritable (void)
{
	struct statfs fs;
	struct statx st;

	if (statfs (OWN_EXECUTABLE, &fs) == 0) {
		if ((uint32_t) fs.f_type == TMPFS_MAGIC) {
			autofd fd = open (OWN_EXECUTABLE, O_RDONLY | O_CLOEXEC);

			return fd >= 0 && selfexe_is_unwritable (fd);
		}
		if (is_unwritable_file_system (&fs))
			return true;
	}
	return statx (AT_FDCWD, OWN_EXECUTABLE, 0, 0, &st) == 0 &&
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
	struct piece code,
		data; /* from the first byte to the last, as the kernel's ELF loader has it */
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

static void
add_to_extent (struct piece *extent, uintptr_t start, uintptr_t end)
{
	if (extent->end == 0 || start < extent->start)
		extent->start = start;
	if (end > extent->end)
		extent->end = end;
}

/* The data are what begins last. */
static void
note_extents (struct image *image, uintptr_t base, const ElfW (Phdr) * header)
{
	uintptr_t start = base + header->p_vaddr;

	if (header->p_flags & PF_X)
		add_to_extent (&image->code, start, start + header->p_filesz);
	if (start >= image->data.start)
		image->data = (struct piece){ .start = start, .end = start + header->p_filesz };
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
		note_extents (image, info->dlpi_addr, header);
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
move_pieces (const struct piece *pieces, size_t n, struct error *err)
{
	uintptr_t start = pieces[0].start, end = start;
	size_t size = pieces[n - 1].end - start;
	bool has_holes = false;
	char *copy = mmap (NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int r = 0;

	if (copy == MAP_FAILED)
		return fail (err, errno, "map memory for the program");
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = move_piece (&pieces[i], copy + (pieces[i].start - start), err);
		has_holes |= pieces[i].start != end;
		end = pieces[i].end;
	}
	if (r < 0 || has_holes)
		munmap (copy, size);
	return r;
}

/* In two halves, so that there is never all of it twice: that would be the most memory a run takes. */
static int
move_image (const struct image *image, struct error *err)
{
	uintptr_t start = image->pieces[0].start;
	uintptr_t middle = start + (image->pieces[image->n - 1].end - start) / 2;
	size_t n = 0;

	while (n < image->n && image->pieces[n].start < middle)
		n++;
	if (move_pieces (image->pieces, n, err) < 0)
		return -1;
	return n == image->n ? 0 : move_pieces (image->pieces + n, image->n - n, err);
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

/* Where arguments and environment lie: in a row, and the file's name behind them. Source: the kernel's
 * copy_strings. */
static void
find_strings (struct prctl_mm_map *out)
{
	uintptr_t end = getauxval (AT_EXECFN);
	uintptr_t arguments = (uintptr_t) program_invocation_name;
	uintptr_t variables = environ ? (uintptr_t) environ[0] : 0;

	if (arguments > end || *program_invocation_name == '\0')
		arguments = end; /* there are none */
	if (variables < arguments || variables > end)
		variables = end;
	out->arg_start = arguments;
	out->arg_end = out->env_start = variables;
	out->env_end = end;
}

/* PR_SET_MM_MAP sets everything at once, so what is to stay has to be told too. /proc/self/stat tells
 * it all, and takes longer than the rest; these are the same numbers but for two that nobody needs to
 * the byte: the stack's begin is any place in it, and the heap that is there already can't shrink. */
static void
describe_memory (const struct image *image, struct prctl_mm_map *out)
{
	*out = (struct prctl_mm_map){
		.start_code = image->code.start,
		.end_code = image->code.end,
		.start_data = image->data.start,
		.end_data = image->data.end,
		.start_brk = (uintptr_t) sbrk (0),
		.brk = (uintptr_t) sbrk (0),
	};
	find_strings (out);
	out->start_stack = out->arg_start;
}

/* Linux 3.18. EBUSY while the old file is still mapped: that is found out last. */
static bool
change_executable (const struct prctl_mm_map *map)
{
	return prctl (PR_SET_MM, PR_SET_MM_MAP, map, sizeof *map, 0) == 0;
}

static int
fail_change (struct error *err)
{
	static const char what[] = "change '" OWN_EXECUTABLE "'";

	if (errno == EPERM) /* in our user namespace */
		return fail_hint (err, errno,
			"needs CAP_SYS_ADMIN, or CAP_CHECKPOINT_RESTORE since Linux 5.9", what);
	return fail_hint (err, errno,
		errno == EINVAL ? "the kernel has no CONFIG_CHECKPOINT_RESTORE" : NULL, what);
}

int
selfexe_move_out (struct error *err)
{
	autofd nothing = make_memfd (err);
	struct image image = { 0 };
	struct prctl_mm_map map;

	if (nothing < 0 || seal (nothing, err) < 0)
		return -1;
	dl_iterate_phdr (read_headers, &image);
	if (image.n == 0 || image.too_many)
		return fail (err, ENOEXEC, "find the program in memory");
	describe_memory (&image, &map);
	map.exe_fd = (uint32_t) nothing;
	/* tried first, so that nothing is copied in vain */
	if (change_executable (&map))
		return 0;
	if (errno != EBUSY)
		return fail_change (err);
	if (move_image (&image, err) < 0)
		return -1;
	return change_executable (&map) ? 0 : fail_change (err);
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
	autofd executable = -1;

	if (is_own_file_unwritable ()) {
		restore_name (argv);
		return 0;
	}
	if (selfexe_move_out (err) == 0)
		return 0;
	executable = open (OWN_EXECUTABLE, O_RDONLY | O_CLOEXEC);
	if (executable < 0)
		return fail (err, errno, "open '" OWN_EXECUTABLE "'");
	return selfexe_execute_copy (executable, argv, err);
}
