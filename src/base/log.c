/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/timestamp.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Indexed by enum log_level. */
static const struct {
	const char *name;
	const char *prefix; /* of plain text */
	int priority; /* of syslog(3) and the journal */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "", LOG_ERR },
	[LOG_LEVEL_WARNING] = { "warning", "warning: ", LOG_WARNING },
	[LOG_LEVEL_DEBUG] = { "debug", "debug: ", LOG_DEBUG },
};

static struct {
	struct log_settings settings;
	char *path; /* owned; of a log file that was given relative */
	struct buffer held; /* entries that wait for log_finish */
	bool broken; /* it could not be written, and that was said */
} sink = { .settings = { .level = LOG_LEVEL_WARNING } };

/* A reader that is gone must not end davit in the middle of its work. */
static void
write_stderr (const char *data, size_t size)
{
	struct error ignored;

	error_ignore (fd_write_all_quietly (STDERR_FILENO, data, size, "standard error", &ignored),
		"there is no other place to say it");
}

/* Messages name files of images: what they hold must not move a terminal's cursor or worse. */
static void
write_stderr_line (const char *prefix, const char *text)
{
	AUTO (buffer_done) struct buffer line = { 0 };

	buffer_printf (&line, "%s%s\n", prefix, text);
	for (char *p = line.data; *p; p++)
		if (((unsigned char) *p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			*p = '?';
	write_stderr (line.data, line.size);
}

void
log_format_entry (
	struct buffer *out, bool json, enum log_level level, const char *text, const char *time)
{
	AUTO (json_writer_done) struct json_writer writer = { 0 };

	if (json) {
		json_open_object (&writer, NULL);
		json_string (&writer, "level", levels[level].name);
		json_string (&writer, "msg", text);
		json_string (&writer, "time", time);
		json_close (&writer);
		buffer_printf (out, "%s\n", writer.text.data);
	} else {
		json_string (&writer, NULL, text);
		buffer_printf (out, "time=\"%s\" level=%s msg=%s\n", time, levels[level].name,
			writer.text.data);
	}
}

void
log_format_journal (struct buffer *out, enum log_level level, const char *text, const char *name)
{
	uint64_t size = strlen (text);

	buffer_printf (
		out, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE\n", levels[level].priority, name);
	/* the form with a length, least significant byte first, which may hold newlines */
	for (int i = 0; i < 8; i++)
		buffer_add_char (out, (char) (size >> (8 * i)));
	buffer_printf (out, "%s\n", text);
}

static int
write_file (const char *path, const char *data, size_t size, struct error *err)
{
	autofd fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0)
		return fail (err, errno, "open the log '%s'", path);
	return fd_write_all_quietly (fd, data, size, path, err);
}

static int
write_journal (const char *name, enum log_level level, const char *text, struct error *err)
{
	AUTO (buffer_done) struct buffer datagram = { 0 };
	autofd fd = fd_connect_unix (JOURNAL_SOCKET, SOCK_DGRAM, err);

	if (fd < 0)
		return -1;
	log_format_journal (&datagram, level, text, name);
	return fd_send_with_fds (fd, datagram.data, datagram.size, NULL, 0, err);
}

static int
write_syslog (const char *name, enum log_level level, const char *text, struct error *err)
{
	openlog (name, LOG_PID, LOG_DAEMON);
	syslog (levels[level].priority, "%s", text);
	closelog ();
	return 0;
}

/* What stands before NAME, and who takes the entry. Anything else is a file. */
static const struct {
	const char *prefix;
	int (*write) (const char *name, enum log_level level, const char *text, struct error *err);
} services[] = {
	{ "syslog:", write_syslog },
	{ "journald:", write_journal },
};

static int
write_entry (enum log_level level, const char *text, struct error *err)
{
	const char *destination = sink.settings.destination;
	AUTO (buffer_done) struct buffer line = { 0 };
	char now[TIMESTAMP_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE (services); i++)
		if (str_starts (destination, services[i].prefix))
			return services[i].write (
				destination + strlen (services[i].prefix), level, text, err);
	timestamp_now (0, now);
	if (level == LOG_LEVEL_WARNING && sink.settings.hold_warnings) {
		log_format_entry (&sink.held, sink.settings.json, level, text, now);
		return 0;
	}
	log_format_entry (&line, sink.settings.json, level, text, now);
	return write_file (destination, line.data, line.size, err);
}

/* Says once that the log can't be written; the command goes on. */
static void
report_broken (const struct error *err)
{
	if (!sink.broken)
		write_stderr_line ("", err->text);
	sink.broken = true;
}

static void
add_entry (enum log_level level, const char *text)
{
	AUTO (buffer_done) struct buffer line = { 0 };
	char now[TIMESTAMP_SIZE];
	struct error err;

	if (level > sink.settings.level)
		return;
	if (sink.settings.destination) {
		if (write_entry (level, text, &err) < 0)
			report_broken (&err);
		return;
	}
	if (!sink.settings.json) {
		write_stderr_line (levels[level].prefix, text);
		return;
	}
	timestamp_now (0, now);
	log_format_entry (&line, true, level, text, now);
	write_stderr (line.data, line.size);
}

void
log_setup (const struct log_settings *settings)
{
	const char *path = settings->destination;
	autofree char *directory = NULL;

	buffer_done (&sink.held);
	free (sink.path);
	sink.path = NULL;
	sink.broken = false;
	sink.settings = *settings;
	if (!path)
		return;
	for (size_t i = 0; i < ARRAY_SIZE (services); i++)
		if (str_starts (path, services[i].prefix))
			return;
	if (str_starts (path, "file:"))
		path += strlen ("file:");
	if (*path != '/' && (directory = getcwd (NULL, 0)))
		path = sink.path = xasprintf ("%s/%s", directory, path);
	sink.settings.destination = path;
}

void
log_warning (const char *format, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	add_entry (LOG_LEVEL_WARNING, text);
}

void
log_debug (const char *format, ...)
{
	autofree char *text = NULL;
	va_list ap;

	if (sink.settings.level < LOG_LEVEL_DEBUG)
		return;
	va_start (ap, format);
	text = xvasprintf (format, ap);
	va_end (ap);
	add_entry (LOG_LEVEL_DEBUG, text);
}

void
log_finish (void)
{
	struct error err;

	if (sink.held.size > 0 &&
		write_file (sink.settings.destination, sink.held.data, sink.held.size, &err) < 0)
		report_broken (&err);
	buffer_done (&sink.held);
}

void
log_failure (const char *text)
{
	buffer_done (&sink.held);
	add_entry (LOG_LEVEL_ERROR, text);
	if (sink.settings.destination)
		write_stderr_line ("", text);
}
