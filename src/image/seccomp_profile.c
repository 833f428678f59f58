/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/seccomp_profile.h"
#include "base/auto.h"
#include "base/str.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>

/* Making new namespaces, which takes CAP_SYS_ADMIN, or a user namespace that gives it away. */
#define CLONE_NAMESPACES                                                                           \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
		CLONE_NEWCGROUP)

/* personality(2): PER_LINUX and PER_LINUX32, each with UNAME26, and the question what it is. */
#define PERSONALITY_LINUX 0x0
#define PERSONALITY_LINUX32 0x8
#define PERSONALITY_UNAME26 0x20000
#define PERSONALITY_LINUX32_UNAME26 0x20008
#define PERSONALITY_QUERY 0xffffffff

#define MAX_SUBARCHITECTURES 3

static const struct {
	const char *go;
	const char *architectures[MAX_SUBARCHITECTURES];
} architectures[] = {
	{ "amd64", { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" } },
	{ "386", { "SCMP_ARCH_X86" } },
	{ "arm64", { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM" } },
	{ "arm", { "SCMP_ARCH_ARM" } },
	{ "riscv64", { "SCMP_ARCH_RISCV64" } },
	{ "ppc64le", { "SCMP_ARCH_PPC64LE" } },
	{ "s390x", { "SCMP_ARCH_S390X", "SCMP_ARCH_S390" } },
	{ "loong64", { "SCMP_ARCH_LOONGARCH64" } },
};

/* By what they are about. */
static const char *const allowed[] = {
	/* files and directories */
	"access",
	"chdir",
	"chmod",
	"chown",
	"chown32",
	"close",
	"close_range",
	"copy_file_range",
	"creat",
	"dup",
	"dup2",
	"dup3",
	"faccessat",
	"faccessat2",
	"fadvise64",
	"fadvise64_64",
	"fallocate",
	"fchdir",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"fchown",
	"fchown32",
	"fchownat",
	"fcntl",
	"fcntl64",
	"fdatasync",
	"flock",
	"fstat",
	"fstat64",
	"fstatat64",
	"fstatfs",
	"fstatfs64",
	"fsync",
	"ftruncate",
	"ftruncate64",
	"futimesat",
	"getcwd",
	"getdents",
	"getdents64",
	"lchown",
	"lchown32",
	"link",
	"linkat",
	"_llseek",
	"lseek",
	"lstat",
	"lstat64",
	"mkdir",
	"mkdirat",
	"mknod",
	"mknodat",
	"name_to_handle_at",
	"newfstatat",
	"open",
	"openat",
	"openat2",
	"pread64",
	"preadv",
	"preadv2",
	"pwrite64",
	"pwritev",
	"pwritev2",
	"read",
	"readahead",
	"readlink",
	"readlinkat",
	"readv",
	"rename",
	"renameat",
	"renameat2",
	"rmdir",
	"sendfile",
	"sendfile64",
	"splice",
	"stat",
	"stat64",
	"statfs",
	"statfs64",
	"statx",
	"symlink",
	"symlinkat",
	"sync",
	"sync_file_range",
	"sync_file_range2",
	"arm_sync_file_range",
	"syncfs",
	"tee",
	"truncate",
	"truncate64",
	"umask",
	"unlink",
	"unlinkat",
	"utime",
	"utimensat",
	"utimensat_time64",
	"utimes",
	"vmsplice",
	"write",
	"writev",
	"cachestat",
	"chroot",
	"statmount",
	"listmount",
	/* extended attributes */
	"fgetxattr",
	"flistxattr",
	"fremovexattr",
	"fsetxattr",
	"getxattr",
	"getxattrat",
	"lgetxattr",
	"listxattr",
	"listxattrat",
	"llistxattr",
	"lremovexattr",
	"lsetxattr",
	"removexattr",
	"removexattrat",
	"setxattr",
	"setxattrat",
	/* what tells of changes */
	"inotify_add_watch",
	"inotify_init",
	"inotify_init1",
	"inotify_rm_watch",
	"fanotify_mark",
	/* waiting */
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_ctl_old",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_wait",
	"epoll_wait_old",
	"eventfd",
	"eventfd2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pselect6",
	"pselect6_time64",
	"select",
	"_newselect",
	"signalfd",
	"signalfd4",
	"pipe",
	"pipe2",
	"io_cancel",
	"io_destroy",
	"io_getevents",
	"io_pgetevents",
	"io_pgetevents_time64",
	"io_setup",
	"io_submit",
	/* memory */
	"brk",
	"madvise",
	"map_shadow_stack",
	"membarrier",
	"memfd_create",
	"memfd_secret",
	"mincore",
	"mlock",
	"mlock2",
	"mlockall",
	"mmap",
	"mmap2",
	"mprotect",
	"mremap",
	"mseal",
	"msync",
	"munlock",
	"munlockall",
	"munmap",
	"pkey_alloc",
	"pkey_free",
	"pkey_mprotect",
	"process_mrelease",
	"remap_file_pages",
	/* processes */
	"capget",
	"capset",
	"execve",
	"execveat",
	"exit",
	"exit_group",
	"fork",
	"getegid",
	"getegid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getgroups",
	"getgroups32",
	"getpgid",
	"getpgrp",
	"getpid",
	"getppid",
	"getpriority",
	"getresgid",
	"getresgid32",
	"getresuid",
	"getresuid32",
	"getrlimit",
	"ugetrlimit",
	"getrusage",
	"getsid",
	"gettid",
	"getuid",
	"getuid32",
	"kill",
	"pidfd_getfd",
	"pidfd_open",
	"pidfd_send_signal",
	"prctl",
	"prlimit64",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"rseq",
	"setfsgid",
	"setfsgid32",
	"setfsuid",
	"setfsuid32",
	"setgid",
	"setgid32",
	"setgroups",
	"setgroups32",
	"setpgid",
	"setpriority",
	"setregid",
	"setregid32",
	"setresgid",
	"setresgid32",
	"setresuid",
	"setresuid32",
	"setreuid",
	"setreuid32",
	"setrlimit",
	"setsid",
	"setuid",
	"setuid32",
	"set_robust_list",
	"get_robust_list",
	"set_thread_area",
	"get_thread_area",
	"set_tid_address",
	"tgkill",
	"times",
	"tkill",
	"vfork",
	"wait4",
	"waitid",
	"waitpid",
	"arch_prctl",
	"modify_ldt",
	"cacheflush",
	"breakpoint",
	"set_tls",
	"riscv_flush_icache",
	"riscv_hwprobe",
	"s390_pci_mmio_read",
	"s390_pci_mmio_write",
	"s390_runtime_instr",
	"uretprobe",
	"seccomp",
	"landlock_add_rule",
	"landlock_create_ruleset",
	"landlock_restrict_self",
	"lsm_get_self_attr",
	"lsm_list_modules",
	"lsm_set_self_attr",
	/* threads and scheduling */
	"futex",
	"futex_requeue",
	"futex_time64",
	"futex_wait",
	"futex_waitv",
	"futex_wake",
	"getcpu",
	"ioprio_get",
	"ioprio_set",
	"sched_getaffinity",
	"sched_getattr",
	"sched_getparam",
	"sched_get_priority_max",
	"sched_get_priority_min",
	"sched_getscheduler",
	"sched_rr_get_interval",
	"sched_rr_get_interval_time64",
	"sched_setaffinity",
	"sched_setattr",
	"sched_setparam",
	"sched_setscheduler",
	"sched_yield",
	"pause",
	"restart_syscall",
	"nanosleep",
	/* signals */
	"rt_sigaction",
	"rt_sigpending",
	"rt_sigprocmask",
	"rt_sigqueueinfo",
	"rt_sigreturn",
	"rt_sigsuspend",
	"rt_sigtimedwait",
	"rt_sigtimedwait_time64",
	"rt_tgsigqueueinfo",
	"sigaltstack",
	"sigprocmask",
	"sigreturn",
	/* time */
	"adjtimex",
	"alarm",
	"clock_adjtime",
	"clock_adjtime64",
	"clock_getres",
	"clock_getres_time64",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"getitimer",
	"gettimeofday",
	"setitimer",
	"time",
	"timer_create",
	"timer_delete",
	"timer_getoverrun",
	"timer_gettime",
	"timer_gettime64",
	"timer_settime",
	"timer_settime64",
	"timerfd_create",
	"timerfd_gettime",
	"timerfd_gettime64",
	"timerfd_settime",
	"timerfd_settime64",
	/* sockets; socket(2) itself has rules of its own */
	"accept",
	"accept4",
	"bind",
	"connect",
	"getpeername",
	"getsockname",
	"getsockopt",
	"listen",
	"recv",
	"recvfrom",
	"recvmmsg",
	"recvmmsg_time64",
	"recvmsg",
	"send",
	"sendmmsg",
	"sendmsg",
	"sendto",
	"setsockopt",
	"shutdown",
	"socketpair",
	/* System V's and POSIX' ways to talk */
	"ipc",
	"mq_getsetattr",
	"mq_notify",
	"mq_open",
	"mq_timedreceive",
	"mq_timedreceive_time64",
	"mq_timedsend",
	"mq_timedsend_time64",
	"mq_unlink",
	"msgctl",
	"msgget",
	"msgrcv",
	"msgsnd",
	"semctl",
	"semget",
	"semop",
	"semtimedop",
	"semtimedop_time64",
	"shmat",
	"shmctl",
	"shmdt",
	"shmget",
	/* the rest */
	"getrandom",
	"ioctl",
	"sysinfo",
	"uname",
	"rtas",
};

struct rule {
	const char *call;
	const char *action;
	unsigned int errno_value; /* 0: none is said */
	const char *op; /* NULL: without a condition on the first argument */
	uint64_t value, value_two;
	unsigned int index;
};

static const struct rule rules[] = {
	/* not namespaces; clone3 has its flags where a filter can't see them, and glibc takes clone
	 * when the kernel seems to be too old for it */
	{ "clone", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_MASKED_EQ", CLONE_NAMESPACES, 0, 0 },
	{ "clone3", "SCMP_ACT_ERRNO", ENOSYS, NULL, 0, 0, 0 },
	{ "personality", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", PERSONALITY_LINUX, 0, 0 },
	{ "personality", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", PERSONALITY_LINUX32, 0, 0 },
	{ "personality", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", PERSONALITY_UNAME26, 0, 0 },
	{ "personality", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", PERSONALITY_LINUX32_UNAME26, 0, 0 },
	{ "personality", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", PERSONALITY_QUERY, 0, 0 },
	/* all families but AF_ALG, the kernel's crypto (CVE-2026-31431), and AF_VSOCK, which knows no
	 * namespaces */
	{ "socket", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_LT", AF_ALG, 0, 0 },
	{ "socket", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", AF_ALG + 1, 0, 0 },
	{ "socket", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_GT", AF_VSOCK, 0, 0 },
};
_Static_assert(AF_ALG + 2 == AF_VSOCK, "one family lies between them");

bool
seccomp_profile_knows (const char *architecture)
{
	for (size_t i = 0; i < ARRAY_SIZE (architectures); i++)
		if (str_equal (architectures[i].go, architecture))
			return true;
	return false;
}

static void
write_architectures (struct json_writer *json, const char *architecture)
{
	json_open_array (json, "architectures");
	for (size_t i = 0; i < ARRAY_SIZE (architectures); i++) {
		if (!str_equal (architectures[i].go, architecture))
			continue;
		for (size_t j = 0; j < MAX_SUBARCHITECTURES; j++)
			if (architectures[i].architectures[j])
				json_string (json, NULL, architectures[i].architectures[j]);
	}
	json_close (json);
}

static void
write_rule (struct json_writer *json, const struct rule *rule)
{
	json_open_object (json, NULL);
	json_open_array (json, "names");
	json_string (json, NULL, rule->call);
	json_close (json);
	json_string (json, "action", rule->action);
	if (rule->errno_value)
		json_uint (json, "errnoRet", rule->errno_value);
	if (rule->op) {
		json_open_array (json, "args");
		json_open_object (json, NULL);
		json_uint (json, "index", rule->index);
		json_uint (json, "value", rule->value);
		if (str_equal (rule->op, "SCMP_CMP_MASKED_EQ"))
			json_uint (json, "valueTwo", rule->value_two);
		json_string (json, "op", rule->op);
		json_close (json);
		json_close (json);
	}
	json_close (json);
}

void
seccomp_profile_write (struct json_writer *json, const char *architecture)
{
	json_open_object (json, "seccomp");
	json_string (json, "defaultAction", "SCMP_ACT_ERRNO");
	json_uint (json, "defaultErrnoRet", EPERM);
	write_architectures (json, architecture);
	json_open_array (json, "syscalls");
	json_open_object (json, NULL);
	json_open_array (json, "names");
	for (size_t i = 0; i < ARRAY_SIZE (allowed); i++)
		json_string (json, NULL, allowed[i]);
	json_close (json);
	json_string (json, "action", "SCMP_ACT_ALLOW");
	json_close (json);
	for (size_t i = 0; i < ARRAY_SIZE (rules); i++)
		write_rule (json, &rules[i]);
	json_close (json);
	json_close (json);
}
