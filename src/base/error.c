/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

const char *
error_errno_text (int code)
{
	if (code == ENOENT)
		return "no such file";
	const char *text = strerrordesc_np (code);
	return text ? text : "unknown error";
}

static void
fill (struct error *err, int code, const char *hint, const char *format, va_list ap)
{
	char tail[ERROR_TEXT_SIZE / 2] = "";
	char head[ERROR_TEXT_SIZE];
	size_t tail_length;

	if (code != 0 && hint)
		snprintf (tail, sizeof tail, ": %s (%s)", error_errno_text (code), hint);
	else if (code != 0)
		snprintf (tail, sizeof tail, ": %s", error_errno_text (code));
	else if (hint)
		snprintf (tail, sizeof tail, " (%s)", hint);
	tail_length = strlen (tail);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf (head, sizeof head - tail_length, format, ap);
#pragma GCC diagnostic pop
	err->code = code;
	memcpy (err->text, head, strlen (head));
	memcpy (err->text + strlen (head), tail, tail_length + 1);
}

int
fail (struct error *err, int code, const char *format, ...)
{
	va_list ap;

	va_start (ap, format);
	fill (err, code, NULL, format, ap);
	va_end (ap);
	return -1;
}

int
fail_hint (struct error *err, int code, const char *hint, const char *format, ...)
{
	va_list ap;

	va_start (ap, format);
	fill (err, code, hint, format, ap);
	va_end (ap);
	return -1;
}

int
fail_as (struct error *err, int code, const char *format, ...)
{
	va_list ap;

	va_start (ap, format);
	fill (err, 0, NULL, format, ap);
	va_end (ap);
	err->code = code;
	return -1;
}

int
error_prefix (struct error *err, const char *format, ...)
{
	char prefix[PATH_MAX + ERROR_TEXT_SIZE];
	size_t have = strlen (err->text);
	size_t room, length;
	va_list ap;

	va_start (ap, format);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf (prefix, sizeof prefix, format, ap);
#pragma GCC diagnostic pop
	va_end (ap);

	if (have + 3 >= sizeof err->text)
		return -1;
	room = sizeof err->text - 1 - have - 2;
	length = strlen (prefix);
	if (length > room) {
		size_t half = room > 3 ? (room - 3) / 2 : 0;

		if (half == 0)
			return -1;
		memcpy (prefix + half, "...", 3);
		memmove (prefix + half + 3, prefix + length - half, half);
		length = half + 3 + half;
	}
	memmove (err->text + length + 2, err->text, have + 1);
	memcpy (err->text, prefix, length);
	memcpy (err->text + length, ": ", 2);
	return -1;
}
