/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sanitizers: what AddressSanitizer, LeakSanitizer and UBSan have to know of davit, in a build with
 * --enable-sanitizers. They ask by these names. It is not the environment that tells them: the
 * program in the container would have it too.
 */
#include "base/auto.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

const char *__asan_default_options (void);
const char *__ubsan_default_options (void);
int __lsan_is_turned_off (void);

/* No command ends with this status. */
#define STATUS "exitcode=86"
/* After the move out of the executable /proc/self/exe is empty, and mapping it to look for the names of
 * functions a bus error. `addr2line -fie davit OFFSET` finds them. */
#define NO_NAMES ":symbolize=0"

const char *
__asan_default_options (void)
{
	return STATUS NO_NAMES ":detect_stack_use_after_return=0:strict_string_checks=1";
}

const char *
__ubsan_default_options (void)
{
	return STATUS NO_NAMES ":print_stacktrace=1";
}

static pid_t command_pid;

__attribute__ ((constructor)) static void
remember_the_command (void)
{
	command_pid = getpid ();
}

/* An exec's parent has its children in the container's pid namespace, where what looks for leaks, a
 * child, would not find who it was to trace. */
static bool
has_children_beside_it (void)
{
	struct stat own, of_children;
	autofd fd = open ("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat (fd, &own) < 0)
		return false;
	if (stat ("/proc/self/ns/pid_for_children", &of_children) == 0 &&
		own.st_ino == of_children.st_ino)
		return true;
	return setns (fd, CLONE_NEWPID) == 0;
}

/* Only what the user called is asked for leaks. Its children end by an exec, or are of no more use to
 * anybody; and to look for leaks a process has to be traced, which in a container it can't be. */
int
__lsan_is_turned_off (void)
{
	return getpid () != command_pid || !has_children_beside_it ();
}
