/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/command.h"

#include <unistd.h>

int
cmd_write (const char *text, struct error *err)
{
	return fd_write_all (STDOUT_FILENO, text, strlen (text), "standard output", err);
}

int
cmd_printf (struct error *err, const char *format, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	return cmd_write (text, err);
}

void
cmd_warn (void *data, const char *text)
{
	log_warning ("%s", text);
}

int
cmd_write_json (struct json_writer *json, struct error *err)
{
	int r;

	buffer_add_char (&json->text, '\n');
	r = cmd_write (json->text.data, err);
	json_writer_done (json);
	return r;
}
