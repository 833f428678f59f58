/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * floor: the cheapest process that gives a program the isolation of the default bundle (`davit spec`):
 * what a runtime's `run` is measured against. One clone3 into all namespaces, the default mounts,
 * devices, masked and read-only paths, a cgroup in every hierarchy, the default capabilities,
 * no_new_privs, exec, wait, remove the cgroups. It checks what a benchmark has to know, and is no
 * runtime.
 * usage: floor ROOTFS PROGRAM
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH(array) (sizeof (array) / sizeof *(array))
#define CHECK(call)                                          \
	do {                                                 \
		if ((call) < 0) {                            \
			fprintf (stderr, "%s: %m\n", #call); \
			_exit (120);                         \
		}                                            \
	} while (0)

static const char *const controllers[] = {
	"cpu",
	"cpuacct",
	"cpuset",
	"memory",
	"devices",
	"freezer",
	"blkio",
	"pids",
	"systemd",
	"unified",
};

static const struct {
	const char *source, *target, *type;
	unsigned long flags;
	const char *data;
} mounts[] = {
	{ "proc", "proc", "proc", 0, NULL },
	{ "tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k" },
	{ "devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k" },
	{ "mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL },
	{ "sysfs", "sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
};

static const struct {
	const char *path;
	unsigned int major, minor;
} devices[] = {
	{ "dev/null", 1, 3 },
	{ "dev/zero", 1, 5 },
	{ "dev/full", 1, 7 },
	{ "dev/random", 1, 8 },
	{ "dev/urandom", 1, 9 },
	{ "dev/tty", 5, 0 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "dev/fd" },
	{ "/proc/self/fd/0", "dev/stdin" },
	{ "/proc/self/fd/1", "dev/stdout" },
	{ "/proc/self/fd/2", "dev/stderr" },
	{ "pts/ptmx", "dev/ptmx" },
};

static const char *const readonly_paths[] = {
	"proc/bus",
	"proc/fs",
	"proc/irq",
	"proc/sys",
	"proc/sysrq-trigger",
};

static const char *const masked_paths[] = {
	"proc/acpi",
	"proc/kcore",
	"proc/keys",
	"proc/latency_stats",
	"proc/timer_list",
	"proc/timer_stats",
	"proc/sched_debug",
	"sys/firmware",
	"proc/scsi",
};

static void
put (const char *path, const char *text)
{
	int fd = open (path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write (fd, text, strlen (text)) < 0 && errno != EINVAL && errno != ENOSPC)
		perror (path);
	close (fd);
}

static void
mount_root (const char *root)
{
	char path[512];

	CHECK (mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	CHECK (mount (root, root, NULL, MS_BIND | MS_REC, NULL));
	CHECK (chdir (root));
	for (size_t i = 0; i < LENGTH (mounts); i++) {
		if (mkdir (mounts[i].target, 0755) < 0 && errno != EEXIST)
			CHECK (-1);
		CHECK (mount (mounts[i].source, mounts[i].target, mounts[i].type, mounts[i].flags,
			mounts[i].data));
	}
	CHECK (mount (
		"tmpfs", "sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=755"));
	for (size_t i = 0; i < LENGTH (controllers); i++) {
		snprintf (path, sizeof path, "sys/fs/cgroup/%s", controllers[i]);
		CHECK (mkdir (path, 0755));
	}
	for (size_t i = 0; i < LENGTH (devices); i++)
		CHECK (mknod (devices[i].path, S_IFCHR | 0666,
			makedev (devices[i].major, devices[i].minor)));
	for (size_t i = 0; i < LENGTH (links); i++)
		CHECK (symlink (links[i][0], links[i][1]));
}

/* Not every kernel has each of the paths. */
static void
hide_paths (void)
{
	for (size_t i = 0; i < LENGTH (readonly_paths); i++) {
		const char *path = readonly_paths[i];

		mount (path, path, NULL, MS_BIND | MS_REC, NULL);
		mount (NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_REC, NULL);
	}
	for (size_t i = 0; i < LENGTH (masked_paths); i++)
		if (mount ("dev/null", masked_paths[i], NULL, MS_BIND, NULL) < 0 &&
			errno == ENOTDIR)
			mount ("tmpfs", masked_paths[i], "tmpfs", MS_RDONLY, NULL);
}

static void
drop_rights (void)
{
	const uint32_t kept = 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE | 1 << CAP_AUDIT_WRITE;
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { kept, kept, 0 }, { 0, 0, 0 } };
	struct rlimit limit = { 1024, 1024 };

	CHECK (setrlimit (RLIMIT_NOFILE, &limit));
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (i > 31 || !(kept & 1u << i))
			prctl (PR_CAPBSET_DROP, i, 0, 0, 0);
	CHECK (syscall (SYS_capset, &header, data));
	CHECK (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static _Noreturn void
child_main (const char *root, char *program, int go)
{
	char *const arguments[] = { program, NULL };
	char *const environment[] = { "PATH=/bin", NULL };
	char byte;

	CHECK (read (go, &byte, 1));
	CHECK (setsid ());
	mount_root (root);
	hide_paths ();
	CHECK (mount (NULL, root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	CHECK (syscall (SYS_pivot_root, ".", "."));
	CHECK (umount2 (".", MNT_DETACH));
	CHECK (chdir ("/"));
	CHECK (sethostname ("floor", 5));
	drop_rights ();
	execve (program, arguments, environment);
	_exit (121);
}

static const char *
cgroup_path (size_t i, const char *file)
{
	static char path[512];

	snprintf (
		path, sizeof path, "/sys/fs/cgroup/%s/floor-%d%s", controllers[i], getpid (), file);
	return path;
}

static void
enter_cgroups (pid_t pid)
{
	char text[16];

	snprintf (text, sizeof text, "%d", pid);
	for (size_t i = 0; i < LENGTH (controllers); i++) {
		if (mkdir (cgroup_path (i, ""), 0755) < 0)
			continue;
		if (strcmp (controllers[i], "cpuset") == 0) {
			put (cgroup_path (i, "/cpuset.cpus"), "0");
			put (cgroup_path (i, "/cpuset.mems"), "0");
		}
		put (cgroup_path (i, "/cgroup.procs"), text);
	}
}

int
main (int argc, char **argv)
{
	struct clone_args clone = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |
			 CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};
	int go[2], status;
	pid_t pid;

	if (argc != 3) {
		fprintf (stderr, "usage: floor ROOTFS PROGRAM\n");
		return 2;
	}
	CHECK (pipe2 (go, O_CLOEXEC));
	pid = (pid_t) syscall (SYS_clone3, &clone, sizeof clone);
	CHECK (pid);
	if (pid == 0)
		child_main (argv[1], argv[2], go[0]);
	enter_cgroups (pid);
	CHECK (write (go[1], "x", 1));
	CHECK (waitpid (pid, &status, 0));
	for (size_t i = 0; i < LENGTH (controllers); i++)
		rmdir (cgroup_path (i, ""));
	return WIFEXITED (status) ? WEXITSTATUS (status) : 122;
}
