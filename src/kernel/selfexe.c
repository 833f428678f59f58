/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/selfexe.h"
#include "base/auto.h"
#include "base/fd.h"
#include "kernel/caps.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
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
	int seals = fcntl (fd, F_GET_SEALS);

	if (seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS)
		return true;
	if (fstatfs (fd, &fs) == 0)
		for (size_t i = 0; i < ARRAY_SIZE (unwritable_file_systems); i++)
			if ((uint32_t) fs.f_type == unwritable_file_systems[i])
				return true;
	return statx (fd, "", AT_EMPTY_PATH, 0, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_VERITY);
}

/* ---- moving out */

#define SEGMENTS_MAX 16

struct segment {
	uintptr_t start, end; /* whole pages; of what comes from the file */
	int protection;
};

/* The executable as it lies in memory. */
struct image {
	struct segment segments[SEGMENTS_MAX];
	size_t n;
	struct segment relro; /* part of a writable one that the linker has made read-only */
	bool too_many;
};

static struct segment
segment_of (uintptr_t base, const ElfW (Phdr) * header, size_t size)
{
	uintptr_t page = (uintptr_t) sysconf (_SC_PAGESIZE);
	uintptr_t start = base + header->p_vaddr;

	return (struct segment){
		.start = start & ~(page - 1),
		.end = (start + size + page - 1) & ~(page - 1),
		.protection = (header->p_flags & PF_R ? PROT_READ : 0) |
			      (header->p_flags & PF_W ? PROT_WRITE : 0) |
			      (header->p_flags & PF_X ? PROT_EXEC : 0),
	};
}

/* Called for the program first, and then no more. */
static int
read_headers (struct dl_phdr_info *info, size_t size, void *data)
{
	struct image *image = data;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW (Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_GNU_RELRO) {
			image->relro = segment_of (info->dlpi_addr, header, header->p_memsz);
			/* the linker protects whole pages only */
			image->relro.end = (info->dlpi_addr + header->p_vaddr + header->p_memsz) &
					   ~((uintptr_t) sysconf (_SC_PAGESIZE) - 1);
		}
		if (header->p_type != PT_LOAD || header->p_filesz == 0)
			continue;
		if (image->n == SEGMENTS_MAX)
			image->too_many = true;
		else
			image->segments[image->n++] =
				segment_of (info->dlpi_addr, header, header->p_filesz);
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

/* Puts a copy of the segment's pages in their place. What runs right now may be among them, and goes
 * on in the copy, which is the same. */
static int
move_segment (const struct segment *segment, struct error *err)
{
	size_t size = segment->end - segment->start;
	void *copy = mmap (NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (copy == MAP_FAILED)
		return fail (err, errno, "map memory for the program");
	copy_words (copy, segment->start, size);
	if (segment->protection & PROT_EXEC)
		__builtin___clear_cache ((char *) copy, (char *) copy + size);
	/* EACCES, EPERM: somebody (SELinux's execmem, systemd's MemoryDenyWriteExecute) forbids
	 * memory that was written to be executed */
	if ((!(segment->protection & PROT_WRITE) &&
		    mprotect (copy, size, segment->protection) < 0) ||
		mremap (copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *) segment->start) ==
			MAP_FAILED) {
		int code = errno;

		munmap (copy, size);
		return fail (err, code, "replace the program's memory");
	}
	return 0;
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

/* Linux 3.18; EPERM without CAP_SYS_ADMIN (5.9: or CAP_CHECKPOINT_RESTORE) in our user namespace, EINVAL
 * without CONFIG_CHECKPOINT_RESTORE, EBUSY while the old file is still mapped. */
static int
change_executable (struct error *err)
{
	struct prctl_mm_map map;
	autofd nothing = make_memfd (err);

	if (nothing < 0 || seal (nothing, err) < 0 || read_memory_map (&map, err) < 0)
		return -1;
	map.exe_fd = (uint32_t) nothing;
	if (prctl (PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) < 0)
		return fail (err, errno, "change '" OWN_EXECUTABLE "'");
	return 0;
}

/* Asked first, so that nothing is copied in vain. */
static int
check_that_it_can_be_changed (struct error *err)
{
	unsigned int size;
	uint64_t own;

	if (prctl (PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) < 0)
		return fail_hint (err, errno, "the kernel has no CONFIG_CHECKPOINT_RESTORE",
			"change '" OWN_EXECUTABLE "'");
	if (caps_of_self (&own, err) < 0)
		return -1;
	if (!(own & CAPABILITY_BIT (CAP_SYS_ADMIN)))
		return fail_hint (err, EPERM, "needs CAP_SYS_ADMIN", "change '" OWN_EXECUTABLE "'");
	return 0;
}

int
selfexe_move_out (struct error *err)
{
	struct image image = { 0 };

	if (check_that_it_can_be_changed (err) < 0)
		return -1;
	dl_iterate_phdr (read_headers, &image);
	if (image.n == 0 || image.too_many)
		return fail (err, ENOEXEC, "find the program in memory");
	for (size_t i = 0; i < image.n; i++)
		if (move_segment (&image.segments[i], err) < 0)
			return -1;
	if (image.relro.end > image.relro.start &&
		mprotect ((void *) image.relro.start, image.relro.end - image.relro.start,
			PROT_READ) < 0)
		return fail (err, errno, "protect the program's memory");
	return change_executable (err);
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
