/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * syscalls: what libc (glibc 2.36) has no function for. These alone keep libc's shape: -1 and errno.
 * The new mount API and pidfd_* are in <sys/mount.h> and <sys/pidfd.h>.
 */
#pragma once

#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Linux 5.3. Flags and fields as in clone3(2). Returns twice, like fork. */
static inline pid_t
sys_clone3 (struct clone_args *args)
{
	return (pid_t) syscall (SYS_clone3, args, sizeof *args);
}

/* Linux 5.6. resolve: RESOLVE_*. */
static inline int
sys_openat2 (int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };

	return (int) syscall (SYS_openat2, dirfd, path, &how, sizeof how);
}

/* Linux 6.15: open_tree and mount_setattr in one. attr: a struct mount_attr of `size` bytes. */
static inline int
sys_open_tree_attr (int dirfd, const char *path, unsigned int flags, void *attr, size_t size)
{
#ifdef SYS_open_tree_attr
	return (int) syscall (SYS_open_tree_attr, dirfd, path, flags, attr, size);
#elif defined __alpha__
	return (int) syscall (577, dirfd, path, flags, attr, size);
#else
	return (int) syscall (467, dirfd, path, flags, attr, size);
#endif
}

static inline int
sys_pivot_root (const char *new_root, const char *put_old)
{
	return (int) syscall (SYS_pivot_root, new_root, put_old);
}

static inline int
sys_capset (void *header, const void *data)
{
	return (int) syscall (SYS_capset, header, data);
}

/* mode: MPOL_* with MPOL_F_*; n_bits: of nodes, and one more. See set_mempolicy(2). */
static inline int
sys_set_mempolicy (int mode, const unsigned long *nodes, unsigned long n_bits)
{
	return (int) syscall (SYS_set_mempolicy, mode, nodes, n_bits);
}

/* which: IOPRIO_WHO_*; ioprio: IOPRIO_PRIO_VALUE (class, data). See ioprio_set(2). */
static inline int
sys_ioprio_set (int which, int who, int ioprio)
{
	return (int) syscall (SYS_ioprio_set, which, who, ioprio);
}

static inline int
sys_sched_setattr (pid_t pid, const void *attr, unsigned int flags)
{
	return (int) syscall (SYS_sched_setattr, pid, attr, flags);
}

static inline long
sys_keyctl (int operation, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return syscall (SYS_keyctl, operation, a, b, c, d);
}
