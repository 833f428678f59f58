/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * nosys: runs a program, and what it starts, on a kernel that does not know some system calls: a
 * seccomp filter makes them fail with ENOSYS.
 * usage: nosys NAME[,NAME...] PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#else
#error "no audit architecture known for this machine"
#endif

/* What a runtime may use and older kernels lack. */
static const struct {
	const char *name;
	unsigned int number;
} syscalls[] = {
	{ "clone3", SYS_clone3 }, /* 5.3 */
	{ "close_range", SYS_close_range }, /* 5.9 */
	{ "faccessat2", SYS_faccessat2 }, /* 5.8 */
	{ "fsconfig", SYS_fsconfig }, /* 5.2, as the rest of the mount API */
	{ "fsmount", SYS_fsmount }, { "fsopen", SYS_fsopen }, { "fspick", SYS_fspick },
	{ "mount_setattr", SYS_mount_setattr }, /* 5.12 */
	{ "move_mount", SYS_move_mount }, { "open_tree", SYS_open_tree },
	{ "openat2", SYS_openat2 }, /* 5.6 */
	{ "pidfd_getfd", SYS_pidfd_getfd }, /* 5.6 */
	{ "pidfd_open", SYS_pidfd_open }, /* 5.3 */
	{ "pidfd_send_signal", SYS_pidfd_send_signal }, /* 5.1 */
	{ "pivot_root", SYS_pivot_root }, /* there, but useless, with the root on a ramdisk */
};
enum { N_SYSCALLS = sizeof syscalls / sizeof *syscalls };

/* Appends "is it this one? then ENOSYS" for a name. */
static int
add_name (struct sock_filter *filter, unsigned short *n, const char *name)
{
	for (size_t i = 0; i < N_SYSCALLS; i++) {
		if (strcmp (name, syscalls[i].name) != 0)
			continue;
		if (*n + 3 > 5 + 2 * N_SYSCALLS)
			return -1;
		filter[(*n)++] = (struct sock_filter) BPF_JUMP (
			BPF_JMP | BPF_JEQ | BPF_K, syscalls[i].number, 0, 1);
		filter[(*n)++] =
			(struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
		return 0;
	}
	return -1;
}

static int
install (struct sock_filter *filter, unsigned short n)
{
	struct sock_fprog program = { .len = n, .filter = filter };

	/* Root needs no no_new_privs for a filter, and must not have it: it is inherited, and tests
	 * look at it in the container. */
	if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return 0;
	if (errno != EACCES || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int
main (int argc, char **argv)
{
	struct sock_filter filter[5 + 2 * N_SYSCALLS] = {
		BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch)),
		BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
	};
	unsigned short n = 4;

	if (argc < 3) {
		fprintf (stderr, "usage: nosys NAME[,NAME...] PROGRAM [ARGUMENT...]\n");
		return 125;
	}
	for (char *name = strtok (argv[1], ","); name; name = strtok (NULL, ",")) {
		if (add_name (filter, &n, name) < 0) {
			fprintf (stderr, "nosys: no system call '%s' here\n", name);
			return 125;
		}
	}
	filter[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (install (filter, n) < 0) {
		fprintf (stderr, "nosys: install the filter: %s\n", strerror (errno));
		return 125;
	}
	execvp (argv[2], argv + 2);
	fprintf (stderr, "nosys: execute '%s': %s\n", argv[2], strerror (errno));
	return 127;
}
