/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fd.h"
#include "base/log.h"
#include "cli/command.h"

#include <string.h>
#include <unistd.h>

void
cli_warn (const char *text)
{
	log_warning ("%s", text);
}

int
cli_write (const char *text, struct error *err)
{
	return fd_write_all (STDOUT_FILENO, text, strlen (text), "standard output", err);
}
