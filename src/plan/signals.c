/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/signals.h"
#include "base/str.h"

#include <signal.h>
#include <stdio.h>
#include <strings.h>

/* libc keeps the kernel's first two real-time signals for itself. */
#define RTMIN 34
#define RTMAX 64

struct signal_row {
	const char *name; /* without SIG */
	int number;
};

static const struct signal_row signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT },
#endif
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "PWR", SIGPWR },
	{ "SYS", SIGSYS },
	/* other names, after the ones that signal_name gives */
	{ "IOT", SIGIOT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGPOLL },
	{ "RTMIN", RTMIN },
	{ "RTMAX", RTMAX },
	{ NULL, 0 },
};

/* "RTMIN+3", "RTMAX-2": a number, or -1. */
static int
real_time_from_name (const char *name)
{
	int base = strncasecmp (name, "RTMIN+", 6) == 0	  ? RTMIN
		   : strncasecmp (name, "RTMAX-", 6) == 0 ? RTMAX
							  : -1;
	uint64_t offset;

	if (base < 0 || !str_to_u64 (name + 6, RTMAX - RTMIN, &offset))
		return -1;
	return base == RTMIN ? RTMIN + (int) offset : RTMAX - (int) offset;
}

int
signal_from_name (const char *name)
{
	uint64_t number;

	if (str_to_u64 (name, SIGNAL_MAX, &number))
		return (int) number;
	if (strncasecmp (name, "SIG", 3) == 0)
		name += 3;
	for (const struct signal_row *row = signals; row->name; row++)
		if (strcasecmp (row->name, name) == 0)
			return row->number;
	return real_time_from_name (name);
}

const char *
signal_name (int number, char buffer[SIGNAL_NAME_SIZE])
{
	for (const struct signal_row *row = signals; row->name; row++)
		if (row->number == number) {
			snprintf (buffer, SIGNAL_NAME_SIZE, "SIG%s", row->name);
			return buffer;
		}
	if (number > RTMIN && number < RTMAX)
		snprintf (buffer, SIGNAL_NAME_SIZE, "SIGRTMIN+%d", number - RTMIN);
	else
		snprintf (buffer, SIGNAL_NAME_SIZE, "%d", number);
	return buffer;
}
